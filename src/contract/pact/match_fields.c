/* Query parameters, headers, metadata, paths and status: what is not a body. */
#include "contract/pact/match_impl.h"

/* The rules of one name, or of one value of it. */
static struct pact_force force_of(struct pact_matching *m, struct str name, bool index, uint32_t i)
{
	struct pact_force f = { 0 };
	if (!pact_push(m, PACT_STEP_NAME, name, 0))
		return f;
	if (index && pact_push(m, PACT_STEP_INDEX, (struct str){ NULL, 0 }, i)) {
		f = pact_force_here(m);
		pact_pop(m, 1);
	} else {
		f = pact_force_here(m);
	}
	pact_pop(m, 1);
	return f;
}

static struct str joined(struct pact_matching *m, const struct pact_field *f)
{
	struct buf b;
	if (f->count == 1)
		return f->values[0];
	buf_init(&b, 1 << 20);
	for (uint32_t i = 0; i < f->count; i++) {
		buf_add(&b, i ? STR(", ") : STR(""));
		buf_add(&b, f->values[i]);
	}
	struct str s = arena_str(m->scratch, buf_str(&b));
	buf_release(&b);
	return s.p ? s : STR("");
}

/* A list's bounds: of a parameter with several values, by the type matcher. */
static bool count_fits(struct pact_matching *m, struct pact_force f, const struct pact_field *e, const struct pact_field *a)
{
	if (!f.count || f.cascaded)
		return e->count == a->count || pact_differs(m, joined(m, e), joined(m, a), "expected %u values of %.*s but there are %u", e->count, STR_FMT(str_sub(e->name, 0, 200)), a->count);
	for (uint32_t i = 0; i < f.count; i++) {
		const struct pact_matcher *k = &f.matchers[i];
		if (k->kind == PACT_TYPE && k->has_min && a->count < k->min)
			return pact_differs(m, joined(m, e), joined(m, a), "expected at least %llu values of %.*s", (unsigned long long)k->min, STR_FMT(str_sub(e->name, 0, 200)));
		if (k->kind == PACT_TYPE && k->has_max && a->count > k->max)
			return pact_differs(m, joined(m, e), joined(m, a), "expected at most %llu values of %.*s", (unsigned long long)k->max, STR_FMT(str_sub(e->name, 0, 200)));
		if (k->kind == PACT_EQUALITY && e->count != a->count)
			return pact_differs(m, joined(m, e), joined(m, a), "expected %u values of %.*s but there are %u", e->count, STR_FMT(str_sub(e->name, 0, 200)), a->count);
	}
	return true;
}

static bool parameter(struct pact_matching *m, const struct pact_field *e, const struct pact_field *a)
{
	m->name = e->name;
	bool ok = count_fits(m, force_of(m, e->name, false, 0), e, a);
	for (uint32_t i = 0; (ok || m->out) && i < a->count && e->count; i++) {
		struct pact_force f = force_of(m, e->name, true, i);
		if (i >= e->count && !f.count)
			break; /* told by the count */
		ok = pact_text_fits(m, f, i < e->count ? e->values[i] : e->values[0], a->values[i]) && ok;
	}
	return ok;
}

bool pact_query_compare(struct pact_matching *m, const struct pact_fields *e, const struct pact_fields *a)
{
	bool ok = true;
	for (uint32_t i = 0; (ok || m->out) && i < e->count; i++) {
		const struct pact_field *there = pact_field(a, e->items[i].name);
		m->name = e->items[i].name;
		if (there)
			ok = parameter(m, &e->items[i], there) && ok;
		else if (e->items[i].count)
			ok = pact_differs(m, joined(m, &e->items[i]), (struct str){ NULL, 0 }, "the query parameter %.*s is missing", STR_FMT(str_sub(m->name, 0, 200)));
	}
	for (uint32_t i = 0; (ok || m->out) && !m->more && i < a->count; i++) {
		m->name = a->items[i].name;
		if (!pact_field(e, m->name))
			ok = pact_differs(m, (struct str){ NULL, 0 }, joined(m, &a->items[i]), "the query parameter %.*s is not expected", STR_FMT(str_sub(m->name, 0, 200)));
	}
	m->name = STR("");
	return ok;
}

