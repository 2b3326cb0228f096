/* AsyncAPI 2 and 3: every kind of change with a pair that triggers it and one that must not (tests/contract/asyncapi); bad input; documentation. */
#include "../contract/check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void pairs(void **state)
{
	(void)state;
	check_cases("asyncapi", "pairs", false, "asyncapi: %s\ninfo: {title: T, version: \"1\"}\n", "");
}

static bool read_text(const char *text, struct err *e, struct buf *document)
{
	struct source s;
	source_init(&s, STR("s"));
	assert_true(source_add(&s, STR("events.yaml"), str_z(text), e) && source_sort(&s, e));
	assert_ptr_equal(contract_format_of(&s.files[0]), &asyncapi_format);
	struct contract_model *m = asyncapi_format.read(&s, e);
	if (m && document) {
		struct json_out o;
		json_out_init(&o, document);
		asyncapi_format.describe(m, &o);
	}
	if (m)
		asyncapi_format.free(m);
	source_release(&s);
	return m != NULL;
}

static void bad_input(void **state)
{
	static const struct { const char *text, *message; uint32_t line; } bad[] = {
		{ "asyncapi: 1.2.0\n", "version must be", 1 },
		{ "asyncapi: 3.0.0\nchannels: []\n", "must be an object", 2 },
		{ "asyncapi: 3.0.0\nchannels: {}\noperations:\n  a: {action: publish}\n", "send or receive", 4 },
		{ "asyncapi: 3.0.0\nchannels: {}\noperations:\n  a: {action: send}\n", "must have a channel", 4 },
		{ "asyncapi: 3.0.0\nchannels: {}\noperations:\n  a: {action: send, channel: {address: x}}\n", "must be a reference", 4 },
		{ "asyncapi: 3.0.0\nchannels:\n  a: {messages: {m: {$ref: '#/components/messages/None'}}}\n", "", 3 },
		{ "asyncapi: 2.6.0\nchannels:\n  a: {publish: {message: {oneOf: {}}}}\n", "must be a list", 3 },
		{ "asyncapi: 2.6.0\nchannels:\n  a: {publish: {message: {payload: {$ref: 'https://example.com/s.json'}}}}\n", "", 3 },
		{ "asyncapi: 2.6.0\nchannels:\n  a: {publish: {message: {payload: {type: what}}}}\n", "", 3 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { 0 };
		assert_false(read_text(bad[i].text, &e, NULL));
		if (e.line != bad[i].line || !strstr(e.message, bad[i].message))
			fail_msg("%s: got %s:%u: %s", bad[i].text, e.file, e.line, e.message);
		assert_true(e.message[0] && e.file[0]);
	}
}

static void documentation(void **state)
{
	static const char text[] = "asyncapi: 3.0.0\ninfo: {title: Events, version: '1'}\nchannels: {orders: {address: 'orders/{region}', parameters: {region: {description: where}}, messages: "
				   "{placed: {payload: {$ref: '#/components/schemas/Order'}}}}}\noperations: {tell: {action: send, summary: tells, channel: {$ref: '#/channels/orders'}}}\n"
				   "components: {schemas: {Order: {type: object, required: [id], properties: {id: {type: integer}, state: {enum: [open]}}}}}\n";
	static const char *const parts[] = { "\"title\":\"Events\"", "\"id\":\"send orders/{region}\"", "\"title\":\"tells\"", "\"description\":\"where\"",
		"\"request\":{\"type\":\"Order\"}",
		"\"name\":\"id\",\"type\":\"integer\",\"required\":true" };
	struct err e = { 0 };
	struct buf b;
	(void)state;
	buf_init(&b, 1 << 20);
	assert_true(read_text(text, &e, &b));
	buf_char(&b, 0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strstr(buf_str(&b).p, parts[i]))
			fail_msg("%s is not in %s", parts[i], buf_str(&b).p);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(pairs), cmocka_unit_test(bad_input), cmocka_unit_test(documentation) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
