/* See refs.h. */
#include "contract/refs.h"

static bool usable(struct str reference) { return reference.len && reference.len < 1024 && reference.p[0] != '/' && str_find(reference, STR(":")) == SIZE_MAX; }

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* The value behind `$ref` at the text's beginning: `"$ref": "a.yaml#/x"`, `$ref: a.yaml`; empty where none follows. */
static struct str ref_value(struct str rest)
{
	size_t i = 0, end;
	if (i < rest.len && (rest.p[i] == '"' || rest.p[i] == '\''))
		i++;
	while (i < rest.len && is_blank(rest.p[i]))
		i++;
	if (i == rest.len || rest.p[i] != ':')
		return STR("");
	for (i++; i < rest.len && is_blank(rest.p[i]); i++)
		;
	char quote = i < rest.len && (rest.p[i] == '"' || rest.p[i] == '\'') ? rest.p[i++] : 0;
	for (end = i; end < rest.len && rest.p[end] != '#' && rest.p[end] != '\n' && (quote ? rest.p[end] != quote : !is_blank(rest.p[end]) && rest.p[end] != ',' && rest.p[end] != '}'); end++)
		;
	return str_sub(rest, i, end);
}

static void json_references(struct str text, reference_f *fn, void *ctx)
{
	size_t at;
	struct str last = { 0 };
	while ((at = str_find(text, STR("$ref"))) != SIZE_MAX) {
		text = str_skip(text, at + 4);
		struct str value = ref_value(text);
		if (!usable(value) || str_eq(value, last))
			continue;
		last = value;
		if (!fn(ctx, value, false))
			return;
	}
}

static void proto_imports(struct str text, reference_f *fn, void *ctx)
{
	while (text.p) {
		struct str line = str_strip(str_split(&text, '\n'));
		if (!str_starts(line, STR("import")))
			continue;
		size_t begin = str_find_char(line, '"');
		struct str value = str_skip(line, begin == SIZE_MAX ? line.len : begin + 1);
		value = str_sub(value, 0, str_find_char(value, '"'));
		if (usable(value) && !fn(ctx, value, true))
			return;
	}
}

void source_references(struct str path, struct str text, reference_f *fn, void *ctx)
{
	if (str_ends(path, STR(".proto")))
		proto_imports(text, fn, ctx);
	else
		json_references(text, fn, ctx);
}
