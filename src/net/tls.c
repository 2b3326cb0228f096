/* See tls.h. */
#include "net/tls.h"
#include "base/buf.h"
#include "base/check.h"
#include "sys/sys.h"
#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

enum { PIECE = 16 << 10, PENDING_MAX = 1 << 20, PATH_LONGEST = 4096, WHY_MAX = 256 };

/* --- libssl (libcrypto is linked) ------------------------------------------------------------------------------------------------------------------ */

#define SSL_FUNCTIONS(F)                                                                                                                                           \
	F(TLS_client_method) F(SSL_CTX_new) F(SSL_CTX_free) F(SSL_CTX_ctrl) F(SSL_CTX_set_options) F(SSL_CTX_set_default_verify_paths) F(SSL_CTX_load_verify_file) F(SSL_CTX_set_verify)           \
		F(SSL_CTX_use_certificate_chain_file) F(SSL_CTX_use_PrivateKey_file) F(SSL_CTX_check_private_key) F(SSL_CTX_set_default_passwd_cb) F(SSL_new) F(SSL_free)       \
			F(SSL_set_bio) F(SSL_set_connect_state) F(SSL_do_handshake) F(SSL_read) F(SSL_write) F(SSL_get_error) F(SSL_ctrl) F(SSL_set_alpn_protos)              \
				F(SSL_get_verify_result) F(SSL_get0_param)
static struct {
#define FUNCTION(name) __typeof__(&name) name;
	SSL_FUNCTIONS(FUNCTION)
#undef FUNCTION
} ssl;
static char missing[WHY_MAX];

static void load(void)
{
	void *library = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		snprintf(missing, sizeof(missing), "%s", dlerror());
		return;
	}
#define FUNCTION(name)                                                                                                                                             \
	do {                                                                                                                                                       \
		void *p = dlsym(library, #name);                                                                                                                   \
		memcpy(&ssl.name, &p, sizeof(p));                                                                                                                  \
		if (!p)                                                                                                                                            \
			snprintf(missing, sizeof(missing), "it has no %s", #name);                                                                                 \
	} while (0);
	SSL_FUNCTIONS(FUNCTION)
#undef FUNCTION
}

static bool loaded(struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, load);
	return !missing[0] || err_set(e, ERR_UNAVAILABLE, "TLS is spoken by OpenSSL's libssl, which cannot be loaded (Debian's package libssl3): %s", missing);
}

/* --- contexts ---------------------------------------------------------------------------------------------------------------------------------------- */

struct tls_context { SSL_CTX *ctx; uint64_t number; bool unverified; };

/* A key that wants a password is not asked for one. */
static int no_password(char *to, int size, int writing, void *ctx)
{
	(void)to, (void)size, (void)writing, (void)ctx;
	return 0;
}

static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());
	return text ? text : "OpenSSL does not say why";
}

static bool file_of(struct str path, char *z, size_t room)
{
	if (path.len >= room)
		return false;
	memcpy(z, path.p, path.len);
	z[path.len] = 0;
	return true;
}

