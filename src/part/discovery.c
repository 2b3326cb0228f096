/* Life of the followers (discovery.h): which there are, their addresses, their pauses, and what they say together. A follower that fails begins anew after a pause that doubles, up to PAUSE_MOST. */
#include "base/check.h"
#include "model/record.h"
#include "model/fleet.h"
#include "part/discovery_impl.h"
#include <stdio.h>
#include <stdlib.h>

#define CONNECT_TIMEOUT (5 * SECOND)
#define PAUSE_FIRST (SECOND)
#define PAUSE_MOST (30 * SECOND)
enum { FOLLOWERS = 4, WORDS_MAX = 200, TOKEN_MAX = 16 << 10, ANSWER_MAX = 64 << 20, LINE_MAX = 16 << 20 };

struct discovery {
	struct loop *loop;
	struct discovery_options options;
	struct follower *followers[FOLLOWERS]; /* by kind; NULL: not asked for */
	size_t waiting;              /* look-ups of followers that are gone */
	void (*closed)(void *ctx);
	void *closed_ctx;
};
static const struct follower_kind *const kinds[FOLLOWERS] = { &follower_consul, &follower_etcd, &follower_kubernetes, &follower_dns };

struct loop *follower_loop(const struct follower *f) { return f->owner->loop; }

/* --- from the look-up of the name to the first question ------------------------------------------------------------------------------------------------ */

static void begin(struct follower *f);

static void on_due(struct timer *t) { begin(CONTAINER_OF(t, struct follower, timer)); }

static void look_up(struct loop_job *job)
{
	struct follower *f = CONTAINER_OF(job, struct follower, lookup);
	if (f->kind->work)
		f->kind->work(f);
	else
		f->addresses_count = sys_resolve(f->url.host, f->url.port, f->addresses, DISCOVERY_ADDRESSES);
}

static void follower_free(struct follower *f)
{
	f->kind->end(f);
	found_release(&f->found);
	url_release(&f->url);
	arena_release(&f->secrets);
	arena_release(&f->arena);
	free(f->own);
	free(f);
}

/* A secret from its file; what cannot stand in a header is never sent. */
static bool secret(struct follower *f, struct str file, const char *what, struct str *text, struct err *e)
{
	*text = STR("");
	if (!file.len)
		return true;
	if (!sys_read_file(file, TOKEN_MAX, &f->secrets, text, e))
		return false;
	*text = str_strip(*text);
	for (size_t i = 0; i < text->len; i++)
		if ((unsigned char)text->p[i] < ' ' || (unsigned char)text->p[i] >= 0x7f)
			return err_set(e, ERR_INPUT, "the file %.*s holds more than a %s", STR_FMT(str_sub(file, 0, 200)), what);
	return true;
}

/* Each time it begins: tokens and certificates are renewed in their files. */
static bool read_secrets(struct follower *f, struct err *e)
{
	const struct tls_options trust = { .authorities = f->set.ca, .certificate = f->set.cert, .key = f->set.key };
	struct str token;
	url_release(&f->url);
	arena_reset(&f->secrets);
	f->headers = STR("");
	if (!url_trust(&f->url, &trust, e) || !secret(f, f->set.token, "token", &token, e) || !secret(f, f->set.password, "password", &f->password, e))
		return false;
	if (str_find_char(token, ' ') != SIZE_MAX)
		return err_set(e, ERR_INPUT, "the file %.*s holds more than a token", STR_FMT(str_sub(f->set.token, 0, 200)));
	if (token.len)
		f->headers = f->kind == &follower_consul ? arena_printf(&f->secrets, "X-Consul-Token: %.*s\r\n", STR_FMT(token)) :
							   arena_printf(&f->secrets, "Authorization: %s%.*s\r\n", f->kind == &follower_kubernetes ? "Bearer " : "", STR_FMT(token));
	return true;
}

