/* Witnesses of changes: which operations and answers are tried, and the trial itself, by our own validator on both sides. See compare.h. */
#include "contract/graphql/compare.h"

enum { TEXT_MAX = 4096, TRIAL_BYTES = 8 << 20, TRIES_MAX = 400 };

/* ---- the trial ---- */

static bool valid(struct gql_compare *c, const struct gql_schema *s, struct str query, const struct json *answer, struct gql_fault *f)
{
	struct arena a;
	struct gql_document d;
	struct err e = { 0 };
	(void)c;
	arena_init(&a, TRIAL_BYTES);
	bool ok = gql_query_parse(&a, query, &d, &e) && gql_query_valid(s, &d, &a, f) && (!answer || gql_answer_valid(s, &d, answer, f));
	arena_release(&a);
	return ok;
}

static void proved(struct gql_compare *c, struct change *x, enum witness_what what, struct str of, struct str text, const char *before, const char *after)
{
	if (!x)
		return;
	x->witness = (struct witness){ WITNESS_PROVED, what, gql_text(c, "%.*s", STR_FMT(of)), gql_text(c, "%.*s", STR_FMT(text)), gql_text(c, "%s", before), gql_text(c, "%s", after) };
}

bool gql_prove(struct gql_compare *c, struct change *x, struct str query)
{
	struct gql_fault f = { 0 };
	if (x && (!c->options->witnesses || x->witness.state == WITNESS_PROVED))
		return x->witness.state == WITNESS_PROVED;
	if (!valid(c, c->before, query, NULL, &f) || valid(c, c->after, query, NULL, &f))
		return false;
	proved(c, x, WITNESS_QUERY, STR("an operation"), query, "valid", f.message);
	return true;
}

bool gql_prove_other(struct gql_compare *c, struct change *x, struct str query, struct str before, struct str after)
{
	struct gql_fault f = { 0 };
	if (!c->options->witnesses || !valid(c, c->before, query, NULL, &f) || !valid(c, c->after, query, NULL, &f))
		return false;
	if (x)
		x->witness = (struct witness){ WITNESS_PROVED, WITNESS_QUERY, STR("an operation"), gql_text(c, "%.*s", STR_FMT(query)), before, after };
	return true;
}

bool gql_prove_answer(struct gql_compare *c, struct change *x, struct str query, struct str answer)
{
	struct gql_fault f = { 0 }, ignored = { 0 };
	struct arena a;
	struct err e = { 0 };
	if (!c->options->witnesses)
		return false;
	arena_init(&a, TRIAL_BYTES);
	const struct json *j = json_parse(&a, answer, &e);
	bool ok = j && valid(c, c->after, query, j, &ignored) && valid(c, c->before, query, NULL, &ignored) && !valid(c, c->before, query, j, &f);
	arena_release(&a);
	if (ok)
		proved(c, x, WITNESS_RESPONSE, query, answer, f.message, "valid");
	return ok;
}

/* ---- fields ---- */

static const struct gql_member *now_of(struct gql_compare *c, const struct gql_type *t, const struct gql_member *m)
{
	const struct gql_type *now = gql_match(c, t);
	return now ? gql_member_of(&now->members, m->name) : NULL;
}

/* The field's call as both sides take it, else as the old one does. */
static bool call_best(struct gql_compare *c, struct buf *b, const struct gql_type *t, const struct gql_member *m, const struct gql_member *leave, struct str extra)
{
	const struct gql_member *n = now_of(c, t, m);
	size_t start = b->len;
	if (n && gql_write_call(c, b, m, n, leave, extra))
		return true;
	buf_rewind(b, start);
	return gql_write_call(c, b, m, NULL, leave, extra);
}

/* `call inner` along the way to t. */
static bool try_field(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_member *m, struct str inner)
{
	struct buf b, way;
	bool ok = false;
	buf_init(&b, TEXT_MAX);
	buf_init(&way, TEXT_MAX);
	if (call_best(c, &b, t, m, NULL, STR(""))) {
		buf_add(&b, inner);
		ok = buf_ok(&b) && gql_write_way(c, &way, t, STR(""), buf_str(&b)) && gql_prove(c, x, buf_str(&way));
	}
	buf_release(&way);
	buf_release(&b);
	return ok;
}

