/* Fluent Forward messages: MessagePack, the four modes, the forms in which Fluentd, Fluent Bit, Docker and loggers send them, and what is refused. */
#include "base/gzip.h"
#include "base/sha512.h"
#include "base/time.h"
#include "store/forward.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include <cmocka.h>

static struct forward_decoder decoder;
static struct arena arena;
enum { ROWS_MAX = 16 };
static struct log_record rows[ROWS_MAX];
static struct resource resources[ROWS_MAX];
static size_t row_count;
static uint64_t rejected;

/* Bytes of a literal, which holds NULs. */
#define BYTES(literal) str_from((literal), sizeof(literal) - 1)

static void assert_text(struct str s, const char *expected)
{
	if (!str_eq(s, str_z(expected)))
		fail_msg("\"%.*s\" instead of \"%s\"", STR_FMT(s), expected);
}

static struct forward_message read_ok(struct str bytes)
{
	struct forward_message m;
	struct err e = { 0 };
	if (!forward_read(&decoder, bytes, &m, &e))
		fail_msg("%s", e.message);
	return m;
}

static void read_bad(struct str bytes, enum err_code code)
{
	struct forward_message m;
	struct err e = { 0 };
	assert_false(forward_read(&decoder, bytes, &m, &e));
	assert_int_equal(e.code, code);
}

/* Reads a message and what became of its records. */
static struct forward_message take(struct str bytes, int64_t now, const char *host)
{
	struct forward_message m = read_ok(bytes);
	struct batch_builder b;
	struct err e = { 0 };
	struct batch_reader it;
	struct str s, names[ROWS_MAX];
	uint32_t number, n = 0;
	batch_builder_init(&b);
	struct time_window w = { now, 0, INT64_MAX };
	forward_add(&decoder, &m, &w, str_z(host), &b);
	rejected = b.rejected;
	struct batch *batch = batch_finish(&b, &e);
	assert_non_null(batch);
	struct str kept = arena_str(&arena, batch_str(batch));
	assert_true(batch_read(&it, kept));
	while (batch_next_resource(&it, &s))
		names[n++] = s;
	for (row_count = 0; batch_next_row(&it, &number, &s); row_count++) {
		assert_true(row_count < ROWS_MAX && number < n);
		assert_true(row_log(s, &arena, &rows[row_count]));
		assert_true(resource_decode(names[number], &arena, &resources[row_count]));
	}
	batch_free(batch);
	batch_builder_release(&b);
	return m;
}
static const char *attr(size_t row, const char *key)
{
	static char out[256];
	struct str s = attr_find_str(rows[row].attrs, rows[row].attr_count, str_z(key));
	snprintf(out, sizeof(out), "%.*s", STR_FMT(s));
	return s.p ? out : NULL;
}

/* --- MessagePack ------------------------------------------------------------------------------------------------------------------------------ */

