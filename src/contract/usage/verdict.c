/* See verdict.h. The answer of control is walked as it is; names of its members are told in docs/consumers.md. */
#include "contract/usage/verdict.h"
#include "base/time.h"

enum { REACH_LOOKED_AT = 2000 /* operations of one change */ };
#define DAY_MS (86400 * (int64_t)1000)

struct judge {
	struct arena *a;             /* of the changes */
	const struct json *answer, *operations;
	int64_t now, since, window;  /* ms; since: 0, not watched */
	int64_t threshold;
};
/* What is known of one consumer for one change; the worst of its operations. */
struct finding { enum use_verdict verdict; struct str reason, trace, pact; int64_t last_ms; bool any; };

static struct str text(const struct json *j, const char *key) { return json_get_str(j, str_z(key), STR("")); }
static int64_t number(const struct json *j, const char *key) { return json_get_i64(j, str_z(key), 0); }
static uint32_t items(const struct json *j) { return j && j->type == JSON_ARRAY ? j->count : 0; }

static const struct json *find(const struct json *list, const char *key, struct str value)
{
	for (uint32_t i = 0; i < items(list); i++)
		if (str_eq(text(&list->items[i], key), value))
			return &list->items[i];
	return NULL;
}

/* "14 days", "3 hours", "30 s" */
static struct str ago(struct arena *a, int64_t ms)
{
	if (ms >= 2 * DAY_MS)
		return arena_printf(a, "%lld days", (long long)(ms / DAY_MS));
	if (ms >= 7200000)
		return arena_printf(a, "%lld hours", (long long)(ms / 3600000));
	return ms >= 120000 ? arena_printf(a, "%lld minutes", (long long)(ms / 60000)) : arena_printf(a, "%lld s", (long long)(ms / 1000));
}

static bool in_window(const struct judge *j, int64_t last_ms) { return last_ms && last_ms >= j->now - j->window; }
static bool watched(const struct judge *j) { return j->since && j->since <= j->now - j->window; }
/* Whether the consumer used the operation within the window. */
static bool used(const struct judge *j, const struct json *u) { return u && in_window(j, number(u, "last_ms")) && number(u, "calls") >= j->threshold; }

static struct finding made(enum use_verdict v, struct str reason, const struct json *seen)
{
	return (struct finding){ .verdict = v, .reason = reason, .trace = seen ? text(seen, "last_trace") : STR(""), .last_ms = seen ? number(seen, "last_ms") : 0, .any = true, .pact = STR("") };
}

/* Nobody used it: is that known? */
static struct finding absent(const struct judge *j, struct str what, const struct json *seen)
{
	int64_t last = seen ? number(seen, "last_ms") : 0;
	if (!j->since)
		return made(USE_NO_DATA, STR("calls of this version are not watched"), seen);
	if (!watched(j))
		return made(USE_NO_DATA, arena_printf(j->a, "%.*s was not seen, but calls are watched for %.*s only, less than the window", STR_FMT(what), STR_FMT(ago(j->a, j->now - j->since))), seen);
	if (last)
		return made(USE_NOT_SEEN, arena_printf(j->a, "%.*s was last seen %.*s ago", STR_FMT(what), STR_FMT(ago(j->a, j->now - last))), seen);
	return made(USE_NOT_SEEN, arena_printf(j->a, "%.*s was not seen in the last %.*s", STR_FMT(what), STR_FMT(ago(j->a, j->window))), seen);
}

/* --- the request -------------------------------------------------------------------------------------------------------------------------------- */

/* What becomes needed breaks those who do not send it. */
static bool is_demand(const struct change *x)
{
	switch (x->kind) {
	case CHANGE_KIND_OPENAPI_PARAMETER_ADDED_REQUIRED:
	case CHANGE_KIND_OPENAPI_PARAMETER_BECAME_REQUIRED:
	case CHANGE_KIND_SCHEMA_PROPERTY_BECAME_REQUIRED:
	case CHANGE_KIND_SCHEMA_REQUIRED_PROPERTY_ADDED:
	case CHANGE_KIND_PROTO_REQUIRED_FIELD_ADDED:
		return true;
	default:
		return false;
	}
}

