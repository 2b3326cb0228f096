/* Path expressions of matching rules and generators: the part of JSONPath that Pact's specification uses. */
#include "contract/pact/pact_impl.h"

struct path_parse { struct arena *arena; struct str rest; struct pact_step steps[PACT_STEPS_MAX]; uint32_t count; struct str why; };

static bool push(struct path_parse *p, enum pact_step_kind kind, struct str name, uint32_t index)
{
	if (p->count == PACT_STEPS_MAX) {
		p->why = STR("the path has more than 64 steps");
		return false;
	}
	p->steps[p->count++] = (struct pact_step){ kind, index, name };
	return true;
}

/* .name and .* */
static bool step_name(struct path_parse *p)
{
	size_t n = 0;
	while (n < p->rest.len && p->rest.p[n] != '.' && p->rest.p[n] != '[')
		n++;
	struct str name = str_sub(p->rest, 0, n);
	p->rest = str_skip(p->rest, n);
	if (!n) {
		p->why = STR("a name is missing behind a dot");
		return false;
	}
	return str_eq(name, STR("*")) ? push(p, PACT_STEP_ANY_NAME, name, 0) : push(p, PACT_STEP_NAME, name, 0);
}

/* ['name'] with \' and \\ in it. */
static bool step_quoted(struct path_parse *p)
{
	char quote = p->rest.p[0];
	size_t n = 1, to = 0;
	char *text = arena_bytes(p->arena, p->rest.len);
	if (!text)
		return false;
	for (; n < p->rest.len && p->rest.p[n] != quote; n++) {
		if (p->rest.p[n] == '\\' && n + 1 < p->rest.len)
			n++;
		text[to++] = p->rest.p[n];
	}
	if (n + 1 >= p->rest.len || p->rest.p[n + 1] != ']') {
		p->why = STR("a quoted name does not end with a quote and ]");
		return false;
	}
	p->rest = str_skip(p->rest, n + 2);
	return push(p, PACT_STEP_NAME, str_from(text, to), 0);
}

/* [0], [*], ['name'] */
static bool step_bracket(struct path_parse *p)
{
	if (p->rest.len && (p->rest.p[0] == '\'' || p->rest.p[0] == '"'))
		return step_quoted(p);
	size_t end = str_find_char(p->rest, ']');
	struct str inside = end == SIZE_MAX ? STR("") : str_sub(p->rest, 0, end);
	uint64_t index;
	p->rest = end == SIZE_MAX ? STR("") : str_skip(p->rest, end + 1);
	if (str_eq(inside, STR("*")))
		return push(p, PACT_STEP_ANY_INDEX, inside, 0);
	if (!str_to_u64(inside, &index) || index > UINT32_MAX) {
		p->why = STR("between [ and ] there must be a number, * or a name in quotes");
		return false;
	}
	return push(p, PACT_STEP_INDEX, inside, (uint32_t)index);
}

static bool steps(struct path_parse *p)
{
	while (p->rest.len) {
		char c = p->rest.p[0];
		p->rest = str_skip(p->rest, 1);
		if (c != '.' && c != '[') {
			p->why = STR("behind a step there must be . or [");
			return false;
		}
		if (!(c == '.' ? step_name(p) : step_bracket(p)))
			return false;
	}
	return true;
}

/* A header's or parameter's name, which may have any character in it; only an index at its end is one. */
static bool plain_name(struct path_parse *p, struct str text)
{
	size_t open = text.len;
	if (str_ends(text, STR("]")))
		while (open > 0 && text.p[open - 1] != '[')
			open--;
	struct str inside = open > 1 && open < text.len ? str_sub(text, open, text.len - 1) : STR("");
	uint64_t index;
	bool any = str_eq(inside, STR("*")), number = inside.len && str_to_u64(inside, &index) && index <= UINT32_MAX;
	if (!any && !number)
		return push(p, PACT_STEP_NAME, text, 0);
	return push(p, PACT_STEP_NAME, str_sub(text, 0, open - 1), 0) && (any ? push(p, PACT_STEP_ANY_INDEX, inside, 0) : push(p, PACT_STEP_INDEX, inside, (uint32_t)index));
}

bool pact_path_parse(struct arena *a, struct str text, bool name, struct pact_path *out, struct str *why)
{
	struct path_parse p = { .arena = a, .rest = text };
	bool ok;
	if (str_starts(text, STR("$"))) {
		p.rest = str_skip(text, 1);
		ok = steps(&p);
	} else if (name) {
		ok = plain_name(&p, text);
	} else {
		ok = false;
		p.why = STR("a path begins with $");
	}
	struct pact_step *kept = ok ? ARENA_ARRAY(a, p.count ? p.count : 1, struct pact_step) : NULL;
	if (!kept) {
		*why = p.why.p ? p.why : STR("no memory is left");
		return false;
	}
	memcpy(kept, p.steps, p.count * sizeof(*kept));
	*out = (struct pact_path){ text, kept, p.count };
	return true;
}