static void values(void **state)
{
	static const struct { struct str bytes; const char *json; } cases[] = {
		{ STR_INIT("\xc0"), "null" },
		{ STR_INIT("\x7f"), "127" },
		{ STR_INIT("\xff"), "-1" },
		{ STR_INIT("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615" },
		{ STR_INIT("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), "-9223372036854775808" },
		{ STR_INIT("\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"), "1.5" },
		{ STR_INIT("\xca\x3f\xc0\x00\x00"), "1.5" },
		{ STR_INIT("\xa3" "abc"), "\"abc\"" },
		{ STR_INIT("\xc4\x03" "abc"), "\"abc\"" },
		{ STR_INIT("\xda\x00\x03" "abc"), "\"abc\"" },
		{ STR_INIT("\x93\x01\xc2\xc3"), "[1,false,true]" },
		{ STR_INIT("\xdc\x00\x01\x80"), "[{}]" },
		{ STR_INIT("\x82\xa1" "a\x01\x05\x02"), "{\"a\":1,\"5\":2}" },
		{ STR_INIT("\xdf\x00\x00\x00\x01\xa1" "a\x91\x01"), "{\"a\":[1]}" },
		{ STR_INIT("\xd7\x00\x00\x00\x00\x01\x00\x00\x00\x02"), "1000000002" },
		{ STR_INIT("\xd6\x05\x01\x02\x03\xff"), "\"010203ff\"" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err e = { 0 };
		struct buf b;
		struct json_out o;
		struct msgpack_scan scan = { 0 };
		struct str bytes = cases[i].bytes;
		for (size_t n = 0; n < bytes.len; n++)
			assert_int_equal(msgpack_scan(&scan, str_sub(bytes, 0, n)), MSGPACK_MORE);
		assert_int_equal(msgpack_scan(&scan, bytes), MSGPACK_WHOLE);
		assert_int_equal(scan.at, bytes.len);
		const struct json *j = msgpack_parse(&arena, bytes, &e);
		assert_non_null(j);
		buf_init(&b, 1024);
		json_out_init(&o, &b);
		json_out_value(&o, j);
		assert_text(buf_str(&b), cases[i].json);
		buf_release(&b);
	}
}

static void hostile_values(void **state)
{
	struct err e = { 0 };
	struct msgpack_scan s = { 0 };
	char deep[200];
	(void)state;
	/* Counts of what is not there take no memory. */
	assert_int_equal(msgpack_scan(&s, BYTES("\xdd\xff\xff\xff\xff")), MSGPACK_MORE);
	s = (struct msgpack_scan){ 0 };
	assert_int_equal(msgpack_scan(&s, BYTES("\xdf\xff\xff\xff\xff\xc0")), MSGPACK_MORE);
	s = (struct msgpack_scan){ 0 };
	assert_int_equal(msgpack_scan(&s, BYTES("\x91\xc1")), MSGPACK_BAD);
	assert_null(msgpack_parse(&arena, BYTES("\xdd\xff\xff\xff\xff"), &e));
	assert_int_equal(e.code, ERR_INPUT);
	err_clear(&e);
	memset(deep, '\x91', sizeof(deep));
	deep[sizeof(deep) - 1] = '\xc0';
	assert_null(msgpack_parse(&arena, str_from(deep, sizeof(deep)), &e));
	assert_true(err_is_set(&e));
	err_clear(&e);
	char *many = calloc(1, MSGPACK_MAX_VALUES + 6);
	memcpy(many, "\xdd\x00\x02\x00\x01", 5);
	assert_null(msgpack_parse(&arena, str_from(many, MSGPACK_MAX_VALUES + 6), &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	free(many);
}

static void digests(void **state)
{
	char out[SHA512_HEX];
	const struct str parts[] = { STR("a"), STR("bc") };
	(void)state;
	assert_true(sha512_hex(out, parts, 2)); /* "abc" of FIPS 180-4 */
	assert_memory_equal(out,
			    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
			    SHA512_HEX);
	assert_true(secret_eq(STR("abc"), STR("abc")));
	assert_false(secret_eq(STR("abc"), STR("abd")));
	assert_false(secret_eq(STR("abc"), STR("ab")));
}

/* --- messages ------------------------------------------------------------------------------------------------------------------------------------ */

/* What fluent-logger sends. */
static void message_mode(void **state)
{
	(void)state;
	struct forward_message m = take(BYTES("\x94\xa9" "app.label\xce\x65\x53\xf1\x00\x82\xa7" "message\xa5" "hello\xa5" "level\xa5" "error"
					      "\x81\xa5" "chunk\xa4" "abc="),
					1, "");
	assert_text(m.tag, "app.label");
	assert_text(m.chunk, "abc=");
	assert_int_equal(row_count, 1);
	assert_true(rows[0].time == INT64_C(0x6553f100) * 1000000000);
	assert_text(rows[0].body, "hello");
	assert_int_equal(rows[0].severity, SEVERITY_ERROR);
	assert_text(resources[0].service, "app.label");
	assert_string_equal(attr(0, "fluent.tag"), "app.label");
	m = take(BYTES("\x93\xa1" "t\x01\x81\xa3" "log\xc4\x01" "x"), 7, "192.0.2.1");
	assert_int_equal(m.chunk.len, 0);
	assert_text(rows[0].body, "x");
	assert_text(resources[0].instance, "192.0.2.1");
	assert_true(read_ok(BYTES("\xc0")).nil);
}

/* What Docker's driver sends: the container is the service. */
static void forward_mode(void **state)
{
	(void)state;
	take(BYTES("\x93\xa6" "docker\x92"
		   "\x92\xd7\x00\x65\x53\xf1\x00\x00\x00\x00\x05\x83\xae" "container_name\xa6" "/web-1\xa6" "source\xa6" "stdout\xa3" "log\xa2" "hi"
		   "\x92\x00\x81\xa3" "msg\xa3" "two"
		   "\x80"),
	     99, "");
	assert_int_equal(row_count, 2);
	assert_true(rows[0].time == INT64_C(0x6553f100) * 1000000000 + 5);
	assert_text(rows[0].body, "hi");
	assert_text(resources[0].service, "web-1");
	assert_true(rows[1].time == 99); /* time 0: none */
	assert_text(resources[1].service, "docker");
}

/* Fluent Bit from version 2: [[time, metadata], record], options as map32; marks of groups are no records. */
#define BIT_ENTRIES                                                                                                                    \
	"\x92\x92\xd7\x00\x65\x53\xf1\x00\x00\x00\x00\x05\x80\x81\xa3" "log\xa3" "one"                                                   \
	"\x92\x92\xd7\x00\xff\xff\xff\xff\x00\x00\x00\x00\x80\x80"                                                                      \
	"\x92\x92\xd7\x00\x65\x53\xf1\x01\x00\x00\x00\x05\x81\xa1" "m\x01\x82\xa3" "log\xa3" "two\xa4" "http\x81\xa6" "status\xcd\x01\xf4"

static void packed_mode(void **state)
{
	struct buf b;
	(void)state;
	for (int text = 0; text < 2; text++) {
		buf_init(&b, 4096);
		buf_add(&b, BYTES("\x93\xa3" "bit"));
		if (text)
			msgpack_put_text(&b, BYTES(BIT_ENTRIES));
		else
			msgpack_put_binary(&b, BYTES(BIT_ENTRIES));
		buf_add(&b, BYTES("\xdf\x00\x00\x00\x03\xa4" "size\x03\xa5" "chunk\xa8" "AAAABBBB\xad" "fluent_signal\x00"));
		struct forward_message m = take(buf_str(&b), 1, "");
		assert_text(m.chunk, "AAAABBBB");
		assert_int_equal(row_count, 2);
		assert_text(rows[1].body, "two");
		const struct value *v = attr_find(rows[1].attrs, rows[1].attr_count, STR("http.status"));
		assert_true(v && v->type == VALUE_INT && v->i == 500);
		assert_non_null(attr_find(rows[1].attrs, rows[1].attr_count, STR("metadata.m")));
		assert_int_equal(rejected, 0);
		buf_release(&b);
	}
}

static void compressed_message(struct buf *out, struct str packed, const char *how)
{
	buf_add(out, BYTES("\x93\xa1" "t"));
	msgpack_put_binary(out, packed);
	msgpack_put_map(out, 1);
	msgpack_put_text(out, STR("compressed"));
	msgpack_put_text(out, str_z(how));
}

static void compressed_modes(void **state)
{
	struct buf packed, message;
	char space[1024];
	(void)state;
	buf_init(&packed, 4096);
	buf_init(&message, 4096);
	assert_true(gzip_deflate(BYTES(BIT_ENTRIES), 6, &packed));
	assert_true(gzip_deflate(BYTES("\x92\x01\x81\xa3" "log\xa1" "3"), 6, &packed)); /* a second member */
	compressed_message(&message, buf_str(&packed), "gzip");
	take(buf_str(&message), 1, "");
	assert_int_equal(row_count, 3);
	assert_text(rows[2].body, "3");
	size_t n = ZSTD_compress(space, sizeof(space), BIT_ENTRIES, sizeof(BIT_ENTRIES) - 1, 1);
	buf_clear(&message);
	compressed_message(&message, str_from(space, n), "zstd");
	take(buf_str(&message), 1, "");
	assert_int_equal(row_count, 2);
	buf_clear(&message);
	compressed_message(&message, str_from(space, n - 3), "zstd");
	read_bad(buf_str(&message), ERR_INPUT);
	buf_clear(&message);
	compressed_message(&message, str_from(space, n), "lz4");
	read_bad(buf_str(&message), ERR_INPUT);
	buf_release(&packed);
	buf_release(&message);
}

static void bombs(void **state)
{
	enum { SIZE = 64 << 20 };
	char *zeros = calloc(1, SIZE), *space = malloc(1 << 20);
	struct buf packed, message;
	(void)state;
	buf_init(&packed, 1 << 20);
	buf_init(&message, 1 << 20);
	assert_true(gzip_deflate(str_from(zeros, SIZE), 6, &packed));
	compressed_message(&message, buf_str(&packed), "gzip");
	read_bad(buf_str(&message), ERR_TOO_LARGE);
	size_t n = ZSTD_compress(space, 1 << 20, zeros, SIZE, 1);
	assert_false(ZSTD_isError(n));
	buf_clear(&message);
	compressed_message(&message, str_from(space, n), "zstd");
	read_bad(buf_str(&message), ERR_TOO_LARGE);
	/* More records than a message may have, of the least size. */
	enum { MANY = FORWARD_MAX_RECORDS + 1 };
	for (size_t i = 0; i < MANY; i++)
		memcpy(zeros + 3 * i, "\x92\x00\x80", 3);
	buf_clear(&packed);
	buf_clear(&message);
	assert_true(gzip_deflate(str_from(zeros, 3 * MANY), 6, &packed));
	compressed_message(&message, buf_str(&packed), "gzip");
	read_bad(buf_str(&message), ERR_TOO_LARGE);
	buf_release(&packed);
	buf_release(&message);
	free(zeros);
	free(space);
}

static void odd_records(void **state)
{
	struct buf deep;
	(void)state;
	take(BYTES("\x93\xa1" "t\x01\xa4" "text"), 1, "");
	assert_text(rows[0].body, "text");
	take(BYTES("\x93\xa1" "t\x01\x92\x01\x02"), 1, "");
	assert_text(rows[0].body, "[1,2]");
	take(BYTES("\x93\xa1" "t\xc3\x80"), 55, ""); /* a time that is none */
	assert_true(rows[0].time == 55);
	take(BYTES("\x93\xa1" "t\xcb\x41\xd9\x54\xfc\x40\x20\x00\x00\x80"), 55, ""); /* 1700000000.5 */
	assert_true(rows[0].time == INT64_C(1700000000500000000));
	/* Its own time counts where it is the same moment said more exactly, else it is an attribute. */
	take(BYTES("\x93\xa1" "t\xce\x65\x53\xf1\x00\x81\xa4" "time\xb8" "2023-11-14T22:13:20.250Z"), 1, "");
	assert_true(rows[0].time == INT64_C(1700000000250000000));
	take(BYTES("\x93\xa1" "t\xce\x65\x53\xf1\x00\x81\xa4" "time\xb8" "2020-11-14T22:13:20.250Z"), 1, "");
	assert_true(rows[0].time == INT64_C(1700000000000000000));
	assert_string_equal(attr(0, "time"), "2020-11-14T22:13:20.250Z");
	/* One that is nested too deep is rejected alone. */
	buf_init(&deep, 4096);
	buf_add(&deep, BYTES("\x92\xa1" "t\x92\x92\x01"));
	for (int i = 0; i < 100; i++)
		buf_char(&deep, '\x91');
	buf_add(&deep, BYTES("\xc0\x92\x01\x81\xa3" "log\xa2" "ok"));
	take(buf_str(&deep), 1, "");
	assert_int_equal(row_count, 1);
	assert_int_equal(rejected, 1);
	assert_text(rows[0].body, "ok");
	buf_release(&deep);
}

static void refused(void **state)
{
	char chunk[400];
	struct buf b;
	(void)state;
	read_bad(BYTES("\xa3" "abc"), ERR_INPUT);
	read_bad(BYTES("G"), ERR_INPUT);
	read_bad(BYTES("\x91\xa1" "t"), ERR_INPUT);
	read_bad(BYTES("\x92\x01\x90"), ERR_INPUT);
	read_bad(BYTES("\x92\xa1" "t\x01"), ERR_INPUT);
	read_bad(BYTES("\x92\xa1" "t\x92\x92\x01\x80\x05"), ERR_INPUT);     /* the second entry is none */
	read_bad(BYTES("\x92\xa1" "t\xc4\x03\x92\x01\x91"), ERR_INPUT);     /* packed, cut short */
	read_bad(BYTES("\x95\xa1" "t\x01\x80\x80\x80"), ERR_INPUT);
	memset(chunk, 'c', sizeof(chunk));
	buf_init(&b, 4096);
	buf_add(&b, BYTES("\x93\xa1" "t\x90\x81\xa5" "chunk"));
	msgpack_put_text(&b, str_from(chunk, sizeof(chunk)));
	read_bad(buf_str(&b), ERR_INPUT);
	buf_release(&b);
	/* Metrics and traces are told from logs before anything of them is read. */
	assert_int_equal(read_ok(BYTES("\x93\xa1" "t\xc4\x02\x01\x02\x81\xad" "fluent_signal\x01")).signal, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),	cmocka_unit_test(hostile_values),   cmocka_unit_test(digests), cmocka_unit_test(message_mode),
		cmocka_unit_test(forward_mode), cmocka_unit_test(packed_mode),	    cmocka_unit_test(compressed_modes), cmocka_unit_test(bombs),
		cmocka_unit_test(odd_records),	cmocka_unit_test(refused),
	};
	arena_init(&arena, 64 << 20);
	assert_true(forward_decoder_init(&decoder));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	forward_decoder_release(&decoder);
	arena_release(&arena);
	return failed;
}