/* The operation itself: whoever calls it fails. */
static bool is_whole(const struct change *x)
{
	switch (x->kind) {
	case CHANGE_KIND_OPENAPI_PATH_REMOVED:
	case CHANGE_KIND_OPENAPI_OPERATION_REMOVED:
	case CHANGE_KIND_OPENAPI_DEPRECATED_REMOVED:
	case CHANGE_KIND_OPENAPI_SECURITY_TIGHTENED:
	case CHANGE_KIND_PROTO_SERVICE_REMOVED:
	case CHANGE_KIND_PROTO_SERVICE_MOVED:
	case CHANGE_KIND_PROTO_METHOD_REMOVED:
	case CHANGE_KIND_CONTRACT_REMOVED:
		return true;
	default:
		return false;
	}
}

static struct str calls_text(struct arena *a, int64_t n) { return n == 1 ? STR("1 call") : arena_printf(a, "%lld calls", (long long)n); }

/* Whether calls were seen with the field. */
static struct finding having(const struct judge *j, const struct json *u, struct str operation, struct str name)
{
	const struct json *fields = json_get(u, STR("fields")), *f = find(fields, "field", name), *looked = find(fields, "field", STR("body"));
	if (f && in_window(j, number(f, "last_ms")))
		return made(USE_PROVED, arena_printf(j->a, "sends %.*s of %.*s (%.*s in the window)", STR_FMT(name), STR_FMT(operation), STR_FMT(calls_text(j->a, number(f, "calls")))), f);
	if (str_starts(name, STR("path.")))
		return made(USE_PROVED, arena_printf(j->a, "calls %.*s, whose path has it", STR_FMT(operation)), u);
	if (str_starts(name, STR("cookie.")))
		return made(USE_POSSIBLE, arena_printf(j->a, "calls %.*s; which cookies it sends is not looked at", STR_FMT(operation)), u);
	if (str_starts(name, STR("body")) && !(looked && in_window(j, number(looked, "last_ms"))))
		return made(USE_POSSIBLE, arena_printf(j->a, "calls %.*s; no JSON body of these calls was looked at", STR_FMT(operation)), u);
	struct str what = arena_printf(j->a, "%.*s in a call of %.*s", STR_FMT(name), STR_FMT(operation));
	return absent(j, what, f);
}

/* Whether calls were seen without the field. */
static struct finding lacking(const struct judge *j, const struct json *u, struct str operation, struct str name)
{
	const struct json *fields = json_get(u, STR("fields")), *f = find(fields, "field", name), *looked = find(fields, "field", STR("body"));
	bool of_body = str_starts(name, STR("body."));
	int64_t with = f && in_window(j, number(f, "last_ms")) ? number(f, "calls") : 0, all = of_body ? (looked && in_window(j, number(looked, "last_ms")) ? number(looked, "calls") : 0) : number(u, "calls");
	if (str_starts(name, STR("cookie.")) || !all)
		return made(USE_POSSIBLE, arena_printf(j->a, "calls %.*s; whether it sends %.*s is not known", STR_FMT(operation), STR_FMT(name)), u);
	if (with < all)
		return made(USE_PROVED, arena_printf(j->a, "%.*s of %.*s %s without %.*s", STR_FMT(calls_text(j->a, all - with)), STR_FMT(operation), all - with == 1 ? "was" : "were", STR_FMT(name)), u);
	return absent(j, arena_printf(j->a, "a call of %.*s without %.*s", STR_FMT(operation), STR_FMT(name)), NULL);
}

static void worst(struct finding *all, struct finding one)
{
	struct str pact = all->pact.len ? all->pact : one.pact;
	if (!all->any || one.verdict > all->verdict || (one.verdict == all->verdict && one.last_ms > all->last_ms))
		*all = one;
	all->pact = pact;
}

