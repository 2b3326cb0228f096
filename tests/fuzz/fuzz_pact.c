/* A pact file, and behind a byte 0 a body that is sent: reading, the content's id, faults, generating every part, and comparing each part with its own example (which must
 * not crash; what it says is the unit tests' matter) and with the body. A request that generates nothing and has no rules fits its own example. */
#include "base/check.h"
#include "contract/pact/generate.h"
#include "contract/pact/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t next(void *ctx)
{
	uint64_t *x = ctx;
	return *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
}

static bool has_rules(const struct pact_part *p)
{
	for (int c = 0; c < PACT_CATEGORIES; c++)
		if (p->rules[c].count)
			return true;
	return false;
}

static void check_told(const struct pact_mismatches *out, bool fits)
{
	CHECK(fits == (out->count == 0 && !out->more));
	for (size_t i = 0; i < out->count; i++)
		CHECK(out->items[i].sentence.len);
}

static void compare(const struct pact_part *p, enum pact_kind kind, bool response, struct str sent, struct arena *a)
{
	struct pact_actual own = { .method = p->method, .path = p->path, .query = p->query_text, .headers = p->headers, .status = p->status, .metadata = p->metadata, .type = p->body.type,
		.body = p->body.bytes, .has_body = p->body.state == PACT_BODY_PRESENT };
	struct pact_actual other = own;
	struct pact_mismatches out;
	other.body = sent;
	other.has_body = sent.p != NULL;
	for (int i = 0; i < 2; i++) {
		const struct pact_actual *x = i ? &other : &own;
		pact_mismatches_init(&out, a);
		bool fits = kind != PACT_HTTP ? pact_match_message(p, x, a, &out) : response ? pact_match_response(p, x, a, &out) : pact_match_request(p, x, a, &out);
		check_told(&out, fits);
		CHECK(a->full || fits == (kind != PACT_HTTP ? pact_match_message(p, x, a, NULL) : response ? pact_match_response(p, x, a, NULL) : pact_match_request(p, x, a, NULL)) || a->full);
		if (!i && response && kind == PACT_HTTP && p->body.json && !has_rules(p) && !a->full)
			CHECK(fits || out.items[0].where != PACT_AT_BODY || out.items[0].fault);
	}
}

static void one_part(const struct pact_part *p, enum pact_kind kind, bool response, struct str sent)
{
	struct arena a;
	struct pact_part made;
	struct err e = { 0 };
	uint64_t seed = 1;
	arena_init(&a, 64 << 20);
	compare(p, kind, response, sent, &a);
	struct pact_generate g = { .random = next, .ctx = &seed, .now = INT64_C(1790000000000000000), .base_url = STR("http://127.0.0.1:1") };
	if (!pact_generate_part(p, &g, &a, &made, &e))
		CHECK(err_is_set(&e));
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str sent = str_from((const char *)data, size), text = str_split(&sent, 0);
	struct arena a;
	struct err e = { 0 };
	char id[PACT_CONTENT_ID];
	if (size > 1 << 16)
		return 0;
	arena_init(&a, 64 << 20);
	const struct pact *p = pact_read(&a, STR("p.json"), text, &e);
	CHECK((p != NULL) == !err_is_set(&e));
	CHECK(p || e.code == ERR_TOO_LARGE || e.code == ERR_FILE_INVALID);
	if (p) {
		CHECK(pact_content_id(p, id));
		pact_faults(p, NULL, NULL);
		for (uint32_t i = 0; i < p->count && i < 20; i++) {
			const struct pact_interaction *x = &p->interactions[i];
			if (x->kind != PACT_MESSAGE)
				one_part(&x->request, x->kind, false, sent);
			for (uint32_t k = 0; k < x->responses_count && k < 4; k++)
				one_part(&x->responses[k], x->kind, true, sent);
		}
	}
	arena_release(&a);
	return 0;
}
