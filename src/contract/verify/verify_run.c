/* One interaction after the other, some side by side: the scheduler, and each one's way through its states (see verify.h). */
#include "base/check.h"
#include "contract/pact/generate.h"
#include "contract/verify/verify_impl.h"
#include <stdlib.h>

static void on_start(struct deferred *d);
static void next_step(struct verify_job *j);

/* --- results --------------------------------------------------------------------------------------------------------------------------- */

bool verify_failed(struct verify_job *j, enum err_code code, const char *format, ...)
{
	va_list args;
	struct buf b;
	buf_init(&b, 4096);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	j->result->verdict = VERIFY_FAILED;
	err_set(&j->result->err, code, "%.*s", STR_FMT(buf_str(&b)));
	buf_release(&b);
	return false;
}

void verify_compared(struct verify_job *j, bool fits) { j->result->verdict = fits ? VERIFY_FITS : VERIFY_DIFFERS; }

static void job_end(struct verify_job *j)
{
	struct verify *v = j->run;
	struct verify_result *r = j->result;
	r->took = sys_now() - j->began;
	v->running--;
	v->done++;
	if (j->exclusive)
		v->exclusive = false;
	if (v->o.fail_fast && r->verdict != VERIFY_FITS && !r->pending && !r->pact->pending)
		v->stop = true;
	arena_release(&j->arena);
	free(j);
	if (v->o.progress)
		v->o.progress(v->o.ctx, v->done, v->total);
	/* Not from here: interactions that cannot even begin would nest. */
	loop_defer(v->loop, &v->start, on_start);
}

/* --- provider states ------------------------------------------------------------------------------------------------------------------- */

/* Values of several states become one object; a later one's win. */
static bool merge_values(struct verify_job *j, struct str text)
{
	struct err e = { 0 };
	struct str kept = arena_str(&j->arena, text);
	struct doc_file *f = kept.p ? doc_parse(&j->arena, STR("the state's answer"), kept, &e) : NULL;
	if (!f || !doc_is(f->root, DOC_OBJECT) || !f->root->count)
		return true; /* values are optional: "OK" and the like are an answer too */
	if (!j->values) {
		j->values = f->root;
		return true;
	}
	struct buf b;
	struct json_out o;
	buf_init(&b, 2 * VERIFY_STATE_MAX);
	json_out_init(&o, &b);
	json_out_object(&o);
	for (uint32_t i = 0; i < j->values->count; i++) {
		if (doc_get(f->root, doc_key(&j->values->members[i])))
			continue;
		json_out_key(&o, doc_key(&j->values->members[i]));
		doc_write(&j->values->members[i].value, &o);
	}
	for (uint32_t i = 0; i < f->root->count; i++) {
		json_out_key(&o, doc_key(&f->root->members[i]));
		doc_write(&f->root->members[i].value, &o);
	}
	json_out_end(&o);
	kept = buf_ok(&b) ? arena_str(&j->arena, buf_str(&b)) : (struct str){ 0 };
	buf_release(&b);
	f = kept.p ? doc_parse(&j->arena, STR("the states' answers"), kept, &e) : NULL;
	if (!f)
		return verify_failed(j, ERR_TOO_LARGE, "what the provider states answered is too large together");
	j->values = f->root;
	return true;
}

static void on_state(void *ctx, const struct http_result *r)
{
	struct verify_job *j = ctx;
	const char *action = j->tearing_down ? "torn down" : "set up";
	const struct pact_interaction *i = j->result->interaction;
	struct str name = i->states_count ? i->states[j->tearing_down ? j->set_up - 1 : j->state].name : STR("");
	bool ok = r->status >= 200 && r->status < 300;
	if (!ok && r->status)
		verify_failed(j, ERR_UPSTREAM, "the provider state \"%.*s\" could not be %s: %s://%.*s answered status %d: %.*s", STR_FMT(name), action, url_scheme(&j->run->o.states), STR_FMT(j->run->o.states.authority),
			r->status, STR_FMT(str_sub(r->body, 0, 200)));
	else if (!ok)
		verify_failed(j, r->err.code, "the provider state \"%.*s\" could not be %s: %s", STR_FMT(name), action, r->err.message);
	if (j->tearing_down) {
		j->set_up--;
	} else if (ok) {
		ok = merge_values(j, r->body);
		j->state++;
		j->set_up++;
	}
	if (!ok)
		j->tearing_down = true;
	next_step(j);
}