/* a;b=c: the value and its parameters, in any order; every expected parameter must be there. "charset" is compared without case. */
static struct str parameter_of(struct str header, struct str name)
{
	struct str rest = header;
	str_split(&rest, ';');
	while (rest.p) {
		struct str pair = str_strip(str_split(&rest, ';'));
		size_t eq = str_find_char(pair, '=');
		if (str_eq_ci(str_strip(str_sub(pair, 0, eq)), name))
			return eq == SIZE_MAX ? STR("") : str_strip(str_skip(pair, eq + 1));
	}
	return (struct str){ NULL, 0 };
}

static bool with_parameters(struct str e, struct str a)
{
	struct str rest = e, other = a;
	struct str first = str_strip(str_split(&rest, ';')), second = str_strip(str_split(&other, ';'));
	if (!str_eq(first, second))
		return false;
	while (rest.p) {
		struct str pair = str_strip(str_split(&rest, ';'));
		size_t eq = str_find_char(pair, '=');
		struct str name = str_strip(str_sub(pair, 0, eq)), value = eq == SIZE_MAX ? STR("") : str_strip(str_skip(pair, eq + 1));
		struct str there = parameter_of(a, name);
		if (name.len && (!there.p || !(str_eq_ci(name, STR("charset")) ? str_eq_ci(value, there) : str_eq(value, there))))
			return false;
	}
	return true;
}

/* a, b and a,b are the same list. */
static bool same_list(struct str e, struct str a)
{
	struct str x = e, y = a;
	while (x.p && y.p)
		if (!str_eq(str_strip(str_split(&x, ',')), str_strip(str_split(&y, ','))))
			return false;
	return x.p == NULL && y.p == NULL;
}

static bool header_equal(struct str name, struct str e, struct str a)
{
	if (str_eq(e, a) || same_list(e, a))
		return true;
	return (str_eq_ci(name, STR("content-type")) || str_eq_ci(name, STR("accept"))) && with_parameters(e, a);
}

/* A rule of a header with several values may be meant for each of them or for all together. */
static bool header_by_rule(struct pact_matching *m, const struct pact_field *e, const struct pact_field *a, struct pact_force f)
{
	struct pact_mark before = pact_mark(m);
	struct str all = joined(m, a), example = joined(m, e);
	if (pact_text_fits(m, f, example, all))
		return true;
	struct str rest = all;
	size_t n = 0;
	bool each = true;
	struct pact_mismatches *told = m->out;
	m->out = NULL;
	while (each && rest.p) {
		n++;
		each = pact_text_fits(m, f, e->count ? e->values[0] : STR(""), str_strip(str_split(&rest, ',')));
	}
	m->out = told;
	if (each && n > 1)
		pact_rewind(m, before);
	return each && n > 1;
}

static bool header(struct pact_matching *m, const struct pact_field *e, const struct pact_field *a)
{
	struct pact_force f = force_of(m, e->name, false, 0);
	m->name = e->name;
	if (!f.count)
		f = force_of(m, e->name, true, 0);
	if (f.count)
		return header_by_rule(m, e, a, f);
	struct str x = joined(m, e), y = joined(m, a);
	return header_equal(e->name, x, y) || pact_differs(m, x, y, "expected the header %.*s: '%.*s' but got '%.*s'", STR_FMT(str_sub(e->name, 0, 100)),
		STR_FMT(str_sub(x, 0, 200)), STR_FMT(str_sub(y, 0, 200)));
}

/* Rules of headers name them in any case. */
static void rename_rules(struct pact_matching *m, const struct pact_fields *e, struct pact_rules *own)
{
	struct pact_rule *items = ARENA_ARRAY(m->scratch, m->rules->count ? m->rules->count : 1, struct pact_rule);
	*own = *m->rules;
	if (!items)
		return;
	for (uint32_t i = 0; i < m->rules->count; i++) {
		items[i] = m->rules->items[i];
		const struct pact_field *f = items[i].path.count ? pact_field_ci(e, items[i].path.steps[0].name) : NULL;
		struct pact_step *steps = f ? ARENA_ARRAY(m->scratch, items[i].path.count, struct pact_step) : NULL;
		if (!steps)
			continue;
		memcpy(steps, items[i].path.steps, items[i].path.count * sizeof(*steps));
		steps[0].name = f->name;
		items[i].path.steps = steps;
	}
	own->items = items;
}

/* Several lines of one name are one header. */
static struct pact_field gathered(struct pact_matching *m, const struct pact_fields *a, struct str name)
{
	uint32_t n = 0;
	struct pact_field all = { .name = name };
	for (uint32_t i = 0; i < a->count; i++)
		if (str_eq_ci(a->items[i].name, name))
			n += a->items[i].count;
	struct str *values = n ? ARENA_ARRAY(m->scratch, n, struct str) : NULL;
	for (uint32_t i = 0; values && i < a->count; i++)
		for (uint32_t k = 0; str_eq_ci(a->items[i].name, name) && k < a->items[i].count; k++)
			values[all.count++] = a->items[i].values[k];
	all.values = values;
	return all;
}

