/* TLS for the client's side of a connection (RFC 8446; 1.2, RFC 5246, is the oldest that is spoken), by OpenSSL's libssl, which is loaded with the first context: most processes of Pleach need none.
 * Not a socket's: bytes go by memory between OpenSSL and sys_read/sys_write, so it runs on any loop. The other side is always verified, by name or address (RFC 9525), unless told otherwise. On the loop's thread. */
#ifndef PLEACH_NET_TLS_H
#define PLEACH_NET_TLS_H
#include "base/err.h"
#include "base/str.h"
#include <stddef.h>

enum { TLS_HOST_MAX = 253 };
/* PEM files. */
struct tls_options {
	struct str authorities;      /* whom to trust; empty: the system's, or $SSL_CERT_FILE */
	struct str certificate, key; /* who we are, where the other side asks for it; empty: nobody */
	bool unverified;             /* whoever answers is believed: for checks that ask for that alone */
};
/* Whom to trust, and as whom. May be freed while connections made with it stand. */
struct tls_context;
/* NULL with e: a file that is missing or is not what it should be, with its name; libssl is not installed. */
struct tls_context *tls_context_new(const struct tls_options *o, struct err *e);
void tls_context_free(struct tls_context *c);
uint64_t tls_context_number(const struct tls_context *c); /* never given twice */

struct tls;
/* host: name or literal address that the other side has to prove. NULL: no memory, or no such name. */
struct tls *tls_new(struct tls_context *c, struct str host);
void tls_free(struct tls *t);
/* On a connected handle. 0: it stands; SYS_AGAIN: when there is more to read or room to write; else it failed, with words. */
int tls_handshake(struct tls *t, int fd);
/* As sys_read and sys_write. An end without TLS's own (close_notify) is SYS_RESET: what was read may have been cut off. */
int64_t tls_read(struct tls *t, int fd, void *p, size_t n);
int64_t tls_write(struct tls *t, int fd, const void *p, size_t n);
/* Sends what was taken by tls_write and still waits. False: there is no room. */
bool tls_flush(struct tls *t, int fd);
/* Why it failed, in words; "" where it did not, or only the connection broke. */
const char *tls_why(const struct tls *t);
bool tls_distrusts(const struct tls *t); /* it failed because of the other side's certificate */
#endif
