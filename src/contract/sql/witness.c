/* Rows and queries that show a change. See compare.h. */
#include "contract/sql/compare.h"

enum { TEXT_MAX = 8192, LONG_MAX_TEXT = 4000, TRIAL_BYTES = 4 << 20 };

static void proved(struct sql_compare *c, struct change *x, enum witness_what what, struct str of, struct str text, const char *before, const char *after)
{
	x->witness = (struct witness){ WITNESS_PROVED, what, of, sql_text(c, "%.*s", STR_FMT(text)), sql_text(c, "%s", before), sql_text(c, "%s", after) };
}

bool sql_prove_query(struct sql_compare *c, struct change *x, struct str query)
{
	char before[256] = "works", after[256] = "works";
	if (!c->options->witnesses || x->level == CHANGE_INFO || !sql_query_works(c->before, query, before) || sql_query_works(c->after, query, after))
		return false;
	proved(c, x, WITNESS_QUERY, STR("a report's query"), query, "works", after);
	return true;
}

bool sql_prove_rows(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now, struct str rows, bool whole)
{
	char before[256] = "valid", after[256] = "valid";
	struct arena a;
	struct err e = { 0 };
	if (!c->options->witnesses || x->level == CHANGE_INFO)
		return false;
	arena_init(&a, TRIAL_BYTES);
	const struct json *j = json_parse(&a, rows, &e);
	bool was = j && sql_rows_fit(c->before, t, j, whole, before), is = j && sql_rows_fit(c->after, now, j, whole, after);
	arena_release(&a);
	if (!j || was == is)
		return false;
	proved(c, x, WITNESS_RECORD, sql_text(c, whole ? "rows of the table %.*s" : "columns of rows of the table %.*s", STR_FMT(now->name)), rows, before, after);
	return true;
}

/* ---- values ---- */

static void put_sample(struct json_out *o, const struct sql_type *t, int n)
{
	static const char *const times[] = { "2026-01-02 03:04:05", "2026-01-02 03:04:06" };
	if (t->arrays) {
		json_out_array(o);
		json_out_end(o);
		return;
	}
	switch (t->family) {
	case SQL_INT:
	case SQL_DECIMAL:
	case SQL_FLOAT:
		json_out_i64(o, n);
		break;
	case SQL_BOOL:
		json_out_bool(o, n % 2);
		break;
	case SQL_DATE:
		json_out_str(o, n % 2 ? STR("2026-01-02") : STR("2026-01-03"));
		break;
	case SQL_TIME:
		json_out_str(o, n % 2 ? STR("03:04:05") : STR("03:04:06"));
		break;
	case SQL_TIMESTAMP:
		json_out_str(o, str_z(times[n % 2]));
		break;
	case SQL_UUID:
		json_out_str(o, n % 2 ? STR("00000000-0000-4000-8000-000000000001") : STR("00000000-0000-4000-8000-000000000002"));
		break;
	case SQL_ENUM:
		json_out_str(o, t->values.count ? t->values.items[(size_t)n % t->values.count] : STR("x"));
		break;
	default:
		json_out_str(o, n % 2 ? STR("a") : STR("b"));
	}
}

static bool in(const struct sql_names *n, struct str key) { return sql_names_has(n, key); }

static bool must_be_given(const struct sql_schema *s, const struct sql_column *m)
{
	const struct sql_domain *d = map_get(&s->domains, m->type.name);
	return (m->not_null || (d && d->not_null)) && str_empty(m->default_text);
}

/* What must be given on one side is there on the other: only then a whole row can show one difference. */
static bool rows_comparable(const struct sql_schema *s, const struct sql_table *t, const struct sql_table *other)
{
	for (size_t i = 0; i < t->count; i++)
		if (must_be_given(s, &t->columns[i]) && !sql_column_of(other, t->columns[i].key))
			return false;
	return true;
}

static bool whole_rows(const struct sql_compare *c, const struct sql_table *t, const struct sql_table *now)
{
	return rows_comparable(c->before, t, now) && rows_comparable(c->after, now, t);
}

/* An object with `value` (JSON) for one column and samples for what must be given on either side; in keys, number n. */
static void put_row(struct sql_compare *c, struct json_out *o, const struct sql_table *t, const struct sql_table *now, struct str key, struct str value, const struct sql_names *vary, int n,
	bool whole)
{
	json_out_object(o);
	for (size_t i = 0; i < t->count; i++) {
		const struct sql_column *m = &t->columns[i], *k = sql_column_of(now, m->key);
		if (!k)
			continue;
		bool of_key = vary && (in(&t->primary, m->key) || in(&now->primary, m->key));
		bool needed = of_key || (whole && (in(&t->primary, m->key) || in(&now->primary, m->key) || must_be_given(c->before, m) || must_be_given(c->after, k)));
		if (!str_eq(m->key, key) && !needed)
			continue;
		json_out_key(o, m->name);
		struct sql_type type = sql_type_resolved(c->before, &m->type);
		if (str_eq(m->key, key))
			json_out_raw(o, value);
		else
			put_sample(o, &type, vary && in(vary, m->key) ? n : 1);
	}
	json_out_end(o);
}

