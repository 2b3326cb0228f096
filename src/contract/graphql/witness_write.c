/* Writing operations and answers along the ways that paths.c found. See compare.h. */
#include "contract/graphql/compare.h"

enum { WAY_MAX = 48, VALUE_DEPTH = 12, TEXT_MAX = 4096 };

/* ---- values ---- */

static bool write_value(struct gql_compare *c, struct buf *b, const struct gql_ref *before, const struct gql_ref *after, int depth);

static bool write_member(struct gql_compare *c, struct buf *b, const struct gql_member *m, const struct gql_member *n, int depth)
{
	buf_printf(b, "%.*s: ", STR_FMT(m->name));
	return write_value(c, b, &m->type, n ? &n->type : NULL, depth);
}

/* What must be given on either side, without `leave`, and `extra` behind it. after NULL: only the old side counts. */
static bool write_required(struct gql_compare *c, struct buf *b, const struct gql_members *before, const struct gql_members *after, const struct gql_member *leave, struct str extra,
	int depth)
{
	bool first = true;
	for (uint32_t i = 0; i < before->count && buf_ok(b); i++) {
		const struct gql_member *m = &before->items[i], *n = after ? gql_member_of(after, m->name) : NULL;
		if (m == leave || (leave && str_eq(m->name, leave->name)) || (!gql_required(m) && !(n && gql_required(n))))
			continue;
		if (after && !n)
			return false;
		if (!first)
			buf_add(b, STR(", "));
		first = false;
		if (!write_member(c, b, m, n, depth))
			return false;
	}
	for (uint32_t i = 0; after && i < after->count; i++)
		if (gql_required(&after->items[i]) && !gql_member_of(before, after->items[i].name) && !(leave && str_eq(leave->name, after->items[i].name)))
			return false;
	if (!str_empty(extra)) {
		if (!first)
			buf_add(b, STR(", "));
		buf_add(b, extra);
	}
	return buf_ok(b);
}

static bool write_one_field(struct gql_compare *c, struct buf *b, const struct gql_type *t, const struct gql_type *now, int depth)
{
	for (uint32_t i = 0; i < t->members.count; i++) {
		const struct gql_member *m = &t->members.items[i], *n = now ? gql_member_of(&now->members, m->name) : NULL;
		size_t before = b->len;
		struct gql_ref sure = m->type;
		sure.nonnull |= 1;
		if (now && !n)
			continue;
		buf_printf(b, "%.*s: ", STR_FMT(m->name));
		if (write_value(c, b, &sure, n ? &n->type : NULL, depth))
			return true;
		buf_rewind(b, before);
	}
	return false;
}

static bool write_input(struct gql_compare *c, struct buf *b, const struct gql_type *t, const struct gql_type *now, const struct gql_member *leave, struct str extra, int depth)
{
	bool one = gql_one_of(t) || (now && gql_one_of(now)), ok;
	if (depth > VALUE_DEPTH)
		return false;
	buf_char(b, '{');
	if (one && !str_empty(extra)) {
		buf_add(b, extra);
		ok = buf_ok(b);
	} else if (one && !leave) {
		ok = write_one_field(c, b, t, now, depth + 1);
	} else {
		ok = write_required(c, b, &t->members, now ? &now->members : NULL, leave, extra, depth + 1);
	}
	buf_char(b, '}');
	return ok && buf_ok(b);
}

static struct str scalar_text(const struct gql_type *t)
{
	if (t->builtin && str_eq(t->name, STR("Int")))
		return STR("1");
	if (t->builtin && str_eq(t->name, STR("Float")))
		return STR("1.5");
	if (t->builtin && str_eq(t->name, STR("Boolean")))
		return STR("true");
	return str_eq(t->name, STR("ID")) ? STR("\"1\"") : STR("\"x\"");
}