bool pact_headers_compare(struct pact_matching *m, const struct pact_fields *e, const struct pact_fields *a)
{
	struct pact_rules own;
	bool ok = true;
	if (m->rules->count) {
		rename_rules(m, e, &own);
		m->rules = &own;
	}
	for (uint32_t i = 0; (ok || m->out) && i < e->count; i++) {
		const struct pact_field *f = &e->items[i];
		struct pact_field there = gathered(m, a, f->name);
		m->name = f->name;
		if (there.count)
			ok = header(m, f, &there) && ok;
		else if (f->count)
			ok = pact_differs(m, joined(m, f), (struct str){ NULL, 0 }, "the header %.*s is missing", STR_FMT(str_sub(f->name, 0, 100)));
	}
	m->name = STR("");
	return ok;
}

static bool is_content_type(struct str name) { return str_eq_ci(name, STR("contentType")) || str_eq_ci(name, STR("content-type")); }

static struct doc as_doc(const struct pact_field *f)
{
	if (f->node)
		return *f->node;
	return pact_text_doc(f->count ? f->values[0] : STR(""));
}

static bool metadatum(struct pact_matching *m, const struct pact_field *e, const struct pact_field *a)
{
	struct pact_force f = force_of(m, e->name, false, 0);
	struct doc x = as_doc(e), y = as_doc(a);
	if (!f.count && is_content_type(e->name) && e->count && a->count)
		return with_parameters(e->values[0], a->values[0]) || pact_differs(m, e->values[0], a->values[0], "expected the content type '%.*s' but got '%.*s'",
			STR_FMT(str_sub(e->values[0], 0, 200)), STR_FMT(str_sub(a->values[0], 0, 200)));
	/* Metadata may have come through headers, where all is text. */
	if (!f.count && x.type != DOC_STRING && y.type == DOC_STRING)
		return str_eq(joined(m, e), joined(m, a)) || pact_scalar(m, f, &x, &y);
	return pact_scalar(m, f, &x, &y);
}

bool pact_metadata_compare(struct pact_matching *m, const struct pact_fields *e, const struct pact_fields *a)
{
	bool ok = true;
	for (uint32_t i = 0; (ok || m->out) && i < e->count; i++) {
		const struct pact_field *f = &e->items[i], *there = pact_field(a, f->name);
		m->name = f->name;
		if (!there && is_content_type(f->name))
			there = pact_field_ci(a, STR("contentType")) ? pact_field_ci(a, STR("contentType")) : pact_field_ci(a, STR("content-type"));
		if (there)
			ok = metadatum(m, f, there) && ok;
		else if (!is_content_type(f->name)) /* the body's own comparison sees to it */
			ok = pact_differs(m, joined(m, f), (struct str){ NULL, 0 }, "the metadata \"%.*s\" is missing", STR_FMT(str_sub(f->name, 0, 100)));
	}
	m->name = STR("");
	return ok;
}

bool pact_path_compare(struct pact_matching *m, struct str e, struct str a)
{
	struct pact_force f = pact_force_here(m);
	struct str decoded = pact_percent_decode(m->scratch, a, false), expected = pact_percent_decode(m->scratch, e, false);
	if (f.count) {
		struct pact_mark before = pact_mark(m);
		if (pact_text_fits(m, f, e, a))
			return true;
		if (str_eq(decoded, a) || !pact_text_fits(m, f, e, decoded))
			return false;
		pact_rewind(m, before);
		return true;
	}
	return str_eq(e, a) || (decoded.p && str_eq(expected, decoded)) ||
	       pact_differs(m, e, a, "expected the path '%.*s' but got '%.*s'", STR_FMT(str_sub(e, 0, 200)), STR_FMT(str_sub(a, 0, 200)));
}

bool pact_status_compare(struct pact_matching *m, uint16_t e, uint16_t a)
{
	struct pact_force f = pact_force_here(m);
	struct doc expected = { .type = DOC_INT, .i = e }, actual = { .type = DOC_INT, .i = a };
	if (f.count)
		return pact_scalar(m, f, &expected, &actual);
	return !e || e == a || pact_differs(m, pact_show(m, &expected), pact_show(m, &actual), "expected status %u but got %u", e, a);
}
