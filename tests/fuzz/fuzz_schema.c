/* Any bytes as two schemas (split at a NUL, else one compared with itself) in a dialect that the first byte chooses: reading gives a schema or an error with a place;
 * comparing ends; a schema compared with itself breaks nothing; a witness that is called proved is valid on the one side and not on the other. */
#include "base/check.h"
#include "contract/schema/schema_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct side { struct source source; struct schema_set *set; const struct schema *schema; };

static bool open_side(struct side *s, struct str text, enum schema_dialect dialect)
{
	struct err e = { 0 };
	source_init(&s->source, STR("s"));
	s->set = schema_set_new(&s->source);
	CHECK(source_add(&s->source, STR("s.json"), text, &e) && source_sort(&s->source, &e));
	struct doc_file *f = schema_set_document(s->set, STR("s.json"), &e);
	s->schema = f ? schema_set_read(s->set, f, f->root, dialect, &e) : NULL;
	CHECK((s->schema != NULL) == !err_is_set(&e));
	return s->schema != NULL;
}

static void check_witness(const struct witness *w, struct side *giver, struct side *taker)
{
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 16 << 20);
	struct str boxed = arena_printf(&a, "[%.*s]", STR_FMT(w->text));
	struct doc_file *f = doc_parse(&a, STR("w"), boxed, &e);
	CHECK(f && f->root->count == 1);
	CHECK(schema_valid(giver->schema, &f->root->items[0], SCHEMA_USE_ANY, NULL) && !schema_valid(taker->schema, &f->root->items[0], SCHEMA_USE_ANY, NULL));
	arena_release(&a);
}

static void compare(struct side *o, struct side *n, enum reach_direction direction, bool same)
{
	static const struct contract_options options = { .information = true, .witnesses = true };
	const struct schema_root root = { .operation = STR("op"), .direction = direction, .position = SCHEMA_RECORD, .of = STR("op") };
	struct changes changes;
	struct err e = { 0 };
	changes_init(&changes);
	struct schema_compare *c = schema_compare_new(o->set, n->set, &options, &changes, NULL, NULL);
	CHECK(schema_compare_root(c, o->schema, n->schema, &root));
	CHECK(schema_compare_run(c, &e) != err_is_set(&e));
	changes_done(&changes);
	for (size_t i = 0; i < changes.count; i++) {
		const struct change *x = &changes.items[i];
		CHECK(!same || x->witness.state != WITNESS_PROVED);
		if (x->witness.state == WITNESS_PROVED)
			check_witness(&x->witness, direction == REACH_REQUEST ? o : n, direction == REACH_REQUEST ? n : o);
	}
	schema_compare_free(c);
	changes_release(&changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct side sides[2];
	if (size < 2 || size > 4096)
		return 0;
	enum schema_dialect dialect = (enum schema_dialect)(data[0] % (SCHEMA_OPENAPI_31 + 1));
	struct str first = { (const char *)data + 1, size - 1 };
	size_t split = str_find_char(first, 0);
	struct str second = split == SIZE_MAX ? first : str_skip(first, split + 1);
	first = str_sub(first, 0, split == SIZE_MAX ? first.len : split);
	bool ok = open_side(&sides[0], first, dialect) & open_side(&sides[1], second, dialect);
	for (int direction = REACH_REQUEST; ok && direction <= REACH_RESPONSE; direction++)
		compare(&sides[0], &sides[1], (enum reach_direction)direction, split == SIZE_MAX);
	for (int i = 0; i < 2; i++) {
		schema_set_free(sides[i].set);
		source_release(&sides[i].source);
	}
	return 0;
}
