/* Migrations (migrations.h): what the fleet says of versions that go away, and the answer of GET /api/migrations. */
#include "part/migrations.h"
#include "base/check.h"
#include "contract/change.h"
#include "contract/versions/transform_check.h"
#include "part/migrations_impl.h"
#include "sys/sys.h"
#include <stdlib.h>

enum { ARENA_MAX = 64 << 20, ANSWER_MAX = 64 << 20, VIEW_MAX = 64 << 20, BROWNOUTS_TOLD = 20 /* of one series: the last, the present and the next ones */ };

struct migrations *migrations_new(struct contracts *contracts, const struct usage *usage)
{
	struct migrations *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->contracts = contracts;
	m->usage = usage;
	m->window_ms = 14 * DAY_MS;
	arena_init(&m->arena, ARENA_MAX);
	return m;
}

void migrations_free(struct migrations *m)
{
	if (!m)
		return;
	arena_release(&m->arena);
	free(m);
}

/* --- the fleet ------------------------------------------------------------------------------------------------------------------------------- */

static struct str path_of(const struct service *s, struct str version)
{
	for (size_t i = 0; i < s->serves_count; i++)
		if (version.len && str_eq(s->serves[i].version, version))
			return s->serves[i].path;
	return STR("");
}

static struct served copy(struct arena *a, const struct served *from)
{
	struct served v = *from;
	v.version = arena_str(a, from->version);
	v.path = arena_str(a, from->path);
	v.schema = arena_str(a, from->schema);
	v.successor = arena_str(a, from->successor.len ? from->successor : from->served_by);
	v.documentation = arena_str(a, from->documentation);
	v.served_by = arena_str(a, from->served_by);
	v.transform = arena_str(a, from->transform);
	v.transform_text = arena_str(a, from->transform_text);
	v.steps = NULL;
	v.brownouts = ARENA_ARRAY(a, from->brownouts_count + 1, struct brownout);
	v.brownouts_count = v.brownouts ? from->brownouts_count : 0;
	for (size_t i = 0; i < v.brownouts_count; i++)
		v.brownouts[i] = from->brownouts[i];
	return v;
}

static void add(struct migrations *m, const struct fleet *f, const struct service *s, const struct served *v)
{
	const struct team *team = fleet_team(f, s->owner);
	struct migration *x = &m->items[m->count++];
	*x = (struct migration){ .service = arena_str(&m->arena, s->name), .owner = arena_str(&m->arena, s->owner), .served = copy(&m->arena, v), .place = v->place };
	x->served.transform_place.file = arena_str(&m->arena, v->transform_place.file);
	x->contact = team ? arena_str(&m->arena, team->contact) : STR("");
	x->successor_path = arena_str(&m->arena, path_of(s, x->served.successor));
	x->place.file = arena_str(&m->arena, v->place.file);
}

void migrations_fleet(void *migrations, const struct fleet *f)
{
	struct migrations *m = migrations;
	arena_clear(&m->arena);
	m->count = m->party_count = 0;
	m->window_ms = f->contracts.window / 1000000;
	m->items = ARENA_ARRAY(&m->arena, MIGRATIONS_MAX, struct migration);
	m->parties = ARENA_ARRAY(&m->arena, f->services_count + 1, struct party);
	for (size_t i = 0; m->items && m->parties && i < f->services_count; i++) {
		const struct service *s = &f->services[i];
		const struct team *team = fleet_team(f, s->owner);
		m->parties[m->party_count++] = (struct party){ arena_str(&m->arena, s->name), arena_str(&m->arena, s->owner),
							       team ? arena_str(&m->arena, team->contact) : STR("") };
		for (size_t k = 0; k < s->serves_count && m->count < MIGRATIONS_MAX; k++)
			if (lifetime_is_said(&s->serves[k]) || s->serves[k].served_by.len)
				add(m, f, s, &s->serves[k]);
	}
	if (m->arena.full)
		m->count = m->party_count = 0;
}

/* --- the answer ------------------------------------------------------------------------------------------------------------------------------ */

static void put_brownouts(struct json_out *o, const struct served *v, int64_t now)
{
	json_out_key(o, STR("brownouts"));
	json_out_array(o);
	for (size_t i = 0; i < v->brownouts_count; i++) {
		const struct brownout *b = &v->brownouts[i];
		uint64_t first = lifetime_brownout_number(b, now);
		int64_t from, to;
		first -= first > 0; /* the last one that was, too */
		for (uint64_t n = first; n < first + BROWNOUTS_TOLD && lifetime_brownout_time(b, n, &from, &to); n++) {
			json_out_object(o);
			json_kv_i64(o, "from_ms", from / 1000000);
			json_kv_i64(o, "to_ms", to / 1000000);
			json_kv_str(o, "state", now >= to ? STR("past") : now >= from ? STR("now") : STR("coming"));
			json_out_end(o);
		}
	}
	json_out_end(o);
}

