/* What a verification found, for programs: the schema "ContractVerification" of tbl/schemas.json. */
#include "contract/verify/verify.h"

static void text_or_null(struct json_out *o, const char *key, struct str s)
{
	json_out_key(o, str_z(key));
	if (s.p)
		json_out_str(o, s);
	else
		json_out_null(o);
}

static void put_mismatches(struct json_out *o, const struct pact_mismatches *m)
{
	json_out_key(o, STR("mismatches"));
	json_out_array(o);
	for (size_t i = 0; i < m->count; i++) {
		const struct pact_mismatch *x = &m->items[i];
		json_out_object(o);
		json_kv_str(o, "attribute", str_z(pact_where_name(x->where)));
		json_kv_str(o, "path", x->path);
		json_kv_str(o, "message", x->sentence);
		text_or_null(o, "expected", x->expected);
		text_or_null(o, "actual", x->actual);
		json_kv_bool(o, "fault", x->fault);
		json_out_end(o);
	}
	json_out_end(o);
	json_kv_bool(o, "more_mismatches", m->more);
}

static void put_result(struct json_out *o, const struct verify_result *r)
{
	const struct pact_interaction *i = r->interaction;
	json_out_object(o);
	json_kv_str(o, "description", i->description);
	json_kv_str(o, "title", r->title);
	json_kv_str(o, "key", i->key);
	json_kv_str(o, "id", i->id);
	json_out_key(o, STR("states"));
	json_out_array(o);
	for (uint32_t k = 0; k < i->states_count; k++)
		json_out_str(o, i->states[k].name);
	json_out_end(o);
	json_kv_u64(o, "line", r->place.line);
	json_kv_u64(o, "column", r->place.column);
	json_kv_str(o, "result", str_z(verify_verdict_name(r->verdict)));
	json_kv_bool(o, "pending", r->pending || r->pact->pending);
	json_kv_i64(o, "took_ns", r->took);
	json_out_key(o, STR("error"));
	if (err_is_set(&r->err)) {
		json_out_object(o);
		json_kv_str(o, "error", str_z(err_name(r->err.code)));
		json_kv_str(o, "message", str_z(r->err.message));
		json_out_end(o);
	} else {
		json_out_null(o);
	}
	put_mismatches(o, &r->mismatches);
	json_out_end(o);
}

static void put_pact(struct json_out *o, const struct verify_pact *p)
{
	json_out_object(o);
	json_kv_str(o, "pact", p->name);
	json_kv_str(o, "consumer", p->pact->consumer);
	json_kv_str(o, "provider", p->pact->provider);
	json_kv_str(o, "specification", str_z(pact_version_name(p->pact->version)));
	json_kv_bool(o, "pending", p->pending);
	json_kv_bool(o, "wip", p->wip);
	json_out_key(o, STR("interactions"));
	json_out_array(o);
	for (size_t i = 0; i < p->count; i++)
		put_result(o, &p->results[i]);
	json_out_end(o);
	json_out_end(o);
}

void verify_report_json(const struct verify *v, const struct verify_about *about, struct buf *b)
{
	struct verify_counts n = verify_count(v);
	struct json_out o;
	json_out_init(&o, b);
	json_out_object(&o);
	json_kv_str(&o, "provider", about->provider);
	json_kv_str(&o, "version", about->version);
	json_kv_str(&o, "branch", about->branch);
	json_kv_str(&o, "url", about->url);
	json_kv_bool(&o, "success", !verify_fails(v));
	json_kv_bool(&o, "states_ignored", v->states_ignored);
	json_out_key(&o, STR("counts"));
	json_out_object(&o);
	json_kv_u64(&o, "all", n.all);
	json_kv_u64(&o, "success", n.fit);
	json_kv_u64(&o, "failed", n.differ);
	json_kv_u64(&o, "error", n.failed);
	json_kv_u64(&o, "pending", n.pending);
	json_kv_u64(&o, "skipped", n.skipped);
	json_out_end(&o);
	json_out_key(&o, STR("pacts"));
	json_out_array(&o);
	for (const struct verify_pact *p = v->pacts; p; p = p->next)
		put_pact(&o, p);
	json_out_end(&o);
	json_out_end(&o);
	buf_char(b, '\n');
}