static bool set_up(struct tls_context *c, const struct tls_options *o, struct err *e)
{
	char path[PATH_LONGEST];
	ssl.SSL_CTX_set_default_passwd_cb(c->ctx, no_password);
	ssl.SSL_CTX_ctrl(c->ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
	ssl.SSL_CTX_set_options(c->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	ssl.SSL_CTX_ctrl(c->ctx, SSL_CTRL_MODE, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS, NULL);
	ssl.SSL_CTX_set_verify(c->ctx, o->unverified ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	if (!o->unverified && !o->authorities.len)
		ssl.SSL_CTX_set_default_verify_paths(c->ctx);
	if (!o->unverified && o->authorities.len && !(file_of(o->authorities, path, sizeof(path)) && ssl.SSL_CTX_load_verify_file(c->ctx, path)))
		return err_set(e, ERR_INPUT, "%.*s holds no certificates of authorities (PEM): %s", STR_FMT(o->authorities), reason());
	if (o->certificate.len && !(file_of(o->certificate, path, sizeof(path)) && ssl.SSL_CTX_use_certificate_chain_file(c->ctx, path)))
		return err_set(e, ERR_INPUT, "%.*s holds no certificate (PEM): %s", STR_FMT(o->certificate), reason());
	if (o->key.len && !(file_of(o->key, path, sizeof(path)) && ssl.SSL_CTX_use_PrivateKey_file(c->ctx, path, SSL_FILETYPE_PEM)))
		return ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ? err_set(e, ERR_INPUT, "the key in %.*s is not that of the certificate in %.*s", STR_FMT(o->key), STR_FMT(o->certificate)) :
											      err_set(e, ERR_INPUT, "%.*s holds no key (PEM, without a password): %s", STR_FMT(o->key), reason());
	if (o->certificate.len && !(o->key.len && ssl.SSL_CTX_check_private_key(c->ctx)))
		return err_set(e, ERR_INPUT, "there is no key to the certificate in %.*s", STR_FMT(o->certificate));
	return true;
}

struct tls_context *tls_context_new(const struct tls_options *o, struct err *e)
{
	static atomic_uint_fast64_t numbers;
	struct tls_context *c = loaded(e) ? calloc(1, sizeof(*c)) : NULL;
	if (!c)
		return NULL;
	ERR_clear_error();
	c->number = atomic_fetch_add(&numbers, 1) + 1;
	c->unverified = o->unverified;
	c->ctx = ssl.SSL_CTX_new(ssl.TLS_client_method());
	if (c->ctx && set_up(c, o, e))
		return c;
	err_set(e, ERR_NO_MEMORY, "no memory for TLS");
	tls_context_free(c);
	return NULL;
}

void tls_context_free(struct tls_context *c)
{
	if (!c)
		return;
	if (c->ctx)
		ssl.SSL_CTX_free(c->ctx); /* connections hold it by themselves */
	free(c);
}

uint64_t tls_context_number(const struct tls_context *c) { return c->number; }

/* --- connections --------------------------------------------------------------------------------------------------------------------------------------- */

struct tls {
	SSL *ssl;
	BIO *in, *out;             /* OpenSSL's to free */
	struct buf pending;        /* what OpenSSL has written and the handle has not taken */
	int64_t broken;            /* of the handle, once */
	bool verified, distrusted;
	char why[WHY_MAX];
};

static bool is_address(const char *host)
{
	ASN1_OCTET_STRING *a = a2i_IPADDRESS(host);
	ASN1_OCTET_STRING_free(a);
	return a != NULL;
}

static bool name(struct tls *t, const char *host)
{
	static const unsigned char http[] = "\x08http/1.1";
	X509_VERIFY_PARAM *p = ssl.SSL_get0_param(t->ssl);
	if (ssl.SSL_set_alpn_protos(t->ssl, http, sizeof(http) - 1) != 0)
		return false;
	if (is_address(host))
		return X509_VERIFY_PARAM_set1_ip_asc(p, host);
	X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(p, host, 0) && ssl.SSL_ctrl(t->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)host);
}

struct tls *tls_new(struct tls_context *c, struct str host)
{
	char z[TLS_HOST_MAX + 1];
	struct tls *t = host.len && file_of(host, z, sizeof(z)) && str_find_char(host, 0) == SIZE_MAX ? calloc(1, sizeof(*t)) : NULL;
	if (!t)
		return NULL;
	buf_init(&t->pending, PENDING_MAX);
	t->verified = !c->unverified;
	t->ssl = ssl.SSL_new(c->ctx);
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (t->ssl && t->in && t->out) {
		ssl.SSL_set_bio(t->ssl, t->in, t->out);
		ssl.SSL_set_connect_state(t->ssl);
		if (name(t, z))
			return t;
	} else {
		BIO_free(t->in);
		BIO_free(t->out);
	}
	tls_free(t);
	return NULL;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	if (t->ssl)
		ssl.SSL_free(t->ssl);
	buf_release(&t->pending);
	free(t);
}

const char *tls_why(const struct tls *t) { return t->why; }

bool tls_distrusts(const struct tls *t) { return t->distrusted; }

bool tls_flush(struct tls *t, int fd)
{
	char piece[PIECE];
	int n;
	while (BIO_ctrl_pending(t->out) > 0 && (n = BIO_read(t->out, piece, sizeof(piece))) > 0)
		buf_add_bytes(&t->pending, piece, (size_t)n);
	while (t->pending.len && !t->broken) {
		int64_t w = sys_write(fd, buf_str(&t->pending).p, t->pending.len);
		if (w == SYS_AGAIN || w == 0)
			return false;
		if (w < 0)
			t->broken = w;
		else
			buf_consume(&t->pending, (size_t)w);
	}
	if (!buf_ok(&t->pending))
		t->broken = SYS_LIMIT;
	return true;
}

/* More of the other side's bytes. 1, or as sys_read. */
static int64_t feed(struct tls *t, int fd)
{
	char piece[PIECE];
	int64_t n = sys_read(fd, piece, sizeof(piece));
	if (n <= 0)
		return n;
	return BIO_write(t->in, piece, (int)n) == (int)n ? 1 : SYS_LIMIT;
}

static int64_t failed(struct tls *t)
{
	long verdict = ssl.SSL_get_verify_result(t->ssl);
	t->distrusted = t->verified && verdict != X509_V_OK;
	if (t->distrusted)
		snprintf(t->why, sizeof(t->why), "its certificate is not trusted: %s", X509_verify_cert_error_string(verdict));
	else
		snprintf(t->why, sizeof(t->why), "TLS: %s", reason());
	return SYS_IO;
}

/* After a call of OpenSSL that did not succeed: 1, to be tried again; else what the caller is told. */
static int64_t wanting(struct tls *t, int fd, int r)
{
	int what = ssl.SSL_get_error(t->ssl, r);
	bool room = tls_flush(t, fd);
	if (what == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (what != SSL_ERROR_WANT_READ && what != SSL_ERROR_WANT_WRITE)
		return failed(t);
	if (t->broken)
		return t->broken;
	if (what == SSL_ERROR_WANT_WRITE)
		return room ? 1 : SYS_AGAIN;
	int64_t n = feed(t, fd);
	return n == 0 ? SYS_RESET : n;
}

int tls_handshake(struct tls *t, int fd)
{
	int64_t again = 1;
	while (again == 1) {
		ERR_clear_error();
		int r = ssl.SSL_do_handshake(t->ssl);
		if (r == 1) {
			tls_flush(t, fd);
			return (int)t->broken;
		}
		again = wanting(t, fd, r);
	}
	if (again == 0 || again == SYS_RESET)
		snprintf(t->why, sizeof(t->why), "the other side ended it in the middle of TLS's handshake: does it speak TLS there, and does it ask for a certificate of ours?");
	return again == 0 ? SYS_RESET : (int)again;
}

int64_t tls_read(struct tls *t, int fd, void *p, size_t n)
{
	int64_t again = 1;
	while (again == 1) {
		ERR_clear_error();
		int r = ssl.SSL_read(t->ssl, p, n > PIECE ? PIECE : (int)n);
		if (r > 0)
			return r;
		again = wanting(t, fd, r);
	}
	return again;
}

int64_t tls_write(struct tls *t, int fd, const void *p, size_t n)
{
	if (!tls_flush(t, fd))
		return SYS_AGAIN;
	ERR_clear_error();
	int r = t->broken ? -1 : ssl.SSL_write(t->ssl, p, n > PIECE ? PIECE : (int)n);
	if (r <= 0)
		return t->broken ? t->broken : failed(t);
	tls_flush(t, fd);
	return t->broken ? t->broken : r;
}
