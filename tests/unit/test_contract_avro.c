/* Avro: reading (names, defaults, faults with their places), canonical form and fingerprints, values, and the comparison. Each kind of change that breaks has
 * a folder in tests/contract/avro: old.avsc to new.avsc is this change and no other, old.avsc to fine.avsc breaks nobody. */
#include "base/sha256.h"
#include "contract/avro/avro_compare.h"
#include "contract/avro/avro_format.h"
#include "sys/sys.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* A pair of sources under comparison; the texts of files come as path, text, path, text, NULL. */
struct pair {
	struct source before, after;
	struct changes changes;
	struct contract_options options;
	struct err e;
	bool ok;
};

static void add(struct source *s, const char *path, const char *text)
{
	struct err e = { 0 };
	assert_true(source_add(s, str_z(path), str_z(text), &e));
}

static void pair_init(struct pair *p)
{
	*p = (struct pair){ .options = { .witnesses = true } };
	source_init(&p->before, STR("old"));
	source_init(&p->after, STR("new"));
	changes_init(&p->changes);
}

static void pair_compare(struct pair *p)
{
	assert_true(source_sort(&p->before, &p->e) && source_sort(&p->after, &p->e));
	p->ok = contract_compare(&p->before, &p->after, &p->options, &p->changes, &p->e);
}

static void pair_of(struct pair *p, const char *old_text, const char *new_text)
{
	pair_init(p);
	add(&p->before, "a.avsc", old_text);
	add(&p->after, "a.avsc", new_text);
	pair_compare(p);
}

static void pair_release(struct pair *p)
{
	changes_release(&p->changes);
	source_release(&p->before);
	source_release(&p->after);
}

static unsigned directions(const struct change *x)
{
	unsigned d = 0;
	for (size_t i = 0; i < x->reach_count; i++)
		d |= x->reach[i].direction;
	return d;
}

/* --- the folders ------------------------------------------------------------------------------------------------------------------------------------------ */

static struct str read_case(struct arena *a, struct str kind, const char *file)
{
	struct str text;
	struct err e = { 0 };
	const char *root = getenv("SOURCE_ROOT");
	struct str path = arena_printf(a, "%s/tests/contract/avro/%.*s/%s", root ? root : ".", STR_FMT(kind), file);
	if (!sys_read_file(path, 1 << 20, a, &text, &e))
		fail_msg("%s", e.message);
	return text;
}

static void expect_place(const struct change_place *p, struct str text)
{
	uint64_t line, column;
	struct str l = str_split(&text, ':');
	assert_true(str_to_u64(l, &line) && str_to_u64(text, &column));
	assert_true(str_eq(p->file, STR("a.avsc")));
	assert_int_equal(p->line, line);
	assert_int_equal(p->column, column);
}

static void check_kind(enum change_kind kind)
{
	struct arena a;
	struct pair p, fine;
	arena_init(&a, 1 << 20);
	struct str name = change_infos[kind].name, old_text = arena_strz(&a, read_case(&a, name, "old.avsc"));
	pair_of(&p, old_text.p, arena_strz(&a, read_case(&a, name, "new.avsc")).p);
	assert_true(p.ok);
	assert_int_equal(changes_at_least(&p.changes, CHANGE_WARNING), 1);
	const struct change *x = &p.changes.items[0];
	assert_int_equal(x->kind, kind);
	assert_int_equal(x->level, CHANGE_BREAKING);
	assert_int_equal(x->witness.state, WITNESS_PROVED);
	struct str expected = str_strip(read_case(&a, name, "expected"));
	struct str direction = str_split(&expected, ' '), subject = str_split(&expected, ' '), before = str_split(&expected, ' ');
	assert_int_equal(directions(x), str_eq(direction, STR("both")) ? 3 : str_eq(direction, STR("backward")) ? 1 : 2);
	assert_true(str_eq(x->subject, subject));
	expect_place(&x->old_place, before);
	expect_place(&x->new_place, expected);
	assert_true((x->rules_count == 1) == ((x->categories & CHANGE_WIRE) != 0));
	pair_of(&fine, old_text.p, arena_strz(&a, read_case(&a, name, "fine.avsc")).p);
	assert_true(fine.ok);
	assert_int_equal(changes_at_least(&fine.changes, CHANGE_WARNING), 0);
	pair_release(&p);
	pair_release(&fine);
	arena_release(&a);
}

