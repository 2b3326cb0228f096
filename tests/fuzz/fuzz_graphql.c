/* Any bytes as a GraphQL schema, as a query, and as a pair of schemas (two halves at the first NUL). What is refused has a place; what is read is documented and compared with
 * itself (no change) and with the other half (each proved witness was checked by us on both sides; the list ends). */
#include "base/check.h"
#include "contract/format.h"
#include "contract/graphql/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct contract_model *read_half(struct source *s, struct str text)
{
	struct err e = { 0 };
	source_init(s, STR("fuzz"));
	CHECK(source_add(s, STR("s.graphqls"), text, &e) && source_sort(s, &e));
	struct contract_model *m = graphql_format.read(s, &e);
	CHECK(m || (err_is_set(&e) && e.message[0] && (e.code == ERR_TOO_LARGE || (e.line && e.column))));
	return m;
}

static size_t compare(const struct contract_model *a, const struct contract_model *b)
{
	struct changes c;
	struct err e = { 0 };
	const struct contract_options options = { .information = true, .witnesses = true };
	changes_init(&c);
	CHECK(graphql_format.compare(a, b, &options, &c, &e) || e.code == ERR_TOO_LARGE);
	changes_done(&c);
	for (size_t i = 0; i < c.count; i++)
		CHECK(!str_empty(c.items[i].subject) && !str_empty(c.items[i].sentence) && (c.items[i].old_place.line || c.items[i].new_place.line));
	size_t n = c.count;
	changes_release(&c);
	return n;
}

static void describe(const struct contract_model *m)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 64 << 20);
	json_out_init(&o, &b);
	graphql_format.describe(m, &o);
	buf_release(&b);
}

static void query(const struct contract_model *m, struct str text)
{
	struct arena a;
	struct gql_document d;
	struct gql_fault f = { 0 };
	struct err e = { 0 };
	arena_init(&a, 64 << 20);
	if (gql_query_parse(&a, text, &d, &e) && !gql_query_valid(((const struct gql_model *)m)->schemas, &d, &a, &f))
		CHECK(f.message[0]);
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = str_from((const char *)data, size), other = all, one = str_split(&other, '\0');
	struct source a, b;
	struct contract_model *x = read_half(&a, one);
	if (x) {
		describe(x);
		CHECK(compare(x, x) == 0);
		if (((const struct gql_model *)x)->count && other.p)
			query(x, other);
	}
	if (other.p) {
		struct contract_model *y = read_half(&b, other);
		if (x && y) {
			compare(x, y);
			compare(y, x);
		}
		if (y)
			graphql_format.free(y);
		source_release(&b);
	}
	if (x)
		graphql_format.free(x);
	source_release(&a);
	return 0;
}
