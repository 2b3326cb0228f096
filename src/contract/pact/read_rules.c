/* Matching rules and generators of a message, in the form of version 2 ("$.body.a": one matcher) and of later ones (by category, with a list of matchers). What is
 * wrong with one rule becomes the fault of its matcher, so that the pact can still be kept, shown and compared. */
#include "contract/pact/pact_impl.h"

static const struct str matcher_names[] = {
#define PACT_MATCHER_ROW(symbol, name, ...) STR_INIT(name),
#include "tbl/pact_matchers.h"
#undef PACT_MATCHER_ROW
	STR_INIT("unknown")
};
static const struct str generator_names[] = {
#define PACT_GENERATOR_ROW(symbol, name, ...) STR_INIT(name),
#include "tbl/pact_generators.h"
#undef PACT_GENERATOR_ROW
	STR_INIT("unknown")
};
struct str pact_matcher_name(enum pact_matcher_kind k) { return matcher_names[k]; }
struct str pact_generator_name(enum pact_generator_kind k) { return generator_names[k]; }

/* "array-contains" is "arrayContains"; writers differ. */
static bool same_word(struct str written, struct str name)
{
	size_t k = 0;
	for (size_t i = 0; i < written.len; i++) {
		if (written.p[i] == '-')
			continue;
		if (k == name.len || (written.p[i] | 0x20) != (name.p[k] | 0x20))
			return false;
		k++;
	}
	return k == name.len;
}

static enum pact_matcher_kind matcher_kind(struct str word)
{
	for (unsigned i = 0; i < PACT_MATCHER_COUNT; i++)
		if (same_word(word, matcher_names[i]))
			return (enum pact_matcher_kind)i;
	if (str_eq(word, STR("real")))
		return PACT_DECIMAL;
	return str_eq(word, STR("min")) || str_eq(word, STR("max")) ? PACT_TYPE : PACT_MATCHER_UNKNOWN;
}

/* Version 2 lets the kind follow from the members. */
static enum pact_matcher_kind implied_kind(const struct doc *node)
{
	if (doc_get(node, STR("regex")))
		return PACT_REGEX;
	if (doc_get(node, STR("min")) || doc_get(node, STR("max")))
		return PACT_TYPE;
	if (doc_get(node, STR("timestamp")))
		return PACT_TIMESTAMP;
	return doc_get(node, STR("date")) ? PACT_DATE : doc_get(node, STR("time")) ? PACT_TIME : PACT_MATCHER_UNKNOWN;
}

static void wrong(struct pact_reader *r, struct pact_matcher *m, const char *what, struct str shown)
{
	if (!m->fault.len)
		m->fault = arena_printf(r->arena, "%s%s%.*s%s", what, shown.len ? " \"" : "", STR_FMT(str_sub(shown, 0, 200)), shown.len ? "\"" : "");
}

static void read_bound(struct pact_reader *r, struct pact_matcher *m, const char *key, bool *has, uint64_t *value)
{
	const struct doc *d = doc_get(m->node, str_z(key));
	if (!d || d->type == DOC_NULL)
		return;
	if (d->type != DOC_INT || d->i < 0) {
		wrong(r, m, "a bound of the type matcher is no whole number:", str_z(key));
		return;
	}
	*has = true;
	*value = (uint64_t)d->i;
}

static struct str first_text(const struct doc *node, const char *a, const char *b)
{
	struct str s = doc_str(doc_get(node, str_z(a)));
	return s.len ? s : doc_str(doc_get(node, str_z(b)));
}

static void read_status(struct pact_reader *r, struct pact_matcher *m)
{
	static const char *const classes[] = { "info", "success", "redirect", "clientError", "serverError", "nonError", "error" };
	const struct doc *d = doc_get(m->node, STR("status"));
	m->text = doc_str(d);
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (str_eq(m->text, str_z(classes[i])))
			return;
	bool list = doc_is(d, DOC_ARRAY) && d->count;
	for (uint32_t i = 0; list && i < d->count; i++)
		list = d->items[i].type == DOC_INT;
	if (!list && !doc_is(d, DOC_INT))
		wrong(r, m, "\"status\" of a statusCode matcher must be a list of numbers, or info, success, redirect, clientError, serverError, nonError or error", m->text);
}