static bool reaches(const struct change *x, struct str operation)
{
	for (size_t i = 0; i < x->reach_count; i++)
		if (str_eq(x->reach[i].operation, operation))
			return true;
	return false;
}

static void put_must_one(struct json_out *o, struct str sentence, struct str remedy, struct str kind, struct str fingerprint)
{
	json_out_object(o);
	json_kv_str(o, "sentence", sentence);
	json_kv_str(o, "remedy", remedy);
	json_kv_str(o, "kind", kind);
	json_kv_str(o, "fingerprint", fingerprint);
	json_out_end(o);
}

/* The path first: whoever moves changes that in any case. */
static void put_must(struct json_out *o, const struct migration *x, const struct changes *changes, struct str operation, struct arena *a)
{
	size_t n = 0;
	json_out_key(o, STR("must"));
	json_out_array(o);
	if (x->successor_path.len)
		put_must_one(o, arena_printf(a, "The path begins with `%.*s` instead of `%.*s`", STR_FMT(x->successor_path), STR_FMT(x->served.path)),
			     arena_printf(a, "Call %.*s of %.*s.", STR_FMT(x->served.successor), STR_FMT(x->service)), STR("version/path"), STR(""));
	for (size_t i = 0; changes && i < changes->count && n < MIGRATION_MUST_MAX; i++) {
		const struct change *c = &changes->items[i];
		char id[12];
		if (c->level < CHANGE_WARNING || !reaches(c, operation))
			continue;
		hex_encode(id, c->fingerprint, sizeof(c->fingerprint));
		const struct change_info *info = &change_infos[c->kind]; /* its remedy is one for who makes the change */
		put_must_one(o, c->sentence, STR(""), arena_printf(a, "%.*s/%.*s", STR_FMT(info->format), STR_FMT(info->name)), str_from(id, sizeof(id)));
		n++;
	}
	json_out_end(o);
}

static void put_operations(struct json_out *o, const struct migration *x, const struct caller *c, const struct changes *changes, struct arena *a)
{
	json_out_key(o, STR("operations"));
	json_out_array(o);
	for (size_t i = 0; i < c->count; i++) {
		json_out_object(o);
		json_kv_str(o, "operation", c->operations[i].operation);
		json_kv_u64(o, "calls", c->operations[i].calls);
		json_kv_i64(o, "last_ms", c->operations[i].last_ms);
		put_must(o, x, changes, c->operations[i].operation, a);
		json_out_end(o);
	}
	json_out_end(o);
}

/* Calls a day, on the mean of the days since its first within the window. */
static uint64_t calls_a_day(const struct migrations *m, const struct caller *c, int64_t now_ms)
{
	int64_t span = now_ms - c->first_ms;
	span = span > m->window_ms ? m->window_ms : span;
	uint64_t days = (uint64_t)((span + DAY_MS - 1) / DAY_MS), calls = 0;
	for (size_t i = 0; i < MIGRATION_DAYS && i < days; i++)
		calls += c->days[MIGRATION_DAYS - 1 - i];
	return days ? (calls + days - 1) / days : calls;
}

static void put_caller(struct json_out *o, const struct migrations *m, const struct migration *x, const struct caller *c, const struct changes *changes, int64_t now_ms,
		       struct arena *a)
{
	json_out_object(o);
	json_kv_str(o, "consumer", c->consumer);
	json_kv_str(o, "owner", c->owner);
	json_kv_str(o, "contact", c->contact);
	json_kv_u64(o, "calls", c->calls);
	json_kv_u64(o, "calls_day", calls_a_day(m, c, now_ms));
	json_kv_i64(o, "last_ms", c->last_ms);
	json_out_key(o, STR("last_trace"));
	json_out_hex(o, c->trace, sizeof(c->trace));
	json_out_key(o, STR("days"));
	json_out_array(o);
	for (size_t i = 0; i < MIGRATION_DAYS; i++)
		json_out_u64(o, c->days[i]);
	json_out_end(o);
	put_operations(o, x, c, changes, a);
	json_out_end(o);
}