static void kinds(void **state)
{
	int checked = 0;
	(void)state;
	for (int k = 0; k < CHANGE_KIND_COUNT; k++)
		if (str_eq(change_infos[k].format, STR("avro")) && change_infos[k].level == CHANGE_BREAKING) {
			print_message("%.*s\n", STR_FMT(change_infos[k].name));
			check_kind((enum change_kind)k);
			checked++;
		}
	assert_int_equal(checked, 13);
}

/* --- reading ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static void faults(void **state)
{
	static const struct { const char *text, *words; unsigned line, column; } cases[] = {
		{ "{\"type\":\"record\",\"name\":\"R\"}", "no fields", 1, 1 },
		{ "{\"type\":\"record\",\"fields\":[]}", "has no name", 1, 1 },
		{ "{\"type\":\"record\",\"name\":\"9\",\"fields\":[]}", "is no name", 1, 25 },
		{ "{\"type\":\"record\",\"name\":\"int\",\"fields\":[]}", "Avro's own", 1, 25 },
		{ "{\"type\":\"record\",\"name\":\"R\",\"fields\":[\n{\"name\":\"a\"}]}", "has no type", 2, 1 },
		{ "{\"type\":\"record\",\"name\":\"R\",\"fields\":[\n{\"name\":\"a\",\"type\":\"S\"}]}", "no type `S`", 2, 20 },
		{ "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},\n {\"name\":\"a\",\"type\":\"int\"}]}", "twice", 2, 2 },
		{ "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\",\"default\":\"x\"}]}", "-2147483648", 1, 74 },
		{ "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":[\"null\",\"int\"],\"default\":1}]}", "first branch", 1, 83 },
		{ "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\",\"order\":\"up\"}]}", "ascending", 1, 72 },
		{ "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"A\"]}", "twice", 1, 42 },
		{ "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"],\"default\":\"B\"}", "one of its symbols", 1, 53 },
		{ "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[]}", "no symbols", 1, 1 },
		{ "{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}", "size", 1, 35 },
		{ "[\"int\",[\"null\"]]", "stands in a union", 1, 8 },
		{ "[\"int\",\"int\"]", "twice", 1, 8 },
		{ "[]", "without branches", 1, 1 },
		{ "{\"type\":\"array\"}", "items", 1, 1 },
		{ "{\"type\":{\"type\":\"int\"}}", "name of a type", 1, 9 },
		{ "[{\"type\":\"fixed\",\"name\":\"F\",\"size\":1},\n{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}]", "second time", 2, 24 },
		{ "12", "is the name of a type", 1, 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair p;
		pair_of(&p, cases[i].text, "\"int\"");
		print_message("%s: %s\n", cases[i].text, p.e.message);
		assert_false(p.ok);
		assert_int_equal(p.e.code, ERR_FILE_INVALID);
		assert_non_null(strstr(p.e.message, cases[i].words));
		assert_string_equal(p.e.file, "a.avsc");
		assert_int_equal(p.e.line, cases[i].line);
		assert_int_equal(p.e.column, cases[i].column);
		pair_release(&p);
	}
}

/* Nesting far beyond the limits ends with a place, not with the stack. */
static void depth(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		enum { LEVELS = 10000 };
		struct buf b;
		struct pair p;
		buf_init(&b, 1 << 20);
		for (int i = 0; i < LEVELS; i++)
			buf_add(&b, form ? STR("[") : STR("{\"type\":\"array\",\"items\":"));
		buf_add(&b, STR("\"int\""));
		for (int i = 0; i < LEVELS; i++)
			buf_char(&b, form ? ']' : '}');
		buf_char(&b, 0);
		pair_of(&p, buf_str(&b).p, "\"int\"");
		assert_false(p.ok);
		assert_int_equal(p.e.line, 1);
		pair_release(&p);
		buf_release(&b);
	}
}

