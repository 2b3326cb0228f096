/* Follows etcd over its JSON gateway: all keys below the prefix, by pages of one revision, then a watch from the next revision on. A watch that ends goes on from where it was; one that was compacted begins anew. */
#include "base/check.h"
#include "part/discovery_impl.h"

#define ASK_TIMEOUT (20 * SECOND)
#define WATCH_TIME (600 * SECOND) /* then it is opened anew: a connection that died silently is not waited for longer */
/* 3.4 and later, 3.3, older (documentation, "gRPC gateway"). */
static const char *const versions[] = { "/v3", "/v3beta", "/v3alpha" };

struct etcd { struct follower *f; struct http_call *call; void (*then)(struct etcd *c); size_t version; int64_t revision; struct buf from /* where the next page begins */; int page /* keys of the next one */; int64_t keys /* asked for so far */; bool again /* begun anew, as its pages were compacted */; struct follower_lines lines; bool anew; };

static void range(struct etcd *c);
static void authenticate(struct etcd *c, void (*then)(struct etcd *c));
static void first_range(struct etcd *c);
static void watch(struct etcd *c);

static struct http_call *post(struct etcd *c, const char *path, const struct buf *body, struct http_call_options *o, void (*done)(void *ctx, const struct http_result *r))
{
	struct arena a;
	arena_init(&a, 16 << 10);
	o->method = STR("POST");
	o->target = arena_printf(&a, "%.*s%s%s", STR_FMT(c->f->url.path), versions[c->version], path);
	o->content_type = STR("application/json");
	o->body = buf_str(body);
	o->ctx = c;
	struct http_call *call = follower_call(c->f, o, done);
	arena_release(&a);
	return call;
}

static bool on_line(void *ctx, const struct json *line, struct arena *a)
{
	struct etcd *c = ctx;
	bool changed = false;
	enum etcd_line what = etcd_watch(&c->f->found, c->f->scope, line, &c->revision, &changed, a);
	c->anew = what == ETCD_ANEW;
	if (what == ETCD_GOES_ON)
		follower_heard(c->f, changed);
	return what == ETCD_GOES_ON;
}

/* A line ended the watch. */
static void stopped(struct follower *f)
{
	struct etcd *c = f->own;
	if (c->anew)
		first_range(c);
	else
		follower_failed(f, NULL, "what its watch says is not etcd's form");
}

static bool on_data(void *ctx, struct str piece)
{
	struct etcd *c = ctx;
	if (follower_lines_take(&c->lines, piece))
		return true;
	c->call = NULL;
	return false;
}

static void on_watch_end(void *ctx, const struct http_result *r)
{
	struct etcd *c = ctx;
	c->call = NULL;
	follower_lines_end(&c->lines);
	if (!r->status && r->err.code == ERR_TIMEOUT)
		authenticate(c, watch); /* what was given before has ended meanwhile, as nobody asked by it */
	else
		follower_failed(c->f, r, "its watch ended");
}

static void watch(struct etcd *c)
{
	struct buf body;
	struct arena a;
	struct http_call_options o = { .timeout = WATCH_TIME, .on_data = on_data };
	arena_init(&a, 16 << 10);
	buf_init(&body, 16 << 10);
	etcd_watch_body(&body, c->f->scope, c->revision + 1, &a);
	c->anew = false;
	follower_lines_begin(&c->lines, c->f, on_line, stopped);
	c->call = post(c, "/watch", &body, &o, on_watch_end);
	buf_release(&body);
	arena_release(&a);
}

static void first_range(struct etcd *c)
{
	buf_clear(&c->from);
	c->keys = 0;
	c->page = ETCD_PAGE;
	range(c);
}

static void take(struct etcd *c, const struct http_result *r)
{
	struct err ignored = { 0 };
	struct str next;
	struct arena a;
	arena_init(&a, DISCOVERY_READ_MEMORY);
	bool ok = etcd_range(&c->f->found, c->f->scope, json_parse(&a, r->body, &ignored), buf_str(&c->from), &c->revision, &next, &a);
	if (ok) {
		buf_clear(&c->from);
		buf_add(&c->from, next);
	}
	arena_release(&a);
	if (!ok) {
		follower_failed(c->f, NULL, "what it answers is not etcd's form: is the URL that of its clients, usually port 2379?");
	} else if (c->from.len && (c->keys += c->page) >= ETCD_KEYS_MAX) {
		follower_failed(c->f, NULL, "more than a million keys are below its prefix: `etcd_prefix` of `discovery` in pleach.yaml names that of the services");
	} else if (c->from.len) {
		range(c);
	} else {
		c->again = false;
		follower_heard(c->f, true);
		watch(c);
	}
}

