/* Running a query's tree on rows. A row is looked at in its encoded form; nothing is allocated but what the scratch buf takes to show
 * a number as text. Trees lean left and are at most QUERY_MAX_TEXT nodes deep there, so recursion goes to the right and loops go left. */
#include "store/query.h"
#include <math.h>

struct match {
	const struct query_row *r;
	struct row_parts p;
	struct buf *scratch;
};

uint8_t level_index(uint8_t severity)
{
	unsigned level = severity == 0 || severity > 24 ? 0 : (severity - 1u) / 4 + 1;
	return (uint8_t)level;
}

static uint8_t severity_of(const struct row_head *h)
{
	if (h->kind == ROW_LOG)
		return h->severity;
	return h->status == SPAN_ERROR ? SEVERITY_ERROR : SEVERITY_NONE;
}

uint8_t row_level(const struct row_head *h) { return level_index(severity_of(h)); }

/* --- values -------------------------------------------------------------------------------------------------------------------------- */

static struct str as_text(const struct value *v, struct buf *scratch)
{
	if (v->type == VALUE_STR || v->type == VALUE_JSON)
		return v->s;
	buf_clear(scratch);
	value_text(scratch, v);
	return buf_str(scratch);
}

static bool as_number(const struct value *v, double *out)
{
	switch (v->type) {
	case VALUE_INT: *out = (double)v->i; return true;
	case VALUE_DOUBLE: *out = v->d; return true;
	case VALUE_STR: return v->s.len < 40 && str_to_f64(v->s, out);
	default: return false;
	}
}

static bool holds(enum query_compare c, int order)
{
	switch (c) {
	case QUERY_EQUAL: return order == 0;
	case QUERY_NOT_EQUAL: return order != 0;
	case QUERY_LESS: return order < 0;
	case QUERY_LESS_EQUAL: return order <= 0;
	case QUERY_GREATER: return order > 0;
	case QUERY_GREATER_EQUAL: return order >= 0;
	case QUERY_PRESENT: return true;
	}
	return false;
}

static bool text_equal(const struct query_node *n, struct str s)
{
	if (n->star_before && n->star_after)
		return str_find_ci(s, n->text) != SIZE_MAX;
	if (s.len < n->text.len)
		return false;
	if (n->star_before)
		return str_eq_ci(str_skip(s, s.len - n->text.len), n->text);
	if (n->star_after)
		return str_eq_ci(str_sub(s, 0, n->text.len), n->text);
	return str_eq_ci(s, n->text);
}

static bool compare_text(const struct query_node *n, struct str s)
{
	if (n->compare == QUERY_PRESENT)
		return s.len > 0;
	if (n->compare == QUERY_EQUAL || n->compare == QUERY_NOT_EQUAL)
		return text_equal(n, s) == (n->compare == QUERY_EQUAL);
	return holds(n->compare, str_cmp(s, n->text));
}

static bool compare_number(const struct query_node *n, double v)
{
	if (isnan(v))
		return n->compare == QUERY_NOT_EQUAL || n->compare == QUERY_PRESENT;
	return holds(n->compare, v < n->number ? -1 : v > n->number);
}

static bool compare_value(const struct query_node *n, const struct value *v, struct buf *scratch)
{
	double number;
	if (n->compare == QUERY_PRESENT)
		return v->type != VALUE_EMPTY;
	if (n->is_number && !n->star_before && !n->star_after && as_number(v, &number))
		return compare_number(n, number);
	/* Order between a number and something else means nothing. */
	if (n->is_number && n->compare >= QUERY_LESS)
		return false;
	return compare_text(n, as_text(v, scratch));
}

/* --- leaves -------------------------------------------------------------------------------------------------------------------------- */

static bool find_attr(struct attrs it, const struct query_node *n, struct buf *scratch, bool *found)
{
	struct attr a;
	bool hit = false;
	while (!hit && attrs_next(&it, &a)) {
		if (!str_eq(a.key, n->name))
			continue;
		*found = true;
		hit = compare_value(n, &a.value, scratch);
	}
	return hit;
}

static bool match_attribute(struct match *m, const struct query_node *n)
{
	bool found = false;
	struct attrs it;
	if (find_attr(m->p.attrs, n, m->scratch, &found))
		return true;
	if (!found && resource_attrs(m->r->resource_bytes, &it) && find_attr(it, n, m->scratch, &found))
		return true;
	/* "not equal" also holds for rows without the field. */
	return !found && n->compare == QUERY_NOT_EQUAL;
}

static bool match_level(const struct row_head *h, const struct query_node *n)
{
	uint8_t s = severity_of(h);
	if (n->compare == QUERY_PRESENT)
		return s != 0;
	return (s >= n->low && s <= n->high) == (n->compare != QUERY_NOT_EQUAL);
}

static bool match_id(const struct query_node *n, bool present, const void *id, const void *wanted, size_t size)
{
	if (n->compare == QUERY_PRESENT)
		return present;
	return (present && memcmp(id, wanted, size) == 0) == (n->compare == QUERY_EQUAL);
}

