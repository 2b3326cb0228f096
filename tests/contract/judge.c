/* Judges pairs of contracts for tests in other languages: one JSON object a line on standard input, one on standard output.
 *   {"old":{"path":"text",…},"new":{…}}        → {"changes":[{"level","kind","subject","detail","sentence","old":[file,line,column],"new","rules":[…],
 *                                                 "witness":{"state","what","of","text","before","after"},"reach":[…]}…]} or {"error":"…"}
 *   {"describe":{"path":"text",…},"format":"sql"} → the contract as documentation
 *   {"schema":"…","queries":["…",…]}           → {"valid":[true,…],"faults":["",…]}: our own check of GraphQL queries */
#include "contract/format.h"
#include "contract/graphql/query.h"
#include <stdio.h>
#include <stdlib.h>

static bool add_files(struct source *s, const struct json *files, struct err *e)
{
	for (uint32_t i = 0; files && files->type == JSON_OBJECT && i < files->count; i++)
		if (!source_add(s, files->members[i].key, files->members[i].value.s, e))
			return false;
	return source_sort(s, e);
}

static void put_place(struct json_out *o, const char *key, const struct change_place *p)
{
	json_out_key(o, str_z(key));
	json_out_array(o);
	if (!str_empty(p->file)) {
		json_out_str(o, p->file);
		json_out_u64(o, p->line);
		json_out_u64(o, p->column);
	}
	json_out_end(o);
}

static void put_change(struct json_out *o, const struct change *x)
{
	static const char *const what[] = { "request", "response", "record", "code", "query" };
	json_out_object(o);
	json_kv_str(o, "level", str_z(change_level_name(x->level)));
	json_kv_str(o, "kind", change_infos[x->kind].name);
	json_kv_str(o, "subject", x->subject);
	json_kv_str(o, "detail", x->detail);
	json_kv_str(o, "sentence", x->sentence);
	put_place(o, "old", &x->old_place);
	put_place(o, "new", &x->new_place);
	json_out_key(o, STR("rules"));
	json_out_array(o);
	for (size_t i = 0; i < x->rules_count; i++)
		json_out_str(o, rule_infos[x->rules[i]].name);
	json_out_end(o);
	json_out_key(o, STR("witness"));
	json_out_object(o);
	json_kv_str(o, "state", str_z(witness_state_name(x->witness.state)));
	if (x->witness.state == WITNESS_PROVED) {
		json_kv_str(o, "what", str_z(what[x->witness.what]));
		json_kv_str(o, "of", x->witness.of);
		json_kv_str(o, "text", x->witness.text);
		json_kv_str(o, "before", x->witness.before);
		json_kv_str(o, "after", x->witness.after);
	}
	json_out_end(o);
	json_out_key(o, STR("reach"));
	json_out_array(o);
	for (size_t i = 0; i < x->reach_count; i++)
		json_out_str(o, x->reach[i].operation);
	json_out_end(o);
	json_out_end(o);
}

static void put_error(struct json_out *o, const struct err *e)
{
	struct buf b;
	buf_init(&b, 4096);
	err_format(e, &b);
	json_kv_str(o, "error", buf_str(&b));
	buf_release(&b);
}

static void compare(const struct json *j, struct json_out *o)
{
	struct source sources[2];
	struct changes c;
	struct err e = { 0 };
	const struct contract_options options = { .information = true, .witnesses = true };
	changes_init(&c);
	source_init(&sources[0], STR("old"));
	source_init(&sources[1], STR("new"));
	if (add_files(&sources[0], json_get(j, STR("old")), &e) && add_files(&sources[1], json_get(j, STR("new")), &e) &&
		contract_compare(&sources[0], &sources[1], &options, &c, &e)) {
		json_out_key(o, STR("changes"));
		json_out_array(o);
		for (size_t i = 0; i < c.count; i++)
			put_change(o, &c.items[i]);
		json_out_end(o);
	} else {
		put_error(o, &e);
	}
	source_release(&sources[0]);
	source_release(&sources[1]);
	changes_release(&c);
}

static bool check_query(const struct gql_schema *s, struct str text, struct gql_fault *f)
{
	struct arena a;
	struct gql_document d;
	struct err e = { 0 };
	arena_init(&a, 64 << 20);
	bool parsed = gql_query_parse(&a, text, &d, &e), ok = parsed && gql_query_valid(s, &d, &a, f);
	if (!parsed)
		snprintf(f->message, sizeof(f->message), "%.250s", e.message);
	arena_release(&a);
	return ok;
}

static void check_queries(const struct json *j, struct json_out *o)
{
	struct source s;
	struct err e = { 0 };
	const struct json *queries = json_get(j, STR("queries"));
	source_init(&s, STR("schema"));
	struct contract_model *m = source_add(&s, STR("schema.graphqls"), json_get_str(j, STR("schema"), STR("")), &e) ? graphql_format.read(&s, &e) : NULL;
	if (!m) {
		put_error(o, &e);
	} else {
		struct gql_fault *faults = calloc(queries->count + 1u, sizeof(*faults));
		json_out_key(o, STR("valid"));
		json_out_array(o);
		for (uint32_t i = 0; i < queries->count; i++)
			json_out_bool(o, check_query(((const struct gql_model *)m)->schemas, queries->items[i].s, &faults[i]));
		json_out_end(o);
		json_out_key(o, STR("faults"));
		json_out_array(o);
		for (uint32_t i = 0; i < queries->count; i++)
			json_out_str(o, str_z(faults[i].message));
		json_out_end(o);
		free(faults);
		graphql_format.free(m);
	}
	source_release(&s);
}

static void describe(const struct json *j, struct json_out *o)
{
	struct source s;
	struct err e = { 0 };
	const struct contract_format *f = contract_format_by_name(json_get_str(j, STR("format"), STR("")));
	source_init(&s, STR("describe"));
	struct contract_model *m = f && add_files(&s, json_get(j, STR("describe")), &e) ? f->read(&s, &e) : NULL;
	if (m) {
		json_out_key(o, STR("document"));
		f->describe(m, o);
		f->free(m);
	} else {
		put_error(o, &e);
	}
	source_release(&s);
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	for (ssize_t n; (n = getline(&line, &room, stdin)) > 0;) {
		struct arena a;
		struct buf b;
		struct json_out o;
		struct err e = { 0 };
		arena_init(&a, 1 << 30);
		buf_init(&b, 1 << 30);
		json_out_init(&o, &b);
		const struct json *j = json_parse(&a, str_from(line, (size_t)n), &e);
		json_out_object(&o);
		if (!j)
			put_error(&o, &e);
		else if (json_get(j, STR("queries")))
			check_queries(j, &o);
		else if (json_get(j, STR("describe")))
			describe(j, &o);
		else
			compare(j, &o);
		json_out_end(&o);
		fwrite(b.data + b.start, 1, b.len, stdout);
		putchar('\n');
		fflush(stdout);
		buf_release(&b);
		arena_release(&a);
	}
	free(line);
	return 0;
}
