// Functions that are compiled for AVX2 too; the processor's own is chosen when the program starts. The thread
// sanitizer has not started by then.
#pragma once

#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define WIDE __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define WIDE
#endif