static bool try_value(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, struct str value)
{
	bool ok = false;
	for (int part = whole_rows(c, t, now) ? 0 : 1; part < 2 && !ok; part++) { /* a whole row, or, where others differ too, the column alone */
		struct buf b;
		struct json_out o;
		buf_init(&b, TEXT_MAX);
		json_out_init(&o, &b);
		put_row(c, &o, t, now, m->key, value, NULL, 1, !part);
		ok = buf_ok(&b) && sql_prove_rows(c, x, t, now, buf_str(&b), !part);
		buf_release(&b);
	}
	return ok;
}

static bool try_long(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, int64_t length)
{
	char text[LONG_MAX_TEXT + 3];
	if (length < 1 || length > LONG_MAX_TEXT)
		return false;
	memset(text, 'a', sizeof(text));
	text[0] = text[length + 1] = '"';
	return try_value(c, x, t, now, m, str_from(text, (size_t)length + 2));
}

void sql_witness_type(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n)
{
	static const struct str samples[] = { STR_INIT("200"), STR_INIT("-1"), STR_INIT("40000"), STR_INIT("10000000"), STR_INIT("3000000000"), STR_INIT("-9000000000000000000"),
		STR_INIT("1.5"), STR_INIT("1.25"), STR_INIT("1.125"), STR_INIT("1e300"), STR_INIT("true"), STR_INIT("\"x\""), STR_INIT("\"2026-01-02\""), STR_INIT("\"2026-01-02 03:04:05\""),
		STR_INIT("\"03:04:05\""), STR_INIT("\"00000000-0000-4000-8000-000000000001\""), STR_INIT("[]"), STR_INIT("1") };
	struct sql_type a = sql_type_resolved(c->before, &m->type), b = sql_type_resolved(c->after, &n->type);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (try_value(c, x, t, now, m, samples[i]))
			return;
	if (try_long(c, x, t, now, m, a.length) || try_long(c, x, t, now, m, b.length) || try_long(c, x, t, now, m, a.length + 1) || try_long(c, x, t, now, m, b.length + 1))
		return;
	/* Decimals: as many digits as the wider has. */
	double digits = 1;
	for (int64_t i = 1; i < 30; i++) {
		digits *= 10;
		if (try_value(c, x, t, now, m, sql_text(c, "%.0f", digits)))
			return;
	}
}

void sql_witness_null(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m) { try_value(c, x, t, now, m, STR("null")); }

void sql_witness_value(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, struct str value)
{
	struct buf b;
	struct str column = sql_quoted(c, m->name), table = sql_quoted(c, now->name);
	if (sql_prove_query(c, x, sql_text(c, "SELECT %.*s FROM %.*s WHERE %.*s = '%.*s'", STR_FMT(column), STR_FMT(table), STR_FMT(column), STR_FMT(value))))
		return;
	buf_init(&b, TEXT_MAX);
	json_quote(&b, value);
	if (buf_ok(&b))
		try_value(c, x, t, now, m, buf_str(&b));
	buf_release(&b);
}

/* Two rows that agree in one of the keys and not in the other. */
void sql_witness_key(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now)
{
	for (int attempt = whole_rows(c, t, now) ? 0 : 2; attempt < 4 && x->witness.state != WITNESS_PROVED; attempt++) {
		bool side = attempt & 1, whole = attempt < 2;
		const struct sql_names *same = side ? &now->primary : &t->primary, *other = side ? &t->primary : &now->primary;
		struct sql_names vary = { 0 };
		struct buf b;
		struct json_out o;
		for (size_t i = 0; i < other->count; i++)
			if (!in(same, other->items[i]))
				sql_names_add(&c->out->arena, &vary, other->items[i]);
		if (!vary.count && (other->count || !same->count))
			continue;
		buf_init(&b, TEXT_MAX);
		json_out_init(&o, &b);
		json_out_array(&o);
		put_row(c, &o, t, now, STR(""), STR(""), &vary, 1, whole);
		put_row(c, &o, t, now, STR(""), STR(""), &vary, 2, whole);
		json_out_end(&o);
		if (buf_ok(&b) && !str_eq(buf_str(&b), STR("[{},{}]")) && sql_prove_rows(c, x, t, now, buf_str(&b), whole) && str_find(x->witness.before, STR("primary key")) == SIZE_MAX &&
			str_find(x->witness.after, STR("primary key")) == SIZE_MAX)
			x->witness = (struct witness){ .state = WITNESS_UNPROVED }; /* refused for another difference than the key's */
		buf_release(&b);
	}
}

/* ---- names ---- */

struct str sql_quoted(struct sql_compare *c, struct str name)
{
	static const char *const reserved[] = { "all", "and", "as", "by", "case", "check", "column", "constraint", "create", "default", "desc", "drop", "end", "exists", "from", "group",
		"having", "in", "index", "is", "join", "key", "left", "limit", "not", "null", "on", "or", "order", "primary", "references", "right", "select", "table", "to", "transaction",
		"union", "unique", "user", "values", "when", "where" };
	bool plain = name.len && !(name.p[0] >= '0' && name.p[0] <= '9');
	for (size_t i = 0; i < name.len && plain; i++)
		plain = name.p[i] == '_' || (name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '.';
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]) && plain; i++)
		plain = !str_eq(name, str_z(reserved[i]));
	return plain ? name : sql_text(c, "\"%.*s\"", STR_FMT(name));
}
