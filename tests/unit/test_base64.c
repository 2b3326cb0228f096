/* Base64: RFC 4648's own examples both ways, both alphabets, padding or none, every length and byte, and what is refused. */
#include "base/base64.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void examples(void **state)
{
	static const char *const rows[][2] = { { "", "" },	    { "f", "Zg==" },	   { "fo", "Zm8=" },	     { "foo", "Zm9v" },
					       { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	struct arena a;
	struct buf b;
	struct str back;
	(void)state;
	arena_init(&a, 1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_init(&b, 100);
		base64_encode(&b, str_z(rows[i][0]));
		assert_true(str_eq(buf_str(&b), str_z(rows[i][1])));
		assert_true(base64_decode(&a, buf_str(&b), &back) && str_eq(back, str_z(rows[i][0])));
		struct str bare = buf_str(&b);
		while (str_ends(bare, STR("=")))
			bare.len--;
		assert_true(base64_decode(&a, bare, &back) && str_eq(back, str_z(rows[i][0])));
		buf_release(&b);
	}
	arena_release(&a);
}

static void every_byte(void **state)
{
	char bytes[256];
	struct arena a;
	struct str back;
	(void)state;
	arena_init(&a, 1 << 20);
	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	for (size_t n = 0; n <= 256; n++) {
		struct buf b;
		buf_init(&b, 1000);
		base64_encode(&b, str_from(bytes, n));
		assert_true(base64_decode(&a, buf_str(&b), &back) && str_eq(back, str_from(bytes, n)));
		for (size_t i = 0; i < b.len; i++) /* the other alphabet, "-_" for "+/" */
			b.data[b.start + i] = b.data[b.start + i] == '+' ? '-' : b.data[b.start + i] == '/' ? '_' : b.data[b.start + i];
		assert_true(base64_decode(&a, buf_str(&b), &back) && str_eq(back, str_from(bytes, n)));
		buf_release(&b);
	}
	arena_release(&a);
}

static void refused(void **state)
{
	static const char *const wrong[] = { "Z", "Zm9vY", "Zg=x", "Z g=", "Zm9v\n", "Zm\xc3\xa4", "====Z" };
	struct arena a;
	struct str back = STR("untouched");
	(void)state;
	arena_init(&a, 1 << 16);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(base64_decode(&a, str_z(wrong[i]), &back));
	assert_true(str_eq(back, STR("untouched")));
	arena_release(&a);
	static char large[8000];
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = 'A';
	arena_init(&a, 4096);
	assert_false(base64_decode(&a, str_from(large, sizeof(large)), &back));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(examples), cmocka_unit_test(every_byte), cmocka_unit_test(refused) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