static bool write_value(struct gql_compare *c, struct buf *b, const struct gql_ref *before, const struct gql_ref *after, int depth)
{
	const struct gql_type *t = before->type, *now = after ? c->match[t->id] : NULL;
	if (after && (!now || now != after->type || before->lists != after->lists))
		return false;
	if (before->lists) {
		buf_add(b, STR("[]"));
		return buf_ok(b);
	}
	if (t->kind == GQL_INPUT)
		return write_input(c, b, t, now, NULL, STR(""), depth);
	if (t->kind == GQL_SCALAR) {
		buf_add(b, scalar_text(t));
		return buf_ok(b);
	}
	for (uint32_t i = 0; i < t->members.count; i++)
		if (!now || gql_member_of(&now->members, t->members.items[i].name)) {
			buf_add(b, t->members.items[i].name);
			return buf_ok(b);
		}
	return false;
}

bool gql_write_value(struct gql_compare *c, struct buf *b, const struct gql_ref *before, const struct gql_ref *after) { return write_value(c, b, before, after, 0); }

bool gql_write_input(struct gql_compare *c, struct buf *b, const struct gql_type *t, const struct gql_member *leave, struct str extra)
{
	size_t before = b->len;
	const struct gql_type *now = gql_match(c, t);
	if (now && write_input(c, b, t, now, leave, extra, 0))
		return true;
	buf_rewind(b, before);
	return write_input(c, b, t, NULL, leave, extra, 0);
}

/* ---- fields and directives ---- */

bool gql_write_arguments(struct gql_compare *c, struct buf *b, const struct gql_members *before, const struct gql_members *after, const struct gql_member *leave, struct str extra)
{
	size_t start = b->len;
	buf_char(b, '(');
	if (!write_required(c, b, before, after, leave, extra, 0))
		return false;
	if (b->len == start + 1)
		buf_rewind(b, start);
	else
		buf_char(b, ')');
	return buf_ok(b);
}

bool gql_write_call(struct gql_compare *c, struct buf *b, const struct gql_member *before, const struct gql_member *after, const struct gql_member *leave, struct str extra)
{
	buf_add(b, before->name);
	return gql_write_arguments(c, b, &before->args, after ? &after->args : NULL, leave, extra);
}

bool gql_write_field(struct gql_compare *c, struct buf *b, const struct gql_member *before, const struct gql_member *after, const struct gql_member *leave, struct str extra)
{
	if (!gql_write_call(c, b, before, after, leave, extra))
		return false;
	if (gql_is_composite(before->type.type))
		buf_add(b, STR(" { __typename }"));
	return buf_ok(b);
}

/* ---- ways ---- */

/* Steps from the operation's type down to t; how many, 0 where there is no way that can be written. */
static size_t way_to(const struct gql_compare *c, const struct gql_type *t, const struct gql_type **way)
{
	size_t n = 0;
	if (!c->steps)
		return 0;
	for (;;) {
		const struct gql_step *s = &c->steps[t->id];
		if (n == WAY_MAX || s->kind == GQL_UNREACHED || s->kind == GQL_STEP_ENTITY)
			return 0;
		way[n++] = t;
		if (s->kind == GQL_STEP_ROOT)
			break;
		t = s->from;
	}
	for (size_t i = 0; i < n / 2; i++) {
		const struct gql_type *x = way[i];
		way[i] = way[n - 1 - i];
		way[n - 1 - i] = x;
	}
	return n;
}

static void write_head(struct gql_compare *c, struct buf *b, const struct gql_type *root, struct str variables)
{
	int o = 0;
	while (o < GQL_OPERATIONS - 1 && c->before->roots[o] != root)
		o++;
	if (o != GQL_QUERY || !str_empty(variables))
		buf_add(b, gql_operation_names[o]);
	if (!str_empty(variables))
		buf_printf(b, "(%.*s)", STR_FMT(variables));
	if (o != GQL_QUERY || !str_empty(variables))
		buf_char(b, ' ');
	buf_add(b, STR("{ "));
}