static bool try_spread(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_member *m, const struct gql_type *on)
{
	char text[600];
	struct buf b;
	buf_init(&b, sizeof(text));
	buf_printf(&b, " { ... on %.*s { __typename } }", STR_FMT(on->name));
	bool ok = buf_ok(&b) && try_field(c, x, t, m, buf_str(&b));
	buf_release(&b);
	return ok;
}

/* Everything that can be asked for within the field's old type. */
static bool try_inside(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_member *m)
{
	const struct gql_type *r = m->type.type;
	uint32_t tries = 0;
	if (try_spread(c, x, t, m, r))
		return true;
	for (uint32_t i = 0; i < r->links.count && tries++ < TRIES_MAX; i++)
		if (try_spread(c, x, t, m, r->links.items[i].type.type))
			return true;
	for (uint32_t i = 0; i < r->users.count && tries++ < TRIES_MAX; i++)
		if (try_spread(c, x, t, m, r->users.items[i]))
			return true;
	for (uint32_t i = 0; r->kind != GQL_UNION && i < r->members.count && tries++ < TRIES_MAX; i++) {
		struct buf b;
		buf_init(&b, TEXT_MAX);
		buf_add(&b, STR(" { "));
		bool ok = gql_write_field(c, &b, &r->members.items[i], NULL, NULL, STR(""));
		buf_add(&b, STR(" }"));
		ok = ok && buf_ok(&b) && try_field(c, x, t, m, buf_str(&b));
		buf_release(&b);
		if (ok)
			return true;
	}
	return false;
}

/* The value in `lists` lists. */
static bool try_answer(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_member *m, uint32_t lists, struct str value)
{
	struct buf b, way, answer, wrapped;
	buf_init(&b, TEXT_MAX);
	buf_init(&way, TEXT_MAX);
	buf_init(&answer, TEXT_MAX);
	buf_init(&wrapped, TEXT_MAX);
	for (uint32_t i = 0; i < lists; i++)
		buf_char(&wrapped, '[');
	buf_add(&wrapped, value);
	for (uint32_t i = 0; i < lists; i++)
		buf_char(&wrapped, ']');
	bool ok = call_best(c, &b, t, m, NULL, STR(""));
	if (ok && gql_is_composite(m->type.type))
		buf_add(&b, STR(" { __typename }"));
	ok = ok && gql_write_way(c, &way, t, STR(""), buf_str(&b)) && gql_write_answer(c, &answer, t, m, buf_str(&wrapped)) && gql_prove_answer(c, x, buf_str(&way), buf_str(&answer));
	buf_release(&wrapped);
	buf_release(&answer);
	buf_release(&way);
	buf_release(&b);
	return ok;
}

static bool try_answers(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_member *m, const struct gql_member *n)
{
	static const struct str samples[] = { STR_INIT("1"), STR_INIT("1.5"), STR_INIT("\"x\""), STR_INIT("true") };
	const struct gql_type *r = n->type.type;
	for (uint32_t level = 0; m->type.lists == n->type.lists && level <= m->type.lists; level++)
		if ((m->type.nonnull & ~n->type.nonnull) >> level & 1)
			return try_answer(c, x, t, m, level, STR("null"));
	for (size_t i = 0; r->kind == GQL_SCALAR && i < sizeof(samples) / sizeof(samples[0]); i++)
		if (try_answer(c, x, t, m, n->type.lists, samples[i]))
			return true;
	for (uint32_t i = 0; r->kind == GQL_ENUM_TYPE && i < r->members.count && i < TRIES_MAX; i++) {
		struct buf b;
		buf_init(&b, TEXT_MAX);
		json_quote(&b, r->members.items[i].name);
		bool ok = try_answer(c, x, t, m, n->type.lists, buf_str(&b));
		buf_release(&b);
		if (ok)
			return true;
	}
	if (m->type.lists == n->type.lists)
		return false;
	/* An empty list where there was none, or an object where there was a list. */
	if (n->type.lists && try_answer(c, x, t, m, n->type.lists - 1u, STR("[]")))
		return true;
	const struct gql_type *object = r;
	for (uint32_t i = 0; r->kind == GQL_INTERFACE && object == r && i < r->users.count; i++)
		if (r->users.items[i]->kind == GQL_OBJECT_TYPE)
			object = r->users.items[i];
	if (r->kind == GQL_UNION && r->links.count)
		object = r->links.items[0].type.type;
	return object->kind == GQL_OBJECT_TYPE && try_answer(c, x, t, m, n->type.lists, gql_text(c, "{\"__typename\":\"%.*s\"}", STR_FMT(object->name)));
}

