/* SHA-256 (FIPS 180-4, by OpenSSL's libcrypto), for names that stand for a content. */
#ifndef PLEACH_BASE_SHA256_H
#define PLEACH_BASE_SHA256_H
#include "base/str.h"
enum { SHA256_HEX = 64 };
/* In lower-case hex, not NUL-terminated. False: no memory. */
bool sha256_hex(char out[SHA256_HEX], struct str text);
#endif