static struct str kind_name(const struct row_parts *p)
{
	static const struct str names[] = { STR_INIT("unspecified"), STR_INIT("internal"), STR_INIT("server"),
					    STR_INIT("client"), STR_INIT("producer"), STR_INIT("consumer") };
	if (p->head.kind == ROW_LOG)
		return STR("log");
	return names[p->kind <= SPAN_CONSUMER ? p->kind : 0];
}

static bool match_status(struct match *m, const struct query_node *n)
{
	static const struct str names[] = { STR_INIT("unset"), STR_INIT("ok"), STR_INIT("error") };
	bool found = false;
	/* Many services log an attribute called "status": it is meant when it is there. */
	bool hit = find_attr(m->p.attrs, n, m->scratch, &found);
	if (found)
		return hit;
	if (m->p.head.kind == ROW_LOG)
		return n->compare == QUERY_NOT_EQUAL;
	return compare_text(n, names[m->p.head.status]);
}

static bool match_field(struct match *m, const struct query_node *n)
{
	const struct row_head *h = &m->p.head;
	switch (n->field) {
	case FIELD_SERVICE: return compare_text(n, m->r->resource->service);
	case FIELD_VERSION: return compare_text(n, m->r->resource->version);
	case FIELD_INSTANCE: return compare_text(n, m->r->resource->instance);
	case FIELD_LEVEL: return match_level(h, n);
	case FIELD_TRACE: return match_id(n, h->has_trace, &h->trace, &n->trace, sizeof(h->trace));
	case FIELD_SPAN: return match_id(n, h->has_span, &h->span, &n->span, sizeof(h->span));
	case FIELD_PARENT: return match_id(n, !span_id_is_zero(&m->p.parent), &m->p.parent, &n->span, sizeof(n->span));
	case FIELD_BODY: return compare_text(n, m->p.body);
	case FIELD_KIND: return compare_text(n, kind_name(&m->p));
	case FIELD_STATUS: return match_status(m, n);
	case FIELD_SCOPE: return compare_text(n, m->p.scope.p ? m->p.scope : STR(""));
	case FIELD_DURATION: return h->kind == ROW_SPAN ? compare_number(n, (double)m->p.duration) : match_attribute(m, n);
	case FIELD_ATTRIBUTE: return match_attribute(m, n);
	}
	return false;
}

static bool match_text(struct match *m, const struct query_node *n)
{
	struct attrs it = m->p.attrs;
	struct attr a;
	if (str_find_ci(m->p.body, n->text) != SIZE_MAX)
		return true;
	if (m->p.status_message.len && str_find_ci(m->p.status_message, n->text) != SIZE_MAX)
		return true;
	while (attrs_next(&it, &a))
		if (str_find_ci(as_text(&a.value, m->scratch), n->text) != SIZE_MAX)
			return true;
	return false;
}

static bool match(struct match *m, const struct query_node *n)
{
	switch (n->op) {
	case QUERY_ALL: return true;
	case QUERY_AND: return match(m, n->left) && match(m, n->right);
	case QUERY_OR: return match(m, n->left) || match(m, n->right);
	case QUERY_NOT: return !match(m, n->left);
	case QUERY_TEXT: return match_text(m, n);
	case QUERY_FIELD: return match_field(m, n);
	}
	return false;
}

bool query_matches(const struct query *q, const struct query_row *r, struct buf *scratch)
{
	struct match m = { .r = r, .scratch = scratch };
	return row_parts(r->row, &m.p) && match(&m, q->root);
}

/* --- what a whole block cannot hold ---------------------------------------------------------------------------------------------------- */

enum tri { NEVER, MAYBE, ALWAYS };

static enum tri of(bool b) { return b ? ALWAYS : NEVER; }

static enum tri may_level(const struct query_node *n, uint8_t mask)
{
	if (n->compare == QUERY_PRESENT || n->compare == QUERY_NOT_EQUAL)
		return MAYBE;
	for (uint8_t i = 0; i < LEVEL_COUNT; i++) {
		uint8_t low = (uint8_t)(i ? 4 * i - 3 : 0), high = (uint8_t)(4 * i);
		if ((mask >> i & 1) && n->low <= high && n->high >= low)
			return MAYBE;
	}
	return NEVER;
}

static enum tri may(const struct query_node *n, const struct resource *names, uint8_t mask)
{
	enum tri a, b;
	switch (n->op) {
	case QUERY_ALL:
		return ALWAYS;
	case QUERY_AND:
		a = may(n->left, names, mask);
		b = a == NEVER ? NEVER : may(n->right, names, mask);
		return a < b ? a : b;
	case QUERY_OR:
		a = may(n->left, names, mask);
		b = a == ALWAYS ? ALWAYS : may(n->right, names, mask);
		return a > b ? a : b;
	case QUERY_NOT:
		return (enum tri)(ALWAYS - may(n->left, names, mask));
	case QUERY_FIELD:
		if (n->field == FIELD_SERVICE)
			return of(compare_text(n, names->service));
		if (n->field == FIELD_VERSION)
			return of(compare_text(n, names->version));
		if (n->field == FIELD_INSTANCE)
			return of(compare_text(n, names->instance));
		return n->field == FIELD_LEVEL ? may_level(n, mask) : MAYBE;
	default:
		return MAYBE;
	}
}

bool query_may_match(const struct query *q, const struct resource *names, uint8_t level_mask)
{
	return may(q->root, names, level_mask) != NEVER;
}
