/* SHA-256 (FIPS 180-4, by OpenSSL's libcrypto), for fingerprints. */
#ifndef PLEACH_BASE_SHA256_H
#define PLEACH_BASE_SHA256_H
#include "base/str.h"
enum { SHA256_BYTES = 32 };
/* False: no memory. */
bool sha256(uint8_t out[SHA256_BYTES], struct str text);
#endif
