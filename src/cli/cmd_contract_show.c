/* pleach contract show PATH: a contract as documentation, in Markdown: operations with what they take and give, types with their fields. */
#include "cli/contract.h"
#include "cli/output.h"

static struct str text_of(const struct json *j, const char *key) { return json_get_str(j, str_z(key), STR("")); }

static const struct json *list_of(const struct json *j, const char *key)
{
	static const struct json none = { .type = JSON_ARRAY };
	const struct json *x = json_get(j, str_z(key));
	return x && x->type == JSON_ARRAY ? x : &none;
}

static void description(struct buf *b, const struct json *j)
{
	struct str text = str_strip(text_of(j, "description"));
	if (json_get_bool(j, STR("deprecated"), false))
		buf_add(b, STR("Deprecated.\n"));
	if (!text.len)
		return;
	text_safe(b, STR(""));
	while (text.p) {
		text_safe(b, str_split(&text, '\n'));
		buf_char(b, '\n');
	}
}

/* "- `total` integer, required: in cents" */
static void member(struct buf *b, const struct json *j, const char *extra)
{
	struct str type = text_of(j, "type"), about = str_strip(text_of(j, "description")), where = text_of(j, extra);
	int64_t number = json_get_i64(j, STR("number"), -1);
	buf_add(b, STR("- `"));
	text_safe(b, text_of(j, "name"));
	buf_add(b, STR("`"));
	if (where.len)
		buf_printf(b, " (%.*s)", STR_FMT(where));
	if (type.len) {
		buf_char(b, ' ');
		text_safe(b, type);
	}
	if (number >= 0)
		buf_printf(b, " = %lld", (long long)number);
	buf_add(b, json_get_bool(j, STR("required"), false) ? STR(", required") : STR(""));
	buf_add(b, json_get_bool(j, STR("deprecated"), false) ? STR(", deprecated") : STR(""));
	if (about.len) {
		buf_add(b, STR(": "));
		text_safe(b, about);
	}
	buf_char(b, '\n');
}

static void operation(struct buf *b, const struct json *j)
{
	struct str title = text_of(j, "title");
	const struct json *parameters = list_of(j, "parameters"), *answers = list_of(j, "answers"), *request = json_get(j, STR("request"));
	buf_add(b, STR("\n### "));
	text_safe(b, text_of(j, "id"));
	buf_char(b, '\n');
	if (title.len) {
		text_safe(b, title);
		buf_add(b, STR("\n"));
	}
	description(b, j);
	for (uint32_t i = 0; i < parameters->count; i++)
		member(b, &parameters->items[i], "in");
	if (request && request->type == JSON_OBJECT && text_of(request, "type").len) {
		buf_add(b, STR("- takes "));
		text_safe(b, text_of(request, "type"));
		buf_char(b, '\n');
	}
	for (uint32_t i = 0; i < answers->count; i++) {
		struct str type = text_of(&answers->items[i], "type"), about = text_of(&answers->items[i], "description");
		buf_printf(b, "- gives %.*s%s%.*s%s", STR_FMT(text_of(&answers->items[i], "status")), type.len ? " " : "", STR_FMT(type), about.len ? ": " : "");
		text_safe(b, about);
		buf_char(b, '\n');
	}
}

static void type(struct buf *b, const struct json *j)
{
	const struct json *fields = list_of(j, "fields"), *values = list_of(j, "values");
	buf_add(b, STR("\n### "));
	text_safe(b, text_of(j, "name"));
	buf_printf(b, " (%.*s)\n", STR_FMT(text_of(j, "kind")));
	description(b, j);
	for (uint32_t i = 0; i < fields->count; i++)
		member(b, &fields->items[i], "");
	for (uint32_t i = 0; i < values->count; i++)
		member(b, &values->items[i], "");
}

static void contract(struct buf *b, const struct json *j, struct str format)
{
	const struct json *operations = list_of(j, "operations"), *types = list_of(j, "types");
	struct str title = text_of(j, "title"), version = text_of(j, "version");
	buf_add(b, STR("# "));
	text_safe(b, title.len ? title : text_of(j, "file"));
	if (version.len)
		buf_printf(b, " %.*s", STR_FMT(version));
	buf_add(b, STR("\n"));
	buf_printf(b, "%.*s, ", STR_FMT(format));
	text_safe(b, text_of(j, "file"));
	buf_char(b, '\n');
	description(b, j);
	if (operations->count)
		buf_add(b, STR("\n## Operations\n"));
	for (uint32_t i = 0; i < operations->count; i++)
		operation(b, &operations->items[i]);
	if (types->count)
		buf_add(b, STR("\n## Types\n"));
	for (uint32_t i = 0; i < types->count; i++)
		type(b, &types->items[i]);
	buf_char(b, '\n');
}

static bool as_text(struct cli *c, struct str json, struct buf *b, struct err *e)
{
	const struct json *documents = json_parse(&c->arena, json, e);
	for (uint32_t i = 0; documents && i < documents->count; i++) {
		const struct json *contracts = list_of(&documents->items[i], "contracts");
		for (uint32_t k = 0; k < contracts->count; k++)
			contract(b, &contracts->items[k], text_of(&documents->items[i], "title"));
	}
	return documents != NULL;
}

static bool describe(struct cli *c, struct side *s, struct side *none, struct buf *out, struct err *e)
{
	struct buf json;
	struct json_out o;
	if (!side_read_named(c, s, e))
		return false;
	if (s->missing || !s->count)
		return err_set(e, ERR_NOT_FOUND, "there is no contract under the name %.*s", STR_FMT(s->name));
	if (!side_pair(none, s, e))
		return false;
	buf_init(&json, 512u << 20);
	json_out_init(&o, &json);
	bool ok = side_describe(s, &o, e);
	if (ok && c->json)
		buf_printf(out, "{\"documents\":%.*s}\n", STR_FMT(buf_str(&json)));
	else if (ok)
		ok = as_text(c, buf_str(&json), out, e);
	buf_release(&json);
	return ok;
}

int cmd_contract_show(struct cli *c)
{
	struct side s, none;
	struct buf out;
	struct err e = { 0 };
	side_init(&s, c->arguments[0]);
	side_init(&none, STR(""));
	buf_init(&out, 512u << 20);
	int status = describe(c, &s, &none, &out, &e) ? contract_print(c, buf_str(&out)) : contract_fail_plain(c, &e);
	buf_release(&out);
	side_release(&s);
	side_release(&none);
	return status;
}