static bool read_inner(struct pact_reader *r, struct pact_matcher *m)
{
	const struct doc *list = doc_get(m->node, STR("rules"));
	uint32_t n = doc_is(list, DOC_ARRAY) ? list->count : 0;
	if (r->nested == PACT_NESTED_MAX) {
		wrong(r, m, "rules lie too deep within rules", STR(""));
		return true;
	}
	struct pact_matcher *inner = ARENA_ARRAY(r->arena, n ? n : 1, struct pact_matcher);
	if (!inner)
		return pact_full(r);
	r->nested++;
	for (uint32_t i = 0; i < n; i++) {
		if (!pact_read_matcher(r, &list->items[i], &inner[i]))
			return false;
		if (inner[i].fault.len)
			wrong(r, m, "a rule inside cannot be used:", inner[i].fault);
	}
	r->nested--;
	m->inner = inner;
	m->inner_count = n;
	return true;
}

static bool read_map(struct pact_reader *r, const struct doc *map, enum pact_category category, struct pact_rules *out);

static bool read_variants(struct pact_reader *r, struct pact_matcher *m)
{
	const struct doc *list = doc_get(m->node, STR("variants"));
	uint32_t n = doc_is(list, DOC_ARRAY) ? list->count : 0;
	if (r->nested == PACT_NESTED_MAX) {
		wrong(r, m, "rules lie too deep within rules", STR(""));
		return true;
	}
	struct pact_variant *variants = ARENA_ARRAY(r->arena, n ? n : 1, struct pact_variant);
	if (!variants)
		return pact_full(r);
	r->nested++;
	for (uint32_t i = 0; i < n; i++) {
		const struct doc *index = doc_get(&list->items[i], STR("index")), *rules = doc_get(&list->items[i], STR("rules"));
		struct pact_rules *kept = ARENA_NEW(r->arena, struct pact_rules);
		if (!kept)
			return pact_full(r);
		if (!doc_is(index, DOC_INT) || index->i < 0 || index->i > UINT32_MAX)
			wrong(r, m, "a variant's \"index\" is no number of an example", STR(""));
		else
			variants[i].index = (uint32_t)index->i;
		if (doc_is(rules, DOC_OBJECT) && !read_map(r, rules, PACT_RULES_BODY, kept))
			return false;
		variants[i].rules = kept;
		variants[i].generators = doc_get(&list->items[i], STR("generators"));
	}
	r->nested--;
	m->variants = variants;
	m->variants_count = n;
	return true;
}

bool pact_read_matcher(struct pact_reader *r, const struct doc *node, struct pact_matcher *m)
{
	struct str word = doc_str(doc_get(node, STR("match"))), why = STR("");
	*m = (struct pact_matcher){ .node = node };
	m->kind = word.len ? matcher_kind(word) : implied_kind(node);
	switch (m->kind) {
	case PACT_MATCHER_UNKNOWN:
		wrong(r, m, word.len ? "no matcher is known by the name" : "a matching rule without \"match\"", word);
		break;
	case PACT_TYPE:
		read_bound(r, m, "min", &m->has_min, &m->min);
		read_bound(r, m, "max", &m->has_max, &m->max);
		break;
	case PACT_REGEX:
		m->text = first_text(node, "regex", "value");
		m->regex = doc_is(doc_get(node, STR("regex")), DOC_STRING) || m->text.len ? pact_regex_compile(r->arena, m->text, &why) : NULL;
		if (!m->regex)
			wrong(r, m, why.len ? "the regular expression cannot be used:" : "a regex matcher without \"regex\"", why);
		break;
	case PACT_INCLUDE:
	case PACT_CONTENT_TYPE:
		m->text = doc_str(doc_get(node, STR("value")));
		if (!m->text.len)
			wrong(r, m, "a matcher without the \"value\" that it needs:", word);
		break;
	case PACT_DATE:
	case PACT_TIME:
	case PACT_DATETIME:
	case PACT_TIMESTAMP:
		m->text = first_text(node, "format", m->kind == PACT_DATE ? "date" : m->kind == PACT_TIME ? "time" : "timestamp");
		if (!m->text.len)
			m->text = first_text(node, "datetime", "format");
		break;
	case PACT_STATUS_CODE:
		read_status(r, m);
		break;
	case PACT_ARRAY_CONTAINS:
		return read_variants(r, m);
	case PACT_EACH_KEY:
	case PACT_EACH_VALUE:
		return read_inner(r, m);
	default:
		break;
	}
	return true;
}