static void looked_up(struct loop_job *job)
{
	struct follower *f = CONTAINER_OF(job, struct follower, lookup);
	struct discovery *d = f->owner;
	struct err e = { 0 };
	f->looking = false;
	if (f->gone) {
		follower_free(f);
		d->waiting--;
		if (d->closed && !d->waiting) {
			void (*closed)(void *ctx) = d->closed;
			void *ctx = d->closed_ctx;
			free(d);
			closed(ctx);
		}
		return;
	}
	if (f->kind->work) {
		f->kind->begin(f);
		return;
	}
	if (!f->addresses_count) {
		follower_failed(f, NULL, "no name server knows its host");
		return;
	}
	if (!read_secrets(f, &e)) {
		follower_failed(f, NULL, e.message);
		return;
	}
	/* One after the other, as tries fail. */
	f->address = f->addresses[f->address_at++ % f->addresses_count];
	f->kind->begin(f);
}

static void begin(struct follower *f)
{
	f->looking = true;
	f->lookup = (struct loop_job){ .run = look_up, .done = looked_up };
	loop_work(f->owner->loop, &f->lookup);
}

/* --- what followers do ------------------------------------------------------------------------------------------------------------------------------------ */

void follower_heard(struct follower *f, bool changed)
{
	if (f->state == FOLLOWER_FAILING) {
		char text[DISCOVERY_TEXT];
		snprintf(text, sizeof(text), "discovery: %s answers again", f->kind->name);
		f->owner->options.log(f->owner->options.log_ctx, SEVERITY_INFO, str_z(text));
	}
	f->state = FOLLOWER_FOLLOWING;
	f->problem[0] = 0;
	f->heard = sys_wall();
	f->pause = 0;
	f->changes += changed;
}

void follower_again(struct follower *f, int64_t pause) { timer_set(&f->timer, f->owner->loop, loop_now(f->owner->loop) + pause, on_due); }

/* What it says of its refusal, in its own words: {"error": …}, {"message": …}, or a line of text. */
static void said(char *to, size_t room, struct str body)
{
	struct arena a;
	struct err ignored = { 0 };
	arena_init(&a, 1 << 20);
	const struct json *j = body.len && body.len < WORDS_MAX * 16 && body.p[0] == '{' ? json_parse(&a, body, &ignored) : NULL;
	struct str text = j ? json_get_str(j, STR("error"), json_get_str(j, STR("message"), STR(""))) : body;
	size_t n = 0;
	for (; n < text.len && n < room - 1 && n < WORDS_MAX && (unsigned char)text.p[n] >= ' ' && (unsigned char)text.p[n] < 0x7f; n++)
		to[n] = text.p[n];
	to[n] = 0;
	arena_release(&a);
}

static void explain(struct follower *f, const struct http_result *r, const char *what)
{
	char words[WORDS_MAX + 1] = "";
	if (r && r->status)
		said(words, sizeof(words), r->body);
	const char *colon = words[0] ? ": " : "";
	if (!r)
		snprintf(f->problem, sizeof(f->problem), "%s", what);
	else if (!r->status)
		snprintf(f->problem, sizeof(f->problem), "%s: %s%s%s%s", what, r->err.message, r->err.code == ERR_FORBIDDEN ? "; `" : "", r->err.code == ERR_FORBIDDEN ? f->kind->name : "",
			 r->err.code == ERR_FORBIDDEN ? "_ca` of `discovery` in pleach.yaml names a file with the authority that it must be by" : "");
	else if (r->status == 401 || r->status == 403)
		snprintf(f->problem, sizeof(f->problem), "%s: it answers %d%s%s; `%s_token`%s of `discovery` in pleach.yaml names a file with a token that may read", what, r->status, colon, words, f->kind->name,
			 f->kind == &follower_etcd ? " (or `etcd_user` and `etcd_password`)" : "");
	else
		snprintf(f->problem, sizeof(f->problem), "%s: it answers %d%s%s", what, r->status, colon, words);
}

