/* Columns: text apart and together again, numbers, slots, and whole rows of every shape through a segment. */
#include "base/check.h"
#include "store/block_write.h"
#include "store/ints.h"
#include "store/segment.h"
#include "store/store.h"
#include "store/times.h"
#include "store_rows.h"

static void check_split(const char *text, const char *template, uint32_t vars)
{
	static struct text_split s;
	text_split(&s, str_z(text));
	assert_int_equal(s.vars, vars);
	assert_true(str_eq(str_from(s.text, s.len), str_z(template)));
}

static void text_is_split_at_tokens_with_digits(void **state)
{
	(void)state;
	check_split("no digit here", "no digit here", 0);
	check_split("took 12 ms", "took \x11 ms", 1);
	check_split("blk_-1608999", "blk_-\x11", 1);
	check_split("10.0.0.1:80", "\x11.\x11.\x11.\x11:\x11", 5);
	check_split("300ms", "\x11", 1);
	check_split("id=550e8400-e29b-beef-a716-446655440000!", "id=\x11-\x11-\x11-\x11-\x11!", 5);
	check_split("550e8400-e29b-beef-a716-446655440000f", "\x11-\x11-beef-\x11-\x11", 4); /* no UUID: more follows */
	check_split("a\x11" "b", "\x11", 1);
	check_split("", "", 0);
}

/* The same by a plain loop: no UUIDs in what it is given. */
static void plain_split(struct str text, char *template, size_t *len, uint32_t *vars)
{
	*len = *vars = 0;
	for (size_t i = 0; i < text.len;) {
		size_t end = i;
		bool digit = false;
		for (; end < text.len && token_byte(text.p[end]); end++)
			digit |= text.p[end] >= '0' && text.p[end] <= '9';
		if (end == i) {
			template[(*len)++] = text.p[i++];
			continue;
		}
		if (digit) {
			template[(*len)++] = TEMPLATE_VAR;
			++*vars;
		} else {
			memcpy(template + *len, text.p + i, end - i);
			*len += end - i;
		}
		i = end;
	}
}

/* A variable in eight bytes is the same text, and a number exactly where it is digits only and not too long. */
static void check_words(const struct text_split *s, const char *text)
{
	char room[VARIABLE_ROOM];
	for (uint32_t k = 0; k < s->vars; k++) {
		bool digits = s->var[k].len <= VARIABLE_DIGITS;
		for (size_t i = 0; i < s->var[k].len; i++)
			digits &= s->var[k].p[i] >= '0' && s->var[k].p[i] <= '9';
		assert_true(str_eq(variable_text(s->word[k], text, room), s->var[k]));
		assert_int_equal(variable_is_number(s->word[k]), digits);
		assert_true(variable_eq(s->word[k], text, s->word[k], text));
	}
}

static void splitting_is_that_of_a_plain_loop(void **state)
{
	static struct text_split s;
	static char text[400], template[400];
	(void)state;
	for (int round = 0; round < 200000; round++) {
		static const char letters[] = "ab1 2.:_z\xc3-9Q/";
		size_t n = draw(draw(4) ? 80 : sizeof(text)), len;
		uint32_t vars;
		for (size_t i = 0; i < n; i++)
			text[i] = draw(8) ? letters[draw(3)] : letters[draw(sizeof(letters) - 1)];
		plain_split(str_from(text, n), template, &len, &vars);
		if (vars > TEMPLATE_MAX_VARS)
			continue;
		assert_true(text_split(&s, str_from(text, n)));
		if (s.vars != vars || !str_eq(str_from(s.text, s.len), str_from(template, len)))
			fail_msg("%.*s", (int)n, text);
		check_words(&s, text);
	}
}

