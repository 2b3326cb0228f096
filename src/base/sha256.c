/* SHA-256 (sha256.h). */
#include "base/sha256.h"
#include <openssl/evp.h>

bool sha256(uint8_t out[SHA256_BYTES], struct str text)
{
	unsigned size = SHA256_BYTES;
	return EVP_Digest(text.p ? text.p : "", text.len, out, &size, EVP_sha256(), NULL) == 1;
}

bool sha256_hex(char out[SHA256_HEX], struct str text)
{
	uint8_t digest[SHA256_BYTES];
	if (!sha256(digest, text))
		return false;
	hex_encode(out, digest, sizeof(digest));
	return true;
}