static struct finding of_request(const struct judge *j, const struct change *x, const struct json *u, struct str operation)
{
	struct finding all = { 0 };
	if (is_whole(x))
		return made(USE_PROVED, arena_printf(j->a, "calls %.*s (%.*s in the window)", STR_FMT(operation), STR_FMT(calls_text(j->a, number(u, "calls")))), u);
	for (size_t i = 0; i < x->fields_count; i++)
		if (str_eq(x->fields[i].operation, operation))
			worst(&all, is_demand(x) ? lacking(j, u, operation, x->fields[i].name) : having(j, u, operation, x->fields[i].name));
	return all.any ? all : made(USE_POSSIBLE, arena_printf(j->a, "calls %.*s; whether its calls have what changed cannot be seen", STR_FMT(operation)), u);
}

/* --- contracts of consumers --------------------------------------------------------------------------------------------------------------------- */

/* The last name of a subject: what a member of an answer is called. */
static struct str member_of(const struct change *x)
{
	static const char mark[] = "/properties/";
	struct str s = x->subject, last = { NULL, 0 };
	for (size_t at; (at = str_find(s, STR(mark))) != SIZE_MAX;) {
		s = str_skip(s, at + sizeof(mark) - 1);
		last = str_sub(s, 0, str_find_char(s, '/'));
	}
	return last;
}

/* "answer.items[].total" ends with the member, whatever holds it. */
static bool names_member(struct str field, struct str member)
{
	if (!str_starts(field, STR("answer")) || !member.len || field.len <= member.len)
		return false;
	struct str end = str_skip(field, field.len - member.len);
	return str_eq(end, member) && field.p[field.len - member.len - 1] == '.';
}

static bool pact_names(const struct change *x, const struct json *pact, struct str operation, enum reach_direction direction)
{
	const struct json *fields = json_get(pact, STR("fields"));
	struct str member = direction & REACH_RESPONSE ? member_of(x) : (struct str){ NULL, 0 };
	for (uint32_t i = 0; i < items(fields); i++) {
		struct str name = fields->items[i].type == JSON_STRING ? fields->items[i].s : STR("");
		for (size_t k = 0; (direction & REACH_REQUEST) && !is_demand(x) && k < x->fields_count; k++)
			if (str_eq(x->fields[k].operation, operation) && str_eq(x->fields[k].name, name))
				return true;
		if (names_member(name, member))
			return true;
	}
	return false;
}

static struct finding of_pacts(const struct judge *j, const struct change *x, const struct json *u, struct str operation, enum reach_direction direction)
{
	const struct json *pacts = json_get(u, STR("pacts"));
	for (uint32_t i = 0; i < items(pacts); i++) {
		bool whole = is_whole(x), named = whole || pact_names(x, &pacts->items[i], operation, direction);
		if (!named)
			continue;
		struct finding f = made(USE_PROVED, arena_printf(j->a, "its contract names %s%.*s", whole ? "" : "it in ", STR_FMT(operation)), u);
		f.pact = text(&pacts->items[i], "pact");
		return f;
	}
	return (struct finding){ .verdict = USE_NOT_SEEN };
}

/* --- consumers ---------------------------------------------------------------------------------------------------------------------------------- */

static struct finding of_operation(const struct judge *j, const struct change *x, struct str consumer, const struct json *o, enum reach_direction direction)
{
	struct str operation = text(o, "operation");
	const struct json *u = find(json_get(o, STR("consumers")), "consumer", consumer);
	struct finding all = { 0 }, pact = of_pacts(j, x, u, operation, direction);
	if (pact.any)
		worst(&all, pact);
	if (!used(j, u)) {
		worst(&all, absent(j, operation, u));
		return all;
	}
	if (direction & REACH_REQUEST)
		worst(&all, of_request(j, x, u, operation));
	if (direction & REACH_RESPONSE)
		worst(&all, made(USE_POSSIBLE, arena_printf(j->a, "receives the answers of %.*s (%.*s in the window)", STR_FMT(operation), STR_FMT(calls_text(j->a, number(u, "calls")))), u));
	return all;
}

