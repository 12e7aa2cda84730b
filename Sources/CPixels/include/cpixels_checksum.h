#pragma once
#include <stddef.h>
#include <stdint.h>

// A 64-bit checksum of `count` bytes that depends on `seed`; never 0. It detects accidents (an
// incomplete write, changed bytes), not attacks.
uint64_t cpx_checksum(const uint8_t *bytes, size_t count, uint64_t seed);