/* {"matchers": […], "combine": "AND"} or, of version 2, one matcher. */
static bool read_rule(struct pact_reader *r, struct pact_path path, struct str wrong_path, const struct doc *node, struct pact_rule *out)
{
	const struct doc *list = doc_get(node, STR("matchers"));
	uint32_t n = doc_is(list, DOC_ARRAY) ? list->count : 1;
	struct pact_matcher *matchers = ARENA_ARRAY(r->arena, n ? n : 1, struct pact_matcher);
	if (!matchers)
		return pact_full(r);
	for (uint32_t i = 0; i < n; i++) {
		if (!pact_read_matcher(r, doc_is(list, DOC_ARRAY) ? &list->items[i] : node, &matchers[i]))
			return false;
		if (wrong_path.len)
			matchers[i].fault = wrong_path;
	}
	*out = (struct pact_rule){ path, matchers, n, str_eq_ci(doc_str(doc_get(node, STR("combine"))), STR("or")) };
	return true;
}

static bool parse_path(struct pact_reader *r, struct str text, enum pact_category category, struct pact_path *out, struct str *wrong_path)
{
	struct str why = STR("");
	bool name = category != PACT_RULES_BODY;
	if (pact_path_parse(r->arena, text, name, out, &why))
		return true;
	/* A rule that leads nowhere fits at the root, so that its fault is told when something is compared. */
	*out = (struct pact_path){ .text = text };
	*wrong_path = arena_printf(r->arena, "the path \"%.*s\" of a matching rule is wrong: %.*s", STR_FMT(str_sub(text, 0, 200)), STR_FMT(why));
	return wrong_path->p != NULL || pact_full(r);
}

static bool read_map(struct pact_reader *r, const struct doc *map, enum pact_category category, struct pact_rules *out)
{
	bool alone = doc_get(map, STR("matchers")) != NULL; /* of path and status: no path in between */
	uint32_t n = alone ? 1 : map->count;
	if (n > PACT_RULES_MAX)
		return pact_fault(r, map, "there are %u matching rules; %d are allowed in one part of a message", n, PACT_RULES_MAX);
	struct pact_rule *items = ARENA_ARRAY(r->arena, n ? n : 1, struct pact_rule);
	if (!items)
		return pact_full(r);
	for (uint32_t i = 0; i < n; i++) {
		struct pact_path path = { .text = STR("") };
		struct str wrong_path = STR(""), key = alone ? STR("") : doc_key(&map->members[i]);
		if (key.len && !parse_path(r, key, category, &path, &wrong_path))
			return false;
		if (!read_rule(r, path, wrong_path, alone ? map : &map->members[i].value, &items[i]))
			return false;
	}
	*out = (struct pact_rules){ items, n };
	return true;
}

static int category_of(struct str name)
{
	static const struct { const char *name; enum pact_category category; } names[] = { { "path", PACT_RULES_PATH }, { "query", PACT_RULES_QUERY },
		{ "header", PACT_RULES_HEADER }, { "headers", PACT_RULES_HEADER }, { "status", PACT_RULES_STATUS }, { "body", PACT_RULES_BODY },
		{ "content", PACT_RULES_BODY }, { "contents", PACT_RULES_BODY }, { "metadata", PACT_RULES_METADATA } };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_eq(name, str_z(names[i].name)))
			return (int)names[i].category;
	return -1;
}