/* Whether the change is about all operations rather than those it names. */
static bool reaches_all(const struct change *x)
{
	return x->kind == CHANGE_KIND_CONTRACT_REMOVED || (x->reach_count == 1 && str_eq(x->reach[0].operation, STR("all operations")));
}

static bool is_about(const struct judge *j, const struct change *x)
{
	if (reaches_all(x))
		return items(j->operations) > 0;
	for (size_t i = 0; i < x->reach_count && i < REACH_LOOKED_AT; i++)
		if (find(j->operations, "operation", x->reach[i].operation))
			return true;
	return false;
}

static struct finding of_consumer(const struct judge *j, const struct change *x, struct str consumer)
{
	struct finding all = { 0 };
	for (uint32_t i = 0; reaches_all(x) && i < items(j->operations); i++)
		worst(&all, of_operation(j, x, consumer, &j->operations->items[i], x->reach_count ? x->reach[0].direction : REACH_BOTH));
	for (size_t i = 0; !reaches_all(x) && i < x->reach_count && i < REACH_LOOKED_AT; i++) {
		const struct json *o = find(j->operations, "operation", x->reach[i].operation);
		if (o)
			worst(&all, of_operation(j, x, consumer, o, x->reach[i].direction));
	}
	return all;
}

static struct str copied(struct judge *j, struct str s) { return arena_str(j->a, s); }

static void judge_change(struct judge *j, struct change *x)
{
	const struct json *known = json_get(j->answer, STR("consumers"));
	struct change_use *use = ARENA_NEW(j->a, struct change_use);
	struct change_consumer *list = ARENA_ARRAY(j->a, items(known) ? items(known) : 1, struct change_consumer);
	if (!use || !list)
		return;
	use->verdict = watched(j) ? USE_NOT_SEEN : USE_NO_DATA;
	use->consumers = list;
	for (uint32_t i = 0; i < items(known); i++) {
		const struct json *c = &known->items[i];
		struct finding f = of_consumer(j, x, text(c, "consumer"));
		if (!f.any)
			continue;
		list[use->count++] = (struct change_consumer){ .consumer = copied(j, text(c, "consumer")), .owner = copied(j, text(c, "owner")), .contact = copied(j, text(c, "contact")),
							       .verdict = f.verdict, .reason = f.reason, .last_ms = f.last_ms, .last_trace = copied(j, f.trace), .pact = copied(j, f.pact) };
		if (f.verdict > use->verdict)
			use->verdict = f.verdict;
	}
	x->use = use;
}

void usage_judge(const struct json *consumers, struct changes *changes)
{
	const struct json *policy = json_get(consumers, STR("policy"));
	struct judge j = { .a = &changes->arena, .answer = consumers, .operations = json_get(consumers, STR("operations")), .now = number(consumers, "now_ms"), .since = number(consumers, "since_ms"),
			   .window = number(consumers, "window_ms"), .threshold = json_get_i64(policy, STR("threshold"), 1) };
	for (size_t i = 0; i < changes->count; i++)
		if (changes->items[i].level >= CHANGE_WARNING && is_about(&j, &changes->items[i]))
			judge_change(&j, &changes->items[i]);
}

struct str usage_source_text(struct arena *a, const struct json *consumers)
{
	int64_t since = number(consumers, "since_ms"), now = number(consumers, "now_ms"), window = number(consumers, "window_ms");
	struct str service = text(consumers, "service"), version = text(consumers, "version");
	if (!since)
		return arena_printf(a, "calls of %.*s %.*s are not watched", STR_FMT(service), STR_FMT(version));
	struct buf b;
	buf_init(&b, 64);
	time_rfc3339(&b, since * 1000000, 0);
	struct str s = arena_printf(a, "calls of %.*s %.*s in the running fleet, watched since %.*s; the window is %.*s%s", STR_FMT(service), STR_FMT(version), STR_FMT(buf_str(&b)), STR_FMT(ago(a, window)),
				    since > now - window ? ", so what was not seen may still be used" : "");
	buf_release(&b);
	return s;
}
