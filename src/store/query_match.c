/* Running a query's tree on rows. A row is looked at in its encoded form; nothing is allocated but what the scratch buf takes to show a number
 * as text. Trees lean left; a text of QUERY_MAX_TEXT bytes makes at most half as many levels. */
#include "store/query.h"

struct match {
	const struct query_row *r;
	const struct query_extra *extra;
	struct row_parts p;
	struct buf *scratch;
};

uint8_t level_index(uint8_t severity)
{
	unsigned level = severity == 0 || severity > 24 ? 0 : (severity - 1u) / 4 + 1;
	return (uint8_t)level;
}

struct str level_name(uint8_t level)
{
	/* The least severity of each. */
	return severity_name(level ? (uint8_t)(4 * level - 3) : SEVERITY_NONE);
}

static uint8_t severity_of(const struct row_head *h)
{
	if (h->kind == ROW_LOG)
		return h->severity;
	return h->status == SPAN_ERROR ? SEVERITY_ERROR : SEVERITY_NONE;
}

uint8_t row_level(const struct row_head *h) { return level_index(severity_of(h)); }

/* --- fields -------------------------------------------------------------------------------------------------------------------------- */

bool query_level_matches(const struct query_node *n, uint8_t s)
{
	if (n->compare == QUERY_PRESENT)
		return s != 0;
	if (n->compare == QUERY_REGEX || n->compare == QUERY_EXACT)
		return query_text_matches(n, severity_name(s));
	return (s >= n->low && s <= n->high) == (n->compare != QUERY_NOT_EQUAL);
}

static bool id_matches(const struct query_node *n, bool present, const uint8_t *id, const void *wanted, size_t size)
{
	char hex[32];
	if (n->compare == QUERY_PRESENT)
		return present;
	if (n->compare == QUERY_REGEX || n->compare == QUERY_EXACT) {
		hex_encode(hex, id, size);
		return present && query_text_matches(n, str_from(hex, 2 * size));
	}
	return (present && memcmp(id, wanted, size) == 0) == (n->compare != QUERY_NOT_EQUAL);
}

static bool hex_has(const struct query_node *n, const uint8_t *id, size_t size)
{
	char hex[32];
	hex_encode(hex, id, size);
	return query_text_matches(n, str_from(hex, 2 * size));
}

bool query_ids_match(const struct query_node *n, const struct row_head *h)
{
	if (n->op == QUERY_FIELD)
		return n->field == FIELD_TRACE ? id_matches(n, h->has_trace, h->trace.b, &n->trace, sizeof(n->trace))
					       : id_matches(n, h->has_span, h->span.b, &n->span, sizeof(n->span));
	if (h->has_trace && ((n->is_trace && trace_id_eq(&n->trace, &h->trace)) || hex_has(n, h->trace.b, sizeof(h->trace.b))))
		return true;
	return h->has_span && hex_has(n, h->span.b, sizeof(h->span.b));
}

/* An attribute by its name or, with dots, within one that is JSON. The first that matches counts where a name stands more than once. */
static bool find_attr(struct attrs it, const struct query_node *n, struct buf *scratch, bool *found)
{
	struct attr a;
	struct value inner;
	bool dotted = str_find_char(n->name, '.') != SIZE_MAX;
	while (attrs_next(&it, &a)) {
		if (str_eq(a.key, n->name)) {
			*found = true;
			if (query_value_matches(n, &a.value, scratch))
				return true;
		} else if (dotted && a.value.type == VALUE_JSON && query_path_begins(a.key, n->name) &&
			   query_json_path(a.value.s, str_skip(n->name, a.key.len + 1), &inner, scratch)) {
			*found = true;
			if (query_value_matches(n, &inner, scratch))
				return true;
		}
	}
	return false;
}

/* Whether the row has the attribute; *hit: and whether it matches. */
static bool has_attribute(struct match *m, const struct query_node *n, bool *hit)
{
	bool found = false;
	struct attrs it;
	*hit = find_attr(m->p.attrs, n, m->scratch, &found);
	if (!found && m->r->resource_bytes.len && resource_attrs(m->r->resource_bytes, &it))
		*hit = find_attr(it, n, m->scratch, &found);
	return found;
}