static void put_moved(struct json_out *o, const struct migration_view *v)
{
	json_out_key(o, STR("moved"));
	json_out_array(o);
	for (size_t i = 0; i < v->moved_count; i++) {
		json_out_object(o);
		json_kv_str(o, "consumer", v->moved[i].consumer);
		json_kv_str(o, "owner", v->moved[i].owner);
		json_kv_i64(o, "last_old_ms", v->moved[i].last_old_ms);
		json_kv_i64(o, "first_new_ms", v->moved[i].first_new_ms);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_fault(struct json_out *o, const struct transform_fault *f)
{
	json_out_object(o);
	json_kv_str(o, "operation", f->operation);
	json_kv_str(o, "what", f->what);
	json_kv_str(o, "sentence", f->sentence);
	json_kv_str(o, "before", f->before);
	json_kv_str(o, "after", f->after);
	json_kv_i64(o, "line", f->line);
	json_out_end(o);
}

static void put_transforms(struct json_out *o, struct migrations *m, const struct migration *x)
{
	json_out_key(o, STR("transforms"));
	if (!x->served.served_by.len) {
		json_out_null(o);
		return;
	}
	struct contracts_transform t = contracts_transform(m->contracts, x->service, &x->served);
	const struct transform_verdict *v = t.verdict && t.verdict->checked ? t.verdict : NULL;
	json_out_object(o);
	json_kv_str(o, "file", x->served.transform);
	json_kv_str(o, "state", !v ? STR("unchecked") : v->count ? STR("faulty") : STR("checked"));
	json_kv_str(o, "why", v ? STR("") : t.verdict ? t.verdict->why : t.problem);
	json_kv_u64(o, "operations", v ? v->operations : 0);
	json_kv_u64(o, "tried", v ? v->tried : 0);
	json_kv_u64(o, "unjudged", v ? v->unjudged : 0);
	json_out_key(o, STR("faults"));
	json_out_array(o);
	for (size_t i = 0; v && i < v->count; i++)
		put_fault(o, &v->faults[i]);
	json_out_end(o);
	json_out_end(o);
}

static void put_migration(struct json_out *o, struct migrations *m, const struct migration *x, int64_t now, struct arena *a)
{
	struct migration_view v;
	int64_t now_ms = now / 1000000;
	if (!migration_look(m, x, now_ms, a, &v))
		return;
	const struct served *s = &x->served;
	struct contracts_between between = { 0 };
	if (s->successor.len)
		between = contracts_between(m->contracts, x->service, s->version, s->successor);
	json_out_object(o);
	json_kv_str(o, "service", x->service);
	json_kv_str(o, "owner", x->owner);
	json_kv_str(o, "contact", x->contact);
	json_kv_str(o, "version", s->version);
	json_kv_str(o, "successor", s->successor);
	json_kv_str(o, "documentation", s->documentation);
	json_kv_i64(o, "deprecated_ms", s->deprecated / 1000000);
	json_kv_i64(o, "sunset_ms", s->sunset / 1000000);
	json_kv_i64(o, "days_left", v.days_left);
	json_kv_str(o, "state", str_z(migration_state_name(v.state)));
	json_kv_i64(o, "watched_since_ms", v.watched_since_ms);
	json_kv_i64(o, "window_days", m->window_ms / DAY_MS);
	json_kv_str(o, "missing", !m->usage ? STR("no data: nobody counts the calls of consumers") : between.problem);
	json_kv_u64(o, "callers_unkept", v.outside_of_these);
	put_brownouts(o, s, now);
	json_out_key(o, STR("callers"));
	json_out_array(o);
	for (size_t i = 0; i < v.count; i++)
		put_caller(o, m, x, &v.callers[i], between.changes, now_ms, a);
	json_out_end(o);
	put_moved(o, &v);
	put_transforms(o, m, x);
	json_out_end(o);
}

static void answer(struct migrations *m, struct http_exchange *x)
{
	struct buf b;
	struct json_out o;
	struct arena a;
	buf_init(&b, ANSWER_MAX);
	arena_init(&a, VIEW_MAX);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_out_key(&o, STR("migrations"));
	json_out_array(&o);
	for (size_t i = 0; i < m->count; i++) {
		arena_reset(&a);
		put_migration(&o, m, &m->items[i], sys_wall(), &a);
	}
	json_out_end(&o);
	json_out_end(&o);
	struct err e = { 0 };
	if (buf_ok(&b))
		http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&b));
	else
		http_answer_err(x, (err_set(&e, ERR_TOO_LARGE, "the answer is too large"), &e));
	buf_release(&b);
	arena_release(&a);
}

void migrations_handle(void *migrations, struct http_exchange *x, struct str path)
{
	struct err e = { 0 };
	struct str method = http_request(x)->head.method;
	if (path.len)
		err_set(&e, ERR_NOT_FOUND, "there is no such path; there is " MIGRATIONS_PATH);
	else if (!str_eq(method, STR("GET")) && !str_eq(method, STR("HEAD")))
		err_set(&e, ERR_METHOD, "migrations are only read here");
	if (err_is_set(&e))
		http_answer_err(x, &e);
	else
		answer(migrations, x);
}
