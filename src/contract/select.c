/* See select.h. */
#include "contract/select.h"
#include "base/check.h"
#include "base/suggest.h"

static const struct str levels[] = { STR_INIT("info"), STR_INIT("warning"), STR_INIT("breaking") };
static const struct category { struct str name; uint8_t bit; } categories[] = {
	{ STR_INIT("wire"), CHANGE_WIRE }, { STR_INIT("json"), CHANGE_JSON }, { STR_INIT("source"), CHANGE_SOURCE }, { STR_INIT("behaviour"), CHANGE_BEHAVIOUR }
};

void selection_init(struct selection *s) { *s = (struct selection){ .level = CHANGE_WARNING, .fails = CHANGE_BREAKING }; }

bool selection_level(struct str text, const char *option, enum change_level *level, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (str_eq(levels[i], text)) {
			*level = (enum change_level)i;
			return true;
		}
	return err_set(e, ERR_USAGE, "--%s: there is no level `%.*s`; there are breaking, warning and info", option, STR_FMT(text));
}

bool selection_categories(struct selection *s, struct str text, struct err *e)
{
	while (text.p) {
		struct str name = str_trim(str_split(&text, ','));
		uint8_t bit = 0;
		for (size_t i = 0; i < ARRAY_LEN(categories); i++)
			bit |= str_eq(categories[i].name, name) ? categories[i].bit : 0;
		if (!bit)
			return err_set(e, ERR_USAGE, "--category: there is no category `%.*s`; there are wire, json, source and behaviour", STR_FMT(name));
		s->categories |= bit;
	}
	return true;
}

size_t category_names(uint8_t set, struct str out[4])
{
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(categories); i++)
		if (set & categories[i].bit)
			out[n++] = categories[i].name;
	return n;
}

static bool in_set(struct str sets, struct str name)
{
	while (sets.p)
		if (str_eq(str_split(&sets, ' '), name))
			return true;
	return false;
}

static bool no_such_rule(struct str checker, struct str of, bool known, struct err *e)
{
	if (known)
		return err_set(e, ERR_USAGE, "--rules: %.*s has no rule and no set `%.*s`; `pleach contract rules %.*s` lists them", STR_FMT(checker), STR_FMT(of), STR_FMT(checker));
	struct str names[RULE_COUNT + 1], near = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < RULE_COUNT; i++)
		if (!n || !str_eq(names[n - 1], rule_infos[i].checker))
			names[n++] = rule_infos[i].checker;
	near = suggest(checker, names, n);
	if (near.p)
		return err_set(e, ERR_USAGE, "--rules: there is no checker `%.*s`; did you mean `%.*s`?", STR_FMT(checker), STR_FMT(near));
	return err_set(e, ERR_USAGE, "--rules: there is no checker `%.*s`; `pleach contract rules` lists them", STR_FMT(checker));
}

bool selection_rules(struct selection *s, struct str text, struct err *e)
{
	while (text.p) {
		struct str of = str_trim(str_split(&text, ',')), checker = str_split(&of, ':');
		bool known = false, any = false;
		for (size_t i = 0; i < RULE_COUNT; i++) {
			const struct rule_info *r = &rule_infos[i];
			if (!str_eq(r->checker, checker))
				continue;
			known = true;
			if (of.p && !in_set(r->sets, of) && !str_eq(r->name, of))
				continue;
			s->rules[i] = any = true;
		}
		if (!any)
			return no_such_rule(checker, of, known, e);
	}
	s->by_rules = true;
	s->level = s->fails = CHANGE_INFO;
	return true;
}

static bool has_rule(const struct selection *s, const struct change *x)
{
	for (size_t i = 0; i < x->rules_count; i++)
		if (s->rules[x->rules[i]])
			return true;
	return x->kind == CHANGE_KIND_APPROVAL_EXPIRED;
}

void selection_apply(const struct selection *s, struct changes *c, size_t hidden[3])
{
	size_t kept = 0;
	memset(hidden, 0, 3 * sizeof(hidden[0]));
	for (size_t i = 0; i < c->count; i++) {
		const struct change *x = &c->items[i];
		if ((s->by_rules && !has_rule(s, x)) || (s->categories && !(x->categories & s->categories)))
			continue;
		if (x->level < s->level)
			hidden[x->level]++;
		else
			c->items[kept++] = *x;
	}
	c->count = kept;
}