/* A chain of 20,000 records, each in the one before: the comparison does not recurse; the witness is too deep to be written. */
static void long_chain(void **state)
{
	enum { RECORDS = 20000 };
	struct buf texts[2];
	struct pair p;
	(void)state;
	for (int side = 0; side < 2; side++) {
		buf_init(&texts[side], 8 << 20);
		buf_char(&texts[side], '[');
		for (int i = 0; i < RECORDS; i++) {
			buf_printf(&texts[side], "%s{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[{\"name\":\"f\",\"type\":", i ? "," : "", i);
			if (i + 1 < RECORDS)
				buf_printf(&texts[side], "\"R%d\"}]}", i + 1);
			else
				buf_printf(&texts[side], "\"%s\"}]}", side ? "string" : "int");
		}
		buf_add(&texts[side], STR("]"));
	}
	pair_init(&p);
	p.e = (struct err){ 0 };
	assert_true(source_add(&p.before, STR("a.avsc"), buf_str(&texts[0]), &p.e));
	assert_true(source_add(&p.after, STR("a.avsc"), buf_str(&texts[1]), &p.e));
	pair_compare(&p);
	assert_false(p.ok); /* AVRO_BRANCHES_MAX */
	assert_non_null(strstr(p.e.message, "branches"));
	pair_release(&p);
	buf_release(&texts[0]);
	buf_release(&texts[1]);
}

static void chain_of_files(void **state)
{
	enum { RECORDS = 5000 };
	struct pair p;
	char path[32], text[128];
	(void)state;
	pair_init(&p);
	for (int i = 0; i < RECORDS; i++) {
		snprintf(path, sizeof(path), "r%d.avsc", i);
		snprintf(text, sizeof(text), "{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[{\"name\":\"f\",\"type\":\"%s%.0d\"}]}", i, i + 1 < RECORDS ? "R" : "int",
			 i + 1 < RECORDS ? i + 1 : 0);
		add(&p.before, path, text);
		if (i + 1 == RECORDS)
			snprintf(text, sizeof(text), "{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[{\"name\":\"f\",\"type\":\"string\"}]}", i);
		add(&p.after, path, text);
	}
	pair_compare(&p);
	assert_true(p.ok);
	assert_int_equal(p.changes.count, 1); /* one cause, whatever it reaches */
	assert_int_equal(p.changes.items[0].reach_count, RECORDS);
	pair_release(&p);
}

/* References between files, in any order; a type that two files define differently is a fault only where a third means it. */
static void files(void **state)
{
	struct pair p;
	(void)state;
	pair_init(&p);
	for (int side = 0; side < 2; side++) {
		struct source *s = side ? &p.after : &p.before;
		add(s, "a/basket.avsc", "{\"type\":\"record\",\"name\":\"Basket\",\"namespace\":\"shop\",\"fields\":[{\"name\":\"lines\",\"type\":{\"type\":\"array\",\"items\":\"Line\"}}]}");
		add(s, "z/line.avsc", side ? "{\"type\":\"record\",\"name\":\"shop.Line\",\"fields\":[{\"name\":\"sku\",\"type\":\"int\"}]}"
					   : "{\"type\":\"record\",\"name\":\"shop.Line\",\"fields\":[{\"name\":\"sku\",\"type\":\"string\"}]}");
	}
	pair_compare(&p);
	assert_true(p.ok);
	assert_int_equal(p.changes.count, 1);
	const struct change *x = &p.changes.items[0];
	assert_int_equal(x->kind, CHANGE_KIND_AVRO_TYPE_CHANGED);
	assert_true(str_eq(x->subject, STR("shop.Line.sku")) && str_eq(x->new_place.file, STR("z/line.avsc")));
	assert_int_equal(x->reach_count, 2);
	assert_true(str_eq(x->reach[0].operation, STR("shop.Basket")) && str_eq(x->reach[1].operation, STR("shop.Line")));
	assert_int_equal(x->witness.state, WITNESS_PROVED);
	pair_release(&p);

	pair_init(&p);
	add(&p.before, "a.avsc", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}");
	add(&p.before, "b.avsc", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}");
	add(&p.before, "c.avsc", "{\"type\":\"array\",\"items\":\"F\"}");
	pair_compare(&p);
	assert_false(p.ok);
	assert_non_null(strstr(p.e.message, "defined differently in a.avsc and b.avsc"));
	pair_release(&p);
}

/* --- canonical form and fingerprints: values of the specification's own tests and of avsc -------------------------------------------------------------- */

static void expect_canonical(const char *text, const char *canonical, uint64_t rabin)
{
	struct source s;
	struct err e = { 0 };
	struct buf b;
	source_init(&s, STR("s"));
	add(&s, "a.avsc", text);
	struct avro_set *set = avro_set_read(&s, NULL, &e);
	assert_non_null(set);
	buf_init(&b, 1 << 20);
	avro_canonical(set, &avro_set_file(set, 0)->root, &b);
	assert_true(str_eq(buf_str(&b), str_z(canonical)));
	if (rabin)
		assert_true(avro_rabin(buf_str(&b)) == rabin);
	buf_release(&b);
	avro_set_free(set);
	source_release(&s);
}

