/* Reading of .cases files. */
#include "cases.h"
#include <stdio.h>
#include <stdlib.h>

static struct str read_file(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		return (struct str){ 0 };
	long size = ftell(f);
	rewind(f);
	char *p = arena_bytes(a, (size_t)size + 1);
	size_t n = p ? fread(p, 1, (size_t)size, f) : 0;
	fclose(f);
	return str_from(p, n);
}

static struct str field(struct str *rest)
{
	size_t bar = str_find(*rest, STR(" | "));
	struct str f = str_strip(str_sub(*rest, 0, bar));
	*rest = bar == SIZE_MAX ? (struct str){ 0 } : str_skip(*rest, bar + 3);
	return f;
}

static struct str word(struct str *rest)
{
	*rest = str_strip(*rest);
	size_t blank = str_find_char(*rest, ' ');
	struct str w = str_sub(*rest, 0, blank);
	*rest = str_skip(*rest, w.len);
	return w;
}

static uint32_t number(struct str *rest)
{
	uint64_t n = 0;
	str_to_u64(word(rest), &n);
	return (uint32_t)n;
}

/* ---- whole descriptions ---- */

static void expectation(struct case_pair *c, struct str rest)
{
	struct case_expect *x = &c->expects[c->expects_count++];
	x->level = word(&rest);
	x->kind = word(&rest);
	while (str_strip(rest).len && x->rules_count < CASE_RULES_MAX)
		x->rules[x->rules_count++] = word(&rest);
}

struct pair_head { struct str version; bool swagger; };

static void directive(struct case_pair *c, struct pair_head *h, struct str line)
{
	struct str rest = line, w = word(&rest);
	if (str_eq(w, STR("!")) && c->expects_count < CASE_EXPECTS_MAX)
		expectation(c, rest);
	else if (str_eq(w, STR("only")))
		c->only = true;
	else if (str_eq(w, STR("reverse")))
		c->reverse = str_eq(word(&rest), STR("breaks")) ? REVERSE_BREAKS : REVERSE_WARNS;
	else if (str_eq(w, STR("version")))
		h->version = word(&rest);
	else if (str_eq(w, STR("swagger")))
		h->swagger = true;
	else if (str_eq(w, STR("today")))
		c->options.today = (int32_t)number(&rest);
	else if (str_eq(w, STR("grace"))) {
		c->options.grace_stable = (uint16_t)number(&rest);
		c->options.grace_beta = (uint16_t)number(&rest);
	}
}

/* Puts the head in front; its %s is the version. */
static struct str with_head(struct arena *a, const char *head, struct str version, struct str body)
{
	const char *hole = strstr(head, "%s");
	if (!hole)
		return arena_printf(a, "%s%.*s", head, STR_FMT(body));
	return arena_printf(a, "%.*s%.*s%s%.*s", (int)(hole - head), head, STR_FMT(version), hole + 2, STR_FMT(body));
}

static void one_pair(struct arena *a, struct str text, const char *head, const char *other, case_visit *visit, void *ctx)
{
	struct case_pair c = { .file = STR("api.yaml"), .options = { .information = true, .witnesses = true } };
	struct pair_head h = { .version = STR("3.1.0") };
	size_t old_at = str_find(text, STR("\n--- old\n")), new_at = str_find(text, STR("\n--- new\n"));
	if (old_at == SIZE_MAX || new_at == SIZE_MAX)
		return;
	struct str rest = str_sub(text, 0, old_at);
	c.name = str_strip(str_split(&rest, '\n'));
	while (rest.p)
		directive(&c, &h, str_split(&rest, '\n'));
	c.texts[0] = with_head(a, h.swagger ? other : head, h.version, str_sub(text, old_at + 9, new_at + 1));
	c.texts[1] = with_head(a, h.swagger ? other : head, h.version, str_skip(text, new_at + 9));
	visit(ctx, &c);
}

bool cases_pairs(struct arena *a, const char *path, const char *head, const char *head_other, case_visit *visit, void *ctx)
{
	struct str text = read_file(a, path);
	size_t at = str_find(text, STR("\n=== "));
	if (!text.p)
		return false;
	while (at != SIZE_MAX) {
		text = str_skip(text, at + 5);
		at = str_find(text, STR("\n=== "));
		one_pair(a, str_sub(text, 0, at == SIZE_MAX ? text.len : at + 1), head, head_other, visit, ctx);
	}
	return true;
}

/* ---- schemas ---- */

static const char request_form[] = "openapi: %.*s\ninfo: {title: T, version: \"1\"}\npaths:\n  /a:\n    post:\n      requestBody:\n        required: true\n        content:\n"
				   "          application/json:\n            schema: %s%.*s%s\n      responses: {'200': {description: x}}\n";
static const char response_form[] = "openapi: %.*s\ninfo: {title: T, version: \"1\"}\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n          description: x\n"
				    "          content:\n            application/json:\n              schema: %s%.*s%s\n";
static const char parameter_form[] = "openapi: %.*s\ninfo: {title: T, version: \"1\"}\npaths:\n  /a:\n    get:\n      parameters:\n        - name: q\n          in: query\n"
				     "          schema: %s%.*s%s\n      responses: {'200': {description: x}}\n";
