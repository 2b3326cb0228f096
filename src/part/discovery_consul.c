/* Follows Consul: two blocking queries, of the catalogue's names and of all checks; when either changes, each service's instances are asked for, FEW at a time. */
#include "base/check.h"
#include "part/discovery_impl.h"

enum { FEW = 4, BLOCKS = 2 };
#define WAIT_SECONDS 300
#define WAIT (WAIT_SECONDS * SECOND)
#define ASK_TIMEOUT (15 * SECOND)

struct consul;
struct block { struct consul *owner; const char *path; struct http_call *call; struct timer timer; uint64_t index; struct consul_bucket bucket; bool first; };
struct detail { struct consul *owner; struct http_call *call; struct str name; };
struct consul {
	struct follower *f;
	struct block blocks[BLOCKS];
	struct arena names_arena;    /* of the last answer */
	const struct str *names;     /* NULL: not known yet */
	size_t names_count, asked, open;
	struct detail details[FEW];
	bool again;                  /* something changed while details were asked for */
};

static void ask(struct block *b);
static void ask_details(struct consul *c);

/* --- instances --------------------------------------------------------------------------------------------------------------------------------------------- */

static void details_done(struct consul *c)
{
	bool again = c->again;
	found_sweep(&c->f->found);
	follower_heard(c->f, true);
	c->again = false;
	c->asked = SIZE_MAX;
	if (again)
		ask_details(c);
}

static void on_detail(void *ctx, const struct http_result *r)
{
	struct detail *d = ctx;
	struct consul *c = d->owner;
	struct err ignored = { 0 };
	struct arena a;
	d->call = NULL;
	c->open--;
	if (r->status != 200) {
		follower_failed(c->f, r, "a service's health cannot be read");
		return;
	}
	arena_init(&a, DISCOVERY_READ_MEMORY);
	bool ok = consul_health(&c->f->found, d->name, json_parse(&a, r->body, &ignored), &a);
	arena_release(&a);
	if (!ok)
		follower_failed(c->f, NULL, "what it answers about a service is not Consul's form");
	else
		ask_details(c);
}

static bool ask_one(struct consul *c, struct detail *d)
{
	struct buf target;
	d->name = c->names[c->asked++];
	buf_init(&target, 8 << 10);
	buf_printf(&target, "%.*s/v1/health/service/", STR_FMT(c->f->url.path));
	http_escape(&target, d->name, NULL);
	struct http_call_options o = { .method = STR("GET"), .target = buf_str(&target), .timeout = ASK_TIMEOUT, .ctx = d };
	c->open++;
	d->call = follower_call(c->f, &o, on_detail);
	buf_release(&target);
	return d->call != NULL;
}

/* As many as may be open; at the end what was not named goes. */
static void ask_details(struct consul *c)
{
	if (c->asked == SIZE_MAX) {
		c->asked = 0;
		found_begin(&c->f->found);
	}
	for (size_t i = 0; i < FEW && c->asked < c->names_count; i++)
		if (!c->details[i].call && !ask_one(c, &c->details[i]))
			return;
	if (!c->open)
		details_done(c);
}

static void changed(struct consul *c)
{
	if (!c->names)
		return;
	if (c->asked != SIZE_MAX)
		c->again = true;
	else
		ask_details(c);
}

/* --- the two that block ---------------------------------------------------------------------------------------------------------------------------------------- */

/* The names live until the next answer: while details are asked for, only between two rounds. */
static bool take_names(struct consul *c, const struct http_result *r)
{
	struct err ignored = { 0 };
	struct arena a;
	size_t n;
	arena_init(&a, DISCOVERY_READ_MEMORY);
	const struct str *names = consul_names(json_parse(&a, r->body, &ignored), &a, &n);
	if (!names) {
		arena_release(&a);
		return false;
	}
	for (size_t i = 0; i < FEW; i++)
		if (c->details[i].call) {
			http_cancel(c->details[i].call);
			c->details[i].call = NULL;
		}
	c->open = 0;
	c->asked = SIZE_MAX;
	c->again = false;
	arena_release(&c->names_arena);
	c->names_arena = a;
	c->names = names;
	c->names_count = n;
	return true;
}

static void on_due(struct timer *t) { ask(CONTAINER_OF(t, struct block, timer)); }

static void on_block(void *ctx, const struct http_result *r)
{
	struct block *b = ctx;
	struct consul *c = b->owner;
	uint64_t index = 0, before = b->index;
	b->call = NULL;
	if (r->status != 200) {
		follower_failed(c->f, r, "its catalogue cannot be read");
		return;
	}
	str_to_u64(http1_find(r->head, STR("x-consul-index")), &index);
	b->index = consul_next_index(b->index, index);
	bool same = !b->first && before && b->index == before; /* returned without a change: its wait was over */
	b->first = false;
	if (!same && b == &c->blocks[0] && !take_names(c, r)) {
		follower_failed(c->f, NULL, "what it answers is not Consul's form: is the URL that of its HTTP API, usually port 8500?");
		return;
	}
	if (same)
		follower_heard(c->f, false);
	else
		changed(c);
	if (c->f->state == FOLLOWER_FAILING && timer_is_set(&c->f->timer))
		return;
	int64_t pause = consul_bucket_take(&b->bucket, loop_now(follower_loop(c->f)));
	timer_set(&b->timer, follower_loop(c->f), loop_now(follower_loop(c->f)) + pause, on_due);
}

static void ask(struct block *b)
{
	struct follower *f = b->owner->f;
	struct arena a;
	arena_init(&a, 64 << 10);
	struct str target = follower_target(f, &a, b->path);
	if (b->index)
		target = arena_printf(&a, "%.*s?index=%llu&wait=%ds", STR_FMT(target), (unsigned long long)b->index, WAIT_SECONDS);
	/* Consul adds up to a sixteenth of the wait. */
	struct http_call_options o = { .method = STR("GET"), .target = target, .timeout = b->index ? WAIT + WAIT / 16 + ASK_TIMEOUT : ASK_TIMEOUT, .ctx = b };
	b->call = follower_call(f, &o, on_block);
	arena_release(&a);
}

static void begin(struct follower *f)
{
	static const char *const paths[BLOCKS] = { "/v1/catalog/services", "/v1/health/state/any" };
	struct consul *c = f->own;
	*c = (struct consul){ .f = f, .asked = SIZE_MAX };
	arena_init(&c->names_arena, 4096);
	for (size_t i = 0; i < FEW; i++)
		c->details[i].owner = c;
	for (size_t i = 0; i < BLOCKS; i++)
		c->blocks[i] = (struct block){ .owner = c, .path = paths[i], .first = true };
	ask(&c->blocks[0]);
	if (c->blocks[0].call)
		ask(&c->blocks[1]);
}

static void end(struct follower *f)
{
	struct consul *c = f->own;
	for (size_t i = 0; c->f && i < BLOCKS; i++) {
		timer_cancel(&c->blocks[i].timer);
		if (c->blocks[i].call)
			http_cancel(c->blocks[i].call);
	}
	for (size_t i = 0; c->f && i < FEW; i++)
		if (c->details[i].call)
			http_cancel(c->details[i].call);
	arena_release(&c->names_arena);
	*c = (struct consul){ 0 };
}

const struct follower_kind follower_consul = { "consul", SOURCE_CONSUL, sizeof(struct consul), begin, end, NULL };
