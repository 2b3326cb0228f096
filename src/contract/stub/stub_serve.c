/* Requests to the stub: the way to an interaction and its answer. */
#include "base/check.h"
#include "contract/stub/stub_impl.h"

#define CORS_ANY "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n"

static uint64_t random_number(void *ctx)
{
	(void)ctx;
	return sys_random();
}

static void send_answer(const struct stub *s, struct http_exchange *x, const struct stub_answer *a)
{
	struct str headers = a->headers;
	if (s->o.cors)
		headers = arena_printf(http_arena(x), CORS_ANY "%.*s", STR_FMT(headers));
	http_answer(x, a->status, a->type, headers.p ? headers : a->headers, a->body);
}

static void answer(struct stub *s, struct http_exchange *x, const struct stub_entry *entry)
{
	struct stub_answer made;
	struct pact_part part;
	struct err e = { 0 };
	struct arena *a = http_arena(x);
	if (!entry->generates) {
		send_answer(s, x, &entry->answer);
		return;
	}
	const struct pact_generate g = { .random = random_number, .now = sys_wall(), .base_url = s->o.base_url };
	if (pact_generate_part(&entry->interaction->responses[0], &g, a, &part, &e) && stub_answer_of(&part, a, &made, &e))
		send_answer(s, x, &made);
	else
		http_answer_err(x, &e);
}

/* A browser asks before it sends: whatever it wants to send is fine. */
static bool preflight(const struct stub *s, struct http_exchange *x)
{
	const struct http_request *r = http_request(x);
	struct str wanted = http1_find(&r->head, STR("access-control-request-headers"));
	if (!s->o.cors || !str_eq(r->head.method, STR("OPTIONS")) || !http1_find(&r->head, STR("access-control-request-method")).p)
		return false;
	struct str headers = arena_printf(http_arena(x), CORS_ANY "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS\r\nAccess-Control-Allow-Headers: %.*s\r\nAccess-Control-Max-Age: 600\r\n",
		STR_FMT(wanted.len ? wanted : STR("*")));
	http_answer(x, 204, STR(""), headers.p ? headers : STR(""), STR(""));
	return true;
}

static const struct stub_entry *find(struct stub *s, const struct pact_actual *actual, struct str path, struct str state)
{
	const struct stub_entry *lists[2] = { s->index_size ? s->index[stub_key(actual->method, path) & (s->index_size - 1)] : NULL, s->ruled };
	for (size_t i = 0; i < 2; i++) {
		for (const struct stub_entry *e = lists[i]; e; e = e->next) {
			/* Within a slot of the index others may have come by the same hash. */
			if ((i == 0 && !str_eq(e->path, path)) || !stub_state_fits(e, state))
				continue;
			if (pact_match_request(&e->interaction->request, actual, &s->scratch, NULL))
				return e;
		}
	}
	return NULL;
}

void stub_serve(void *ctx, struct http_exchange *x)
{
	struct stub *s = ctx;
	const struct http_request *r = http_request(x);
	struct pact_field fields[HTTP1_MAX_HEADERS];
	struct str state = s->o.state, asked = http1_find(&r->head, STR("pleach-state"));
	uint32_t count = 0;
	if (preflight(s, x))
		return;
	arena_reset(&s->scratch);
	for (size_t i = 0; i < r->head.count; i++)
		fields[count++] = (struct pact_field){ .name = r->head.headers[i].name, .values = &r->head.headers[i].value, .count = 1 };
	const struct pact_actual actual = { .method = r->head.method, .path = r->head.path, .query = r->head.query, .headers = { fields, count }, .body = r->body, .has_body = r->body.len > 0 };
	struct str path = stub_path(&s->scratch, r->head.path);
	if (asked.p)
		state = asked;
	const struct stub_entry *e = find(s, &actual, path, state);
	if (e)
		answer(s, x, e);
	else
		stub_missed(s, x, &actual, path, state);
}
