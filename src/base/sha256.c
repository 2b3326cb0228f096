/* SHA-256 (sha256.h). */
#include "base/sha256.h"
#include <openssl/evp.h>

bool sha256_hex(char out[SHA256_HEX], struct str text)
{
	unsigned char digest[SHA256_HEX / 2];
	unsigned size = sizeof(digest);
	if (EVP_Digest(text.p ? text.p : "", text.len, digest, &size, EVP_sha256(), NULL) != 1 || size != sizeof(digest))
		return false;
	hex_encode(out, digest, sizeof(digest));
	return true;
}