void gql_witness_field_type(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_member *m, const struct gql_member *n)
{
	bool composite = gql_is_composite(m->type.type);
	if (!x || try_field(c, x, t, m, composite ? STR(" { __typename }") : STR("")) || (composite && !gql_same_named(c, &m->type, &n->type) && try_inside(c, x, t, m)))
		return;
	if (!try_answers(c, x, t, m, n))
		gql_witness_merge(c, x, t, m, n);
}

/* ---- what is given ---- */

static bool try_place(struct gql_compare *c, struct change *x, const struct gql_input_place *at, const struct gql_member *leave, struct str variables, struct str extra, struct buf *query)
{
	struct buf b;
	bool ok;
	buf_init(&b, TEXT_MAX);
	buf_clear(query);
	if (at->directive) {
		ok = gql_write_directive_use(c, &b, at->directive, leave, extra) && gql_write_directive(c, query, at->directive, variables, buf_str(&b));
	} else if (at->field) {
		ok = call_best(c, &b, at->type, at->field, leave, extra);
		if (gql_is_composite(at->field->type.type))
			buf_add(&b, STR(" { __typename }"));
		ok = ok && gql_write_way(c, query, at->type, variables, buf_str(&b));
	} else {
		ok = gql_write_input(c, &b, at->type, leave, extra) && gql_write_given(c, query, at->type, variables, buf_str(&b));
	}
	buf_release(&b);
	return ok && buf_ok(query) && (!x || gql_prove(c, x, buf_str(query)));
}

static bool try_given(struct gql_compare *c, struct change *x, const struct gql_input_place *at, const struct gql_member *m, const char *value, const struct gql_ref *variable)
{
	struct buf query, extra, variables;
	buf_init(&query, TEXT_MAX);
	buf_init(&extra, TEXT_MAX);
	buf_init(&variables, TEXT_MAX);
	buf_printf(&extra, "%.*s: ", STR_FMT(m->name));
	bool ok = true;
	if (value)
		buf_add(&extra, str_z(value));
	else
		ok = gql_write_value(c, &extra, &m->type, NULL);
	if (variable) {
		buf_add(&variables, STR("$x: "));
		gql_ref_write(&variables, variable);
	}
	ok = ok && buf_ok(&extra) && try_place(c, x, at, m, buf_str(&variables), buf_str(&extra), &query);
	buf_release(&variables);
	buf_release(&extra);
	buf_release(&query);
	return ok;
}

static bool try_without(struct gql_compare *c, struct change *x, const struct gql_input_place *at, const struct gql_member *m)
{
	struct buf query;
	buf_init(&query, TEXT_MAX);
	bool ok = try_place(c, x, at, m, STR(""), STR(""), &query);
	buf_release(&query);
	return ok;
}

static struct str default_words(struct gql_compare *c, const struct gql_member *m)
{
	return m->default_value ? gql_text(c, "valid; `%.*s` is %.*s", STR_FMT(m->name), STR_FMT(gql_value_text(&c->scratch, m->default_value))) :
				  gql_text(c, "valid; `%.*s` is not given", STR_FMT(m->name));
}

