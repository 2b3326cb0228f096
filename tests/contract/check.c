/* Runs the cases of a file and looks at what was found. */
#include "check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

struct run { struct buf golden; size_t pairs, failures; };

static const char *path_of(const char *folder, const char *name, const char *end)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s/tests/contract/%s/%s.%s", getenv("SOURCE_ROOT"), folder, name, end);
	return path;
}

static bool has_rule(const struct change *x, struct str name)
{
	for (size_t i = 0; i < x->rules_count; i++)
		if (str_eq(rule_infos[x->rules[i]].name, name))
			return true;
	return false;
}

static bool fits(const struct change *x, const struct case_expect *e)
{
	if (!str_eq(str_z(change_level_name(x->level)), e->level) || (e->kind.len && !str_eq(change_infos[x->kind].name, e->kind)))
		return false;
	for (size_t i = 0; i < e->rules_count; i++)
		if (!has_rule(x, e->rules[i]))
			return false;
	return true;
}

static void complain(struct run *r, const struct case_pair *c, const struct changes *found, const char *what, struct str more)
{
	r->failures++;
	fprintf(stderr, "%.*s: %s %.*s\n", STR_FMT(c->name), what, STR_FMT(more));
	for (size_t i = 0; found && i < found->count; i++) {
		const struct change *x = &found->items[i];
		fprintf(stderr, "   found %s %.*s %.*s", change_level_name(x->level), STR_FMT(change_infos[x->kind].name), STR_FMT(x->sentence));
		for (size_t j = 0; j < x->rules_count; j++)
			fprintf(stderr, " %.*s", STR_FMT(rule_infos[x->rules[j]].name));
		fprintf(stderr, "\n");
	}
}

/* Each expectation is met by a change; for schemas, where the schema stands. */
static void check_found(struct run *r, const struct case_pair *c, const struct changes *found)
{
	for (size_t i = 0; i < c->expects_count; i++) {
		const struct change *met = NULL;
		for (size_t j = 0; j < found->count && !met; j++)
			if (fits(&found->items[j], &c->expects[i]))
				met = &found->items[j];
		if (!met)
			complain(r, c, found, "not found:", c->expects[i].rules_count ? c->expects[i].rules[0] : c->expects[i].kind);
		else if (c->line && (met->old_place.line != c->line || met->new_place.line != c->line || met->old_place.column < c->column || met->new_place.column < c->column))
			complain(r, c, found, "found in the wrong place", (struct str){ 0 });
	}
	size_t above = changes_at_least(found, CHANGE_WARNING), expected = 0;
	for (size_t i = 0; i < c->expects_count; i++)
		expected += !str_eq(c->expects[i].level, STR("info"));
	if (c->only && above != expected)
		complain(r, c, found, "more was found than", STR("expected"));
}

/* One line a change, so that places, proofs and words are looked at when they change. */
static void note(struct run *r, const struct case_pair *c, const struct changes *found)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct change *x = &found->items[i];
		buf_printf(&r->golden, "%.*s | %s %.*s | %.*s | %.*s | %u:%u %u:%u | %s | ", STR_FMT(c->name), change_level_name(x->level), STR_FMT(change_infos[x->kind].name),
			STR_FMT(x->subject), STR_FMT(x->sentence), x->old_place.line, x->old_place.column, x->new_place.line, x->new_place.column,
			witness_state_name(x->witness.state));
		for (const char *p = x->witness.text.p; p && p < x->witness.text.p + x->witness.text.len; p++)
			buf_char(&r->golden, *p == '\n' ? '~' : *p);
		buf_printf(&r->golden, " | %.*s | %.*s |", STR_FMT(x->witness.before), STR_FMT(x->witness.after));
		for (size_t j = 0; j < x->reach_count; j++)
			buf_printf(&r->golden, "%s%.*s", j ? ", " : " ", STR_FMT(x->reach[j].operation));
		buf_char(&r->golden, '\n');
	}
}

/* Without information and without witnesses the same breaks and warnings are found. */
static void check_options(struct run *r, const struct case_pair *c, const struct changes *found)
{
	struct case_pair plain = *c;
	struct changes fewer;
	struct err e = { 0 };
	plain.options.information = plain.options.witnesses = false;
	changes_init(&fewer);
	if (!case_compare(&plain, false, &fewer, &e) || fewer.count != changes_at_least(found, CHANGE_WARNING) ||
		changes_at_least(&fewer, CHANGE_BREAKING) != changes_at_least(found, CHANGE_BREAKING))
		complain(r, c, &fewer, "without information and witnesses it finds", STR("something else"));
	for (size_t i = 0; i < fewer.count; i++)
		if (fewer.items[i].witness.state == WITNESS_PROVED)
			complain(r, c, &fewer, "a witness was built", STR("that nobody asked for"));
	changes_release(&fewer);
}

static void check_pair(void *ctx, const struct case_pair *c)
{
	struct run *r = ctx;
	struct changes found;
	struct err e = { 0 };
	changes_init(&found);
	r->pairs++;
	if (!case_compare(c, false, &found, &e))
		complain(r, c, NULL, "error:", str_z(e.message));
	else
		check_found(r, c, &found);
	check_options(r, c, &found);
	note(r, c, &found);
	changes_release(&found);
	changes_init(&found);
	if (!case_compare(c, true, &found, &e))
		complain(r, c, NULL, "error the other way round:", str_z(e.message));
	size_t breaks = changes_at_least(&found, CHANGE_BREAKING), warns = changes_at_least(&found, CHANGE_WARNING);
	if (c->reverse == REVERSE_FINE ? breaks > 0 : c->reverse == REVERSE_BREAKS ? !breaks : !warns || breaks)
		complain(r, c, &found, "the other way round it should", c->reverse == REVERSE_FINE ? STR("break nothing") : c->reverse == REVERSE_BREAKS ? STR("break") : STR("warn"));
	changes_release(&found);
}

/* With RECORD set, writes what was found instead of comparing. */
static void check_golden(const struct run *r, const char *folder, const char *name)
{
	FILE *f = fopen(path_of(folder, name, "expected"), getenv("RECORD") ? "wb" : "rb");
	assert_non_null(f);
	if (getenv("RECORD")) {
		fwrite(buf_str(&r->golden).p, 1, buf_str(&r->golden).len, f);
	} else {
		static char before[2 << 20];
		size_t n = fread(before, 1, sizeof(before), f);
		if (!str_eq(str_from(before, n), buf_str(&r->golden)))
			fail_msg("what was found differs from tests/contract/%s/%s.expected: look at it, and if it is right write it with RECORD=1", folder, name);
	}
	fclose(f);
}

void check_cases(const char *folder, const char *name, bool schemas, const char *head, const char *other_head)
{
	struct arena a;
	struct run r = { 0 };
	arena_init(&a, 64 << 20);
	buf_init(&r.golden, 8 << 20);
	if (schemas)
		assert_true(cases_schemas(&a, path_of(folder, name, "cases"), check_pair, &r));
	else
		assert_true(cases_pairs(&a, path_of(folder, name, "cases"), head, other_head, check_pair, &r));
	assert_true(r.pairs > 30);
	assert_int_equal(r.failures, 0);
	check_golden(&r, folder, name);
	buf_release(&r.golden);
	arena_release(&a);
}