static void canonical(void **state)
{
	(void)state;
	expect_canonical("\"null\"", "\"null\"", 0x63dd24e7cc258f8a);
	expect_canonical("{\"type\":\"boolean\"}", "\"boolean\"", 0x9f42fc78a4d4f764);
	expect_canonical("\"int\"", "\"int\"", 0x7275d51a3f395c8f);
	expect_canonical("\"string\"", "\"string\"", 0x8f014872634503c7);
	expect_canonical("{\"fields\":[{\"type\":\"int\",\"doc\":\"x\",\"name\":\"a\",\"default\":1}],\"namespace\":\"x.y\",\"name\":\"R\",\"type\":\"record\",\"aliases\":[\"Q\"]}",
			 "{\"name\":\"x.y.R\",\"type\":\"record\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}", 0);
	expect_canonical("{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\",\"L\"]}]}",
			 "{\"name\":\"L\",\"type\":\"record\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\",\"L\"]}]}", 0);
	expect_canonical("{\"type\":\"fixed\",\"size\":15,\"name\":\"F\",\"logicalType\":\"x\"}", "{\"name\":\"F\",\"type\":\"fixed\",\"size\":15}", 0);
}

/* --- comparison --------------------------------------------------------------------------------------------------------------------------------------------------- */

/* Recursive types end; a difference in one is one cause, with a record that goes there. */
static void recursion(void **state)
{
	struct pair p;
	(void)state;
	pair_of(&p, "{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\",\"L\"]},{\"name\":\"v\",\"type\":\"int\"}]}",
		"{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\",\"L\"]},{\"name\":\"v\",\"type\":\"string\"}]}");
	assert_true(p.ok);
	assert_int_equal(p.changes.count, 1);
	assert_true(str_eq(p.changes.items[0].witness.text, STR("{\"written_by\":\"old\",\"record\":{\"next\":null,\"v\":0},\"binary\":\"0000\"}")));
	assert_true(str_eq(p.changes.items[0].witness.before, STR("valid")));
	assert_true(str_eq(p.changes.items[0].witness.after, STR("the record holds int where string is read")));
	pair_release(&p);
	pair_of(&p, "{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\",\"L\"]}]}",
		"{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\",\"L\"]},{\"name\":\"v\",\"type\":\"int\",\"default\":0}]}");
	assert_true(p.ok);
	assert_int_equal(p.changes.count, 0);
	pair_release(&p);
}

/* The cause is told where it is, not once more at each type that holds it; a type that holds only itself has no record to show. */
static void causes(void **state)
{
	struct pair p;
	(void)state;
	pair_of(&p,
		"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}},{\"name\":\"b\",\"type\":[\"null\",\"E\"]},"
		"{\"name\":\"c\",\"type\":{\"type\":\"map\",\"values\":\"E\"}}]}",
		"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}},{\"name\":\"b\",\"type\":[\"null\",\"E\"]},"
		"{\"name\":\"c\",\"type\":{\"type\":\"map\",\"values\":\"E\"}}]}");
	assert_true(p.ok);
	assert_int_equal(p.changes.count, 1);
	assert_int_equal(p.changes.items[0].kind, CHANGE_KIND_AVRO_SYMBOL_REMOVED);
	pair_release(&p);
	pair_of(&p, "{\"type\":\"record\",\"name\":\"H\",\"fields\":[{\"name\":\"h\",\"type\":\"H\"},{\"name\":\"v\",\"type\":\"int\"}]}",
		"{\"type\":\"record\",\"name\":\"H\",\"fields\":[{\"name\":\"h\",\"type\":\"H\"},{\"name\":\"v\",\"type\":\"string\"}]}");
	assert_true(p.ok);
	assert_int_equal(p.changes.count, 1);
	assert_int_equal(p.changes.items[0].witness.state, WITNESS_UNPROVED);
	pair_release(&p);
}

