/* pleach trace: one request as a waterfall in text: calls nested by parent, their place in time as a bar, attempts below them, and the log
 * lines at their moment. */
#include "cli/ask.h"
#include "cli/output.h"
#include <stdlib.h>

enum { BAR = 32, MAX_DEPTH = 32 };

struct item {
	int64_t start, end;
	const struct json *span; /* or */
	const struct json *row;
	int depth;
};
struct picture {
	struct cli *c;
	int64_t start, end;
	const struct json *spans, *rows;
	struct item *items;
	size_t count, capacity;
	bool *row_taken;
};

static int64_t number_text(const struct json *x, const char *key)
{
	int64_t v = 0;
	if (!str_to_i64(json_get_str(x, str_z(key), STR("")), &v))
		v = json_get_i64(x, str_z(key), 0);
	return v;
}

static bool add(struct picture *p, struct item item)
{
	if (!ARENA_PUSH_ROOM(&p->c->arena, p->items, p->count, p->capacity))
		return false;
	p->items[p->count++] = item;
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	return x->start < y->start ? -1 : x->start > y->start;
}

static bool is_child(const struct picture *p, const struct json *span, struct str parent)
{
	struct str own = json_get_str(span, STR("parent"), STR(""));
	if (parent.len)
		return str_eq(own, parent);
	/* roots: no parent, or one that the store has not seen */
	for (uint32_t i = 0; own.len && i < p->spans->count; i++)
		if (str_eq(json_get_str(&p->spans->items[i], STR("id"), STR("")), own))
			return false;
	return true;
}

/* Children in order of time, each followed by its own; log lines with the span's id stand among the children. */
static void walk(struct picture *p, struct str parent, int depth)
{
	struct item *list = NULL;
	size_t n = 0, capacity = 0;
	if (depth > MAX_DEPTH)
		return;
	for (uint32_t i = 0; i < p->spans->count; i++) {
		const struct json *s = &p->spans->items[i];
		if (!is_child(p, s, parent) || !ARENA_PUSH_ROOM(&p->c->arena, list, n, capacity))
			continue;
		int64_t start = number_text(s, "start_ns");
		list[n++] = (struct item){ start, start + json_get_i64(s, STR("duration_ns"), 0), s, NULL, depth };
	}
	for (uint32_t i = 0; p->rows && i < p->rows->count; i++) {
		const struct json *r = &p->rows->items[i];
		bool here = parent.len ? str_eq(json_get_str(r, STR("span_id"), STR("")), parent) : false;
		if (!here || p->row_taken[i] || !ARENA_PUSH_ROOM(&p->c->arena, list, n, capacity))
			continue;
		p->row_taken[i] = true;
		int64_t at = number_text(r, "time_ns");
		list[n++] = (struct item){ at, at, NULL, r, depth };
	}
	if (n)
		qsort(list, n, sizeof(*list), by_start);
	for (size_t i = 0; i < n; i++) {
		add(p, list[i]);
		if (list[i].span)
			walk(p, json_get_str(list[i].span, STR("id"), STR("")), depth + 1);
	}
}

static void bar(struct picture *p, const struct item *x, enum style style)
{
	int64_t whole = p->end - p->start > 0 ? p->end - p->start : 1;
	int from = (int)((x->start - p->start) * BAR / whole), to = (int)((x->end - p->start) * BAR / whole);
	struct buf b;
	buf_init(&b, 512);
	from = from < 0 ? 0 : from >= BAR ? BAR - 1 : from;
	to = to < from ? from : to >= BAR ? BAR - 1 : to;
	for (int i = 0; i < BAR; i++)
		buf_add(&b, i < from || i > to ? STR(" ") : x->row ? STR("\xc2\xb7") : STR("\xe2\x96\x87"));
	out_styled(p->c, style, buf_str(&b));
	buf_release(&b);
}

static void attempts(struct cli *c, const struct json *span, int depth)
{
	const struct json *events = json_get(span, STR("events"));
	for (uint32_t i = 0; events && events->type == JSON_ARRAY && i < events->count; i++) {
		const struct json *x = &events->items[i], *a = json_get(x, STR("attributes"));
		if (!str_eq(json_get_str(x, STR("name"), STR("")), STR("attempt")))
			continue;
		struct str result = json_get_str(a, STR("pleach.result"), STR(""));
		int64_t first = json_get_i64(a, STR("pleach.first_byte_ns"), -1), connect = json_get_i64(a, STR("pleach.connect_ns"), -1);
		buf_printf(&c->out, "%*s%*s", BAR + 2, "", depth * 2 + 2, "");
		out_styled(c, STYLE_DIM, arena_printf(&c->arena, "attempt %u at %.*s: ", i + 1, STR_FMT(json_get_str(a, STR("pleach.instance"), STR("?")))));
		out_styled(c, str_eq(result, STR("answered")) ? STYLE_DIM : STYLE_RED, result);
		if (connect > 0)
			out_styled(c, STYLE_DIM, arena_printf(&c->arena, ", connected in %.*s", STR_FMT(text_duration(c, connect))));
		if (first >= 0)
			out_styled(c, STYLE_DIM, arena_printf(&c->arena, ", first byte after %.*s", STR_FMT(text_duration(c, first))));
		out_styled(c, STYLE_DIM, arena_printf(&c->arena, ", %.*s in all", STR_FMT(text_duration(c, json_get_i64(a, STR("pleach.total_ns"), 0)))));
		buf_char(&c->out, '\n');
	}
}