static void uuids_anywhere(void **state)
{
	static struct text_split s;
	static const char *const ids[] = { "550e8400-e29b-beef-a716-446655440000", "deadbeef-beef-beef-a716-abcdefabcdef", "abcdabcd-abcd-abcd-abcd-abcdefabcde1",
					   "abcdabcd-1234-abcd-abcd-abcdefabcdef" };
	char text[200];
	(void)state;
	for (size_t k = 0; k < sizeof(ids) / sizeof(ids[0]); k++)
		for (int at = 0; at < 130; at++) {
			memset(text, ' ', sizeof(text));
			memcpy(text + at, ids[k], 36);
			assert_true(text_split(&s, str_from(text, 180)));
			assert_int_equal(s.vars, 5);
			assert_int_equal(s.len, 180 - 32 + 5);
			check_words(&s, text);
		}
}

static void numbers_come_back(void **state)
{
	(void)state;
	static int64_t v[5000], back[5000];
	struct buf b, packed;
	buf_init(&b, 1 << 20);
	buf_init(&packed, 1 << 20);
	for (int round = 0; round < 400; round++) {
		size_t n = 1 + draw(round < 100 ? 4 : 5000);
		int64_t base = (int64_t)draw(UINT64_MAX), unit = (int64_t[]){ 1, 1000, 1000000, 1000000000 }[draw(4)];
		for (size_t i = 0; i < n; i++)
			switch (round % 7) {
			case 0: v[i] = (int64_t)draw(UINT64_MAX); break;
			case 1: v[i] = 42; break;
			case 2: v[i] = INT64_C(1795000000) * 1000000000 + (int64_t)(i * 3 + draw(3)) * unit; break;
			case 3: v[i] = (int64_t)((uint64_t)base + draw(1000)); break;
			case 4: v[i] = INT64_C(1795000000) * 1000000000 + (int64_t)i * 1000000 + (draw(2) ? (int64_t)draw(1000000) : 0); break;
			case 5: v[i] = (int64_t)draw(30) * 1000003; break;
			default: v[i] = draw(2) ? INT64_MAX : INT64_MIN; break;
			}
		buf_clear(&b);
		buf_clear(&packed);
		ints_encode(&b, &packed, v, n);
		struct bytes r = bytes_of(buf_str(&b)), bits = bytes_of(buf_str(&packed));
		ints_decode(&r, &bits, back, n);
		assert_true(!r.bad && bytes_left(&r) == 0);
		assert_memory_equal(v, back, n * sizeof(*v));
		assert_int_equal(bytes_left(&bits), 0);
		r = bytes_of(buf_str(&b)), bits = bytes_of(buf_str(&packed));
		ints_skip(&r, &bits, n);
		assert_true(!r.bad && bytes_left(&r) == 0 && bytes_left(&bits) == 0);
		buf_clear(&b);
		ints_encode(&b, &b, v, n); /* one stream */
		r = bytes_of(buf_str(&b));
		ints_decode(&r, &r, back, n);
		assert_true(!r.bad && bytes_left(&r) == 0);
		assert_memory_equal(v, back, n * sizeof(*v));
	}
	buf_release(&b);
	buf_release(&packed);
}

static void slot_round(const struct str *v, size_t n, enum slot_kind expected)
{
	struct slot_streams o;
	struct slot s;
	struct arena a;
	struct buf out;
	arena_init(&a, 4 << 20);
	buf_init(&o.text, 1 << 20);
	buf_init(&o.ints, 1 << 20);
	buf_init(&o.plain, 1 << 20);
	buf_init(&out, 1 << 20);
	slot_encode(&o, v, n);
	assert_true(buf_ok(&o.text) && buf_ok(&o.ints) && buf_ok(&o.plain));
	struct slot_reader r = { bytes_of(buf_str(&o.text)), bytes_of(buf_str(&o.ints)), bytes_of(buf_str(&o.plain)) };
	assert_true(slot_decode(&r, &a, (uint32_t)n, &s));
	assert_int_equal(s.kind, expected);
	assert_true(slot_unpack(&s, &a));
	assert_true(bytes_left(&r.text) == 0 && bytes_left(&r.ints) == 0 && bytes_left(&r.plain) == 0);
	for (size_t i = 0; i < n; i++) {
		buf_clear(&out);
		slot_value(&s, (uint32_t)i, &out);
		assert_true(str_eq(buf_str(&out), v[i]));
	}
	buf_release(&out);
	buf_release(&o.text);
	buf_release(&o.ints);
	buf_release(&o.plain);
	arena_release(&a);
}