bool gql_write_way(struct gql_compare *c, struct buf *b, const struct gql_type *t, struct str variables, struct str selection)
{
	const struct gql_type *way[WAY_MAX];
	size_t n = way_to(c, t, way);
	if (!n)
		return false;
	write_head(c, b, way[0], variables);
	for (size_t i = 1; i < n; i++) {
		const struct gql_step *s = &c->steps[way[i]->id];
		if (s->kind == GQL_STEP_SPREAD) {
			buf_printf(b, "... on %.*s { ", STR_FMT(way[i]->name));
			continue;
		}
		const struct gql_type *now = gql_match(c, s->from);
		if (!gql_write_call(c, b, s->field, now ? gql_member_of(&now->members, s->field->name) : NULL, NULL, STR("")))
			return false;
		buf_add(b, STR(" { "));
	}
	buf_add(b, selection);
	for (size_t i = 0; i < n; i++)
		buf_add(b, STR(" }"));
	return buf_ok(b);
}

static void repeat(struct buf *b, char x, uint32_t n)
{
	while (n--)
		buf_char(b, x);
}

bool gql_write_answer(struct gql_compare *c, struct buf *b, const struct gql_type *t, const struct gql_member *field, struct str value)
{
	const struct gql_type *way[WAY_MAX];
	size_t n = way_to(c, t, way);
	if (!n)
		return false;
	buf_add(b, STR("{\"data\":{"));
	for (size_t i = 1; i < n; i++) {
		const struct gql_step *s = &c->steps[way[i]->id];
		if (s->kind != GQL_STEP_FIELD)
			continue;
		buf_printf(b, "\"%.*s\":", STR_FMT(s->field->name));
		repeat(b, '[', s->field->type.lists);
		buf_char(b, '{');
	}
	if (field)
		buf_printf(b, "\"%.*s\":", STR_FMT(field->name));
	buf_add(b, value);
	for (size_t i = n; i-- > 1;) {
		const struct gql_step *s = &c->steps[way[i]->id];
		if (s->kind != GQL_STEP_FIELD)
			continue;
		buf_char(b, '}');
		repeat(b, ']', s->field->type.lists);
	}
	buf_add(b, STR("}}"));
	return buf_ok(b);
}

/* ---- where values are given ---- */

bool gql_write_directive_use(struct gql_compare *c, struct buf *b, const struct gql_directive *d, const struct gql_member *leave, struct str extra)
{
	const struct gql_directive *now = gql_directive_of(c->after, d->name);
	size_t start = b->len;
	buf_printf(b, "@%.*s", STR_FMT(d->name));
	if (now && gql_write_arguments(c, b, &d->args, &now->args, leave, extra))
		return true;
	buf_rewind(b, start);
	buf_printf(b, "@%.*s", STR_FMT(d->name));
	return gql_write_arguments(c, b, &d->args, NULL, leave, extra);
}

/* An operation that has `use` in the place. */
bool gql_write_directive_place(struct gql_compare *c, struct buf *b, enum gql_location at, struct str variables, struct str use)
{
	const struct gql_schema *s = c->before;
	const char *open = str_empty(variables) ? "" : "(", *close = str_empty(variables) ? "" : ")";
	const struct gql_type *root = s->roots[GQL_QUERY];
	if (at != GQL_AT_MUTATION && at != GQL_AT_SUBSCRIPTION && !root)
		return false;
	switch (at) {
	case GQL_AT_QUERY:
		buf_printf(b, "query%s%.*s%s %.*s { __typename }", open, STR_FMT(variables), close, STR_FMT(use));
		break;
	case GQL_AT_MUTATION:
		buf_printf(b, "mutation%s%.*s%s %.*s { __typename }", open, STR_FMT(variables), close, STR_FMT(use));
		break;
	case GQL_AT_SUBSCRIPTION:
		if (!s->roots[GQL_SUBSCRIPTION] || !s->roots[GQL_SUBSCRIPTION]->members.count)
			return false;
		buf_printf(b, "subscription%s%.*s%s %.*s { ", open, STR_FMT(variables), close, STR_FMT(use));
		if (!gql_write_field(c, b, &s->roots[GQL_SUBSCRIPTION]->members.items[0], NULL, NULL, STR("")))
			return false;
		buf_add(b, STR(" }"));
		break;
	case GQL_AT_FIELD:
		buf_printf(b, "query%s%.*s%s { __typename %.*s }", open, STR_FMT(variables), close, STR_FMT(use));
		break;
	case GQL_AT_FRAGMENT_DEFINITION:
		buf_printf(b, "query%s%.*s%s { ...F } fragment F on %.*s %.*s { __typename }", open, STR_FMT(variables), close, STR_FMT(root->name), STR_FMT(use));
		break;
	case GQL_AT_FRAGMENT_SPREAD:
		buf_printf(b, "query%s%.*s%s { ...F %.*s } fragment F on %.*s { __typename }", open, STR_FMT(variables), close, STR_FMT(use), STR_FMT(root->name));
		break;
	case GQL_AT_INLINE_FRAGMENT:
		buf_printf(b, "query%s%.*s%s { ... %.*s { __typename } }", open, STR_FMT(variables), close, STR_FMT(use));
		break;
	case GQL_AT_VARIABLE_DEFINITION:
		if (!str_empty(variables))
			return false;
		buf_printf(b, "query($v: Boolean! %.*s) { __typename @skip(if: $v) }", STR_FMT(use));
		break;
	default:
		return false;
	}
	return buf_ok(b);
}

