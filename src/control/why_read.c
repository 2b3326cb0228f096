/* See why.h. The critical path is Jaeger's: from the end of a span backwards to the child that ended last, then to the sibling that had ended
 * before that child began, and so on. */
#include "control/why.h"
#include "base/check.h"
#include "model/call.h"
#include <stdlib.h>

static int64_t ns_text(const struct json *j, const char *key)
{
	int64_t v = 0;
	str_to_i64(json_get_str(j, str_z(key), STR("")), &v);
	return v;
}

static struct why_step read_step(const struct json *span)
{
	struct why_step s = { .span = span, .attributes = json_get(span, STR("attributes")), .parent_index = UINT32_MAX };
	s.id = json_get_str(span, STR("id"), STR(""));
	s.parent = json_get_str(span, STR("parent"), STR(""));
	s.operation = json_get_str(span, STR("name"), STR(""));
	s.start = ns_text(span, "start_ns");
	s.end = s.start + json_get_i64(span, STR("duration_ns"), 0);
	s.failed = str_eq(json_get_str(span, STR("status"), STR("")), STR("error"));
	s.service = json_get_str(s.attributes, STR(CALL_SERVICE), STR(""));
	s.call = s.service.len > 0;
	if (!s.call)
		s.service = json_get_str(span, STR("service"), STR(""));
	s.caller = json_get_str(s.attributes, STR(CALL_CALLER), STR(""));
	s.reason = json_get_str(s.attributes, STR(CALL_REASON), STR(""));
	s.status = json_get_i64(s.attributes, STR(CALL_STATUS), 0);
	return s;
}

static int by_start(const void *a, const void *b)
{
	const struct why_step *x = a, *y = b;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return str_cmp(x->id, y->id);
}

static bool has_parent(const struct why_step *all, size_t n, const struct why_step *s)
{
	for (size_t i = 0; s->parent.len && i < n; i++)
		if (str_eq(all[i].id, s->parent) && &all[i] != s)
			return true;
	return false;
}

struct walk {
	struct why *w;
	const struct why_step *all;
	bool *taken;
	size_t n;
};

/* Depth first; a span taken once is never taken again, so that a cycle of parents (hostile input) ends. */
static void place(struct walk *k, size_t i, uint32_t parent, uint32_t depth)
{
	if (k->taken[i])
		return;
	k->taken[i] = true;
	uint32_t own = (uint32_t)k->w->count++;
	k->w->steps[own] = k->all[i];
	k->w->steps[own].parent_index = parent;
	k->w->steps[own].depth = depth;
	for (size_t c = 0; depth < 200 && k->all[i].id.len && c < k->n; c++)
		if (str_eq(k->all[c].parent, k->all[i].id))
			place(k, c, own, depth + 1);
}

/* Time of the span that no child covers; children are ordered by start. */
static int64_t own_time(const struct why *w, size_t i)
{
	const struct why_step *s = &w->steps[i];
	int64_t covered = 0, until = s->start;
	for (size_t c = i + 1; c < w->count && w->steps[c].depth > s->depth; c++) {
		if (w->steps[c].parent_index != i)
			continue;
		int64_t from = w->steps[c].start > until ? w->steps[c].start : until, to = w->steps[c].end < s->end ? w->steps[c].end : s->end;
		if (to > from) {
			covered += to - from;
			until = to;
		}
	}
	return s->end - s->start - covered;
}

static void mark_critical(struct why *w, size_t i)
{
	int64_t cursor = w->steps[i].end;
	w->steps[i].critical = true;
	for (;;) {
		size_t last = SIZE_MAX;
		for (size_t c = i + 1; c < w->count && w->steps[c].depth > w->steps[i].depth; c++)
			if (w->steps[c].parent_index == i && !w->steps[c].critical && w->steps[c].end <= cursor && w->steps[c].start >= w->steps[i].start &&
			    (last == SIZE_MAX || w->steps[c].end > w->steps[last].end))
				last = c;
		if (last == SIZE_MAX)
			return;
		mark_critical(w, last);
		cursor = w->steps[last].start;
	}
}

static bool failed_below(const struct why *w, size_t i)
{
	for (size_t c = i + 1; c < w->count && w->steps[c].depth > w->steps[i].depth; c++)
		if (w->steps[c].failed)
			return true;
	return false;
}

static const struct why_step *find_cause(const struct why *w)
{
	const struct why_step *cause = NULL;
	for (size_t i = 0; i < w->count; i++)
		if (w->steps[i].failed && !failed_below(w, i) && (!cause || w->steps[i].end < cause->end))
			cause = &w->steps[i];
	for (size_t i = 0; !w->failed && i < w->count; i++)
		if (w->steps[i].critical && (!cause || w->steps[i].self > cause->self))
			cause = &w->steps[i];
	return cause;
}

static bool says_why(const struct json *row)
{
	struct str level = json_get_str(row, STR("level"), STR(""));
	return str_eq(level, STR("warn")) || str_eq(level, STR("error")) || str_eq(level, STR("fatal"));
}

bool why_read(struct why *w, struct arena *a, const struct json *trace)
{
	const struct json *spans = json_get(trace, STR("spans")), *rows = json_get(trace, STR("logs"));
	size_t n = spans && spans->type == JSON_ARRAY ? spans->count : 0;
	*w = (struct why){ 0 };
	n = n > WHY_MAX_STEPS ? WHY_MAX_STEPS : n;
	struct why_step *all = ARENA_ARRAY(a, n + 1, struct why_step);
	bool *taken = ARENA_ARRAY(a, n + 1, bool);
	w->steps = ARENA_ARRAY(a, n + 1, struct why_step);
	w->lines = ARENA_ARRAY(a, WHY_MAX_LINES, const struct json *);
	if (!n || !all || !taken || !w->steps || !w->lines)
		return false;
	for (size_t i = 0; i < n; i++)
		all[i] = read_step(&spans->items[i]);
	qsort(all, n, sizeof(*all), by_start);
	struct walk k = { w, all, taken, n };
	for (size_t i = 0; i < n; i++)
		if (!has_parent(all, n, &all[i]))
			place(&k, i, UINT32_MAX, 0);
	for (size_t i = 0; i < n; i++) /* what only a cycle holds */
		place(&k, i, UINT32_MAX, 0);
	for (size_t i = 0; i < w->count; i++) {
		w->steps[i].self = own_time(w, i);
		w->failed |= w->steps[i].failed;
	}
	w->root = &w->steps[0];
	mark_critical(w, 0);
	w->cause = find_cause(w);
	for (uint32_t i = 0; rows && rows->type == JSON_ARRAY && i < rows->count && w->lines_count < WHY_MAX_LINES; i++)
		if (says_why(&rows->items[i]))
			w->lines[w->lines_count++] = &rows->items[i];
	return true;
}
