/* See borders_seen.h. A test is the same when its name and tool are and it touched the same services. */
#include "part/borders_seen.h"
#include "base/check.h"
#include "base/map.h"
#include "base/time.h"
#include <stdlib.h>

/* A span that says that it is a test's. */
struct mark { struct str trace, service, name, suite, agent; int64_t time; };
enum { MARK_TRACE, MARK_TIME, MARK_SERVICE, MARK_NAME, MARK_SUITE, MARK_AGENT, MARK_COLUMNS };

static struct str cell(const struct json *row, size_t i)
{
	return row->type == JSON_ARRAY && i < row->count && row->items[i].type == JSON_STRING ? row->items[i].s : STR("");
}

static struct mark mark_of(const struct json *row)
{
	struct mark m = { cell(row, MARK_TRACE), cell(row, MARK_SERVICE), cell(row, MARK_NAME), cell(row, MARK_SUITE), cell(row, MARK_AGENT), 0 };
	time_parse(cell(row, MARK_TIME), &m.time);
	return m;
}

static const struct json *find_trace(const struct json *traces, struct str id)
{
	for (uint32_t i = 0; i < traces->count; i++)
		if (str_eq(json_get_str(&traces->items[i], STR("trace_id"), STR("")), id))
			return &traces->items[i];
	return NULL;
}

/* "k6/0.49.0 (https://k6.io/)" is shown as "k6/0.49.0". */
static struct str tool_of(struct str agent)
{
	size_t end = str_find_char(agent, ' ');
	return str_starts(agent, STR("Mozilla/")) ? STR("a browser that a test drives") : end == SIZE_MAX ? agent : str_sub(agent, 0, end);
}

static void add_touches(struct arena *a, const struct fleet *f, const struct json *trace, struct border_test *t)
{
	const struct json *services = json_get(trace, STR("services"));
	struct border_touch *touches = ARENA_ARRAY(a, BORDERS_TOUCHES_MAX, struct border_touch);
	t->touches = touches;
	for (uint32_t i = 0; touches && services && services->type == JSON_ARRAY && i < services->count && t->touch_count < BORDERS_TOUCHES_MAX; i++) {
		const struct service *s = services->items[i].type == JSON_STRING ? fleet_service(f, services->items[i].s) : NULL;
		if (s)
			touches[t->touch_count++] = (struct border_touch){ .service = arena_str(a, s->name), .owner = arena_str(a, s->owner), .form = BORDER_CALLED, .text = STR("") };
	}
}

static struct str without_ending(struct str s)
{
	static const struct str endings[] = { STR_INIT("-tests"), STR_INIT("-test"), STR_INIT("-e2e"), STR_INIT("-e2e-tests") };
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (str_ends(s, endings[i]))
			return str_sub(s, 0, s.len - endings[i].len);
	return s;
}

/* The test of a file that the mark speaks of: "e2e/test_order.py::test_raises". */
static const struct border_test *named(const struct border_test *list, size_t n, const struct mark *m)
{
	for (size_t i = 0; i < n; i++) {
		struct str name = path_name(list[i].file);
		if (str_find(m->name, name) != SIZE_MAX || str_find(m->suite, name) != SIZE_MAX)
			return &list[i];
	}
	return NULL;
}

/* Whose it is: of its file, or of the service that sent the test's own span ("orders-tests"). */
static void own(struct arena *a, const struct fleet *f, const struct borders *of, const struct mark *m, struct border_test *t)
{
	const struct border_test *x = of && (m->name.len || m->suite.len) ? named(of->crossing, of->crossing_count, m) : NULL;
	if (!x && of && (m->name.len || m->suite.len))
		x = named(of->own, of->own_count, m);
	if (x) {
		t->file = arena_str(a, x->file);
		t->kind = x->kind;
		t->service = arena_str(a, x->service);
		for (size_t k = 0; k < x->owner_count; k++)
			t->owners[t->owner_count++] = arena_str(a, x->owners[k]);
		t->owner_from = arena_str(a, x->owner_from);
		return;
	}
	const struct service *s = fleet_service(f, without_ending(m->service));
	if (!s)
		return;
	t->service = arena_str(a, s->name);
	if (!s->owner.len)
		return;
	t->owner_from = arena_str(a, s->place.file);
	t->owners[t->owner_count++] = arena_str(a, s->owner);
}

