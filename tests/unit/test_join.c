/* Lines that belong together: the stack traces of the usual languages, as their runtimes print them, each become one text, and nothing else does. */
#include "base/check.h"
#include "node/join.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static char seen[1 << 18]; /* texts, each followed by "|" */
static size_t seen_len;
static bool seen_cut;

static void see(struct join *j, struct str text, bool cut)
{
	(void)j;
	assert_true(text.len > 0 && seen_len + text.len + 2 < sizeof(seen));
	memcpy(seen + seen_len, text.p, text.len);
	seen_len += text.len;
	seen[seen_len++] = '|';
	seen[seen_len] = 0;
	seen_cut |= cut;
}

static struct join begin(void)
{
	struct join j = { .on_text = see };
	join_init(&j);
	seen_len = 0;
	seen[0] = 0;
	seen_cut = false;
	return j;
}

static void feed(struct join *j, const char *text)
{
	struct str rest = str_z(text);
	while (rest.p)
		join_line(j, str_split(&rest, '\n'), false);
}

static void expect(const char *lines, const char *texts)
{
	struct join j = begin();
	feed(&j, lines);
	join_idle(&j);
	join_flush(&j);
	assert_string_equal(seen, texts);
	assert_int_equal(j.state, JOIN_NOTHING);
	join_release(&j);
}

static void java(void **state)
{
	(void)state;
	expect("2026-11-25 10:00:00 INFO started\n"
	       "2026-11-25 10:00:01 ERROR order 7 failed\n"
	       "java.lang.IllegalStateException: no stock\n"
	       "\tat shop.Orders.take(Orders.java:12)\n"
	       "\tat shop.Main.main(Main.java:3)\n"
	       "Caused by: java.io.IOException: closed\n"
	       "\tat shop.Db.read(Db.java:9)\n"
	       "\t... 2 more\n"
	       "2026-11-25 10:00:02 INFO next\n",
	       "2026-11-25 10:00:00 INFO started|"
	       "2026-11-25 10:00:01 ERROR order 7 failed\njava.lang.IllegalStateException: no stock\n\tat shop.Orders.take(Orders.java:12)\n"
	       "\tat shop.Main.main(Main.java:3)\nCaused by: java.io.IOException: closed\n\tat shop.Db.read(Db.java:9)\n\t... 2 more|"
	       "2026-11-25 10:00:02 INFO next|");
	expect("Exception in thread \"main\" java.lang.Error\n\tat a.B.c(B.java:1)", "Exception in thread \"main\" java.lang.Error\n\tat a.B.c(B.java:1)|");
}

/* The message above it says that all is well: it is another event. */
static void trace_below_an_ordinary_line(void **state)
{
	(void)state;
	expect("INFO listening on 80\nTypeError: x is not a function\n    at f (/a.js:1:2)\n", "INFO listening on 80|TypeError: x is not a function\n    at f (/a.js:1:2)|");
	expect("Error: one\nError: two\n", "Error: one|Error: two|");
}

static void python(void **state)
{
	(void)state;
	expect("INFO:root:begin\nERROR:root:it failed\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nKeyError: 'x'\n\n"
	       "During handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n"
	       "shop.errors.Failed: no\nINFO:root:end\n",
	       "INFO:root:begin|ERROR:root:it failed\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nKeyError: 'x'\n"
	       "During handling of the above exception, another exception occurred:\nTraceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n"
	       "shop.errors.Failed: no|INFO:root:end|");
}

static void go(void **state)
{
	(void)state;
	expect("2026/11/25 10:00:00 begin\npanic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.f(...)\n\t/a/main.go:8\nmain.main()\n"
	       "\t/a/main.go:12 +0x1d\n\ngoroutine 6 [chan receive]:\nnet/http.(*conn).serve(0xc000, {0x1, 0x2})\n\t/go/server.go:1 +0x5\ncreated by net/http.(*Server).Serve\n"
	       "\t/go/server.go:3 +0x1\n2026/11/25 10:00:01 end\n",
	       "2026/11/25 10:00:00 begin|panic: runtime error: index out of range [5] with length 3\ngoroutine 1 [running]:\nmain.f(...)\n\t/a/main.go:8\nmain.main()\n"
	       "\t/a/main.go:12 +0x1d\ngoroutine 6 [chan receive]:\nnet/http.(*conn).serve(0xc000, {0x1, 0x2})\n\t/go/server.go:1 +0x5\ncreated by net/http.(*Server).Serve\n"
	       "\t/go/server.go:3 +0x1|2026/11/25 10:00:01 end|");
}