static bool match_attribute(struct match *m, const struct query_node *n)
{
	bool hit;
	/* "not equal" also holds for rows without the field. */
	return has_attribute(m, n, &hit) ? hit : query_absent_matches(n);
}

static struct str kind_name(const struct row_parts *p)
{
	static const struct str names[] = { STR_INIT("unspecified"), STR_INIT("internal"), STR_INIT("server"),
					    STR_INIT("client"), STR_INIT("producer"), STR_INIT("consumer") };
	if (p->head.kind == ROW_LOG)
		return STR("log");
	return names[p->kind <= SPAN_CONSUMER ? p->kind : 0];
}

static bool match_text_field(const struct query_node *n, struct str s) { return s.len ? query_text_matches(n, s) : query_absent_matches(n); }

static bool match_status(struct match *m, const struct query_node *n)
{
	static const struct str names[] = { STR_INIT("unset"), STR_INIT("ok"), STR_INIT("error") };
	return m->p.head.kind == ROW_LOG ? query_absent_matches(n) : query_text_matches(n, names[m->p.head.status]);
}

static bool match_duration(struct match *m, const struct query_node *n)
{
	struct value v = { .type = VALUE_INT, .i = m->p.duration };
	return m->p.head.kind == ROW_SPAN ? query_value_matches(n, &v, m->scratch) : query_absent_matches(n);
}

static bool match_field(struct match *m, const struct query_node *n)
{
	const struct row_head *h = &m->p.head;
	bool hit;
	if (n->attribute_first && has_attribute(m, n, &hit))
		return hit;
	switch (n->field) {
	case FIELD_SERVICE: return match_text_field(n, m->r->resource->service);
	case FIELD_VERSION: return match_text_field(n, m->r->resource->version);
	case FIELD_INSTANCE: return match_text_field(n, m->r->resource->instance);
	case FIELD_LEVEL: return query_level_matches(n, severity_of(h));
	case FIELD_TRACE:
	case FIELD_SPAN: return query_ids_match(n, h);
	case FIELD_PARENT: return id_matches(n, !span_id_is_zero(&m->p.parent), m->p.parent.b, &n->span, sizeof(n->span));
	case FIELD_BODY: return match_text_field(n, m->p.body);
	case FIELD_KIND: return query_text_matches(n, kind_name(&m->p));
	case FIELD_STATUS: return match_status(m, n);
	case FIELD_SCOPE: return match_text_field(n, m->p.scope);
	case FIELD_DURATION: return match_duration(m, n);
	case FIELD_ATTRIBUTE: return match_attribute(m, n);
	}
	return false;
}

/* --- fields that pipes made ------------------------------------------------------------------------------------------------------------ */

static bool match_made(struct match *m, const struct query_node *n, const struct value *v)
{
	struct trace_id trace;
	struct span_id span;
	buf_clear(m->scratch);
	value_text(m->scratch, v);
	struct str text = buf_str(m->scratch);
	switch (n->field) {
	case FIELD_LEVEL: return query_level_matches(n, severity_parse(text));
	case FIELD_TRACE: return id_matches(n, trace_id_parse(&trace, text), trace.b, &n->trace, sizeof(trace));
	case FIELD_SPAN:
	case FIELD_PARENT: return id_matches(n, span_id_parse(&span, text), span.b, &n->span, sizeof(span));
	default: return query_value_matches(n, v, m->scratch);
	}
}

static bool match_extra(struct match *m, const struct query_node *n, bool *found)
{
	for (size_t i = 0; i < m->extra->count; i++) {
		const struct attr *a = &m->extra->attrs[i];
		if (str_eq(a->key, n->name)) {
			*found = a->value.type != VALUE_EMPTY;
			return *found && match_made(m, n, &a->value);
		}
	}
	return false;
}

/* --- leaves ------------------------------------------------------------------------------------------------------------------------------ */

