/* Two Avro schemas, one behind the other with a byte 0 between them: reading and comparing them, with witnesses. A schema that is taken has a normal form that
 * is the same schema, compared with itself it does not change, and what breaks is told with both places. Without a byte 0 the text is compared with itself. */
#include "base/check.h"
#include "contract/avro/avro_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool make(struct source *s, struct str text)
{
	struct err e = { 0 };
	source_init(s, STR("fuzz"));
	return source_add(s, STR("a.avsc"), text, &e) && source_sort(s, &e);
}

static struct contract_model *read_text(struct source *s, struct str text, struct err *e)
{
	CHECK(make(s, text));
	struct contract_model *m = avro_format.read(s, e);
	CHECK((m != NULL) == !err_is_set(e));
	CHECK(m || e->code == ERR_TOO_LARGE || (e->line >= 1 && e->column >= 1 && e->file[0]));
	return m;
}

static void canonical_of(const struct contract_model *m, struct buf *b)
{
	const struct avro_set *set = ((const struct avro_model *)m)->set;
	avro_canonical(set, &avro_set_file(set, 0)->root, b);
}

static void check_normal(const struct contract_model *m)
{
	struct buf normal, first, second;
	struct source s;
	struct err e = { 0 };
	buf_init(&normal, 16 << 20);
	buf_init(&first, 16 << 20);
	buf_init(&second, 16 << 20);
	avro_normal(avro_set_file(((const struct avro_model *)m)->set, 0), &normal);
	canonical_of(m, &first);
	if (buf_ok(&normal) && buf_ok(&first)) {
		struct contract_model *again = read_text(&s, buf_str(&normal), &e);
		CHECK(again);
		canonical_of(again, &second);
		CHECK(str_eq(buf_str(&first), buf_str(&second)));
		avro_format.free(again);
		source_release(&s);
	}
	buf_release(&normal);
	buf_release(&first);
	buf_release(&second);
}

static void check_changes(const struct changes *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct change *x = &c->items[i];
		CHECK(!str_empty(x->subject) && !str_empty(x->sentence));
		CHECK(x->level == CHANGE_INFO || x->kind == CHANGE_KIND_CONTRACT_REMOVED || (x->old_place.line && x->new_place.line && x->reach_count));
		CHECK(x->witness.state != WITNESS_PROVED || x->witness.text.len);
	}
}

static void compare(const struct contract_model *before, const struct contract_model *after, bool same)
{
	struct contract_options options = { .witnesses = true, .information = true };
	struct changes c;
	struct err e = { 0 };
	changes_init(&c);
	bool ok = avro_format.compare(before, after, &options, &c, &e);
	CHECK(ok || e.code == ERR_TOO_LARGE);
	changes_done(&c);
	check_changes(&c);
	CHECK(!same || !ok || changes_at_least(&c, CHANGE_WARNING) == 0);
	changes_release(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = str_from((const char *)data, size), second = all;
	struct str first = str_split(&second, 0);
	struct source sources[2];
	struct err e[2] = { 0 };
	bool same = second.p == NULL;
	if (size > 1 << 16)
		return 0;
	struct contract_model *before = read_text(&sources[0], first, &e[0]), *after = read_text(&sources[1], same ? first : second, &e[1]);
	if (before)
		check_normal(before);
	if (before && after)
		compare(before, after, same);
	if (before)
		avro_format.free(before);
	if (after)
		avro_format.free(after);
	source_release(&sources[0]);
	source_release(&sources[1]);
	return 0;
}