static void span_line(struct picture *p, const struct item *x)
{
	const struct json *a = json_get(x->span, STR("attributes"));
	struct str service = json_get_str(a, STR("pleach.service"), json_get_str(x->span, STR("service"), STR("")));
	struct str reason = json_get_str(a, STR("error.type"), STR(""));
	bool bad = str_eq(json_get_str(x->span, STR("status"), STR("")), STR("error"));
	int64_t status = json_get_i64(a, STR("http.response.status_code"), -1);
	bar(p, x, bad ? STYLE_RED : STYLE_BLUE);
	buf_printf(&p->c->out, "  %*s", x->depth * 2, "");
	out_bold(p->c, service);
	buf_char(&p->c->out, ' ');
	text_safe(&p->c->out, json_get_str(x->span, STR("name"), STR("")));
	if (status >= 0)
		out_styled(p->c, bad ? STYLE_RED : STYLE_GREEN, arena_printf(&p->c->arena, " %lld", (long long)status));
	buf_printf(&p->c->out, " %.*s", STR_FMT(text_duration(p->c, x->end - x->start)));
	if (reason.len)
		out_styled(p->c, STYLE_RED, arena_printf(&p->c->arena, " %.*s", STR_FMT(reason)));
	buf_char(&p->c->out, '\n');
	attempts(p->c, x->span, x->depth);
}

static void row_line(struct picture *p, const struct item *x)
{
	struct str level = json_get_str(x->row, STR("level"), STR(""));
	bool bad = str_eq(level, STR("error")) || str_eq(level, STR("fatal"));
	bar(p, x, bad ? STYLE_RED : str_eq(level, STR("warn")) ? STYLE_AMBER : STYLE_DIM);
	buf_printf(&p->c->out, "  %*s", x->depth * 2, "");
	out_styled(p->c, STYLE_DIM, json_get_str(x->row, STR("instance"), json_get_str(x->row, STR("service"), STR(""))));
	buf_char(&p->c->out, ' ');
	out_styled(p->c, bad ? STYLE_RED : str_eq(level, STR("warn")) ? STYLE_AMBER : STYLE_NONE, level);
	buf_char(&p->c->out, ' ');
	text_safe(&p->c->out, json_get_str(x->row, STR("body"), STR("")));
	buf_char(&p->c->out, '\n');
}

static void print(struct cli *c, const struct json *trace)
{
	static const struct json none = { .type = JSON_ARRAY };
	struct picture p = { .c = c, .spans = json_get(trace, STR("spans")), .rows = json_get(trace, STR("logs")) };
	if (!p.spans)
		p.spans = &none;
	if (!p.rows)
		p.rows = &none;
	p.start = number_text(trace, "start_ns");
	p.end = p.start + json_get_i64(trace, STR("duration_ns"), 0);
	p.row_taken = ARENA_ARRAY(&c->arena, p.rows->count + 1, bool);
	if (!p.row_taken)
		return;
	out_bold(c, json_get_str(trace, STR("trace_id"), STR("")));
	buf_printf(&c->out, "  %.*s, %u spans, %u log lines\n\n", STR_FMT(text_duration(c, p.end - p.start)), p.spans->count, p.rows->count);
	walk(&p, STR(""), 0);
	size_t spans_end = p.count;
	for (uint32_t i = 0; i < p.rows->count; i++) {
		int64_t at = number_text(&p.rows->items[i], "time_ns");
		if (!p.row_taken[i])
			add(&p, (struct item){ at, at, NULL, &p.rows->items[i], 0 });
	}
	for (size_t i = 0; i < p.count; i++) {
		if (i == spans_end && i)
			buf_char(&c->out, '\n');
		(p.items[i].span ? span_line : row_line)(&p, &p.items[i]);
	}
}

int cmd_trace(struct cli *c)
{
	struct err e = { 0 };
	struct ask client;
	struct str body, id;
	const struct json *trace;
	bool ok = ask_open(&client, c, &e) && ask_trace_id(&client, &id, &e) &&
		  ask_get(&client, PART_SOCKET_CONTROL, arena_printf(&c->arena, "/api/traces/%.*s", STR_FMT(id)), &body, &e) &&
		  (trace = json_parse(&c->arena, body, &e));
	if (ok && c->json)
		buf_printf(&c->out, "%.*s\n", STR_FMT(body));
	else if (ok)
		print(c, trace);
	if (ok)
		ask_link(&client, arena_printf(&c->arena, "/trace/%.*s", STR_FMT(id)));
	ask_close(&client);
	return ok ? 0 : cli_fail(c, &e);
}
