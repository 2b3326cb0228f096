/* Pacts as the rest of control wants them: which count for a provider now, and their texts. */
#include "contract/broker/broker_impl.h"

struct telling { struct call call; void (*each)(void *ctx, const struct broker_current *p); void *ctx; };

static void tell(struct telling *t, const struct pact *p)
{
	const struct broker_current x = { p->pair->consumer->name, p->version->number, path_pact(&t->call, p), str_from(p->content->sha, SHA_HEX), p->content->id };
	t->each(t->ctx, &x);
}

static bool is_in(const struct broker *b, const struct pact *p, const struct str *environments, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct environment *e = broker_environment(b, environments[i]);
		if (e && version_in_environment(p->version, e, true, true))
			return true;
	}
	return false;
}

static const struct pact *current_of(const struct pair *pair)
{
	struct str main_branch = pair->consumer->main_branch;
	const struct pact *newest = main_branch.len ? pair_latest_on_branch(pair, main_branch) : NULL;
	return newest ? newest : pair_latest(pair, (struct str){ 0 });
}

static struct broker_verified verified(const struct participant *p)
{
	struct broker_verified out = { .provider = p->name };
	for (size_t i = 0; i < p->provides.count; i++) {
		const struct pact *newest = current_of(p->provides.items[i]);
		const struct content *k = newest ? newest->content : NULL;
		const struct verification *v = k && k->results.count ? k->results.items[k->results.count - 1] : NULL;
		out.pacts += k != NULL;
		out.verified += v && v->success;
		out.failed += v && !v->success;
		if (v && !v->success)
			out.failed_of = newest->pair->consumer->name;
	}
	return out;
}

void broker_verified_providers(const struct broker *b, void (*each)(void *ctx, const struct broker_verified *v), void *ctx)
{
	for (size_t i = 0; b->db && i < b->participants.count; i++) {
		struct broker_verified v = verified(b->participants.items[i]);
		if (v.pacts)
			each(ctx, &v);
	}
}

void broker_current_pacts(const struct broker *b, struct str provider, const struct str *environments, size_t count, void (*each)(void *ctx, const struct broker_current *p), void *ctx)
{
	const struct participant *p = b->db ? broker_participant(b, provider) : NULL;
	struct arena a;
	struct telling t = { .call = { .arena = &a }, .each = each, .ctx = ctx };
	arena_init(&a, 16 << 20);
	for (size_t i = 0; p && i < p->provides.count; i++) {
		const struct pair *pair = p->provides.items[i];
		const struct pact *newest = current_of(pair);
		if (!count && newest)
			tell(&t, newest);
		for (size_t k = 0; count && k < pair->pacts.count; k++)
			if (is_in(b, pair->pacts.items[k], environments, count))
				tell(&t, pair->pacts.items[k]);
	}
	arena_release(&a);
}

struct str broker_content_read(struct broker *b, int64_t content, struct arena *a)
{
	struct call c = { .broker = b, .arena = a };
	const struct content key = { .id = content };
	buf_init(&c.out, 4096);
	struct str text = b->db ? content_text(&c, &key) : (struct str){ 0 };
	buf_release(&c.out);
	return text;
}