static bool any_value(struct match *m, const struct query_node *n, struct attrs it)
{
	struct attr a;
	while (attrs_next(&it, &a))
		if (query_value_matches(n, &a.value, m->scratch))
			return true;
	return false;
}

static bool match_text(struct match *m, const struct query_node *n)
{
	const struct resource *who = m->r->resource;
	struct attrs it;
	for (size_t i = 0; i < m->extra->count; i++)
		if (query_value_matches(n, &m->extra->attrs[i].value, m->scratch))
			return true;
	if (m->extra->alone)
		return false;
	if (query_text_matches(n, m->p.body) || any_value(m, n, m->p.attrs) || query_ids_match(n, &m->p.head))
		return true;
	if (query_text_matches(n, who->service) || query_text_matches(n, who->version) || query_text_matches(n, who->instance))
		return true;
	if (m->p.head.kind == ROW_SPAN && (query_text_matches(n, m->p.status_message) || query_text_matches(n, m->p.scope)))
		return true;
	return resource_attrs(m->r->resource_bytes, &it) && any_value(m, n, it);
}

static bool match_leaf(struct match *m, const struct query_node *n)
{
	bool found = false;
	if (n->op == QUERY_TEXT)
		return match_text(m, n);
	bool hit = match_extra(m, n, &found);
	if (found)
		return hit;
	return m->extra->alone ? query_absent_matches(n) : match_field(m, n);
}

static bool match(struct match *m, const struct query_node *n)
{
	switch (n->op) {
	case QUERY_ALL: return true;
	case QUERY_AND: return match(m, n->left) && match(m, n->right);
	case QUERY_OR: return match(m, n->left) || match(m, n->right);
	case QUERY_NOT: return !match(m, n->left);
	case QUERY_TEXT:
	case QUERY_FIELD: return match_leaf(m, n);
	}
	return false;
}

bool query_node_matches(const struct query_node *n, const struct query_row *r, const struct query_extra *extra, struct buf *scratch)
{
	static const struct resource nobody = { { "", 0 }, { "", 0 }, { "", 0 }, NULL, 0 };
	static const struct query_row none = { &nobody, { "", 0 }, { "", 0 } };
	struct match m = { .r = r ? r : &none, .extra = extra, .scratch = scratch };
	return (extra->alone || row_parts(m.r->row, &m.p)) && match(&m, n);
}

bool query_matches(const struct query *q, const struct query_row *r, struct buf *scratch)
{
	static const struct query_extra nothing;
	return query_node_matches(q->root, r, &nothing, scratch);
}

/* --- what a whole block cannot hold ---------------------------------------------------------------------------------------------------- */

enum tri { NEVER, MAYBE, ALWAYS };

static enum tri of(bool b) { return b ? ALWAYS : NEVER; }

static enum tri may_level(const struct query_node *n, uint8_t mask)
{
	if (n->compare == QUERY_PRESENT || n->compare == QUERY_NOT_EQUAL || n->compare == QUERY_REGEX || n->compare == QUERY_EXACT)
		return MAYBE;
	for (uint8_t i = 0; i < LEVEL_COUNT; i++) {
		uint8_t low = (uint8_t)(i ? 4 * i - 3 : 0), high = (uint8_t)(4 * i);
		if ((mask >> i & 1) && n->low <= high && n->high >= low)
			return MAYBE;
	}
	return NEVER;
}

static enum tri may_field(const struct query_node *n, const struct resource *names, uint8_t mask)
{
	switch (n->field) {
	case FIELD_SERVICE: return of(match_text_field(n, names->service));
	case FIELD_VERSION: return of(match_text_field(n, names->version));
	case FIELD_INSTANCE: return of(match_text_field(n, names->instance));
	case FIELD_LEVEL: return may_level(n, mask);
	default: return MAYBE;
	}
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
		return may_field(n, names, mask);
	default:
		return MAYBE;
	}
}

bool query_may_match(const struct query *q, const struct resource *names, uint8_t level_mask)
{
	return may(q->root, names, level_mask) != NEVER;
}
