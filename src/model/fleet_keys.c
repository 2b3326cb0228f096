/* The rows of tbl/fleet_keys.h as tables, the errors of a reading, and judging the keys of a mapping by the rows. */
#include "model/fleet_keys.h"
#include "base/check.h"
#include "base/suggest.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const struct fleet_section_info fleet_sections[SECTION_COUNT] = {
#define FLEET_SECTION(symbol, file, where, title, meaning) { STR_INIT(file), STR_INIT(where), STR_INIT(title), STR_INIT(meaning) },
#include "tbl/fleet_keys.h"
};
#define NODE_SCALAR YAML_SCALAR
#define NODE_LIST YAML_SEQUENCE
#define NODE_MAPPING YAML_MAPPING
const struct fleet_kind_info fleet_kinds[KIND_COUNT] = {
#define FLEET_KIND(symbol, node, words, example) { NODE_##node, STR_INIT(words), STR_INIT(example) },
#include "tbl/fleet_keys.h"
};
const struct fleet_key fleet_keys[] = {
#define FLEET_KEY(section, key, kind, state, min, max, otherwise, meaning)                                                                 \
	{ SECTION_##section, STR_INIT(key), KIND_##kind, KEY_##state, min, max, STR_INIT(otherwise), STR_INIT(meaning) },
#include "tbl/fleet_keys.h"
};
const size_t fleet_keys_count = ARRAY_LEN(fleet_keys);

/* --- errors ------------------------------------------------------------------------------------------------------------------- */

void fleet_wrong_err(struct fleet_reader *r, struct err *e, uint32_t line, uint32_t column)
{
	err_place(e, r->file, line, column);
	if (r->errors_count < FLEET_MAX_ERRORS && ARENA_PUSH_ROOM(r->arena, r->errors, r->errors_count, r->errors_capacity))
		r->errors[r->errors_count++] = *e;
	else
		r->errors_unkept++;
}

void fleet_wrong(struct fleet_reader *r, uint32_t line, uint32_t column, const char *format, ...)
{
	char message[sizeof(((struct err *)0)->message)];
	struct err e = { 0 };
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	err_set(&e, ERR_FILE_INVALID, "%s", message);
	fleet_wrong_err(r, &e, line, column);
}

static int by_place(const void *a, const void *b)
{
	const struct err *x = a, *y = b;
	bool x_top = strcmp(x->file, "pleach.yaml") == 0, y_top = strcmp(y->file, "pleach.yaml") == 0;
	int file = strcmp(x->file, y->file);
	if (x_top != y_top)
		return x_top ? -1 : 1;
	if (file)
		return file;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

void fleet_report(struct fleet_reader *r, struct err *e, struct buf *more)
{
	if (r->errors_count == 0) {
		if (r->errors_unkept)
			err_set(e, ERR_TOO_LARGE, "the files of this fleet need more memory than its limit");
		return;
	}
	qsort(r->errors, r->errors_count, sizeof(*r->errors), by_place);
	const struct err *first = &r->errors[0];
	err_set(e, first->code, "%s", first->message);
	err_place(e, str_z(first->file), first->line, first->column);
	for (size_t i = 1; more && i < r->errors_count; i++) {
		err_format(&r->errors[i], more);
		buf_char(more, '\n');
	}
	if (more && r->errors_unkept)
		buf_printf(more, "and %zu more\n", r->errors_unkept);
}

struct place fleet_place(const struct fleet_reader *r, uint32_t line, uint32_t column)
{
	return (struct place){ r->file, line, column };
}

static void warn_later(struct fleet_reader *r, struct str key, uint32_t line, uint32_t column)
{
	if (!ARENA_PUSH_ROOM(r->arena, r->warnings, r->warnings_count, r->warnings_capacity))
		return;
	struct err *w = &r->warnings[r->warnings_count++];
	err_set(w, ERR_FILE_INVALID, "`%.*s` is read but not acted on yet", STR_FMT(key));
	err_place(w, r->file, line, column);
}

struct str fleet_shown(struct str s)
{
	size_t end = str_find_char(s, '\n');
	if (end > 60)
		end = s.len < 60 ? s.len : 60;
	while (end > 0 && end < s.len && ((uint8_t)s.p[end] & 0xc0) == 0x80) /* not within a UTF-8 sequence */
		end--;
	return str_sub(s, 0, end);
}

/* --- keys --------------------------------------------------------------------------------------------------------------------- */

static const struct fleet_key *find_key(enum fleet_section section, struct str name)
{
	for (size_t i = 0; i < fleet_keys_count; i++) {
		if (fleet_keys[i].section == section && str_eq(fleet_keys[i].name, name))
			return &fleet_keys[i];
	}
	return NULL;
}

const struct fleet_key *fleet_row(enum fleet_section section, const char *name)
{
	const struct fleet_key *k = find_key(section, str_z(name));
	CHECK(k != NULL);
	return k;
}

/* The section of the same file where a key would be right, or SECTION_COUNT. */
static enum fleet_section other_home(enum fleet_section section, struct str name)
{
	for (size_t i = 0; i < fleet_keys_count; i++) {
		const struct fleet_key *k = &fleet_keys[i];
		if (k->section != section && str_eq(k->name, name) && str_eq(fleet_sections[k->section].file, fleet_sections[section].file))
			return k->section;
	}
	return SECTION_COUNT;
}

static void unknown_key(struct fleet_reader *r, enum fleet_section section, const struct yaml_pair *pair)
{
	struct str names[64], title = fleet_sections[section].title, key = fleet_shown(pair->key);
	char known[256];
	size_t n = 0, used = 0;
	for (size_t i = 0; i < fleet_keys_count; i++) {
		if (fleet_keys[i].section != section)
			continue;
		CHECK(n < ARRAY_LEN(names));
		names[n++] = fleet_keys[i].name;
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%.*s", n > 1 ? ", " : "", STR_FMT(fleet_keys[i].name));
		CHECK(used < sizeof(known));
	}
	struct str near = suggest(pair->key, names, n);
	enum fleet_section home = other_home(section, pair->key);
	if (home != SECTION_COUNT && str_empty(fleet_sections[home].where))
		fleet_wrong(r, pair->line, pair->column, "unknown key `%.*s` in `%.*s`; it belongs to the top of the file", STR_FMT(key),
			    STR_FMT(title));
	else if (home != SECTION_COUNT)
		fleet_wrong(r, pair->line, pair->column, "unknown key `%.*s` in `%.*s`; it belongs under `%.*s`", STR_FMT(key), STR_FMT(title),
			    STR_FMT(fleet_sections[home].title));
	else if (!str_empty(near))
		fleet_wrong(r, pair->line, pair->column, "unknown key `%.*s` in `%.*s`; did you mean `%.*s`?", STR_FMT(key), STR_FMT(title),
			    STR_FMT(near));
	else
		fleet_wrong(r, pair->line, pair->column, "unknown key `%.*s` in `%.*s`; known keys are %s", STR_FMT(key), STR_FMT(title), known);
}

static void check_shape(struct fleet_reader *r, const struct fleet_key *k, const struct yaml_pair *pair)
{
	const struct fleet_kind_info *kind = &fleet_kinds[k->kind];
	const struct yaml *v = &pair->value;
	if (v->type == YAML_NULL)
		return;
	if (v->type != kind->node) {
		fleet_wrong(r, v->line, v->column, "`%.*s` must be %.*s, such as %.*s; here is %s", STR_FMT(k->name), STR_FMT(kind->words),
			    STR_FMT(kind->example), yaml_type_name(v->type));
		return;
	}
	if (kind->node == YAML_SEQUENCE && ((double)v->count < k->min || (double)v->count > k->max))
		fleet_wrong(r, v->line, v->column, "`%.*s` has %u entries; from %g to %g are allowed", STR_FMT(k->name), v->count, k->min, k->max);
	if (k->state == KEY_LATER)
		warn_later(r, k->name, pair->line, pair->column);
}

bool fleet_check_keys(struct fleet_reader *r, enum fleet_section section, const struct yaml *node)
{
	struct str title = fleet_sections[section].title;
	if (node->type != YAML_MAPPING && node->type != YAML_NULL) {
		fleet_wrong(r, node->line, node->column, "`%.*s` must be a mapping (lines of `key: value`); here is %s", STR_FMT(title),
			    yaml_type_name(node->type));
		return false;
	}
	for (uint32_t i = 0; node->type == YAML_MAPPING && i < node->count; i++) {
		const struct fleet_key *k = find_key(section, node->pairs[i].key);
		if (k)
			check_shape(r, k, &node->pairs[i]);
		else
			unknown_key(r, section, &node->pairs[i]);
	}
	for (size_t i = 0; i < fleet_keys_count; i++) {
		const struct fleet_key *k = &fleet_keys[i];
		if (k->section != section || k->state != KEY_NEEDED)
			continue;
		const struct yaml *v = yaml_get(node, k->name);
		if (!v || v->type == YAML_NULL)
			fleet_wrong(r, node->line, node->column, "`%.*s` is missing in `%.*s`: add %.*s, such as %.*s", STR_FMT(k->name),
				    STR_FMT(title), STR_FMT(fleet_kinds[k->kind].words), STR_FMT(fleet_kinds[k->kind].example));
	}
	return true;
}

const struct yaml *fleet_get(enum fleet_section section, const struct yaml *node, const char *key)
{
	const struct fleet_key *k = fleet_row(section, key);
	const struct yaml *v = node ? yaml_get(node, k->name) : NULL;
	if (v && v->type == YAML_NULL && k->kind == KIND_SETTINGS) /* a section with nothing in it */
		return v;
	return v && v->type == fleet_kinds[k->kind].node ? v : NULL;
}
