/* Where the values of a JSON file stand. base/json.h keeps no places, so text and tree are gone through together: members are in the order of the text. The text has been parsed before, so nothing in it
 * needs to be checked; each step still looks at the end, as json_relax may have read a text that is not quite this one. */
#include "base/check.h"
#include "catalog/packages/reading.h"
#include <stdlib.h>

struct walk { struct package_reading *r; struct json_lines *lines; const char *p, *end; uint32_t line; };

static void blank(struct walk *w)
{
	for (; w->p < w->end && (*w->p == ' ' || *w->p == '\t' || *w->p == '\r' || *w->p == '\n'); w->p++)
		w->line += *w->p == '\n';
}

static void one(struct walk *w, char c)
{
	blank(w);
	if (w->p < w->end && *w->p == c)
		w->p++;
}

static void string(struct walk *w)
{
	one(w, '"');
	for (; w->p < w->end && *w->p != '"'; w->p++)
		if (*w->p == '\\' && w->p + 1 < w->end)
			w->p++;
	if (w->p < w->end)
		w->p++;
}

static bool note(struct walk *w, const struct json *value)
{
	struct json_lines *l = w->lines;
	if (!ARENA_PUSH_ROOM(w->r->scratch, l->items, l->count, l->capacity))
		return package_full(w->r);
	l->items[l->count++] = (struct json_place_of){ value, w->line };
	return true;
}

/* As deep as JSON_MAX_DEPTH. */
static bool walk(struct walk *w, const struct json *j)
{
	blank(w);
	if (j->type == JSON_STRING) {
		string(w);
	} else if (j->type == JSON_ARRAY) {
		one(w, '[');
		for (uint32_t i = 0; i < j->count; i++) {
			blank(w);
			if (!note(w, &j->items[i]) || !walk(w, &j->items[i]))
				return false;
			one(w, ',');
		}
		one(w, ']');
	} else if (j->type == JSON_OBJECT) {
		one(w, '{');
		for (uint32_t i = 0; i < j->count; i++) {
			blank(w);
			if (!note(w, &j->members[i].value))
				return false;
			string(w);
			one(w, ':');
			if (!walk(w, &j->members[i].value))
				return false;
			one(w, ',');
		}
		one(w, '}');
	} else {
		while (w->p < w->end && !strchr(",]} \t\r\n", *w->p))
			w->p++;
	}
	return true;
}

static int by_value(const void *x, const void *y)
{
	const struct json_place_of *a = x, *b = y;
	return (a->value > b->value) - (a->value < b->value);
}

const struct json *package_json(struct package_reading *r, struct json_lines *lines)
{
	struct err wrong = { 0 };
	const struct json *j = json_parse(r->scratch, r->text, &wrong);
	struct walk w = { r, lines, r->text.p, r->text.p + r->text.len, 1 };
	if (!j) {
		if (wrong.code == ERR_TOO_LARGE)
			package_full(r);
		else
			package_wrong(r, wrong.line, "%.300s; let the tool write the file anew", wrong.message);
		return NULL;
	}
	if (j->type != JSON_OBJECT) {
		package_wrong(r, 1, "expected an object (`{`) here; let the tool write the file anew");
		return NULL;
	}
	if (!walk(&w, j))
		return NULL;
	if (lines->count)
		qsort(lines->items, lines->count, sizeof(*lines->items), by_value);
	return j;
}

uint32_t json_line(const struct json_lines *lines, const struct json *value)
{
	size_t from = 0, to = lines->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (lines->items[middle].value == value)
			return lines->items[middle].line;
		if (lines->items[middle].value < value)
			from = middle + 1;
		else
			to = middle;
	}
	return 1;
}

const struct json *package_object(struct package_reading *r, const struct json_lines *lines, const struct json *j, const char *key, bool needed)
{
	const struct json *o = json_get(j, str_z(key));
	if (o && o->type == JSON_OBJECT)
		return o;
	if (o && o->type == JSON_NULL && !needed)
		return NULL;
	if (o)
		package_wrong(r, json_line(lines, o), "`%s` must be an object; let the tool write the file anew", key);
	else if (needed)
		package_wrong(r, 1, "the file has no `%s`; let the tool write it anew", key);
	return NULL;
}

bool package_objects(struct package_reading *r, const struct json_lines *lines, const struct json *j, const char *what)
{
	for (uint32_t i = 0; j && j->type == JSON_OBJECT && i < j->count; i++)
		if (j->members[i].value.type != JSON_OBJECT)
			return package_wrong(r, json_line(lines, &j->members[i].value), "%s `%.*s` must be an object; let the tool write the file anew", what, STR_FMT(str_sub(j->members[i].key, 0, 100)));
	return true;
}
