/* See url.h. "localhost" is what the system says it is: a server may listen on ::1 only, so every address is tried. */
#include "net/url.h"
#include "base/check.h"
#include "net/http1.h"

static bool fault(struct err *e, const char *what, struct str text, const char *why)
{
	return err_set(e, ERR_USAGE, "%s: \"%.*s\" is no URL that can be called: %s", what, STR_FMT(str_sub(text, 0, 200)), why);
}

/* "host:port", "[::1]:port", "host" */
static bool parse_authority(struct url *u, struct str text)
{
	struct str port = { 0 };
	uint64_t n = u->secure ? 443 : 80;
	u->authority = text;
	if (str_starts(text, STR("["))) {
		size_t end = str_find_char(text, ']');
		if (end == SIZE_MAX)
			return false;
		u->host = str_sub(text, 1, end);
		struct str rest = str_skip(text, end + 1);
		if (rest.len && rest.p[0] != ':')
			return false;
		port = str_skip(rest, 1);
	} else {
		size_t colon = str_find_char(text, ':');
		u->host = str_sub(text, 0, colon);
		port = colon == SIZE_MAX ? port : str_skip(text, colon + 1);
	}
	if (port.len && (!str_to_u64(port, &n) || n == 0 || n > 65535))
		return false;
	u->port = (uint16_t)n;
	return u->host.len > 0;
}

static bool parse_user(struct url *u, struct arena *a, struct str text)
{
	char *plain = arena_bytes(a, text.len + 1);
	size_t n = plain ? http_unescape(plain, text, false) : SIZE_MAX;
	u->user = str_from(plain, n);
	return n != SIZE_MAX;
}

bool url_parse(struct url *u, struct arena *a, struct str text, const char *what, struct err *e)
{
	struct url made = { 0 };
	struct str rest = text;
	size_t scheme = str_find(text, STR("://"));
	if (text.len > URL_MAX)
		return fault(e, what, text, "it is too long");
	made.secure = scheme != SIZE_MAX && str_eq_ci(str_sub(text, 0, scheme), STR("https"));
	if (scheme != SIZE_MAX && !made.secure && !str_eq_ci(str_sub(text, 0, scheme), STR("http")))
		return fault(e, what, text, "it must begin with http:// or https://");
	if (scheme != SIZE_MAX)
		rest = str_skip(text, scheme + 3);
	for (size_t i = 0; i < rest.len; i++)
		if ((unsigned char)rest.p[i] <= ' ' || rest.p[i] == 0x7f || rest.p[i] == '#')
			return fault(e, what, text, "it holds blanks, control characters or a fragment");
	size_t slash = str_find_char(rest, '/');
	struct str authority = str_sub(rest, 0, slash);
	made.path = slash == SIZE_MAX ? STR("") : str_skip(rest, slash);
	while (made.path.len && made.path.p[made.path.len - 1] == '/')
		made.path.len--;
	size_t at = str_find_char(authority, '@');
	if (at != SIZE_MAX && !parse_user(&made, a, str_sub(authority, 0, at)))
		return fault(e, what, text, "name and secret before '@' are escaped wrongly");
	if (!parse_authority(&made, at == SIZE_MAX ? authority : str_skip(authority, at + 1)))
		return fault(e, what, text, "expected http://HOST:PORT");
	if (made.secure && made.host.len > TLS_HOST_MAX)
		return fault(e, what, text, "its host is too long");
	*u = made;
	return true;
}

bool url_trust(struct url *u, const struct tls_options *o, struct err *e)
{
	if (u->secure && !u->tls)
		u->tls = tls_context_new(o, e);
	return !u->secure || u->tls;
}

void url_release(struct url *u)
{
	tls_context_free(u->tls);
	u->tls = NULL;
}

void url_call(const struct url *u, struct http_call_options *o)
{
	CHECK(!u->secure || u->tls);
	o->address = u->address;
	o->host = u->authority;
	o->tls = u->secure ? u->tls : NULL;
	o->tls_host = u->host;
}

const char *url_scheme(const struct url *u) { return u->secure ? "https" : "http"; }

/* One attempt to connect, waited for. */
struct attempt { struct watcher watcher; struct timer timer; int result; };

static void on_event(struct watcher *w, uint32_t what)
{
	struct attempt *t = CONTAINER_OF(w, struct attempt, watcher);
	int r = sys_connected(w->fd);
	(void)what;
	if (r == SYS_AGAIN)
		return;
	t->result = r;
	loop_stop(w->loop);
}

static void on_timer(struct timer *t) { loop_stop(t->loop); }

static int try_address(struct loop *l, const struct sys_addr *a, int64_t each)
{
	struct attempt t = { .watcher.fd = -1, .result = SYS_AGAIN };
	int fd = sys_connect(a);
	if (fd < 0)
		return fd;
	if (watcher_start(&t.watcher, l, fd, on_event)) {
		timer_set(&t.timer, l, sys_now() + each, on_timer);
		loop_run(l);
	}
	timer_cancel(&t.timer);
	watcher_stop(&t.watcher);
	sys_close(fd);
	return t.result;
}

bool url_find(struct url *u, struct loop *l, int64_t each, struct err *e)
{
	struct sys_addr found[SYS_RESOLVE_MAX];
	size_t n = sys_resolve(u->host, u->port, found, SYS_RESOLVE_MAX);
	int why = SYS_AGAIN;
	if (!url_trust(u, &(struct tls_options){ 0 }, e))
		return false;
	if (!n)
		return err_set(e, ERR_UNAVAILABLE, "the host %.*s is not known: no name server has an address for it", STR_FMT(u->host));
	for (size_t i = 0; i < n; i++) {
		int r = try_address(l, &found[i], each);
		if (r == 0) {
			u->address = found[i];
			return true;
		}
		if (i == 0)
			why = r;
	}
	return err_set(e, ERR_UNAVAILABLE, "%s://%.*s cannot be reached: %s; is it running?", url_scheme(u), STR_FMT(u->authority), why == SYS_AGAIN ? "no connection in time" : sys_strerror(why));
}
