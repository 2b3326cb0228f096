/* SHA-256 (sha256.h). */
#include "base/sha256.h"
#include <openssl/evp.h>

bool sha256(uint8_t out[SHA256_BYTES], struct str text)
{
	unsigned size = SHA256_BYTES;
	return EVP_Digest(text.p ? text.p : "", text.len, out, &size, EVP_sha256(), NULL) == 1;
}