void follower_failed(struct follower *f, const struct http_result *r, const char *what)
{
	char text[2 * DISCOVERY_TEXT];
	explain(f, r, what);
	if (f->state != FOLLOWER_FAILING) {
		snprintf(text, sizeof(text), "discovery: %s%s%.*s: %s", f->kind->name, f->url.authority.len ? " at " : "", STR_FMT(f->url.authority), f->problem);
		f->owner->options.log(f->owner->options.log_ctx, SEVERITY_WARN, str_z(text));
	}
	f->kind->end(f);
	f->state = FOLLOWER_FAILING;
	f->pause = f->pause ? f->pause * 2 : PAUSE_FIRST;
	f->pause = f->pause > PAUSE_MOST ? PAUSE_MOST : f->pause;
	timer_set(&f->timer, f->owner->loop, loop_now(f->owner->loop) + f->pause, on_due);
}

struct http_call *follower_call(struct follower *f, struct http_call_options *o, void (*done)(void *ctx, const struct http_result *r))
{
	f->url.address = f->address;
	url_call(&f->url, o);
	o->connect_timeout = CONNECT_TIMEOUT;
	o->headers = f->headers;
	o->ctx = o->ctx ? o->ctx : f;
	o->max_body = DISCOVERY_BODY_MAX;
	struct http_call *c = http_call(f->owner->options.client, o, done);
	if (!c)
		follower_failed(f, NULL, "it cannot be asked: no memory");
	return c;
}

struct str follower_target(struct follower *f, struct arena *a, const char *path) { return arena_printf(a, "%.*s%s", STR_FMT(f->url.path), path); }

void follower_lines_begin(struct follower_lines *l, struct follower *f, bool (*line)(void *own, const struct json *line, struct arena *a), void (*stopped)(struct follower *f))
{
	*l = (struct follower_lines){ .f = f, .line = line, .stopped = stopped };
	buf_init(&l->buf, LINE_MAX);
}

void follower_lines_end(struct follower_lines *l)
{
	deferred_cancel(&l->deferred);
	buf_release(&l->buf);
	*l = (struct follower_lines){ 0 };
}

static void on_stopped(struct deferred *d)
{
	struct follower_lines *l = CONTAINER_OF(d, struct follower_lines, deferred), was = *l;
	follower_lines_end(l);
	was.stopped(was.f);
}

bool follower_lines_take(struct follower_lines *l, struct str piece)
{
	bool ok = true;
	size_t end;
	buf_add(&l->buf, piece);
	while (ok && buf_ok(&l->buf) && (end = str_find_char(buf_str(&l->buf), '\n')) != SIZE_MAX) {
		struct arena a;
		struct err ignored = { 0 };
		struct str line = str_strip(str_sub(buf_str(&l->buf), 0, end));
		arena_init(&a, DISCOVERY_READ_MEMORY);
		const struct json *j = line.len ? json_parse(&a, line, &ignored) : NULL;
		ok = !line.len || (j && l->line(l->f->own, j, &a));
		arena_release(&a);
		buf_consume(&l->buf, end + 1);
	}
	if (ok && buf_ok(&l->buf))
		return true;
	loop_defer(l->f->owner->loop, &l->deferred, on_stopped);
	return false;
}

/* --- which there are ---------------------------------------------------------------------------------------------------------------------------------------- */

static void follower_copy(struct follower *f, const struct fleet_registry *set)
{
	const struct str *from = (const struct str *)set;
	struct str *to = (struct str *)&f->set;
	for (size_t i = 0; i < sizeof(*set) / sizeof(*from); i++)
		to[i] = arena_str(&f->arena, from[i]);
	f->scope = f->set.scope;
}

static bool follower_same(const struct follower *f, const struct fleet_registry *set)
{
	const struct str *x = (const struct str *)set, *y = (const struct str *)&f->set;
	bool same = true;
	for (size_t i = 0; i < sizeof(*set) / sizeof(*x); i++)
		same = same && str_eq(x[i], y[i]);
	return same;
}

