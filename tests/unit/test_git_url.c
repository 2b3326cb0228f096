/* Addresses of remote repositories (model/git_url.h): what is one, which git may be given, what a clone is called. */
#include "base/check.h"
#include "model/git_url.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void addresses(void **state)
{
	static const struct { const char *text; bool is, good; const char *name; } cases[] = {
		{ "https://git.example/shop/ledger.git", true, true, "ledger" },
		{ "https://git.example:8443/shop/ledger/", true, true, "ledger" },
		{ "http://[::1]:80/x", true, true, "x" },
		{ "ssh://git@git.example:22/shop/ledger.git", true, true, "ledger" },
		{ "git@git.example:shop/ledger.git", true, true, "ledger" },
		{ "git@git.example:ledger", true, true, "ledger" },
		{ "git://127.0.0.1/ledger/.git", true, true, "ledger" },
		{ "file:///srv/a b", true, false, NULL },
		{ "file:///srv/ledger", true, true, "ledger" },
		{ "file:///srv/..", true, true, "-." },
		{ "file:///", true, true, "repository" },
		{ "https://git.example/x%2f..%2fy", true, true, "x-2f..-2fy" },
		{ ".", false, false, NULL },
		{ "../clones", false, false, NULL },
		{ "/srv/git:x@y", false, false, NULL },
		{ "c:x", false, false, NULL },
		{ "ext::sh", true, false, NULL },
		{ "ext::ssh://x/y", true, false, NULL },
		{ "https::http://x/y", true, false, NULL },
		{ "ext://x", true, false, NULL },
		{ "-o@x:y", true, false, NULL },
		{ "git@-o:y", true, false, NULL },
		{ "ssh://-o/y", true, false, NULL },
		{ "ssh://-o@x/y", true, false, NULL },
		{ "ssh://git@-o/y", true, false, NULL },
		{ "ssh://git:pw@x/y", true, false, NULL },
		{ "https://token@x/y", true, false, NULL },
		{ "https://a:b@x/y", true, false, NULL },
		{ "https:///y", true, false, NULL },
		{ "HTTPS://x/y", true, false, NULL },
	};
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		struct str text = str_z(cases[i].text);
		if (git_url_is(text) != cases[i].is || (cases[i].is && git_url_check(text, &e) != cases[i].good))
			fail_msg("%s", cases[i].text);
		if (cases[i].name)
			assert_string_equal(arena_strz(&a, git_url_name(&a, text)).p, cases[i].name);
		assert_true(str_find(str_z(e.message), STR("pw")) == SIZE_MAX && str_find(str_z(e.message), STR("token")) == SIZE_MAX);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(addresses) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
