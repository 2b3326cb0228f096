/* The pairs of a .cases file as JSON lines, for other checkers: cases_tool openapi|asyncapi PAIRS.cases [SCHEMAS.cases]. Each line is one direction of one pair: name, texts,
 * schemas (of pairs made from schemas) and what Pleach finds. Not part of ./pleach. */
#include "cases.h"
#include "contract/doc/doc.h"
#include <stdio.h>

static void put_change(struct json_out *o, const struct change *x)
{
	json_out_object(o);
	json_kv_str(o, "kind", change_infos[x->kind].name);
	json_kv_str(o, "level", str_z(change_level_name(x->level)));
	json_kv_str(o, "proof", str_z(witness_state_name(x->witness.state)));
	json_kv_u64(o, "what", x->witness.what);
	json_kv_str(o, "of", x->witness.of);
	json_kv_str(o, "witness", x->witness.text);
	json_kv_str(o, "before", x->witness.before);
	json_kv_str(o, "after", x->witness.after);
	json_out_key(o, STR("rules"));
	json_out_array(o);
	for (size_t i = 0; i < x->rules_count; i++)
		json_out_str(o, rule_infos[x->rules[i]].name);
	json_out_end(o);
	json_out_end(o);
}

/* As JSON; null where the pair is not made of schemas. */
static void put_schema(struct json_out *o, const char *key, struct str text)
{
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 1 << 20);
	/* What begins with a brace is read as JSON; this is YAML. */
	struct str yaml = arena_printf(&a, "---\n%.*s", STR_FMT(text));
	struct doc_file *f = text.len ? doc_parse(&a, STR("schema.yaml"), yaml, &e) : NULL;
	json_out_key(o, str_z(key));
	if (f)
		doc_write(f->root, o);
	else
		json_out_null(o);
	arena_release(&a);
}

static void put_direction(const struct case_pair *c, bool turned)
{
	struct changes found;
	struct err e = { 0 };
	struct buf b;
	struct json_out o;
	buf_init(&b, 8 << 20);
	json_out_init(&o, &b);
	changes_init(&found);
	bool ok = case_compare(c, turned, &found, &e);
	json_out_object(&o);
	json_kv_str(&o, "name", c->name);
	json_kv_bool(&o, "turned", turned);
	json_kv_str(&o, "old", c->texts[turned]);
	json_kv_str(&o, "new", c->texts[!turned]);
	put_schema(&o, "old_schema", c->schemas[turned]);
	put_schema(&o, "new_schema", c->schemas[!turned]);
	json_kv_bool(&o, "response", c->response);
	json_kv_str(&o, "error", str_z(ok ? "" : e.message));
	json_out_key(&o, STR("changes"));
	json_out_array(&o);
	for (size_t i = 0; i < found.count; i++)
		put_change(&o, &found.items[i]);
	json_out_end(&o);
	json_out_end(&o);
	buf_char(&b, '\n');
	fwrite(buf_str(&b).p, 1, buf_str(&b).len, stdout);
	buf_release(&b);
	changes_release(&found);
}

static void put_pair(void *ctx, const struct case_pair *c)
{
	(void)ctx;
	put_direction(c, false);
	put_direction(c, true);
}

int main(int argc, char **argv)
{
	struct arena a;
	arena_init(&a, 64 << 20);
	if (argc < 3)
		return 2;
	bool openapi = argv[1][0] == 'o';
	bool ok = cases_pairs(&a, argv[2], openapi ? "openapi: %s\ninfo: {title: T, version: \"1\"}\n" : "asyncapi: %s\ninfo: {title: T, version: \"1\"}\n",
		"swagger: \"2.0\"\ninfo: {title: T, version: \"1\"}\n", put_pair, NULL);
	if (ok && argc > 3)
		ok = cases_schemas(&a, argv[3], put_pair, NULL);
	arena_release(&a);
	return ok ? 0 : 2;
}
