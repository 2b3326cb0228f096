/* What a file is, by its path alone (borders_impl.h): the rows of tbl/test_files.h. */
#include "base/check.h"
#include "base/glob.h"
#include "contract/borders/borders_impl.h"

static const struct str test_names[] = {
#define TEST_NAME(pattern, ecosystem) STR_INIT(pattern),
#include "tbl/test_files.h"
};
static const struct str test_folders[] = {
#define TEST_FOLDER(name) STR_INIT(name),
#include "tbl/test_files.h"
};
static const struct str sources[] = {
#define TEST_SOURCE(ending) STR_INIT(ending),
#include "tbl/test_files.h"
};
static const struct str compose[] = {
#define TEST_COMPOSE(pattern) STR_INIT(pattern),
#include "tbl/test_files.h"
};
static const struct str skipped[] = {
#define TEST_SKIP(name) STR_INIT(name),
#include "tbl/test_files.h"
};
static const struct str contract_words[] = {
#define TEST_CONTRACT(word) STR_INIT(word),
#include "tbl/test_files.h"
};

static bool among(const struct str *list, size_t n, struct str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i], s))
			return true;
	return false;
}

static bool fits_one(const struct str *patterns, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (glob_matches(patterns[i], name))
			return true;
	return false;
}

static bool is_source(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		if (str_ends(name, sources[i]))
			return true;
	return false;
}

/* A pact: its JSON is read to be sure (marks.c). */
static bool may_be_pact(struct str path, struct str name)
{
	return str_ends(name, STR(".json")) && (str_find(path, STR("pact")) != SIZE_MAX);
}

bool border_is_compose(struct str name) { return fits_one(compose, ARRAY_LEN(compose), name); }

bool border_is_test(struct str path)
{
	struct str rest = path, name = path;
	bool below = false;
	while (rest.p) {
		name = str_split(&rest, '/');
		below |= rest.p && among(test_folders, ARRAY_LEN(test_folders), name);
	}
	return fits_one(test_names, ARRAY_LEN(test_names), name) || border_is_compose(name) || (below && is_source(name)) || may_be_pact(path, name);
}

bool border_skips(struct str folder) { return str_starts(folder, STR(".")) || among(skipped, ARRAY_LEN(skipped), folder); }

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* As a word of its own: "contract" in "orders_contract_test.go", not in "contractor". */
static bool holds_word(struct str path, struct str word)
{
	for (size_t from = 0; from + word.len <= path.len; from++) {
		size_t end = from + word.len;
		if (str_eq_ci(str_sub(path, from, end), word) && (!from || !is_letter(path.p[from - 1]) || (path.p[from] >= 'A' && path.p[from] <= 'Z')) &&
		    (end == path.len || !is_letter(path.p[end]) || (path.p[end] >= 'A' && path.p[end] <= 'Z')))
			return true;
	}
	return false;
}

enum border_kind border_kind_of(struct str path)
{
	for (size_t i = 0; i < ARRAY_LEN(contract_words); i++)
		if (holds_word(path, contract_words[i]))
			return BORDER_CONTRACT;
	return BORDER_END_TO_END;
}