/* What breaks nobody, where it is asked for; one direction, where it is asked for. */
static void options(void **state)
{
	static const char before[] = "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"int\",\"default\":1}]}";
	static const char after[] = "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"long\",\"default\":0},{\"name\":\"c\",\"type\":\"int\",\"default\":1}]}";
	static const struct { uint8_t directions; bool information; size_t breaks, all; } cases[] = {
		{ 0, false, 1, 1 }, { REACH_BOTH, false, 1, 1 }, { REACH_REQUEST, false, 0, 0 }, { REACH_RESPONSE, false, 1, 1 }, { 0, true, 1, 4 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair p;
		pair_init(&p);
		p.options.directions = cases[i].directions;
		p.options.information = cases[i].information;
		add(&p.before, "a.avsc", before);
		add(&p.after, "a.avsc", after);
		pair_compare(&p);
		assert_true(p.ok);
		assert_int_equal(changes_at_least(&p.changes, CHANGE_BREAKING), cases[i].breaks);
		assert_int_equal(p.changes.count, cases[i].all);
		pair_release(&p);
	}
}

static void whole_contracts(void **state)
{
	struct pair p;
	(void)state;
	pair_init(&p);
	p.options.information = true;
	add(&p.before, "gone.avsc", "{\"type\":\"record\",\"name\":\"Gone\",\"fields\":[]}");
	add(&p.before, "moved.avsc", "{\"type\":\"record\",\"name\":\"Moved\",\"fields\":[]}");
	add(&p.after, "elsewhere/moved.avsc", "{\"type\":\"record\",\"name\":\"Moved\",\"fields\":[]}");
	add(&p.after, "fresh.json", "{\"name\":\"Fresh\", \"type\" : \"record\",\"fields\":[]}");
	pair_compare(&p);
	assert_true(p.ok);
	assert_int_equal(p.changes.count, 2);
	assert_int_equal(p.changes.items[0].kind, CHANGE_KIND_CONTRACT_REMOVED);
	assert_true(str_eq(p.changes.items[0].subject, STR("Gone")));
	assert_int_equal(p.changes.items[1].kind, CHANGE_KIND_CONTRACT_ADDED);
	assert_true(str_eq(p.changes.items[1].subject, STR("Fresh")));
	pair_release(&p);
}

static void recognised(void **state)
{
	static const struct { const char *path, *text; bool is; } cases[] = {
		{ "x.avsc", "", true },
		{ "x.json", " {\"type\" :\n \"record\"}", true },
		{ "x.json", "[{\"name\":\"type\",\"type\":\"enum\"}]", true },
		{ "x.json", "{\"$schema\":\"s\",\"properties\":{\"type\":{\"const\":\"record\"}}}", false },
		{ "x.json", "{\"type\":\"object\"}", false },
		{ "x.yaml", "{\"type\":\"record\"}", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct source_file f = { str_z(cases[i].path), str_z(cases[i].text) };
		assert_int_equal(avro_format.recognises(&f), cases[i].is);
	}
}

static void description(void **state)
{
	struct source s;
	struct err e = { 0 };
	struct buf b;
	struct json_out o;
	(void)state;
	source_init(&s, STR("s"));
	add(&s, "a.avsc", "{\"type\":\"record\",\"name\":\"R\",\"doc\":\"what it is\",\"fields\":[{\"name\":\"a\",\"type\":[\"null\",{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}],\"default\":null}]}");
	struct contract_model *m = avro_format.read(&s, &e);
	assert_non_null(m);
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	avro_format.describe(m, &o);
	assert_true(buf_ok(&b));
	assert_true(str_find(buf_str(&b), STR("\"title\":\"R\"")) != SIZE_MAX);
	assert_true(str_find(buf_str(&b), STR("{\"name\":\"a\",\"type\":\"[null, E]\",\"required\":false")) != SIZE_MAX);
	assert_true(str_find(buf_str(&b), STR("\"values\":[{\"name\":\"A\",\"number\":0")) != SIZE_MAX);
	buf_release(&b);
	avro_format.free(m);
	source_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),     cmocka_unit_test(faults),    cmocka_unit_test(depth),   cmocka_unit_test(long_chain),
		cmocka_unit_test(chain_of_files), cmocka_unit_test(files), cmocka_unit_test(canonical), cmocka_unit_test(recursion),
		cmocka_unit_test(causes),    cmocka_unit_test(options),   cmocka_unit_test(whole_contracts), cmocka_unit_test(recognised),
		cmocka_unit_test(description),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