static void dotnet(void **state)
{
	(void)state;
	expect("fail: Shop[0]\n      System.InvalidOperationException: no\n       ---> System.IO.IOException: closed\n         at Shop.Read()\n"
	       "         --- End of inner exception stack trace ---\n         at Shop.Main()\ninfo: Shop[0]\n      next\n",
	       "fail: Shop[0]\n      System.InvalidOperationException: no\n       ---> System.IO.IOException: closed\n         at Shop.Read()\n"
	       "         --- End of inner exception stack trace ---\n         at Shop.Main()|info: Shop[0]\n      next|");
	expect("Unhandled exception. System.Exception: no\n   at A.B()\n--- End of stack trace from previous location ---\n   at C.D()\nbye",
	       "Unhandled exception. System.Exception: no\n   at A.B()\n--- End of stack trace from previous location ---\n   at C.D()|bye|");
}

static void json_stands_alone(void **state)
{
	(void)state;
	expect("{\"a\":1}\n{\"b\":2}\n  {\"c\":3}\n\tat x\n", "{\"a\":1}|{\"b\":2}|  {\"c\":3}|\tat x|");
	expect("ERROR no\n{\"a\":1}\n\tat x\n", "ERROR no|{\"a\":1}|\tat x|");
}

static void only_blocks_wait(void **state)
{
	(void)state;
	struct join j = begin();
	join_line(&j, STR("an ordinary line"), false);
	assert_false(join_idle(&j));
	assert_string_equal(seen, "an ordinary line|");
	join_line(&j, STR("{\"a\":1}"), false);
	assert_string_equal(seen, "an ordinary line|{\"a\":1}|");
	assert_false(join_idle(&j));
	join_line(&j, STR("ValueError: no"), false);
	assert_true(join_idle(&j));
	assert_string_equal(seen, "an ordinary line|{\"a\":1}|");
	join_line(&j, STR("    at f"), true);
	assert_true(join_idle(&j));
	join_flush(&j);
	assert_string_equal(seen, "an ordinary line|{\"a\":1}|ValueError: no\n    at f|");
	assert_true(seen_cut);
	join_release(&j);
}

/* Beyond the limits a block comes in pieces, whole. */
static void limits(void **state)
{
	(void)state;
	static char line[2000];
	struct join j = begin();
	size_t pieces = 0, lines = 0;
	memset(line, 'x', sizeof(line));
	line[0] = ' ';
	for (int i = 0; i < 100; i++)
		join_line(&j, str_from(line, sizeof(line)), false);
	join_flush(&j);
	for (size_t i = 0, start = 0; i < seen_len; i++) {
		lines += seen[i] == '\n' || seen[i] == '|';
		if (seen[i] == '|') {
			assert_true(i - start <= JOIN_MAX_BYTES);
			start = i + 1;
			pieces++;
		}
	}
	assert_int_equal(lines, 100);
	assert_int_equal(pieces, 4);
	join_release(&j);
	j = begin();
	for (int i = 0; i < JOIN_MAX_LINES + 1; i++)
		join_line(&j, STR(" x"), false);
	assert_int_equal(seen_len, 3 * JOIN_MAX_LINES);
	join_flush(&j);
	assert_int_equal(seen_len, 3 * JOIN_MAX_LINES + 3);
	join_release(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(java), cmocka_unit_test(trace_below_an_ordinary_line), cmocka_unit_test(python), cmocka_unit_test(go), cmocka_unit_test(dotnet),
		cmocka_unit_test(json_stands_alone), cmocka_unit_test(only_blocks_wait), cmocka_unit_test(limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
