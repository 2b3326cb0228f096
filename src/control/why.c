/* GET /api/why/{trace_id}: a trace in words. Who called whom, what failed first, which log lines say why, who owns it. */
#include "control/why.h"
#include "base/check.h"
#include "base/time.h"
#include "control/state.h"
#include "model/call.h"
#include "model/ids.h"

/* Without a stated objective, a request longer than this is called slow and what took the time is named. */
#define SLOW (250 * (int64_t)MSEC)

struct telling {
	struct control *c;
	struct arena *a;
	const struct why *w;
	struct json_out *o;
};

static struct str duration(struct telling *t, int64_t ns)
{
	struct buf b;
	buf_init(&b, 64);
	duration_human(&b, ns);
	struct str s = arena_str(t->a, buf_str(&b));
	buf_release(&b);
	return s;
}

/* The words of a reason with the service's name in it. */
static struct str reason_words(struct telling *t, const struct why_step *s)
{
	for (size_t i = 1; s->reason.len && i < REASON_COUNT; i++) {
		if (!str_eq(call_reasons[i].name, s->reason))
			continue;
		struct str words = call_reasons[i].words;
		size_t at = str_find(words, STR("{service}"));
		if (at == SIZE_MAX)
			return words;
		return arena_printf(t->a, "%.*s%.*s%.*s", (int)at, words.p, STR_FMT(s->service), STR_FMT(str_skip(words, at + 9)));
	}
	if (s->status >= 400)
		return arena_printf(t->a, "%.*s answered %lld", STR_FMT(s->service), (long long)s->status);
	if (s->failed) {
		struct str message = json_get_str(s->span, STR("status_message"), STR(""));
		return arena_printf(t->a, "%.*s reported an error%s%.*s", STR_FMT(s->service), message.len ? ": " : "", STR_FMT(message));
	}
	return STR("");
}

static void sentence(struct telling *t, struct str s)
{
	if (s.len)
		json_out_str(t->o, s);
}

/* The last attempt that did not end well, in words. */
static struct str attempt_words(struct telling *t, const struct why_step *s)
{
	const struct json *events = json_get(s->span, STR("events"));
	struct str words = STR("");
	size_t n = 0;
	for (uint32_t i = 0; events && events->type == JSON_ARRAY && i < events->count; i++) {
		const struct json *x = &events->items[i], *a = json_get(x, STR("attributes"));
		if (!str_eq(json_get_str(x, STR("name"), STR("")), STR(CALL_ATTEMPT)))
			continue;
		n++;
		words = arena_printf(t->a, "%s %zu at %.*s: %.*s after %.*s", "attempt", n, STR_FMT(json_get_str(a, STR(ATTEMPT_INSTANCE), STR("?"))),
				     STR_FMT(json_get_str(a, STR(ATTEMPT_RESULT), STR("?"))), STR_FMT(duration(t, json_get_i64(a, STR(ATTEMPT_TOTAL), 0))));
	}
	return words;
}

static struct str owner_words(struct telling *t, struct str service)
{
	struct str owner = catalogue_owner(t->c, service), contact = catalogue_contact(t->c, owner);
	if (!snapshot_service(t->c->snapshot, service))
		return arena_printf(t->a, "%.*s is not in the catalogue, so nobody is known to own it.", STR_FMT(service));
	if (!owner.len)
		return arena_printf(t->a, "Nobody owns %.*s.", STR_FMT(service));
	return arena_printf(t->a, "%.*s is owned by %.*s%s%.*s%s.", STR_FMT(service), STR_FMT(owner), contact.len ? " (" : "", STR_FMT(contact),
			    contact.len ? ")" : "");
}

/* The first line of the cause's service that says why, else of its caller. */
static const struct json *telling_line(struct telling *t)
{
	const struct why_step *cause = t->w->cause;
	struct str order[] = { cause->service, cause->caller };
	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		for (size_t i = 0; i < t->w->lines_count; i++)
			if (order[k].len && str_eq(json_get_str(t->w->lines[i], STR("service"), STR("")), order[k]))
				return t->w->lines[i];
	return t->w->lines_count ? t->w->lines[0] : NULL;
}