static struct follower *follower_new(struct discovery *d, const struct follower_kind *kind, const struct fleet_registry *set)
{
	struct follower *f = calloc(1, sizeof(*f));
	struct err e = { 0 };
	CHECK(f);
	f->kind = kind;
	f->owner = d;
	f->own = calloc(1, kind->size);
	CHECK(f->own);
	arena_init(&f->arena, 256 << 10);
	arena_init(&f->secrets, 256 << 10);
	found_init(&f->found);
	follower_copy(f, set);
	if (kind->work) {
		f->url.authority = f->scope;
		begin(f);
	} else if (!url_parse(&f->url, &f->arena, f->set.url, kind->name, &e)) { /* the fleet's files were judged; the rest is a matter of form */
		f->state = FOLLOWER_FAILING;
		snprintf(f->problem, sizeof(f->problem), "%s", e.message);
	} else {
		begin(f);
	}
	return f;
}

static void follower_end(struct follower *f)
{
	f->kind->end(f);
	timer_cancel(&f->timer);
	f->gone = true;
	if (f->looking)
		f->owner->waiting++;
	else
		follower_free(f);
}

static void set(struct discovery *d, size_t i, const struct fleet_registry *r)
{
	struct follower *f = d->followers[i];
	if (f && follower_same(f, r))
		return;
	if (f)
		follower_end(f);
	d->followers[i] = r->url.len ? follower_new(d, kinds[i], r) : NULL;
}

void discovery_fleet(void *discovery, const struct fleet *fleet)
{
	struct discovery *d = discovery;
	set(d, 0, &fleet->discovery.consul);
	set(d, 1, &fleet->discovery.etcd);
	set(d, 2, &fleet->discovery.kubernetes);
	struct buf names;
	buf_init(&names, FOLLOWER_NAMES_MAX * 512);
	for (size_t i = 0; i < fleet->discovery.dns_count; i++)
		buf_printf(&names, "%s%.*s", i ? "\n" : "", STR_FMT(fleet->discovery.dns[i]));
	set(d, 3, &(struct fleet_registry){ .url = buf_str(&names), .scope = fleet->discovery.dns_server });
	buf_release(&names);
}

/* --- what they say ------------------------------------------------------------------------------------------------------------------------------------------- */

const struct picture_found *discovery_found(struct discovery *d, struct arena *a, size_t *n)
{
	size_t counts[FOLLOWERS + 1] = { 0 }, all = 0;
	const struct found_service *lists[FOLLOWERS + 1] = { 0 };
	*n = 0;
	for (size_t i = 0; i < FOLLOWERS; i++) {
		lists[i] = d->followers[i] ? found_services(&d->followers[i]->found, a, &counts[i]) : NULL;
		all += lists[i] ? counts[i] : 0;
	}
	lists[FOLLOWERS] = found_services(d->options.registered, a, &counts[FOLLOWERS]);
	all += lists[FOLLOWERS] ? counts[FOLLOWERS] : 0;
	struct picture_found *found = ARENA_ARRAY(a, all + 1, struct picture_found);
	for (size_t i = 0; found && i <= FOLLOWERS; i++)
		for (size_t k = 0; lists[i] && k < counts[i]; k++) {
			const struct found_service *s = &lists[i][k];
			found[(*n)++] = (struct picture_found){ .service = s->service, .owner = s->owner, .first = s->first, .source = i < FOLLOWERS ? kinds[i]->source : SOURCE_REGISTERED, .instances = s->instances, .passing = s->passing,
								.critical = s->critical, .last = (i < FOLLOWERS ? d->followers[i]->heard : sys_wall()) / SECOND };
		}
	return found;
}

struct str discovery_missing(const struct discovery *d, struct arena *a)
{
	struct str text = STR("");
	for (size_t i = 0; i < FOLLOWERS; i++) {
		const struct follower *f = d->followers[i];
		if (f && f->state == FOLLOWER_FAILING)
			text = arena_printf(a, "%.*s%s%s: %s", STR_FMT(text), text.len ? "; " : "", f->kind->name, f->problem);
	}
	return text;
}