static void slots_come_back(void **state)
{
	(void)state;
	static char space[64][24];
	struct str v[64];
	static const struct { const char *format; enum slot_kind kind; } cases[] = {
		{ "%llu", SLOT_NUMBER }, { "id%llux", SLOT_NUMBER }, { "%08llu", SLOT_NUMBER }, { "%016llx", SLOT_HEX }, { "q%llxz%llu", SLOT_TEXT }, };
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (int i = 0; i < 64; i++) {
			uint64_t x = c == 3 ? draw(UINT64_MAX) | 0xabUL << 56 : draw(10000000);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			snprintf(space[i], sizeof(space[i]), cases[c].format, (unsigned long long)x, (unsigned long long)draw(1000));
#pragma GCC diagnostic pop
			v[i] = str_z(space[i]);
		}
		slot_round(v, 64, cases[c].kind);
		slot_round(v, 1, SLOT_SAME);
	}
	for (int i = 0; i < 64; i++)
		v[i] = str_z((const char *[]){ "x1", "y2", "z33", "" }[draw(4)]);
	slot_round(v, 64, SLOT_CODES);
	struct str zeros[] = { STR("100"), STR("1000"), STR("10"), STR("0") }, mixed[] = { STR("007"), STR("07"), STR("7") };
	slot_round(zeros, 4, SLOT_NUMBER);
	slot_round(mixed, 3, SLOT_TEXT);
}

/* The way for numbers writes what the way for texts does, or says that it cannot. */
static void numbers_pack_as_their_texts(void **state)
{
	static char space[6000][24];
	static struct str texts[6000];
	static struct variable words[6000];
	struct slot_streams o[2];
	(void)state;
	for (int round = 0; round < 3000; round++) {
		size_t n = 1 + draw(round % 50 ? 40 : 6000);
		uint64_t most = draw(4) ? draw(100000) + 1 : UINT64_C(99999999999999999);
		bool even = draw(2), padded = draw(3) == 0, one = draw(8) == 0;
		for (size_t i = 0; i < n; i++) {
			unsigned long long v = one && i ? variable_number(words[0]) : draw(most);
			snprintf(space[i], sizeof(space[i]), padded && (even || draw(2)) ? "%017llu" : "%llu", v);
			texts[i] = str_z(space[i]);
			words[i] = variable_of_digits(0, texts[i].p, texts[i].len);
		}
		for (int k = 0; k < 2; k++) {
			buf_init(&o[k].text, 1 << 20);
			buf_init(&o[k].ints, 1 << 20);
			buf_init(&o[k].plain, 1 << 20);
		}
		slot_encode(&o[0], texts, n);
		if (slot_encode_numbers(&o[1], words, n)) {
			assert_true(str_eq(buf_str(&o[0].text), buf_str(&o[1].text)));
			assert_true(str_eq(buf_str(&o[0].ints), buf_str(&o[1].ints)));
			assert_true(str_eq(buf_str(&o[0].plain), buf_str(&o[1].plain)));
		} else {
			assert_true((buf_str(&o[0].text).p[0] & 7) > SLOT_NUMBER && o[1].text.len == 0 && o[1].ints.len == 0 && o[1].plain.len == 0);
		}
		for (int k = 0; k < 2; k++) {
			buf_release(&o[k].text);
			buf_release(&o[k].ints);
			buf_release(&o[k].plain);
		}
	}
}

enum { TIMES = 5000, ENTRIES = 40 };

