/* The matrix over HTTP: the question and its answer in the forms that Pact's clients read, and the shorter forms of can-i-deploy. */
#include "contract/broker/broker_impl.h"

static void put_side(struct call *c, const char *key, const struct participant *p, const struct version *v)
{
	json_out_key(&c->json, str_z(key));
	json_out_object(&c->json);
	json_kv_str(&c->json, "name", p->name);
	json_out_key(&c->json, STR("version"));
	if (v) {
		json_out_object(&c->json);
		put_version_members(c, v);
		hal_begin(c);
		hal_link(c, "self", STR("Version"), v->number, "%.*s", STR_FMT(path_version(c, v)));
		hal_end(c);
		json_out_end(&c->json);
	} else {
		json_out_null(&c->json);
	}
	hal_begin(c);
	hal_link(c, "self", STR("Pacticipant"), p->name, "%.*s", STR_FMT(path_participant(c, p)));
	hal_end(c);
	json_out_end(&c->json);
}

static void put_result(struct call *c, const struct verification *v)
{
	json_out_key(&c->json, STR("verificationResult"));
	if (!v) {
		json_out_null(&c->json);
		return;
	}
	json_out_object(&c->json);
	json_kv_bool(&c->json, "success", v->success);
	put_time(c, "verifiedAt", v->created);
	hal_begin(c);
	hal_link(c, "self", STR("Verification result"), STR(""), "%.*s", STR_FMT(path_verification(c, v)));
	hal_end(c);
	json_out_end(&c->json);
}

static void put_row(struct call *c, const struct matrix_row *r)
{
	json_out_object(&c->json);
	put_side(c, "consumer", r->pact->pair->consumer, r->pact->version);
	put_side(c, "provider", r->pact->pair->provider, r->provider);
	json_out_key(&c->json, STR("pact"));
	json_out_object(&c->json);
	put_time(c, "createdAt", r->pact->created);
	hal_begin(c);
	hal_link(c, "self", STR("Pact"), STR(""), "%.*s", STR_FMT(path_pact(c, r->pact)));
	hal_end(c);
	json_out_end(&c->json);
	put_result(c, r->verification);
	if (r->ignored)
		json_kv_bool(&c->json, "ignored", true);
	json_out_end(&c->json);
}

static void put_summary(struct call *c, const struct matrix_question *q, const struct matrix_answer *m)
{
	struct buf words;
	buf_init(&words, 256 << 10);
	for (size_t i = 0; i < m->reasons_count; i++)
		buf_printf(&words, "%s%.*s", i ? "\n" : "", STR_FMT(m->reasons[i].text));
	json_out_key(&c->json, STR("summary"));
	json_out_object(&c->json);
	json_out_key(&c->json, STR("deployable"));
	if (m->deployable < 0)
		json_out_null(&c->json);
	else
		json_out_bool(&c->json, m->deployable == 1);
	json_kv_str(&c->json, "reason", buf_str(&words));
	json_kv_u64(&c->json, "success", m->success);
	json_kv_u64(&c->json, "failed", m->failed);
	json_kv_u64(&c->json, "unknown", m->unknown);
	if (q->ignored_count)
		json_kv_u64(&c->json, "ignored", m->ignored);
	json_out_end(&c->json);
	buf_release(&words);
}

void put_matrix(struct call *c, const struct matrix_question *q, const struct matrix_answer *m)
{
	static const char *const types[] = { [REASON_SUCCESS] = "success", [REASON_ERROR] = "error", [REASON_WARNING] = "warning" };
	json_out_object(&c->json);
	put_summary(c, q, m);
	json_out_key(&c->json, STR("notices"));
	json_out_array(&c->json);
	for (size_t i = 0; i < m->reasons_count; i++) {
		json_out_object(&c->json);
		json_kv_str(&c->json, "type", str_z(types[m->reasons[i].kind]));
		json_kv_str(&c->json, "text", m->reasons[i].text);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
	json_out_key(&c->json, STR("matrix"));
	json_out_array(&c->json);
	for (size_t i = 0; i < m->count && (!q->limit || i < q->limit); i++)
		put_row(c, &m->rows[i]);
	json_out_end(&c->json);
	json_out_end(&c->json);
}

static void answer(struct call *c, struct matrix_question *q)
{
	struct matrix_answer m;
	const char *fault = matrix_fault(c->broker, c->arena, q);
	if (fault)
		broker_invalid(c, "query", "%s", fault);
	else if (!matrix_answer(c->broker, c->arena, q, &m))
		broker_fault(c, 413, "the question is about more than fits into the memory for one request: name versions");
	else
		put_matrix(c, q, &m);
}

static struct matrix_question *question(struct call *c)
{
	struct matrix_question *q = ARENA_NEW(c->arena, struct matrix_question);
	if (!q)
		broker_fault(c, 413, "no memory for the question");
	return q;
}

void broker_matrix(struct call *c)
{
	struct matrix_question *q = question(c);
	struct err e = { 0 };
	if (!q)
		return;
	if (matrix_parse(c->arena, http_request(c->x)->head.query, q, &e))
		answer(c, q);
	else
		broker_invalid(c, "query", "%s", e.message);
}

void broker_matrix_pair(struct call *c)
{
	struct matrix_question *q = question(c);
	struct err e = { 0 };
	if (!q)
		return;
	if (!matrix_parse(c->arena, http_request(c->x)->head.query, q, &e)) {
		broker_invalid(c, "query", "%s", e.message);
		return;
	}
	q->count = 2;
	q->selectors[0] = (struct selector){ .participant = c->parameters[1] };
	q->selectors[1] = (struct selector){ .participant = c->parameters[0] };
	if (path_pair_at(c, 0, 1))
		answer(c, q);
}

/* May this version go there: to an environment, or to where a tag marks what runs. */
static void may_go(struct call *c, struct str participant, struct str version, struct str environment, struct str tag)
{
	struct matrix_question *q = question(c);
	if (!q)
		return;
	if (!environment.len == !tag.len) {
		broker_invalid(c, "environment", "name either an environment, or the tag of what runs there (to)");
		return;
	}
	q->count = 1;
	q->selectors[0] = (struct selector){ .participant = participant, .version = version };
	q->has_to = true;
	q->to.environment = environment;
	q->to.tag = tag;
	q->to.latest = tag.len > 0;
	q->latest_by = environment.len ? LATEST_BY_CVPV : LATEST_BY_CVP;
	answer(c, q);
}

void broker_can_i_deploy(struct call *c)
{
	struct str participant = broker_parameter(c, "pacticipant"), version = broker_parameter(c, "version");
	if (!participant.len || !version.len)
		broker_invalid(c, participant.len ? "version" : "pacticipant", "is missing");
	else
		may_go(c, participant, version, broker_parameter(c, "environment"), broker_parameter(c, "to"));
}

void broker_version_can_i_deploy(struct call *c)
{
	if (path_version_at(c, 0, 1))
		may_go(c, c->parameters[0], c->parameters[1], broker_parameter(c, "environment"), broker_parameter(c, "to"));
}

void broker_version_can_i_deploy_to(struct call *c)
{
	if (path_version_at(c, 0, 1))
		may_go(c, c->parameters[0], c->parameters[1], c->parameters[2], (struct str){ 0 });
}