static void witness_default(struct gql_compare *c, struct change *x, const struct gql_input_place *at, const struct gql_member *m, const struct gql_member *n)
{
	struct buf query;
	buf_init(&query, TEXT_MAX);
	if (try_place(c, NULL, at, m, STR(""), STR(""), &query))
		gql_prove_other(c, x, buf_str(&query), default_words(c, m), default_words(c, n));
	buf_release(&query);
}

void gql_witness_input(struct gql_compare *c, struct change *x, const struct gql_input_place *at, enum gql_given_break how, const struct gql_member *m, const struct gql_member *n)
{
	switch (how) {
	case GQL_BREAK_REMOVED:
		if (!try_given(c, x, at, m, NULL, NULL)) {
			struct gql_ref sure = m->type;
			sure.nonnull |= 1;
			try_given(c, x, at, m, "$x", &sure);
		}
		break;
	case GQL_BREAK_REQUIRED:
		if (!try_without(c, x, at, n) && m) {
			struct gql_ref loose = m->type; /* a variable that may be null could stand where there was a default */
			loose.nonnull &= ~1u;
			try_given(c, x, at, m, "$x", &loose);
		}
		break;
	case GQL_BREAK_TYPE: {
		struct gql_ref sure = m->type; /* of a @oneOf input variables must not be null */
		sure.nonnull |= 1;
		if (try_given(c, x, at, m, "$x", &m->type) || try_given(c, x, at, m, "$x", &sure) || (gql_required(n) && try_without(c, x, at, m)) || try_given(c, x, at, m, "null", NULL) || try_given(c, x, at, m, "[null]", NULL))
			break;
		try_given(c, x, at, m, NULL, NULL);
		break;
	}
	case GQL_BREAK_DEFAULT:
		witness_default(c, x, at, m, n);
		break;
	}
}

/* No field, two together, or null. */
void gql_witness_one_of(struct gql_compare *c, struct change *x, const struct gql_type *t)
{
	struct buf query, value;
	buf_init(&query, TEXT_MAX);
	buf_init(&value, TEXT_MAX);
	bool done = gql_write_given(c, &query, t, STR(""), STR("{}")) && gql_prove(c, x, buf_str(&query));
	for (uint32_t i = 0; !done && i < t->members.count && i < TRIES_MAX; i++) {
		buf_clear(&query);
		buf_clear(&value);
		buf_printf(&value, "{%.*s: null}", STR_FMT(t->members.items[i].name));
		done = gql_write_given(c, &query, t, STR(""), buf_str(&value)) && gql_prove(c, x, buf_str(&query));
		if (done || i + 1 == t->members.count)
			break;
		buf_clear(&query);
		buf_clear(&value);
		buf_printf(&value, "{%.*s: ", STR_FMT(t->members.items[i].name));
		bool ok = gql_write_value(c, &value, &t->members.items[i].type, NULL);
		buf_printf(&value, ", %.*s: ", STR_FMT(t->members.items[i + 1].name));
		ok = ok && gql_write_value(c, &value, &t->members.items[i + 1].type, NULL);
		buf_char(&value, '}');
		done = ok && buf_ok(&value) && gql_write_given(c, &query, t, STR(""), buf_str(&value)) && gql_prove(c, x, buf_str(&query));
	}
	buf_release(&value);
	buf_release(&query);
}

/* ---- types ---- */

static bool try_way(struct gql_compare *c, struct change *x, const struct gql_type *t, const struct gql_type *on)
{
	struct buf way, inner;
	buf_init(&way, TEXT_MAX);
	buf_init(&inner, TEXT_MAX);
	buf_printf(&inner, "... on %.*s { __typename }", STR_FMT(on->name));
	bool ok = gql_write_way(c, &way, t, STR(""), buf_str(&inner)) && gql_prove(c, x, buf_str(&way));
	buf_release(&inner);
	buf_release(&way);
	return ok;
}

void gql_witness_spread(struct gql_compare *c, struct change *x, const struct gql_type *a, const struct gql_type *b)
{
	if (gql_clean(c, a) && try_way(c, x, a, b))
		return;
	if (gql_clean(c, b))
		try_way(c, x, b, a);
}

