/* Any bytes as SQL files, as a pair of them (two halves at the first NUL), and as a query. What is refused has a place; what is read is documented, does not differ from itself, and is
 * compared with the other half both ways. */
#include "base/check.h"
#include "contract/sql/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct contract_model *read_half(struct source *s, struct str text)
{
	struct err e = { 0 };
	source_init(s, STR("fuzz"));
	CHECK(source_add(s, STR("s.sql"), text, &e) && source_sort(s, &e));
	struct contract_model *m = sql_format.read(s, &e);
	CHECK(m || (err_is_set(&e) && e.message[0] && (e.code == ERR_TOO_LARGE || (e.line && e.column))));
	return m;
}

static size_t compare(const struct contract_model *a, const struct contract_model *b)
{
	struct changes c;
	struct err e = { 0 };
	const struct contract_options options = { .information = true, .witnesses = true };
	changes_init(&c);
	CHECK(sql_format.compare(a, b, &options, &c, &e));
	changes_done(&c);
	for (size_t i = 0; i < c.count; i++)
		CHECK(c.items[i].old_place.line || c.items[i].new_place.line);
	size_t n = c.count;
	changes_release(&c);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = str_from((const char *)data, size), other = all, one = str_split(&other, '\0');
	struct source a, b;
	struct contract_model *x = read_half(&a, one);
	if (x) {
		struct buf text;
		struct json_out o;
		char fault[256];
		buf_init(&text, 64 << 20);
		json_out_init(&o, &text);
		sql_format.describe(x, &o);
		buf_release(&text);
		CHECK(compare(x, x) == 0);
		if (((const struct sql_model *)x)->count && other.p)
			sql_query_works(((const struct sql_model *)x)->schemas, other, fault);
	}
	if (other.p) {
		struct contract_model *y = read_half(&b, other);
		if (x && y) {
			compare(x, y);
			compare(y, x);
		}
		if (y)
			sql_format.free(y);
		source_release(&b);
	}
	if (x)
		sql_format.free(x);
	source_release(&a);
	return 0;
}