/* Pages of one revision end where it is compacted meanwhile. Once that is taken as it comes; a second time in a row is a failure, with its pause. */
static bool compacted(struct etcd *c, const struct http_result *r)
{
	struct err ignored = { 0 };
	struct arena a;
	if (!c->from.len || c->again || r->status < 400)
		return false;
	arena_init(&a, 1 << 20);
	c->again = etcd_compacted(json_parse(&a, r->body, &ignored));
	arena_release(&a);
	return c->again;
}

static void on_range(void *ctx, const struct http_result *r)
{
	struct etcd *c = ctx;
	c->call = NULL;
	if (r->status == 404 && c->version + 1 < ARRAY_LEN(versions)) {
		c->version++;
		range(c);
	} else if (compacted(c, r)) {
		first_range(c);
	} else if (!r->status && r->err.code == ERR_TOO_LARGE && c->page > 1) {
		c->page /= 8; /* of large values fewer at a time */
		range(c);
	} else if (r->status != 200) {
		follower_failed(c->f, r, "its keys cannot be read");
	} else {
		take(c, r);
	}
}

static void range(struct etcd *c)
{
	struct buf body;
	struct arena a;
	struct http_call_options o = { .timeout = ASK_TIMEOUT };
	arena_init(&a, 16 << 10);
	buf_init(&body, ETCD_BODY_MAX);
	etcd_range_body(&body, c->f->scope, buf_str(&c->from), c->from.len ? c->revision : 0, c->page, &a);
	c->call = post(c, "/kv/range", &body, &o, on_range);
	buf_release(&body);
	arena_release(&a);
}

/* --- users (etcd's "Role-based access control") -------------------------------------------------------------------------------------------------------- */

static void on_authenticated(void *ctx, const struct http_result *r)
{
	struct etcd *c = ctx;
	struct err ignored = { 0 };
	struct arena a;
	c->call = NULL;
	if (r->status == 404 && c->version + 1 < ARRAY_LEN(versions)) {
		c->version++;
		authenticate(c, c->then);
		return;
	}
	arena_init(&a, 1 << 20);
	struct str token = r->status == 200 ? json_get_str(json_parse(&a, r->body, &ignored), STR("token"), STR("")) : STR("");
	bool ok = token.len && http1_is_value(token);
	if (ok)
		c->f->headers = arena_printf(&c->f->secrets, "Authorization: %.*s\r\n", STR_FMT(token));
	arena_release(&a);
	if (!ok)
		follower_failed(c->f, r, "it does not take `etcd_user` with `etcd_password`");
	else
		c->then(c);
}

/* Then goes on; at once where no user is named. */
static void authenticate(struct etcd *c, void (*then)(struct etcd *c))
{
	struct http_call_options o = { .timeout = ASK_TIMEOUT };
	struct buf body;
	struct json_out j;
	c->then = then;
	if (!c->f->set.user.len) {
		then(c);
		return;
	}
	buf_init(&body, 64 << 10);
	json_out_init(&j, &body);
	json_out_object(&j);
	json_kv_str(&j, "name", c->f->set.user);
	json_kv_str(&j, "password", c->f->password);
	json_out_end(&j);
	c->f->headers = STR("");
	c->call = post(c, "/auth/authenticate", &body, &o, on_authenticated);
	buf_release(&body);
}

static void begin(struct follower *f)
{
	struct etcd *c = f->own;
	*c = (struct etcd){ .f = f, .page = ETCD_PAGE };
	buf_init(&c->from, ETCD_KEY_MAX + 1);
	authenticate(c, range);
}

static void end(struct follower *f)
{
	struct etcd *c = f->own;
	if (c->call)
		http_cancel(c->call);
	follower_lines_end(&c->lines);
	buf_release(&c->from);
	*c = (struct etcd){ 0 };
}

const struct follower_kind follower_etcd = { "etcd", SOURCE_ETCD, sizeof(struct etcd), begin, end, NULL };