static bool witness_given_type(struct gql_compare *c, struct change *x, const struct gql_type *t)
{
	struct buf b, variables, value;
	const struct gql_ref *at = c->given[t->id].argument ? &c->given[t->id].argument->type : NULL;
	if (!at)
		return false;
	const struct gql_ref plain = { .name = t->name, .type = (struct gql_type *)(uintptr_t)t, .nonnull = 1 };
	buf_init(&b, TEXT_MAX);
	buf_init(&variables, TEXT_MAX);
	buf_init(&value, TEXT_MAX);
	buf_add(&variables, STR("$x: "));
	gql_ref_write(&variables, at);
	bool ok = gql_write_given(c, &b, t, buf_str(&variables), STR("$x")) && gql_prove(c, x, buf_str(&b));
	if (!ok && gql_write_value(c, &value, &plain, NULL)) {
		buf_clear(&b);
		ok = gql_write_given(c, &b, t, STR(""), buf_str(&value)) && gql_prove(c, x, buf_str(&b));
	}
	buf_release(&value);
	buf_release(&variables);
	buf_release(&b);
	return ok;
}

void gql_witness_type(struct gql_compare *c, struct change *x, const struct gql_type *t)
{
	const struct gql_step *s = &c->steps[t->id];
	if (s->kind == GQL_STEP_FIELD) {
		const struct gql_member *n = now_of(c, s->from, s->field);
		if (try_field(c, x, s->from, s->field, gql_is_composite(t) ? STR(" { __typename }") : STR("")) || (gql_is_composite(t) && try_inside(c, x, s->from, s->field)) ||
			(n && !gql_renamed(c, t) && try_answers(c, x, s->from, s->field, n)))
			return;
	}
	if (gql_is_composite(t) && ((s->kind == GQL_STEP_SPREAD && try_way(c, x, s->from, t)) || try_way(c, x, t, t)))
		return;
	witness_given_type(c, x, t);
}

void gql_witness_enum(struct gql_compare *c, struct change *x, const struct gql_type *t, struct str value, bool added)
{
	struct buf b;
	const struct gql_step *s = &c->steps[t->id];
	buf_init(&b, TEXT_MAX);
	if (!added) {
		if (gql_write_given(c, &b, t, STR(""), value))
			gql_prove(c, x, buf_str(&b));
	} else if (s->kind == GQL_STEP_FIELD) {
		json_quote(&b, value);
		try_answer(c, x, s->from, s->field, s->field->type.lists, buf_str(&b));
	}
	buf_release(&b);
}

void gql_witness_new_type(struct gql_compare *c, struct change *x, const struct gql_type *abstract, struct str name)
{
	struct buf way, answer;
	buf_init(&way, TEXT_MAX);
	buf_init(&answer, TEXT_MAX);
	struct str object = gql_text(c, "\"__typename\":\"%.*s\"", STR_FMT(name));
	if (gql_write_way(c, &way, abstract, STR(""), STR("__typename")) && gql_write_answer(c, &answer, abstract, NULL, object))
		gql_prove_answer(c, x, buf_str(&way), buf_str(&answer));
	buf_release(&answer);
	buf_release(&way);
}

void gql_witness_directive(struct gql_compare *c, struct change *x, const struct gql_directive *d, uint32_t locations, bool twice)
{
	struct buf b, use;
	buf_init(&b, TEXT_MAX);
	buf_init(&use, TEXT_MAX);
	bool ok = gql_write_directive_use(c, &use, d, NULL, STR(""));
	if (twice) {
		buf_char(&use, ' ');
		ok = ok && gql_write_directive_use(c, &use, d, NULL, STR(""));
	}
	for (int i = 0; ok && i < GQL_AT_SCHEMA && x->witness.state != WITNESS_PROVED; i++) {
		buf_clear(&b);
		if ((locations >> i & 1) && gql_write_directive_place(c, &b, (enum gql_location)i, STR(""), buf_str(&use)))
			gql_prove(c, x, buf_str(&b));
	}
	buf_release(&use);
	buf_release(&b);
}
