/* SHA-256 (FIPS 180-4, by OpenSSL's libcrypto), for fingerprints and names that stand for a content. */
#ifndef PLEACH_BASE_SHA256_H
#define PLEACH_BASE_SHA256_H
#include "base/str.h"
enum { SHA256_BYTES = 32, SHA256_HEX = 64 };
/* False: no memory. */
bool sha256(uint8_t out[SHA256_BYTES], struct str text);
/* In lower-case hex, not NUL-terminated. False: no memory. */
bool sha256_hex(char out[SHA256_HEX], struct str text);
#endif
