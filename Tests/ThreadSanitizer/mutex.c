// What the thread sanitizer must know of Swift's Mutex. Where nobody waits, locking is compiled into the caller
// and seen; where somebody does, it happens in a library that was not compiled for the sanitizer, which then
// takes everything behind the lock for a race. These stand in front of that library's two functions.
#include "thread_sanitizer.h"

#if __has_feature(thread_sanitizer)
#include <dlfcn.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

SWIFT void lock_slowly(uint32_t thread, SELF handle) __asm__(LOCK);
SWIFT void unlock_slowly(SELF handle) __asm__(UNLOCK);

SWIFT void lock_slowly(uint32_t thread, SELF handle) {
  SWIFT void (*lock)(uint32_t, SELF) = dlsym(RTLD_NEXT, LOCK);
  lock(thread, handle);
  __tsan_acquire(handle);
}

SWIFT void unlock_slowly(SELF handle) {
  SWIFT void (*unlock)(SELF) = dlsym(RTLD_NEXT, UNLOCK);
  __tsan_release(handle);
  unlock(handle);
}
#endif