static bool same_touches(const struct border_test *a, const struct border_test *b)
{
	if (a->touch_count != b->touch_count)
		return false;
	for (size_t i = 0; i < a->touch_count; i++) /* both are in the order of the store: by name */
		if (!str_eq(a->touches[i].service, b->touches[i].service))
			return false;
	return true;
}

static bool repeats(struct borders_seen *s, const struct border_test *t)
{
	for (size_t i = 0; i < s->count; i++) {
		struct border_test *x = &s->tests[i];
		if (!str_eq(x->name, t->name) || !str_eq(x->tool, t->tool) || !same_touches(x, t))
			continue;
		x->runs++;
		if (t->last > x->last) {
			x->last = t->last;
			x->trace = t->trace;
		}
		return true;
	}
	return false;
}

static void read_one(struct borders_seen *s, const struct fleet *f, const struct borders *of, const struct mark *m, const struct json *trace)
{
	struct arena *a = &s->arena;
	struct border_test t = { .file = STR(""), .service = STR(""), .owner_from = STR(""), .kind = BORDER_END_TO_END, .runs = 1, .last = m->time };
	add_touches(a, f, trace, &t);
	own(a, f, of, m, &t);
	if (!border_crosses(&t))
		return;
	t.tool = arena_str(a, tool_of(m->agent));
	t.name = m->name.len ? arena_str(a, m->name) : m->suite.len ? arena_str(a, m->suite) : t.tool.len ? arena_printf(a, "a test by %.*s", STR_FMT(t.tool)) : STR("a test");
	t.trace = arena_str(a, m->trace);
	if (!repeats(s, &t) && s->count < BORDERS_SEEN_MAX && ARENA_PUSH_ROOM(a, s->tests, s->count, s->capacity))
		s->tests[s->count++] = t;
}

/* What another span of the same trace says, where this one says nothing. The gateway's span is nobody's own. */
static void join(struct mark *m, const struct mark *other, const struct fleet *f)
{
	m->name = m->name.len ? m->name : other->name;
	m->suite = m->suite.len ? m->suite : other->suite;
	m->agent = m->agent.len ? m->agent : other->agent;
	m->service = fleet_service(f, without_ending(m->service)) ? m->service : other->service;
}

void borders_seen_read(struct borders_seen *s, const struct fleet *f, const struct borders *of, const struct json *spans, const struct json *traces)
{
	const struct json *rows = json_get(spans, STR("rows")), *list = json_get(traces, STR("traces"));
	struct map by_trace;
	if (!rows || rows->type != JSON_ARRAY || !list || list->type != JSON_ARRAY)
		return;
	struct mark *marks = ARENA_ARRAY(&s->arena, rows->count ? rows->count : 1, struct mark);
	map_init(&by_trace, BORDERS_SEEN_TRACES * 2);
	for (uint32_t i = 0; marks && i < rows->count; i++) {
		struct mark *first;
		marks[i] = mark_of(&rows->items[i]);
		if ((first = map_get(&by_trace, marks[i].trace)))
			join(first, &marks[i], f);
		else
			map_put(&by_trace, marks[i].trace, &marks[i]);
	}
	for (uint32_t i = 0; i < by_trace.count; i++) {
		const struct mark *m = by_trace.entries[i].value;
		const struct json *trace = m->trace.len ? find_trace(list, m->trace) : NULL;
		if (trace)
			read_one(s, f, of, m, trace);
	}
	map_release(&by_trace);
}