static void line_sentence(struct telling *t)
{
	const struct json *line = telling_line(t);
	if (!line)
		return;
	struct str who = json_get_str(line, STR("instance"), STR(""));
	if (!who.len)
		who = json_get_str(line, STR("service"), STR(""));
	sentence(t, arena_printf(t->a, "%.*s wrote: \"%.*s\".", STR_FMT(who), STR_FMT(str_sub(json_get_str(line, STR("body"), STR("")), 0, 400))));
}

static struct str root_words(struct telling *t)
{
	const struct why_step *r = t->w->root;
	bool inner_only = t->w->failed && !r->failed;
	struct str status = r->status > 0 ? arena_printf(t->a, "%s answered %lld", inner_only ? "and all the same" : "and", (long long)r->status) :
			    r->call	  ? STR("and the caller was gone before an answer") :
					    STR("");
	return arena_printf(t->a, "%.*s to %.*s took %.*s%s%.*s.", STR_FMT(r->operation), STR_FMT(r->service), STR_FMT(duration(t, r->end - r->start)),
			    status.len ? " " : "", STR_FMT(status));
}

static void failure_sentences(struct telling *t)
{
	const struct why_step *x = t->w->cause;
	struct str attempt = attempt_words(t, x);
	if (x == t->w->root || !x->caller.len)
		sentence(t, arena_printf(t->a, "What failed: %.*s%s%.*s%s.", STR_FMT(reason_words(t, x)), attempt.len ? " (" : "", STR_FMT(attempt), attempt.len ? ")" : ""));
	else
		sentence(t, arena_printf(t->a, "The call from %.*s to %.*s failed first: %.*s%s%.*s%s.", STR_FMT(x->caller), STR_FMT(x->service),
					 STR_FMT(reason_words(t, x)), attempt.len ? " (" : "", STR_FMT(attempt), attempt.len ? ")" : ""));
	line_sentence(t);
	const struct dependency *d = catalogue_call(t->c, x->caller, x->service);
	if (d && d->on_failure.len)
		sentence(t, arena_printf(t->a, "What %.*s does then, by its declaration: %.*s.", STR_FMT(x->caller), STR_FMT(d->on_failure)));
	sentence(t, owner_words(t, x->service));
}

static void time_sentences(struct telling *t)
{
	const struct why_step *x = t->w->cause;
	int64_t whole = t->w->root->end - t->w->root->start;
	if (!x || whole <= 0)
		return;
	sentence(t, arena_printf(t->a, "Most of the time, %.*s (%d %%), was spent in %.*s itself.", STR_FMT(duration(t, x->self)), (int)(x->self * 100 / whole),
				 STR_FMT(x->service)));
	if (whole >= SLOW) {
		line_sentence(t);
		sentence(t, owner_words(t, x->service));
	}
}

static void attempts_json(struct telling *t, const struct why_step *s)
{
	const struct json *events = json_get(s->span, STR("events"));
	json_out_key(t->o, STR("attempts"));
	json_out_array(t->o);
	for (uint32_t i = 0; events && events->type == JSON_ARRAY && i < events->count; i++) {
		const struct json *a = json_get(&events->items[i], STR("attributes"));
		if (!str_eq(json_get_str(&events->items[i], STR("name"), STR("")), STR(CALL_ATTEMPT)))
			continue;
		json_out_object(t->o);
		json_kv_str(t->o, "instance", json_get_str(a, STR(ATTEMPT_INSTANCE), STR("")));
		json_kv_str(t->o, "result", json_get_str(a, STR(ATTEMPT_RESULT), STR("")));
		json_kv_i64(t->o, "total_ns", json_get_i64(a, STR(ATTEMPT_TOTAL), 0));
		json_out_end(t->o);
	}
	json_out_end(t->o);
}