/* Times whose fineness mostly follows from their codes; every tenth round from nothing. */
static void draw_times(int64_t *v, uint16_t *codes, uint32_t n, bool follow)
{
	static const int64_t units[] = { 1000000000, 1000000, 1000, 1 };
	int64_t now = 1795659886123456789;
	for (uint32_t i = 0; i < n; i++) {
		codes[i] = (uint16_t)draw(ENTRIES);
		int64_t unit = units[follow && draw(30) ? codes[i] % 4 : draw(4)];
		now += (int64_t)draw(3000000);
		v[i] = now / unit * unit;
	}
}

static void times_come_back(void **state)
{
	static int64_t v[TIMES], back[TIMES];
	static uint16_t codes[TIMES];
	struct buf b, packed;
	int written = 0;
	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&packed, 1 << 20);
	for (int round = 0; round < 300; round++) {
		uint32_t n = 1 + (uint32_t)draw(TIMES);
		buf_clear(&b);
		buf_clear(&packed);
		draw_times(v, codes, n, round % 10);
		if (!times_encode(&b, &packed, v, n, codes, ENTRIES)) {
			assert_true(b.len == 0 && packed.len == 0);
			continue;
		}
		written++;
		struct bytes r = bytes_of(buf_str(&b)), bits = bytes_of(buf_str(&packed));
		assert_int_equal(take_u8(&r), TIMES_BY_ENTRY);
		assert_true(times_decode(&r, &bits, back, n, (struct times_codes){ codes, 2 }, ENTRIES));
		assert_memory_equal(v, back, n * sizeof(*v));
		assert_true(bytes_left(&r) == 0 && bytes_left(&bits) == 0);
		/* Damage is an error or other times, never more. */
		for (int k = 0; k < 20; k++) {
			b.data[b.start + draw(b.len)] ^= (char)(1 << draw(8));
			r = bytes_of(str_sub(buf_str(&b), 1, b.len - draw(3)));
			bits = bytes_of(buf_str(&packed));
			times_decode(&r, &bits, back, n, (struct times_codes){ codes, 2 }, ENTRIES);
		}
	}
	assert_true(written > 100 && written < 300);
	buf_release(&b);
	buf_release(&packed);
}

static void every_row_comes_back(void **state)
{
	struct world *w = *state;
	struct err e = { 0 };
	struct memtable *m = rows_memtable(7700);
	struct segment seg;
	int64_t code;
	struct str directory = str_z(w->directory);
	assert_true(segment_write(m, directory, &seg, &code));
	struct segment_reader r;
	assert_true(segment_open(&r, directory, &seg, &e) && segment_index(&r, &e));
	uint32_t rows = 0;
	for (uint32_t i = 0; i < r.block_count; i++) {
		struct block_rows it;
		struct block_row row;
		assert_true(segment_block(&r, &r.blocks[i], &it, &e));
		while (block_next(&it, &r, &row, &e)) {
			const struct mem_row *was = memtable_row(m, row.position, m->rows);
			assert_non_null(was);
			assert_true(str_eq(mem_row_str(was), row.row));
			assert_true(str_eq(memtable_resource(m, was->resource)->bytes, r.resources[row.resource].bytes));
			rows++;
		}
		assert_false(err_is_set(&e));
	}
	assert_int_equal(rows, m->records + m->spans);
	uint32_t rank;
	assert_true(segment_rank_of(&r, 4321, &rank, &e) && rank != UINT32_MAX);
	assert_true(segment_rank_of(&r, 901, &rank, &e) && rank == UINT32_MAX); /* a gap */
	segment_close(&r);
	memtable_unref(m);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_split_at_tokens_with_digits), cmocka_unit_test(splitting_is_that_of_a_plain_loop), cmocka_unit_test(uuids_anywhere), cmocka_unit_test(numbers_come_back), cmocka_unit_test(slots_come_back), cmocka_unit_test(numbers_pack_as_their_texts), cmocka_unit_test(times_come_back),
		WORLD_TEST(every_row_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
