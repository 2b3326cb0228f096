/* Follows Kubernetes' endpoint slices: lists them page by page, then watches from the version of the list on, with bookmarks. A watch ends after some minutes by design and goes on from the newest
 * version; one that is too old (410) lists anew. Without TLS it is asked through `kubectl proxy`. */
#include "base/check.h"
#include "part/discovery_impl.h"

#define ASK_TIMEOUT (30 * SECOND)
#define WATCH_SECONDS 300
#define WATCH_TIME ((WATCH_SECONDS + 30) * SECOND)
enum { PAGE = 500, VERSION_MAX = 256, MORE_MAX = 8192, TARGET_MAX = 12 << 10 };

struct kubernetes { struct follower *f; struct http_call *call; struct follower_lines lines; bool anew, again /* listing anew once more */; char version[VERSION_MAX], more[MORE_MAX]; };

static void list(struct kubernetes *c);
static void watch(struct kubernetes *c);

static bool keep(char *to, size_t room, struct str text)
{
	if (text.len >= room)
		return false;
	memcpy(to, text.p ? text.p : "", text.len);
	to[text.len] = 0;
	return true;
}

static void path_of(const struct follower *f, struct buf *target)
{
	buf_add(target, f->url.path);
	buf_add(target, STR("/apis/discovery.k8s.io/v1/"));
	if (f->scope.len) {
		buf_add(target, STR("namespaces/"));
		http_escape(target, f->scope, NULL);
		buf_char(target, '/');
	}
	buf_add(target, STR("endpointslices"));
}

static struct http_call *get(struct kubernetes *c, struct buf *target, struct http_call_options *o, void (*done)(void *ctx, const struct http_result *r))
{
	o->method = STR("GET");
	o->target = buf_str(target);
	o->ctx = c;
	struct http_call *call = follower_call(c->f, o, done);
	buf_release(target);
	return call;
}

static bool on_line(void *ctx, const struct json *line, struct arena *a)
{
	struct kubernetes *c = ctx;
	bool changed = false;
	struct str version = STR("");
	enum kubernetes_line what = kubernetes_watch(&c->f->found, line, &version, &changed, a);
	c->anew = what == KUBERNETES_ANEW;
	if (what != KUBERNETES_GOES_ON || !keep(c->version, sizeof(c->version), version))
		return false;
	follower_heard(c->f, changed);
	return true;
}

/* A line ended the watch. */
static void stopped(struct follower *f)
{
	struct kubernetes *c = f->own;
	if (c->anew)
		list(c);
	else
		follower_failed(f, NULL, "what its watch says is not Kubernetes' form");
}

static bool on_data(void *ctx, struct str piece)
{
	struct kubernetes *c = ctx;
	if (follower_lines_take(&c->lines, piece))
		return true;
	c->call = NULL;
	return false;
}

static void on_watch_end(void *ctx, const struct http_result *r)
{
	struct kubernetes *c = ctx;
	c->call = NULL;
	follower_lines_end(&c->lines);
	if (r->status == 410)
		list(c);
	else if ((r->status == 200 && !err_is_set(&r->err)) || (!r->status && r->err.code == ERR_TIMEOUT))
		watch(c);
	else
		follower_failed(c->f, r, "its watch ended");
}

static void watch(struct kubernetes *c)
{
	struct buf target;
	struct http_call_options o = { .timeout = WATCH_TIME, .on_data = on_data };
	buf_init(&target, TARGET_MAX);
	path_of(c->f, &target);
	buf_printf(&target, "?watch=1&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=", WATCH_SECONDS);
	http_escape(&target, str_z(c->version), NULL);
	c->anew = false;
	follower_lines_begin(&c->lines, c->f, on_line, stopped);
	c->call = get(c, &target, &o, on_watch_end);
}

static void take(struct kubernetes *c, const struct http_result *r)
{
	struct err ignored = { 0 };
	struct str version, more;
	struct arena a;
	arena_init(&a, DISCOVERY_READ_MEMORY);
	bool ok = kubernetes_list(&c->f->found, json_parse(&a, r->body, &ignored), !c->more[0], &version, &more, &a) && keep(c->version, sizeof(c->version), version) && keep(c->more, sizeof(c->more), more);
	arena_release(&a);
	if (!ok) {
		follower_failed(c->f, NULL, "what it answers is not Kubernetes' form: is the URL that of its API server, or of `kubectl proxy`?");
	} else if (c->more[0]) {
		list(c);
	} else {
		c->again = false;
		follower_heard(c->f, true);
		watch(c);
	}
}

static void on_list(void *ctx, const struct http_result *r)
{
	struct kubernetes *c = ctx;
	c->call = NULL;
	if (r->status == 410 && c->more[0] && !c->again) { /* the pages of that version are gone */
		c->more[0] = 0;
		c->again = true;
		list(c);
	} else if (r->status != 200) {
		follower_failed(c->f, r, "its endpoint slices cannot be listed");
	} else {
		take(c, r);
	}
}

static void list(struct kubernetes *c)
{
	struct buf target;
	struct http_call_options o = { .timeout = ASK_TIMEOUT };
	buf_init(&target, TARGET_MAX);
	path_of(c->f, &target);
	buf_printf(&target, "?limit=%d", PAGE);
	if (c->more[0]) {
		buf_add(&target, STR("&continue="));
		http_escape(&target, str_z(c->more), NULL);
	}
	c->call = get(c, &target, &o, on_list);
}

static void begin(struct follower *f)
{
	struct kubernetes *c = f->own;
	*c = (struct kubernetes){ .f = f };
	list(c);
}

static void end(struct follower *f)
{
	struct kubernetes *c = f->own;
	if (c->call)
		http_cancel(c->call);
	follower_lines_end(&c->lines);
	*c = (struct kubernetes){ 0 };
}

const struct follower_kind follower_kubernetes = { "kubernetes", SOURCE_SLICES, sizeof(struct kubernetes), begin, end, NULL };
