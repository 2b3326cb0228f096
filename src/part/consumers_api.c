/* GET /api/consumers: the operations of one version of a service, who calls each with what, and calls that fit none. */
#include "base/check.h"
#include "part/consumers_impl.h"
#include "sys/sys.h"
#include <stdlib.h>

#define DAY_MS (86400 * (int64_t)1000)

struct answering {
	struct consumers *c;
	struct arena *a;
	const struct known_service *service;
	struct str version;
	int64_t now, since, window;
	struct usage_seen *rows;     /* in the order of usage_each */
	size_t count, capacity;
	const struct operation *operations;
	size_t operations_count;
	struct contract_use *uses;   /* what pacts name; by operation and consumer */
	size_t uses_count;
	struct str *names;           /* of all operations: of the contract and seen; sorted, each once */
	size_t names_count;
	struct str *consumers;       /* likewise: declared and seen */
	size_t consumers_count;
	struct json_out o;
};

static void collect(void *ctx, const struct usage_seen *s)
{
	struct answering *w = ctx;
	if (ARENA_PUSH_ROOM(w->a, w->rows, w->count, w->capacity))
		w->rows[w->count++] = *s;
}

static int by_text(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static size_t sorted_once(struct str *list, size_t n)
{
	size_t kept = 0;
	if (n)
		qsort(list, n, sizeof(*list), by_text);
	for (size_t i = 0; i < n; i++)
		if (!kept || !str_eq(list[kept - 1], list[i]))
			list[kept++] = list[i];
	return kept;
}

static bool calls_it(const struct known_service *s, struct str callee)
{
	for (size_t i = 0; i < s->calls_count; i++)
		if (str_eq(s->calls[i], callee))
			return true;
	return false;
}

static void collect_names(struct answering *w)
{
	w->names = ARENA_ARRAY(w->a, w->operations_count + w->count + 1, struct str);
	w->consumers = ARENA_ARRAY(w->a, w->c->count + w->count + w->uses_count + 1, struct str);
	if (!w->names || !w->consumers)
		return;
	for (size_t i = 0; i < w->operations_count; i++)
		w->names[w->names_count++] = w->operations[i].name;
	for (size_t i = 0; i < w->c->count; i++)
		if (calls_it(&w->c->services[i], w->service->name))
			w->consumers[w->consumers_count++] = w->c->services[i].name;
	for (size_t i = 0; i < w->count; i++) {
		if (w->rows[i].operation.len)
			w->names[w->names_count++] = w->rows[i].operation;
		w->consumers[w->consumers_count++] = w->rows[i].consumer;
	}
	for (size_t i = 0; i < w->uses_count; i++)
		w->consumers[w->consumers_count++] = w->uses[i].consumer;
	w->names_count = sorted_once(w->names, w->names_count);
	w->consumers_count = sorted_once(w->consumers, w->consumers_count);
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------------------ */

static void put_trace(struct json_out *o, const uint8_t trace[16])
{
	static const uint8_t none[16];
	json_out_key(o, STR("last_trace"));
	if (memcmp(trace, none, sizeof(none)) == 0)
		json_out_str(o, STR(""));
	else
		json_out_hex(o, trace, 16);
}

static void put_owner(struct answering *w, struct str consumer)
{
	const struct known_service *s = consumers_service(w->c, consumer);
	json_kv_str(&w->o, "consumer", consumer);
	json_kv_str(&w->o, "owner", s ? s->owner : STR(""));
	json_kv_str(&w->o, "contact", s ? s->contact : STR(""));
}

static void put_versions(struct answering *w, struct str consumer)
{
	struct str versions[USAGE_VERSIONS_MAX];
	size_t n = usage_versions(w->c->usage, consumer, w->service->name, versions);
	json_out_key(&w->o, STR("versions"));
	json_out_array(&w->o);
	for (size_t i = 0; i < n; i++)
		json_out_str(&w->o, versions[i]);
	json_out_end(&w->o);
}

static const char *verdict(const struct answering *w, const struct usage_seen *call)
{
	if (call->last_ms >= w->now - w->window && call->calls >= w->c->threshold)
		return "proved";
	return w->since && w->since <= w->now - w->window ? "not_seen" : "no_data";
}

static void put_field(struct answering *w, const struct usage_seen *f)
{
	json_out_object(&w->o);
	json_kv_str(&w->o, "field", f->field);
	json_kv_u64(&w->o, "calls", f->calls);
	json_kv_i64(&w->o, "last_ms", f->last_ms);
	put_trace(&w->o, f->trace);
	json_out_end(&w->o);
}

/* Its pacts that name the operation: one entry a pact, with what all of its interactions name. */
static void put_pacts(struct answering *w, const struct contract_use *uses, size_t n)
{
	struct json_out *o = &w->o;
	json_out_key(o, STR("pacts"));
	json_out_array(o);
	for (size_t i = 0; i < n;) {
		size_t first = i;
		struct str *fields = NULL;
		size_t count = 0, room = 0;
		for (; i < n && str_eq(uses[i].pact, uses[first].pact); i++)
			room += uses[i].fields_count;
		fields = ARENA_ARRAY(w->a, room + 1, struct str);
		for (size_t k = first; fields && k < i; k++)
			for (size_t f = 0; f < uses[k].fields_count; f++)
				fields[count++] = uses[k].fields[f];
		count = fields ? sorted_once(fields, count) : 0;
		json_out_object(o);
		json_kv_str(o, "pact", uses[first].pact);
		json_out_key(o, STR("fields"));
		json_out_array(o);
		for (size_t f = 0; f < count; f++)
			json_out_str(o, fields[f]);
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
}

/* One consumer's use of one operation: `rows` of calls (the first is the call itself; none: it was not seen) and what its pacts name of it. */
static void put_use(struct answering *w, struct str consumer, const struct usage_seen *rows, size_t n, const struct contract_use *uses, size_t uses_count)
{
	static const struct usage_seen nothing;
	const struct usage_seen *call = n ? rows : &nothing;
	struct json_out *o = &w->o;
	json_out_object(o);
	put_owner(w, consumer);
	put_versions(w, consumer);
	json_kv_u64(o, "calls", call->calls);
	json_kv_u64(o, "failed", call->failed);
	json_kv_i64(o, "first_ms", call->first_ms);
	json_kv_i64(o, "last_ms", call->last_ms);
	put_trace(o, call->trace);
	json_kv_bool(o, "contract", uses_count > 0);
	json_kv_str(o, "verdict", uses_count ? STR("proved") : str_z(verdict(w, call)));
	json_out_key(o, STR("fields"));
	json_out_array(o);
	for (size_t i = 0; i < n; i++)
		if (rows[i].field.len)
			put_field(w, &rows[i]);
	json_out_end(o);
	put_pacts(w, uses, uses_count);
	json_out_end(o);
}

/* rows and uses from *at and *use on are of this operation or of later ones; each consumer of them once, in their order. */
static void put_uses(struct answering *w, struct str name, size_t *at, size_t *use)
{
	for (;;) {
		const struct usage_seen *rows = *at < w->count && str_eq(w->rows[*at].operation, name) ? &w->rows[*at] : NULL;
		const struct contract_use *uses = *use < w->uses_count && str_eq(w->uses[*use].operation, name) ? &w->uses[*use] : NULL;
		size_t n = 0, m = 0;
		if (!rows && !uses)
			return;
		struct str consumer = !rows || (uses && str_cmp(uses->consumer, rows->consumer) < 0) ? uses->consumer : rows->consumer;
		while (rows && *at + n < w->count && str_eq(rows[n].operation, name) && str_eq(rows[n].consumer, consumer))
			n++;
		while (uses && *use + m < w->uses_count && str_eq(uses[m].operation, name) && str_eq(uses[m].consumer, consumer))
			m++;
		put_use(w, consumer, rows, n, uses, m);
		*at += n;
		*use += m;
	}
}

static void put_operation(struct answering *w, struct str name, size_t *at, size_t *use)
{
	struct json_out *o = &w->o;
	uint64_t calls = 0;
	while (*at < w->count && str_cmp(w->rows[*at].operation, name) < 0)
		++*at;
	while (*use < w->uses_count && str_cmp(w->uses[*use].operation, name) < 0)
		++*use;
	for (size_t i = *at; i < w->count && str_eq(w->rows[i].operation, name); i++)
		calls += w->rows[i].field.len ? 0 : w->rows[i].calls;
	json_out_object(o);
	json_kv_str(o, "operation", name);
	json_kv_u64(o, "calls", calls);
	json_out_key(o, STR("consumers"));
	json_out_array(o);
	put_uses(w, name, at, use);
	json_out_end(o);
	json_out_end(o);
}

static void put_unknown(struct answering *w)
{
	struct json_out *o = &w->o;
	json_out_key(o, STR("unknown"));
	json_out_array(o);
	for (size_t i = 0; i < w->count && !w->rows[i].operation.len; i++) {
		const struct usage_seen *s = &w->rows[i];
		struct str path = s->field, method = str_split(&path, ' ');
		if (!path.p || !str_starts(path, STR("/")))
			continue; /* a field of such calls, or the calls themselves */
		json_out_object(o);
		json_kv_str(o, "method", method);
		json_kv_str(o, "path", path);
		json_kv_str(o, "consumer", s->consumer);
		json_kv_u64(o, "calls", s->calls);
		json_kv_i64(o, "last_ms", s->last_ms);
		put_trace(o, s->trace);
		json_out_end(o);
	}
	json_out_end(o);
}

static bool has_contract(const struct answering *w, struct str consumer)
{
	for (size_t i = 0; i < w->uses_count; i++)
		if (str_eq(w->uses[i].consumer, consumer))
			return true;
	return false;
}

static void put_consumer(struct answering *w, struct str consumer)
{
	const struct known_service *s = consumers_service(w->c, consumer);
	uint64_t calls = 0;
	int64_t last = 0;
	for (size_t i = 0; i < w->count; i++) {
		if (w->rows[i].field.len || !str_eq(w->rows[i].consumer, consumer))
			continue;
		calls += w->rows[i].calls;
		last = w->rows[i].last_ms > last ? w->rows[i].last_ms : last;
	}
	json_out_object(&w->o);
	put_owner(w, consumer);
	put_versions(w, consumer);
	json_kv_bool(&w->o, "declared", s && calls_it(s, w->service->name));
	json_kv_bool(&w->o, "contract", has_contract(w, consumer));
	json_kv_u64(&w->o, "calls", calls);
	json_kv_i64(&w->o, "last_ms", last);
	json_out_end(&w->o);
}

static void put_policy(struct answering *w)
{
	struct json_out *o = &w->o;
	json_out_key(o, STR("policy"));
	json_out_object(o);
	json_kv_f64(o, "window_days", (double)w->window / (double)DAY_MS);
	json_kv_u64(o, "threshold", w->c->threshold);
	json_out_key(o, STR("environments"));
	json_out_array(o);
	for (size_t i = 0; i < w->c->environments_count; i++)
		json_out_str(o, w->c->environments[i]);
	json_out_end(o);
	json_out_end(o);
}

static void put_answer(struct answering *w)
{
	struct json_out *o = &w->o;
	size_t at = 0, use = 0;
	json_out_object(o);
	json_kv_str(o, "service", w->service->name);
	json_kv_str(o, "version", w->version);
	json_kv_f64(o, "window_days", (double)w->window / (double)DAY_MS);
	json_kv_i64(o, "window_ms", w->window);
	json_kv_i64(o, "now_ms", w->now);
	json_kv_i64(o, "since_ms", w->since);
	put_policy(w);
	json_out_key(o, STR("operations"));
	json_out_array(o);
	for (size_t i = 0; i < w->names_count; i++)
		put_operation(w, w->names[i], &at, &use);
	json_out_end(o);
	json_out_key(o, STR("consumers"));
	json_out_array(o);
	for (size_t i = 0; i < w->consumers_count; i++)
		put_consumer(w, w->consumers[i]);
	json_out_end(o);
	put_unknown(w);
	json_kv_u64(o, "dropped", usage_dropped(w->c->usage));
	json_out_end(o);
}

/* --- asking ------------------------------------------------------------------------------------------------------------------------------------- */

static bool find_version(const struct known_service *s, struct str version, const struct served **served, struct err *e)
{
	struct buf b;
	for (size_t i = 0; i < s->serves_count; i++)
		if (str_eq(s->serves[i].version, version) || (!version.len && s->serves_count == 1)) {
			*served = &s->serves[i];
			return true;
		}
	buf_init(&b, 4096);
	for (size_t i = 0; i < s->serves_count; i++)
		buf_printf(&b, "%s%.*s", i ? ", " : "", STR_FMT(s->serves[i].version));
	err_set(e, version.len ? ERR_NOT_FOUND : ERR_INPUT, "%.*s serves the versions %.*s; say which", STR_FMT(s->name), STR_FMT(buf_str(&b)));
	buf_release(&b);
	return false;
}

bool consumers_answer(struct consumers *c, struct str service, struct str version, struct buf *out, struct err *e)
{
	struct arena a;
	const struct served *served;
	struct answering w = { .c = c, .a = &a, .service = consumers_service(c, service), .now = sys_wall() / MSEC, .window = c->window_ms };
	if (usage_trouble(c->usage))
		return err_set(e, ERR_CORRUPT, "%s", usage_trouble(c->usage));
	if (!w.service)
		return err_set(e, ERR_NOT_FOUND, "there is no service %.*s in the catalogue", (int)(service.len < 64 ? service.len : 64), service.p);
	if (!find_version(w.service, version, &served, e))
		return false;
	arena_init(&a, 128u << 20);
	w.version = served->version;
	w.since = usage_watched_since(c->usage, w.service->name, w.version);
	w.operations = contracts_operations(c->contracts, w.service->name, served, &w.operations_count);
	usage_each_ever(c->usage, w.service->name, w.version, w.now - w.window, collect, &w);
	consumers_contracts(c, w.service, w.operations, w.operations_count, &a, &w.uses, &w.uses_count);
	collect_names(&w);
	json_out_init(&w.o, out);
	put_answer(&w);
	bool ok = !a.full && buf_ok(out);
	arena_release(&a);
	return ok || err_set(e, ERR_TOO_LARGE, "the answer is larger than %d MiB", CONSUMERS_ANSWER_MAX >> 20);
}

static bool parameter(struct http_exchange *x, const char *name, struct str *value, struct err *e)
{
	struct str raw;
	*value = STR("");
	if (!http_query_get(http_request(x)->head.query, str_z(name), &raw))
		return true;
	char *out = arena_bytes(http_arena(x), raw.len + 1);
	size_t n = out ? http_unescape(out, raw, true) : SIZE_MAX;
	if (n == SIZE_MAX)
		return err_set(e, ERR_INPUT, "`%s` is no well-formed parameter", name);
	*value = str_from(out, n);
	return true;
}

void consumers_handle(void *consumers, struct http_exchange *x, struct str path)
{
	struct str method = http_request(x)->head.method, service, version;
	struct err e = { 0 };
	struct buf b;
	buf_init(&b, CONSUMERS_ANSWER_MAX);
	bool reads = str_eq(method, STR("GET")) || str_eq(method, STR("HEAD"));
	bool ok = path.len ? err_set(&e, ERR_NOT_FOUND, "no such path; there is /api/consumers?service=NAME") : reads || err_set(&e, ERR_METHOD, "consumers are only read here");
	ok = ok && parameter(x, "service", &service, &e) && parameter(x, "version", &version, &e);
	if (ok && !service.len)
		ok = err_set(&e, ERR_INPUT, "say of which service: /api/consumers?service=NAME");
	if (ok && consumers_answer(consumers, service, version, &b, &e))
		http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(&b));
	else
		http_answer_err(x, &e);
	buf_release(&b);
}
