/* The console: a page and its files, precompressed at build time, served with the strictest policy that it works under. Any path without a file
 * behind it that a browser asks for as a page is the console's own (every state of every page is a URL). */
#include "control/console.h"
#include "control/state.h"

#define POLICY                                                                                                                                 \
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "         \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"                                                                      \
	"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nVary: Accept-Encoding\r\n"

struct str asset_get(struct str name)
{
	for (const struct asset *a = assets; a->name; a++)
		if (str_eq(str_z(a->name), name))
			return str_from(a->begin, (size_t)(a->end - a->begin));
	return (struct str){ NULL, 0 };
}

static struct str mime_of(struct str path)
{
	static const struct { struct str ending, mime; } types[] = {
		{ STR_INIT(".html"), STR_INIT("text/html; charset=utf-8") },	  { STR_INIT(".js"), STR_INIT("text/javascript; charset=utf-8") },
		{ STR_INIT(".css"), STR_INIT("text/css; charset=utf-8") },	  { STR_INIT(".svg"), STR_INIT("image/svg+xml") },
		{ STR_INIT(".png"), STR_INIT("image/png") },			  { STR_INIT(".woff2"), STR_INIT("font/woff2") },
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_ends(path, types[i].ending))
			return types[i].mime;
	return STR("application/octet-stream");
}

/* From the binary, or in development from a directory (no path of a request may leave it). */
static struct str content(struct control *c, struct arena *a, struct str path)
{
	struct err e = { 0 };
	struct str text = { NULL, 0 };
	if (!c->options.console_dir.len)
		return asset_get(path);
	if (str_find(path, STR("..")) == SIZE_MAX)
		sys_read_file(arena_printf(a, "%.*s%.*s", STR_FMT(c->options.console_dir), STR_FMT(path)), 4u << 20, a, &text, &e);
	return text;
}

static void answer_file(struct control *c, struct http_exchange *x, struct str path, struct str plain)
{
	static const struct { struct str coding, ending; } codings[] = { { STR_INIT("br"), STR_INIT(".br") }, { STR_INIT("gzip"), STR_INIT(".gz") } };
	struct arena *a = http_arena(x);
	struct str accepted = http1_get(&http_request(x)->head, HTTP_ACCEPT_ENCODING), body = plain, coding = STR("");
	for (size_t i = 0; i < 2 && !coding.len; i++) {
		struct str packed = http1_list_has(accepted, codings[i].coding) ? content(c, a, arena_printf(a, "%.*s%.*s", STR_FMT(path), STR_FMT(codings[i].ending))) :
										  (struct str){ NULL, 0 };
		if (packed.p) {
			body = packed;
			coding = codings[i].coding;
		}
	}
	/* The names under /assets carry a hash of their content; the page itself must be asked for again each time. */
	bool lasting = str_starts(path, STR("/assets/")) && !c->options.console_dir.len;
	struct str headers = arena_printf(a, POLICY "Cache-Control: %s\r\n%s%.*s%s", lasting ? "public, max-age=31536000, immutable" : "no-cache",
					  coding.len ? "Content-Encoding: " : "", STR_FMT(coding), coding.len ? "\r\n" : "");
	http_answer(x, 200, mime_of(path), headers, body);
}

bool console_answer(struct control *c, struct http_exchange *x)
{
	const struct http_request *r = http_request(x);
	struct str accept = http1_get(&r->head, HTTP_ACCEPT), path = r->path;
	if ((!str_eq(r->head.method, STR("GET")) && !str_eq(r->head.method, STR("HEAD"))) || str_starts(path, STR("/api/")) || str_starts(path, STR("/metrics")))
		return false;
	bool file = str_starts(path, STR("/assets/"));
	/* A person's browser asks for HTML; a program with a wrong path gets an error it can read. */
	if (!file && !str_eq(path, STR("/")) && str_find(accept, STR("text/html")) == SIZE_MAX)
		return false;
	if (!file)
		path = STR("/index.html");
	struct str plain = content(c, http_arena(x), path);
	if (plain.p) {
		answer_file(c, x, path, plain);
		return true;
	}
	if (file)
		return false;
	struct err e = { 0 };
	err_set(&e, ERR_UNAVAILABLE, "this binary was built without the console: run `npm ci && node build.mjs` in ui/ and build again; the API works");
	http_answer_err(x, &e);
	return true;
}
