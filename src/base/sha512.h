/* SHA-512 (FIPS 180-4, by OpenSSL's libcrypto), for protocols that prove a shared secret with it. */
#ifndef PLEACH_BASE_SHA512_H
#define PLEACH_BASE_SHA512_H
#include "base/str.h"
enum { SHA512_HEX = 128 };
/* Of the parts one behind the other, in lower-case hex, not NUL-terminated. False: no memory. */
bool sha512_hex(char out[SHA512_HEX], const struct str *parts, size_t n);
/* Equality in a time that does not depend on where they differ. */
bool secret_eq(struct str a, struct str b);
#endif
