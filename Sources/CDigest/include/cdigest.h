// MD5, SHA-1 and SHA-256 by OpenSSL's libcrypto, opened at run time: it uses the processor's own
// instructions, and the library that fetches files loads it anyway. No header of OpenSSL is needed; the
// signatures are those of openssl/evp.h, the same in releases 1.1 and 3.
#ifndef CDIGEST_H
#define CDIGEST_H
#include <stddef.h>
#include <stdint.h>

/// Opens the library; later calls, from any thread, return what the first did.
///
/// Returns NULL, or a message why it cannot be used, which stays valid.
const char *_Nullable cd_open(void);

enum { cd_md5 = 5, cd_sha1 = 1, cd_sha256 = 256, cd_longest = 32 };

/// A digest of no bytes yet; NULL where memory ran out. cd_open comes before.
void *_Nullable cd_new(int kind);
/// Takes in bytes. Returns 0, or -1 where the library fails.
int cd_update(void *_Nonnull digest, const void *_Nullable bytes, size_t count);
/// Writes the digest of all bytes taken in. Returns its length in bytes, or -1.
int cd_finish(void *_Nonnull digest, uint8_t *_Nonnull result);
void cd_free(void *_Nullable digest);
#endif