static void call_state(struct verify_job *j, const struct pact_state *s)
{
	struct verify *v = j->run;
	struct buf body, headers;
	struct json_out o;
	buf_init(&body, 16 << 20);
	buf_init(&headers, HTTP1_MAX_HEAD);
	json_out_init(&o, &body);
	json_out_object(&o);
	json_kv_str(&o, "action", j->tearing_down ? STR("teardown") : STR("setup"));
	json_out_key(&o, STR("params"));
	if (s && s->params) {
		doc_write(s->params, &o);
	} else {
		json_out_object(&o);
		json_out_end(&o);
	}
	json_kv_str(&o, "state", s ? s->name : STR(""));
	json_out_end(&o);
	verify_common_headers(j, true, &headers);
	struct http_call_options call = { .method = STR("POST"), .target = v->o.states.path.len ? v->o.states.path : STR("/"),
		.headers = buf_str(&headers), .content_type = STR("application/json"), .body = buf_str(&body), .timeout = v->o.timeout,
		.max_body = VERIFY_STATE_MAX, .ctx = j };
	url_call(&v->o.states, &call);
	http_call(v->http, &call, on_state);
	buf_release(&body);
	buf_release(&headers);
}

/* --- the way ------------------------------------------------------------------------------------------------------------------------------ */

static uint64_t random_number(void *ctx)
{
	(void)ctx;
	return sys_random();
}

const struct pact_part *verify_generated(struct verify_job *j, const struct pact_part *p)
{
	struct err e = { 0 };
	struct pact_generate g = { .random = random_number, .now = sys_wall(), .state_values = j->values };
	if (!pact_generates(p))
		return p;
	g.base_url = arena_printf(&j->arena, "%s://%.*s%.*s", url_scheme(&j->run->o.provider), STR_FMT(j->run->o.provider.authority), STR_FMT(j->run->o.provider.path));
	struct pact_part *made = ARENA_NEW(&j->arena, struct pact_part);
	if (made && pact_generate_part(p, &g, &j->arena, made, &e))
		return made;
	err_set(&e, ERR_NO_MEMORY, "no memory");
	verify_failed(j, e.code, "a value of the request could not be generated: %s", e.message);
	return NULL;
}

bool verify_generate(struct verify_job *j)
{
	const struct pact_part *p = verify_generated(j, &j->result->interaction->request);
	if (p)
		j->request = *p;
	return p != NULL;
}

static bool is_grpc(const struct pact_interaction *i)
{
	return i->kind == PACT_CALL && i->plugin && (str_eq(i->transport, STR("grpc")) || doc_get(i->plugin, STR("protobuf")));
}

static void exchange(struct verify_job *j)
{
	const struct pact_interaction *i = j->result->interaction;
	bool begun = i->kind == PACT_HTTP ? verify_http_begin(j) : is_grpc(i) ? verify_grpc_begin(j) : verify_message_begin(j);
	if (!begun)
		verify_answered(j);
}

void verify_answered(struct verify_job *j)
{
	j->tearing_down = true;
	next_step(j);
}

/* An interaction without states sets up the state of no name, as Pact's verifiers do: the provider may begin anew there. */
static void next_step(struct verify_job *j)
{
	const struct pact_interaction *i = j->result->interaction;
	uint32_t states = !j->run->o.states.host.len ? 0 : i->states_count ? i->states_count : 1;
	if (j->tearing_down && j->set_up && j->run->o.teardown)
		call_state(j, i->states_count ? &i->states[j->set_up - 1] : NULL);
	else if (j->tearing_down)
		job_end(j);
	else if (j->state < states)
		call_state(j, i->states_count ? &i->states[j->state] : NULL);
	else
		exchange(j);
}

static bool is_exclusive(const struct verify *v, const struct pact_interaction *i)
{
	static const struct str safe[] = { STR_INIT("GET"), STR_INIT("HEAD"), STR_INIT("OPTIONS") };
	bool is_safe = false;
	for (size_t k = 0; k < ARRAY_LEN(safe); k++)
		is_safe |= str_eq_ci(i->request.method, safe[k]);
	return v->o.states.host.len || i->kind != PACT_HTTP || !is_safe;
}

static struct verify_result *next_result(struct verify *v)
{
	while (v->next_pact) {
		while (v->next_index < v->next_pact->count) {
			struct verify_result *r = &v->next_pact->results[v->next_index];
			if (r->verdict != VERIFY_SKIPPED && !v->stop)
				return r;
			r->verdict = VERIFY_SKIPPED;
			v->next_index++;
		}
		v->next_pact = v->next_pact->next;
		v->next_index = 0;
	}
	return NULL;
}

static void start_more(struct verify *v)
{
	struct verify_result *r;
	while ((r = next_result(v)) && !v->exclusive && v->running < v->o.parallel) {
		bool exclusive = is_exclusive(v, r->interaction);
		if (exclusive && v->running)
			return;
		struct verify_job *j = calloc(1, sizeof(*j));
		CHECK(j);
		j->run = v;
		j->result = r;
		j->exclusive = v->exclusive = exclusive;
		j->began = sys_now();
		arena_init(&j->arena, VERIFY_JOB_BYTES);
		v->running++;
		v->next_index++;
		next_step(j);
	}
	if (!r && !v->running)
		loop_stop(v->loop);
}

static void on_start(struct deferred *d) { start_more(CONTAINER_OF(d, struct verify, start)); }

void verify_run(struct verify *v)
{
	v->next_pact = v->pacts;
	v->next_index = v->done = 0;
	loop_defer(v->loop, &v->start, on_start);
	loop_run(v->loop);
}
