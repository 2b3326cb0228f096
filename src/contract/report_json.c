/* A report as JSON: the schema "ContractDiff" of tbl/schemas.json. */
#include "contract/report.h"
#include "contract/select.h"

static void put_place(struct json_out *o, const char *key, const struct change_place *p)
{
	json_out_key(o, str_z(key));
	if (!p->file.len) {
		json_out_null(o);
		return;
	}
	json_out_object(o);
	json_kv_str(o, "file", p->file);
	json_kv_u64(o, "line", p->line);
	json_kv_u64(o, "column", p->column);
	json_out_end(o);
}

static void put_witness(struct json_out *o, const struct witness *w)
{
	static const char *const whats[] = { [WITNESS_REQUEST] = "request", [WITNESS_RESPONSE] = "response", [WITNESS_RECORD] = "record", [WITNESS_CODE] = "code",
					     [WITNESS_QUERY] = "query" };
	json_out_key(o, STR("witness"));
	json_out_object(o);
	json_kv_str(o, "state", str_z(witness_state_name(w->state)));
	if (w->state == WITNESS_PROVED) {
		json_kv_str(o, "what", str_z(whats[w->what]));
		json_kv_str(o, "of", w->of);
		json_kv_str(o, "text", w->text);
		json_kv_str(o, "before", w->before);
		json_kv_str(o, "after", w->after);
	}
	json_out_end(o);
}

static void put_rules(struct json_out *o, const struct change *x)
{
	json_out_key(o, STR("rules"));
	json_out_array(o);
	for (size_t i = 0; i < x->rules_count; i++) {
		json_out_object(o);
		json_kv_str(o, "checker", rule_infos[x->rules[i]].checker);
		json_kv_str(o, "rule", rule_infos[x->rules[i]].name);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_reach(struct json_out *o, const struct change *x)
{
	static const char *const directions[] = { "", "request", "response", "both" };
	json_out_key(o, STR("reach"));
	json_out_array(o);
	for (size_t i = 0; i < x->reach_count; i++) {
		json_out_object(o);
		json_kv_str(o, "operation", x->reach[i].operation);
		json_kv_str(o, "direction", str_z(directions[x->reach[i].direction & REACH_BOTH]));
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_categories(struct json_out *o, const struct change *x)
{
	struct str names[4];
	size_t n = category_names(x->categories, names);
	json_out_key(o, STR("categories"));
	json_out_array(o);
	for (size_t i = 0; i < n; i++)
		json_out_str(o, names[i]);
	json_out_end(o);
}

static void put_approval(struct json_out *o, const struct approval *a)
{
	json_out_key(o, STR("approval"));
	if (!a) {
		json_out_null(o);
		return;
	}
	json_out_object(o);
	json_kv_str(o, "owner", a->owner);
	json_kv_str(o, "reason", a->reason);
	json_kv_str(o, "expires", a->expires);
	json_out_end(o);
}

static void put_use(struct json_out *o, const struct change *x)
{
	json_out_key(o, STR("verdict"));
	if (x->use)
		json_out_str(o, str_z(use_verdict_name(x->use->verdict)));
	else
		json_out_null(o);
	json_out_key(o, STR("consumers"));
	json_out_array(o);
	for (size_t i = 0; x->use && i < x->use->count; i++) {
		const struct change_consumer *c = &x->use->consumers[i];
		json_out_object(o);
		json_kv_str(o, "consumer", c->consumer);
		json_kv_str(o, "owner", c->owner);
		json_kv_str(o, "contact", c->contact);
		json_kv_str(o, "verdict", str_z(use_verdict_name(c->verdict)));
		json_kv_str(o, "reason", c->reason);
		json_kv_i64(o, "last_ms", c->last_ms);
		json_kv_str(o, "last_trace", c->last_trace);
		json_kv_str(o, "pact", c->pact);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_change(const struct report *r, struct json_out *o, const struct change *x)
{
	const struct change_info *info = &change_infos[x->kind];
	json_out_object(o);
	json_out_key(o, STR("fingerprint"));
	json_out_hex(o, x->fingerprint, sizeof(x->fingerprint));
	json_kv_str(o, "format", info->format);
	json_kv_str(o, "kind", info->name);
	json_kv_str(o, "level", str_z(change_level_name(x->level)));
	put_categories(o, x);
	json_kv_str(o, "title", info->title);
	json_kv_str(o, "sentence", x->sentence.len ? x->sentence : info->title);
	json_kv_str(o, "subject", x->subject);
	json_kv_str(o, "detail", x->detail);
	json_kv_str(o, "why", info->why);
	json_kv_str(o, "remedy", info->remedy);
	put_place(o, "old", &x->old_place);
	put_place(o, "new", &x->new_place);
	put_witness(o, &x->witness);
	put_rules(o, x);
	put_reach(o, x);
	put_approval(o, report_approval(r, x));
	put_use(o, x);
	json_out_end(o);
}

static void put_notes(const struct report *r, struct json_out *o)
{
	json_out_key(o, STR("notes"));
	json_out_array(o);
	for (size_t i = 0; r->notes && i < r->notes->count; i++) {
		const struct report_note *n = &r->notes->items[i];
		json_out_object(o);
		json_kv_bool(o, "failure", n->failure);
		json_kv_str(o, "file", n->place.file);
		json_kv_u64(o, "line", n->place.line);
		json_kv_u64(o, "column", n->place.column);
		json_kv_str(o, "text", n->text);
		json_out_end(o);
	}
	json_out_end(o);
}

void report_json(const struct report *r, struct json_out *o)
{
	struct report_counts n = report_count(r);
	json_out_object(o);
	json_kv_str(o, "old", r->old_name);
	json_kv_str(o, "new", r->new_name);
	json_kv_bool(o, "failed", report_fails(r));
	json_kv_bool(o, "complete", r->changes->dropped == 0);
	json_out_key(o, STR("counts"));
	json_out_object(o);
	for (int level = CHANGE_BREAKING; level >= CHANGE_INFO; level--)
		json_kv_u64(o, change_level_name((enum change_level)level), n.level[level]);
	json_kv_u64(o, "approved", n.approved);
	json_kv_u64(o, "unused", n.unused);
	json_kv_u64(o, "hidden", r->hidden[0] + r->hidden[1] + r->hidden[2]);
	json_out_end(o);
	json_out_key(o, STR("policy"));
	if (r->policy)
		json_out_value(o, r->policy);
	else
		json_out_null(o);
	json_kv_str(o, "usage", r->usage);
	json_out_key(o, STR("changes"));
	json_out_array(o);
	for (size_t i = 0; i < r->changes->count; i++)
		put_change(r, o, &r->changes->items[i]);
	json_out_end(o);
	put_notes(r, o);
	json_out_end(o);
}