static void say_entry(struct json_out *o, const struct found_entry *e)
{
	for (size_t i = 0; i < e->count; i++) {
		json_out_object(o);
		json_kv_str(o, "service", e->items[i].service);
		json_kv_str(o, "id", e->items[i].id);
		json_kv_str(o, "address", e->items[i].address);
		json_kv_str(o, "health", str_z(instance_health_name(e->items[i].health)));
		json_kv_str(o, "owner", e->items[i].owner);
		json_out_end(o);
	}
}

static void say_instances(struct json_out *o, const struct found *f)
{
	json_kv_bool(o, "cut", f->cut);
	json_out_key(o, STR("instances"));
	json_out_array(o);
	for (uint32_t i = 0; i < f->entries.count; i++)
		say_entry(o, f->entries.entries[i].value);
	json_out_end(o);
}

/* What has registered here itself. */
static void say_own(struct json_out *o, const struct found *f)
{
	json_out_object(o);
	json_kv_str(o, "registry", STR("pleach"));
	json_kv_str(o, "url", STR(""));
	json_kv_bool(o, "secure", false);
	json_kv_str(o, "state", STR("following"));
	json_kv_str(o, "problem", STR(""));
	json_kv_i64(o, "heard_ms", sys_wall() / MSEC);
	json_kv_u64(o, "changes", 0);
	say_instances(o, f);
	json_out_end(o);
}

static void say(struct json_out *o, const struct follower *f)
{
	static const char *const states[] = { "connecting", "following", "failing" };
	json_out_object(o);
	json_kv_str(o, "registry", str_z(f->kind->name));
	json_kv_str(o, "url", f->url.authority.len ? f->url.authority : STR(""));
	json_kv_bool(o, "secure", f->url.secure);
	json_kv_str(o, "state", str_z(states[f->state]));
	json_kv_str(o, "problem", str_z(f->problem));
	json_kv_i64(o, "heard_ms", f->heard / MSEC);
	json_kv_u64(o, "changes", f->changes);
	say_instances(o, &f->found);
	json_out_end(o);
}

void discovery_handle(void *discovery, struct http_exchange *x, struct str path)
{
	struct discovery *d = discovery;
	struct err e = { 0 };
	struct buf out;
	struct json_out o;
	struct str method = http_request(x)->head.method;
	if (path.len)
		err_set(&e, ERR_NOT_FOUND, "%.*s: no such path; " DISCOVERY_PATH " is all there is", STR_FMT(http_request(x)->path));
	else if (!str_eq(method, STR("GET")) && !str_eq(method, STR("HEAD")))
		err_set(&e, ERR_METHOD, DISCOVERY_PATH " answers GET");
	buf_init(&out, ANSWER_MAX);
	json_out_init(&o, &out);
	json_out_object(&o);
	json_out_key(&o, STR("registries"));
	json_out_array(&o);
	for (size_t i = 0; !err_is_set(&e) && i < FOLLOWERS; i++)
		if (d->followers[i])
			say(&o, d->followers[i]);
	if (!err_is_set(&e) && d->options.registered->entries.count)
		say_own(&o, d->options.registered);
	json_out_end(&o);
	json_out_end(&o);
	if (!err_is_set(&e) && !buf_ok(&out))
		err_set(&e, ERR_TOO_LARGE, "the answer is too large");
	if (err_is_set(&e))
		http_answer_err(x, &e);
	else
		http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&out));
	buf_release(&out);
}

/* --- life ------------------------------------------------------------------------------------------------------------------------------------------------------ */

struct discovery *discovery_new(struct loop *l, const struct discovery_options *o, struct err *e)
{
	struct discovery *d = calloc(1, sizeof(*d));
	if (!d) {
		err_set(e, ERR_NO_MEMORY, "no memory for discovery");
		return NULL;
	}
	d->loop = l;
	d->options = *o;
	return d;
}

void discovery_close(struct discovery *d, void (*closed)(void *ctx), void *ctx)
{
	for (size_t i = 0; i < FOLLOWERS; i++)
		if (d->followers[i])
			follower_end(d->followers[i]);
	if (d->waiting) {
		d->closed = closed;
		d->closed_ctx = ctx;
		return;
	}
	free(d);
	closed(ctx);
}