static const char property_before[] = "{type: object, properties: {p: ", property_after[] = "}}";

enum place { REQUEST, RESPONSE, PARAMETER, PLACES };

static struct str description(struct arena *a, enum place place, bool property, struct str version, struct str schema)
{
	const char *before = property ? property_before : "", *after = property ? property_after : "";
	if (place == PARAMETER)
		return arena_printf(a, parameter_form, STR_FMT(version), before, STR_FMT(schema), after);
	return place == RESPONSE ? arena_printf(a, response_form, STR_FMT(version), before, STR_FMT(schema), after) :
			  arena_printf(a, request_form, STR_FMT(version), before, STR_FMT(schema), after);
}

struct row { struct str level, version, request, response, wide, narrow; };

static bool is_rule(struct str name)
{
	for (size_t i = 0; i < RULE_COUNT; i++)
		if (str_eq(rule_infos[i].name, name))
			return true;
	return false;
}

/* The rule's whole name; empty where the checker has none. For parameters it has some of those for requests. */
static struct str rule_of(struct arena *a, const struct row *r, enum place place, bool property)
{
	struct str name = place == RESPONSE ? r->response : r->request, only = { 0 };
	size_t colon = str_find_char(name, ':');
	if (colon != SIZE_MAX) {
		only = str_sub(name, 0, colon);
		name = str_skip(name, colon + 1);
	}
	if (place == PARAMETER) {
		struct str whole = arena_printf(a, "request-parameter-%s%.*s", property ? "property-" : "", STR_FMT(name));
		/* In a parameter's property a narrower type is "specialized". */
		bool special = property && str_eq(name, STR("type-changed"));
		return is_rule(whole) && !special ? whole : (struct str){ 0 };
	}
	if (str_eq(name, STR("-")) || (only.len && !str_eq(only, property ? STR("property") : STR("body"))))
		return (struct str){ 0 };
	return arena_printf(a, "%s-%s-%.*s", place == RESPONSE ? "response" : "request", property ? "property" : "body", STR_FMT(name));
}

static void one_row(struct arena *a, const struct row *r, enum place place, bool property, case_visit *visit, void *ctx)
{
	static const char *const names[] = { "request", "response", "parameter" };
	static const struct { uint32_t line, column; } places[] = { { 10, 21 }, { 11, 23 }, { 9, 19 } };
	struct str rule = rule_of(a, r, place, property);
	bool response = place == RESPONSE;
	struct str from = response ? r->narrow : r->wide, to = response ? r->wide : r->narrow;
	struct case_pair c = { .file = STR("api.yaml"), .options = { .information = true, .witnesses = true }, .response = response };
	c.name = arena_printf(a, "%s %s: %.*s to %.*s", names[place], property ? "property" : "body", STR_FMT(from), STR_FMT(to));
	c.texts[0] = description(a, place, property, r->version, from);
	c.texts[1] = description(a, place, property, r->version, to);
	c.schemas[0] = property ? arena_printf(a, "%s%.*s%s", property_before, STR_FMT(from), property_after) : from;
	c.schemas[1] = property ? arena_printf(a, "%s%.*s%s", property_before, STR_FMT(to), property_after) : to;
	c.line = places[place].line;
	c.column = places[place].column;
	if (!str_eq(r->level, STR("none")))
		c.expects[c.expects_count++] = (struct case_expect){ .level = str_eq(r->level, STR("both")) ? STR("breaking") : r->level, .rules = { rule },
			.rules_count = rule.len > 0 };
	c.reverse = str_eq(r->level, STR("both")) ? REVERSE_BREAKS : REVERSE_FINE;
	visit(ctx, &c);
}

bool cases_schemas(struct arena *a, const char *path, case_visit *visit, void *ctx)
{
	struct str text = read_file(a, path), rest = text;
	if (!text.p)
		return false;
	while (rest.p) {
		struct str line = str_split(&rest, '\n');
		if (str_empty(str_strip(line)) || line.p[0] == '#')
			continue;
		struct row r;
		struct str *const fields[] = { &r.level, &r.version, &r.request, &r.response, &r.wide, &r.narrow };
		for (int i = 0; i < 6; i++)
			*fields[i] = field(&line);
		for (int i = 0; i < 2 * PLACES; i++)
			one_row(a, &r, (enum place)(i / 2), i & 1, visit, ctx);
	}
	return true;
}

bool case_compare(const struct case_pair *c, bool turned, struct changes *out, struct err *e)
{
	struct source sides[2];
	source_init(&sides[0], STR("old"));
	source_init(&sides[1], STR("new"));
	bool ok = source_add(&sides[0], c->file, c->texts[turned], e) && source_add(&sides[1], c->file, c->texts[!turned], e) && source_sort(&sides[0], e) &&
		  source_sort(&sides[1], e) && contract_compare(&sides[0], &sides[1], &c->options, out, e);
	source_release(&sides[0]);
	/* What was found refers to the sources' paths; "api.yaml" is the test's own. */
	for (size_t i = 0; i < out->count; i++) {
		struct change_place *places[2] = { &out->items[i].old_place, &out->items[i].new_place };
		for (int j = 0; j < 2; j++)
			if (places[j]->file.len)
				places[j]->file = c->file;
	}
	source_release(&sides[1]);
	return ok;
}
