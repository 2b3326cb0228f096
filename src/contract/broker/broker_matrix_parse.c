/* The question of a query string. Clients write q[][pacticipant]=web&q[][version]=1 with brackets plain or escaped, or q[0][pacticipant]; as in Rack, a selector
 * ends where a member of it comes again. Names that are not known are let be: clients add their own. */
#include "contract/broker/broker_impl.h"

struct parsing {
	struct arena *a;
	struct matrix_question *q;
	struct err *e;
};

static bool wrong(struct parsing *p, const char *field, const char *words) { return err_set(p->e, ERR_INPUT, "%s: %s", field, words); }

static bool unescaped(struct parsing *p, struct str raw, struct str *out)
{
	char *text = arena_bytes(p->a, raw.len + 1);
	size_t n = text ? http_unescape(text, raw, true) : SIZE_MAX;
	*out = n == SIZE_MAX ? (struct str){ 0 } : str_from(text, n);
	return n != SIZE_MAX || wrong(p, "query", "has an escape that is none");
}

static bool is_true(struct str v) { return str_eq(v, STR("true")); }

/* The member of a selector: where it is kept, or NULL where it is a flag or not known. */
static struct str *member(struct selector *s, struct str name)
{
	return str_eq(name, STR("pacticipant")) || str_eq(name, STR("name")) ? &s->participant : str_eq(name, STR("version")) ? &s->version : str_eq(name, STR("tag")) ? &s->tag :
	       str_eq(name, STR("branch")) ? &s->branch : str_eq(name, STR("environment")) ? &s->environment : NULL;
}

static void set(struct selector *s, struct str name, struct str value)
{
	struct str *text = member(s, name);
	if (text)
		*text = value;
	else if (str_eq(name, STR("latest")))
		s->latest = is_true(value);
	else if (str_eq(name, STR("mainBranch")))
		s->main_branch = is_true(value);
}

static unsigned bit_of(struct str name)
{
	static const char *const names[] = { "pacticipant", "name", "version", "tag", "branch", "environment", "latest", "mainBranch" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(name, str_z(names[i])))
			return 1u << i;
	return 0;
}

struct list { struct selector *items; size_t *count; unsigned seen; struct str index; };

/* "[index][member]" behind the list's name. */
static bool put_member(struct parsing *p, struct list *l, struct str rest, struct str value)
{
	size_t end = str_find(rest, STR("]["));
	if (!str_starts(rest, STR("[")) || end == SIZE_MAX || !str_ends(rest, STR("]")))
		return wrong(p, "q", "selectors are written q[][pacticipant]=NAME&q[][version]=NUMBER");
	struct str index = str_sub(rest, 1, end), name = str_sub(rest, end + 2, rest.len - 1);
	unsigned bit = bit_of(name);
	if (!*l->count || (index.len ? !str_eq(index, l->index) : (l->seen & bit) != 0)) {
		if (*l->count == BROKER_SELECTORS_MAX)
			return wrong(p, "q", "there are more selectors than are taken");
		l->items[(*l->count)++] = (struct selector){ .participant = STR(""), .version = STR(""), .tag = STR(""), .branch = STR(""), .environment = STR("") };
		l->seen = 0;
		l->index = index;
	}
	l->seen |= bit;
	set(&l->items[*l->count - 1], name, value);
	return true;
}

static bool option(struct parsing *p, struct str name, struct str value)
{
	struct matrix_question *q = p->q;
	uint64_t n;
	if (str_eq(name, STR("latestby"))) {
		q->latest_by = str_eq(value, STR("cvpv")) ? LATEST_BY_CVPV : str_eq(value, STR("cvp")) ? LATEST_BY_CVP : LATEST_BY_NONE;
		return q->latest_by || !value.len || wrong(p, "latestby", "must be cvp or cvpv");
	}
	if (str_eq(name, STR("limit"))) {
		if (!str_to_u64(value, &n) || !n)
			return wrong(p, "limit", "must be a number, at least 1");
		q->limit = n;
		return true;
	}
	if (str_eq(name, STR("success")) || str_eq(name, STR("success[]"))) {
		q->only = true;
		q->only_success[is_true(value) ? 1 : str_eq(value, STR("false")) ? 0 : 2] = true;
		return true;
	}
	set(&q->to, name, value);
	q->has_to = q->to.tag.len || q->to.branch.len || q->to.environment.len || q->to.latest || q->to.main_branch;
	return true;
}

bool matrix_parse(struct arena *a, struct str query, struct matrix_question *q, struct err *e)
{
	struct parsing p = { a, q, e };
	*q = (struct matrix_question){ .to = { .participant = STR(""), .version = STR(""), .tag = STR(""), .branch = STR(""), .environment = STR("") } };
	struct list selectors = { .items = q->selectors, .count = &q->count }, ignored = { .items = q->ignored, .count = &q->ignored_count };
	while (query.p && query.len) {
		struct str value = str_split(&query, '&'), name = str_split(&value, '='), key, text;
		if (!unescaped(&p, name, &key) || !unescaped(&p, value.p ? value : STR(""), &text))
			return false;
		bool ok = str_starts(key, STR("q[")) ? put_member(&p, &selectors, str_skip(key, 1), text) :
			  str_starts(key, STR("ignore[")) ? put_member(&p, &ignored, str_skip(key, 6), text) : option(&p, key, text);
		if (!ok)
			return false;
	}
	return true;
}
