/* URLs of services that a person names on the command line or in a file: taken apart, and the host's name turned into the address that answers. http and https. */
#ifndef PLEACH_NET_URL_H
#define PLEACH_NET_URL_H
#include "base/arena.h"
#include "base/err.h"
#include "net/http_client.h"

enum { URL_MAX = 2048 };
struct url {
	struct str host;        /* name or literal, without brackets */
	uint16_t port;          /* 80 or 443 where none is given */
	bool secure;            /* https */
	struct tls_context *tls;/* whom to trust there; NULL until url_trust; the owner's to free (url_release) */
	struct str authority;   /* for Host: "orders:8080" */
	struct str user;        /* "name:secret" before '@', unescaped; empty: none */
	struct str path;        /* "" or "/base/path", without '/' at its end; may hold a query where one is allowed */
	struct sys_addr address;/* after url_find */
};
/* "http://orders:8080/base", or without the scheme. Texts point into `text` or the arena. False with e; `what` names it in the message ("--provider"). */
bool url_parse(struct url *u, struct arena *a, struct str text, const char *what, struct err *e);
/* Of https: reads whom to trust, and as whom. False with e. */
bool url_trust(struct url *u, const struct tls_options *o, struct err *e);
void url_release(struct url *u);
/* Whom a call goes to: address, TLS and Host. */
void url_call(const struct url *u, struct http_call_options *o);
/* "https", "http" */
const char *url_scheme(const struct url *u);
/* Resolves the name (and trusts whom the system trusts, unless told before), and finds the first address that accepts a connection, each tried for `each` ns; the loop runs meanwhile. ERR_UNAVAILABLE with the reason. */
bool url_find(struct url *u, struct loop *l, int64_t each, struct err *e);
#endif