/* Preferably at a field, where variables may stand. */
bool gql_write_directive(struct gql_compare *c, struct buf *b, const struct gql_directive *d, struct str variables, struct str use)
{
	static const enum gql_location order[] = { GQL_AT_FIELD, GQL_AT_QUERY, GQL_AT_INLINE_FRAGMENT, GQL_AT_FRAGMENT_SPREAD, GQL_AT_FRAGMENT_DEFINITION, GQL_AT_MUTATION,
		GQL_AT_SUBSCRIPTION, GQL_AT_VARIABLE_DEFINITION };
	const struct gql_directive *now = gql_directive_of(c->after, d->name);
	uint32_t both = now ? d->locations & now->locations : d->locations;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (both >> order[i] & 1)
			return gql_write_directive_place(c, b, order[i], variables, use);
	return false;
}

static bool write_at_field(struct gql_compare *c, struct buf *b, const struct gql_given *g, struct str variables, struct str extra)
{
	struct buf inner;
	const struct gql_type *now = gql_match(c, g->from);
	buf_init(&inner, TEXT_MAX);
	bool ok = gql_write_field(c, &inner, g->field, now ? gql_member_of(&now->members, g->field->name) : NULL, g->argument, extra) &&
		  gql_write_way(c, b, g->from, variables, buf_str(&inner));
	buf_release(&inner);
	return ok;
}

static bool write_at_directive(struct gql_compare *c, struct buf *b, const struct gql_given *g, struct str variables, struct str extra)
{
	struct buf use;
	buf_init(&use, TEXT_MAX);
	bool ok = gql_write_directive_use(c, &use, g->directive, g->argument, extra) && gql_write_directive(c, b, g->directive, variables, buf_str(&use));
	buf_release(&use);
	return ok;
}

bool gql_write_given(struct gql_compare *c, struct buf *b, const struct gql_type *t, struct str variables, struct str value)
{
	struct buf texts[2];
	int now = 0;
	bool ok = c->given != NULL;
	buf_init(&texts[0], TEXT_MAX);
	buf_init(&texts[1], TEXT_MAX);
	const struct gql_given *g = &c->given[t->id];
	if (g->kind)
		buf_printf(&texts[0], "%.*s: %.*s", STR_FMT(g->argument->name), STR_FMT(value));
	for (int steps = 0; ok && g->kind == GQL_GIVEN_FIELD; steps++) {
		struct buf *in = &texts[now], *out = &texts[!now];
		const struct gql_given *up = &c->given[g->from->id];
		buf_clear(out);
		ok = steps < WAY_MAX && up->kind;
		if (ok)
			buf_printf(out, "%.*s: ", STR_FMT(up->argument->name));
		ok = ok && gql_write_input(c, out, g->from, g->argument, buf_str(in));
		g = up;
		now = !now;
	}
	if (ok)
		ok = buf_ok(&texts[now]) && (g->kind == GQL_GIVEN_ARGUMENT ? write_at_field(c, b, g, variables, buf_str(&texts[now])) :
						 g->kind == GQL_GIVEN_DIRECTIVE ? write_at_directive(c, b, g, variables, buf_str(&texts[now])) : false);
	buf_release(&texts[0]);
	buf_release(&texts[1]);
	return ok;
}