/* Version 2: "$.body.a[0]" is a path within the body. */
static bool read_old(struct pact_reader *r, const struct doc *node, struct pact_part *out)
{
	struct pact_rule *all[PACT_CATEGORIES] = { 0 };
	size_t room[PACT_CATEGORIES] = { 0 };
	if (node->count > PACT_RULES_MAX)
		return pact_fault(r, node, "there are %u matching rules; %d are allowed in one message", node->count, PACT_RULES_MAX);
	for (uint32_t i = 0; i < node->count; i++) {
		struct pact_path path;
		struct str wrong_path = STR("");
		if (!parse_path(r, doc_key(&node->members[i]), PACT_RULES_BODY, &path, &wrong_path))
			return false;
		int category = path.count && path.steps[0].kind == PACT_STEP_NAME ? category_of(path.steps[0].name) : -1;
		if (category >= 0) {
			path.steps++;
			path.count--;
		} else {
			category = PACT_RULES_BODY;
		}
		struct pact_rules *rules = &out->rules[category];
		size_t count = rules->count;
		if (!ARENA_PUSH_ROOM(r->arena, all[category], count, room[category]))
			return pact_full(r);
		if (!read_rule(r, path, wrong_path, &node->members[i].value, &all[category][rules->count]))
			return false;
		rules->items = all[category];
		rules->count++;
	}
	return true;
}

bool pact_read_rules(struct pact_reader *r, const struct doc *node, struct pact_part *out)
{
	if (!node || node->type == DOC_NULL)
		return true;
	if (node->type != DOC_OBJECT)
		return pact_fault(r, node, "\"matchingRules\" must be an object");
	if (node->count && str_starts(doc_key(&node->members[0]), STR("$")))
		return read_old(r, node, out);
	for (uint32_t i = 0; i < node->count; i++) {
		int category = category_of(doc_key(&node->members[i]));
		const struct doc *map = &node->members[i].value;
		if (category < 0)
			continue; /* a writer's own; nothing is compared by it */
		if (map->type != DOC_OBJECT)
			return pact_fault(r, map, "the matching rules of \"%.*s\" must be an object", STR_FMT(str_sub(doc_key(&node->members[i]), 0, 40)));
		if (!read_map(r, map, (enum pact_category)category, &out->rules[category]))
			return false;
	}
	return true;
}

static enum pact_generator_kind generator_kind(struct str word)
{
	for (unsigned i = 0; i < PACT_GENERATOR_COUNT; i++)
		if (str_eq_ci(word, generator_names[i]))
			return (enum pact_generator_kind)i;
	return PACT_GENERATOR_UNKNOWN;
}

static bool read_generator_map(struct pact_reader *r, const struct doc *map, enum pact_category category, struct pact_generators *out)
{
	bool alone = doc_is(doc_get(map, STR("type")), DOC_STRING); /* of path and status */
	uint32_t n = alone ? 1 : map->count;
	if (n > PACT_RULES_MAX)
		return pact_fault(r, map, "there are %u generators; %d are allowed in one part of a message", n, PACT_RULES_MAX);
	struct pact_generator *items = ARENA_ARRAY(r->arena, n ? n : 1, struct pact_generator);
	if (!items)
		return pact_full(r);
	for (uint32_t i = 0; i < n; i++) {
		const struct doc *node = alone ? map : &map->members[i].value;
		struct str why = STR(""), key = alone ? STR("") : doc_key(&map->members[i]);
		if (key.len && !pact_path_parse(r->arena, key, category != PACT_RULES_BODY, &items[i].path, &why))
			return pact_fault(r, node, "the path \"%.*s\" of a generator is wrong: %.*s", STR_FMT(str_sub(key, 0, 200)), STR_FMT(why));
		items[i].node = node;
		items[i].kind = generator_kind(doc_str(doc_get(node, STR("type"))));
	}
	*out = (struct pact_generators){ items, n };
	return true;
}

bool pact_read_generators(struct pact_reader *r, const struct doc *node, struct pact_part *out)
{
	if (!node || node->type == DOC_NULL)
		return true;
	if (node->type != DOC_OBJECT)
		return pact_fault(r, node, "\"generators\" must be an object");
	for (uint32_t i = 0; i < node->count; i++) {
		int category = category_of(doc_key(&node->members[i]));
		const struct doc *map = &node->members[i].value;
		if (category >= 0 && map->type == DOC_OBJECT && !read_generator_map(r, map, (enum pact_category)category, &out->generators[category]))
			return false;
	}
	return true;
}