static void step_json(struct telling *t, const struct why_step *s)
{
	struct str owner = catalogue_owner(t->c, s->service);
	json_out_object(t->o);
	json_kv_u64(t->o, "depth", s->depth);
	json_kv_str(t->o, "caller", s->caller);
	json_kv_str(t->o, "service", s->service);
	json_kv_str(t->o, "owner", owner);
	json_kv_str(t->o, "contact", catalogue_contact(t->c, owner));
	json_kv_str(t->o, "operation", s->operation);
	json_kv_str(t->o, "span", s->id);
	json_kv_str(t->o, "start_ns", arena_printf(t->a, "%lld", (long long)s->start));
	json_kv_i64(t->o, "duration_ns", s->end - s->start);
	json_kv_i64(t->o, "self_ns", s->self);
	json_kv_i64(t->o, "status", s->status);
	json_kv_bool(t->o, "failed", s->failed);
	json_kv_str(t->o, "reason", s->reason);
	json_kv_str(t->o, "words", reason_words(t, s));
	attempts_json(t, s);
	json_kv_bool(t->o, "critical", s->critical);
	json_out_end(t->o);
}

static void cause_json(struct telling *t)
{
	const struct why_step *x = t->w->cause;
	json_out_key(t->o, STR("cause"));
	if (!x) {
		json_out_null(t->o);
		return;
	}
	struct str owner = catalogue_owner(t->c, x->service);
	json_out_object(t->o);
	json_kv_str(t->o, "service", x->service);
	json_kv_str(t->o, "owner", owner);
	json_kv_str(t->o, "contact", catalogue_contact(t->c, owner));
	json_kv_str(t->o, "words", t->w->failed ? reason_words(t, x) : arena_printf(t->a, "%.*s itself took %.*s", STR_FMT(x->service), STR_FMT(duration(t, x->self))));
	json_kv_str(t->o, "span", x->id);
	json_out_end(t->o);
}

static void tell(struct telling *t, struct str trace)
{
	const struct why *w = t->w;
	int64_t whole = w->root->end - w->root->start;
	json_out_object(t->o);
	json_kv_str(t->o, "trace_id", trace);
	api_time(t->o, "time", w->root->start);
	json_kv_i64(t->o, "duration_ns", whole);
	json_kv_str(t->o, "verdict", w->failed ? STR("failed") : whole >= SLOW ? STR("slow") : STR("fine"));
	json_out_key(t->o, STR("sentences"));
	json_out_array(t->o);
	sentence(t, root_words(t));
	if (w->failed)
		failure_sentences(t);
	else
		time_sentences(t);
	json_out_end(t->o);
	json_out_key(t->o, STR("steps"));
	json_out_array(t->o);
	for (size_t i = 0; i < w->count; i++)
		step_json(t, &w->steps[i]);
	json_out_end(t->o);
	cause_json(t);
	json_out_key(t->o, STR("lines"));
	json_out_array(t->o);
	for (size_t i = 0; i < w->lines_count; i++)
		json_out_value(t->o, w->lines[i]);
	json_out_end(t->o);
	json_out_end(t->o);
}

static void on_trace(struct control *c, struct http_exchange *x, void *ctx, const struct json *answer, const struct err *e)
{
	struct why w;
	struct buf b;
	struct json_out o;
	struct err none = { 0 };
	(void)ctx;
	if (!answer) {
		http_answer_err(x, e);
		return;
	}
	if (!why_read(&w, http_arena(x), answer)) {
		err_set(&none, ERR_NOT_FOUND, "there are log lines of this request but no calls yet: they arrive within a second of its end; if they do not, it did not pass the gateway");
		http_answer_err(x, &none);
		return;
	}
	struct telling t = { c, http_arena(x), &w, &o };
	buf_init(&b, 16u << 20);
	json_out_init(&o, &b);
	tell(&t, json_get_str(answer, STR("trace_id"), STR("")));
	api_answer(x, &b);
}

void api_why(struct control *c, struct http_exchange *x, struct str trace)
{
	struct trace_id id;
	struct err e = { 0 };
	if (!trace_id_parse(&id, trace))
		err_set(&e, ERR_INPUT, "`%.*s` is no trace id: 32 hexadecimal digits are expected", STR_FMT(trace));
	else if (!upstream_ask(c, x, arena_printf(http_arena(x), "/api/traces/%.*s", STR_FMT(trace)), on_trace, NULL))
		err_set(&e, ERR_UNAVAILABLE, "the store is not reachable");
	if (err_is_set(&e))
		http_answer_err(x, &e);
}
