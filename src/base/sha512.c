/* SHA-512 (sha512.h). */
#include "base/sha512.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>

bool sha512_hex(char out[SHA512_HEX], const struct str *parts, size_t n)
{
	unsigned char digest[SHA512_HEX / 2];
	unsigned size = sizeof(digest);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c && EVP_DigestInit_ex(c, EVP_sha512(), NULL) == 1;
	for (size_t i = 0; i < n && ok; i++)
		ok = EVP_DigestUpdate(c, parts[i].p, parts[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(c, digest, &size) == 1 && size == sizeof(digest);
	EVP_MD_CTX_free(c);
	if (ok)
		hex_encode(out, digest, sizeof(digest));
	return ok;
}

bool secret_eq(struct str a, struct str b) { return a.len == b.len && CRYPTO_memcmp(a.p, b.p, a.len) == 0; }
