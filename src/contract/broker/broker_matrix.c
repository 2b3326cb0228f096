/* The matrix: for the versions that a question names, which pact of a consumer's version has been verified by which version of its provider, with what result; and
 * whether they may be deployed together.
 *
 * A question names versions by selectors. With a place to go to (an environment, a tag, a branch) the other sides of their integrations are *inferred*: what is there
 * now. In an environment all of them run at once, so each must fit: a provider's version that has not verified the pact is a row of its own without a
 * result, and not hidden by another version that has. (The Pact Broker joins results to pacts, so that one version's success stands for all.)
 *
 * Nothing is searched: a selector's versions, a version's pacts, a content's results are lists of the model (broker_impl.h). */
#include "contract/broker/broker_impl.h"

/* --- selectors ------------------------------------------------------------------------------------------------------------------------------------------------ */

static bool take(struct arena *a, struct selector *s, size_t *capacity, struct version *v)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->versions[i] == v)
			return true;
	if (!v)
		return true;
	if (!ARENA_PUSH_ROOM(a, s->versions, s->count, *capacity))
		return false;
	s->versions[s->count++] = v;
	return true;
}

static bool with_tag(struct arena *a, struct selector *s, size_t *capacity)
{
	for (size_t i = s->p->versions.count; i-- > 0;) {
		if (!version_has_tag(s->p->versions.items[i], s->tag))
			continue;
		if (!take(a, s, capacity, s->p->versions.items[i]))
			return false;
		if (s->latest)
			break;
	}
	return true;
}

static struct version *head_of(const struct participant *p, struct str name)
{
	const struct branch *b = name.len ? broker_branch(p, name) : NULL;
	return b ? branch_head(b) : NULL;
}

static bool in_environment(const struct broker *b, struct arena *a, struct selector *s, size_t *capacity)
{
	const struct environment *e = broker_environment(b, s->environment);
	s->each = true;
	for (size_t i = 0; e && i < s->p->current.count; i++)
		if (s->p->current.items[i]->environment == e && !take(a, s, capacity, s->p->current.items[i]->version))
			return false;
	return true;
}

/* A branch means its head: who asks for one asks about what is there now. */
static bool resolve(const struct broker *b, struct arena *a, struct selector *s)
{
	size_t capacity = 0;
	s->p = broker_participant(b, s->participant);
	s->versions = NULL;
	s->count = 0;
	s->each = false;
	s->limited = s->version.len || s->tag.len || s->branch.len || s->environment.len || s->latest || s->main_branch;
	if (!s->p || !s->limited)
		return true;
	if (s->version.len)
		return take(a, s, &capacity, broker_version(s->p, s->version));
	if (s->environment.len)
		return in_environment(b, a, s, &capacity);
	if (s->tag.len)
		return with_tag(a, s, &capacity);
	if (s->branch.len || s->main_branch)
		return take(a, s, &capacity, head_of(s->p, s->branch.len ? s->branch : s->p->main_branch));
	return take(a, s, &capacity, s->p->versions.count ? s->p->versions.items[s->p->versions.count - 1] : NULL);
}

static const struct selector *selector_of(const struct matrix_question *q, const struct participant *p)
{
	for (size_t i = 0; i < q->count; i++)
		if (q->selectors[i].p == p)
			return &q->selectors[i];
	return NULL;
}

/* --- integrations --------------------------------------------------------------------------------------------------------------------------------------------- */

/* Of a consumer that is limited to versions: only pairs in which one of these has a pact. What it once used and does not any more keeps nothing back. */
static bool still_uses(const struct selector *s, const struct pair *p)
{
	for (size_t i = 0; i < s->count; i++)
		if (broker_pact_of(s->versions[i], p))
			return true;
	return !s->limited;
}

/* The other side: asked for, inferred, or any where the question is about one side alone. NULL: not in the question. */
static bool other_side(const struct broker *b, struct arena *a, const struct matrix_question *q, const struct participant *p, const struct selector **found)
{
	static const struct selector anything;
	*found = selector_of(q, p);
	if (*found || (!q->has_to && q->count > 1))
		return true;
	if (!q->has_to) {
		*found = &anything;
		return true;
	}
	struct selector *s = ARENA_NEW(a, struct selector);
	if (!s)
		return false;
	*s = q->to;
	s->participant = p->name;
	s->inferred = true;
	*found = s;
	return resolve(b, a, s);
}

static bool ignores(const struct matrix_question *q, const struct participant *p, const struct version *v)
{
	for (size_t i = 0; i < q->ignored_count; i++) {
		const struct selector *s = &q->ignored[i];
		if (str_eq(s->participant, p->name) && (!s->version.len || (v && str_eq(s->version, v->number))))
			return true;
	}
	return false;
}

static bool add_integration(const struct broker *b, struct arena *a, const struct matrix_question *q, const struct selector *self, const struct pair *p, struct matrix_answer *out)
{
	bool consumer = self->p == p->consumer;
	const struct participant *other = consumer ? p->provider : p->consumer;
	const struct selector *s;
	if (!other_side(b, a, q, other, &s))
		return false;
	if (!s)
		return true;
	if (!ARENA_PUSH_ROOM(a, out->integrations, out->integrations_count, out->integrations_capacity))
		return false;
	out->integrations[out->integrations_count++] = (struct integration){ .pair = p, .consumer = consumer ? self : s, .provider = consumer ? s : self,
									     .required = selector_of(q, p->consumer) != NULL,
									     .ignored = ignores(q, p->consumer, NULL) || ignores(q, p->provider, NULL) };
	return true;
}

/* A pair with both sides in the question is found by its consumer. */
static bool find_integrations(const struct broker *b, struct arena *a, const struct matrix_question *q, struct matrix_answer *out)
{
	for (size_t i = 0; i < q->count; i++) {
		const struct selector *s = &q->selectors[i];
		for (size_t k = 0; s->p && k < s->p->consumes.count; k++)
			if (still_uses(s, s->p->consumes.items[k]) && !add_integration(b, a, q, s, s->p->consumes.items[k], out))
				return false;
		for (size_t k = 0; s->p && k < s->p->provides.count; k++)
			if (!selector_of(q, s->p->provides.items[k]->consumer) && !add_integration(b, a, q, s, s->p->provides.items[k], out))
				return false;
	}
	return true;
}

/* --- rows ----------------------------------------------------------------------------------------------------------------------------------------------------- */

struct asking {
	const struct matrix_question *q;
	struct arena *arena;
	struct matrix_answer *out;
	struct integration *of;
};

static bool add_row(struct asking *x, const struct pact *p, const struct version *provider, const struct verification *v)
{
	struct matrix_answer *out = x->out;
	if (out->count == BROKER_ROWS_MAX) {
		out->cut = true;
		return true;
	}
	if (!ARENA_PUSH_ROOM(x->arena, out->rows, out->count, out->capacity))
		return false;
	out->rows[out->count++] = (struct matrix_row){ .pact = p, .provider = provider, .verification = v,
						       .ignored = ignores(x->q, p->pair->consumer, p->version) || ignores(x->q, p->pair->provider, provider) };
	x->of->has_row = true;
	return true;
}

/* All results of the versions wanted, or only each version's last. */
static bool add_results(struct asking *x, const struct pact *p, const struct selector *want, size_t *found)
{
	const struct content *k = p->content;
	bool all = x->q->latest_by == LATEST_BY_NONE;
	size_t n = all ? k->results.count : k->latest.count;
	for (size_t i = n; i-- > 0 && !x->out->cut;) {
		const struct verification *v = all ? k->results.items[i] : k->latest.items[i];
		bool wanted = !want->limited;
		for (size_t w = 0; w < want->count && !wanted; w++)
			wanted = want->versions[w] == v->version;
		if (!wanted)
			continue;
		++*found;
		if (!add_row(x, p, v->version, v))
			return false;
	}
	return true;
}

/* A version that runs and has no result is a row too. */
static bool add_missing(struct asking *x, const struct pact *p, const struct selector *want)
{
	for (size_t i = 0; i < want->count; i++)
		if (!broker_latest_by(p->content, want->versions[i]) && !add_row(x, p, want->versions[i], NULL))
			return false;
	return true;
}

/* Of a pact's rows since `first` the one with the newest result: the others are history. */
static void keep_newest(struct matrix_answer *out, size_t first)
{
	size_t best = first;
	for (size_t i = first; i < out->count; i++)
		if (out->rows[i].verification && (!out->rows[best].verification || out->rows[i].verification->id > out->rows[best].verification->id))
			best = i;
	if (out->count > first) {
		out->rows[first] = out->rows[best];
		out->count = first + 1;
	}
}

static bool add_pact_rows(struct asking *x, const struct pact *p)
{
	const struct selector *want = x->of->provider;
	size_t first = x->out->count, found = 0;
	bool explicitly = want->each || want->count == 1;
	if (!add_results(x, p, want, &found) || (want->limited && explicitly && x->of->consumer->limited && !add_missing(x, p, want)))
		return false;
	if (x->out->count == first && !found && (x->of->consumer->limited || !want->limited) && !add_row(x, p, NULL, NULL))
		return false;
	if (x->q->latest_by == LATEST_BY_CVP)
		keep_newest(x->out, first);
	return true;
}

static bool add_rows(struct asking *x)
{
	const struct selector *consumer = x->of->consumer;
	const struct pair *pair = x->of->pair;
	size_t n = consumer->limited ? consumer->count : pair->pacts.count;
	for (size_t i = 0; i < n && !x->out->cut; i++) {
		const struct pact *p = consumer->limited ? broker_pact_of(consumer->versions[i], pair) : pair->pacts.items[n - 1 - i];
		if (p && !add_pact_rows(x, p))
			return false;
	}
	return true;
}

/* --- the answer ----------------------------------------------------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct matrix_question *q, const struct matrix_row *r) { return !q->only || q->only_success[r->verification ? r->verification->success : 2]; }

static void judge(const struct matrix_question *q, struct matrix_answer *out)
{
	bool missing = false;
	for (size_t i = 0; i < out->count; i++) {
		const struct matrix_row *r = &out->rows[i];
		if (r->ignored)
			out->ignored++;
		else if (!r->verification)
			out->unknown++;
		else if (r->verification->success)
			out->success++;
		else
			out->failed++;
	}
	for (size_t i = 0; i < out->integrations_count; i++)
		if (out->integrations[i].required && !out->integrations[i].ignored && !out->integrations[i].has_row)
			out->unknown++;
	for (size_t i = 0; i < q->count; i++)
		missing |= !q->selectors[i].p || (q->selectors[i].limited && !q->selectors[i].count);
	out->deployable = missing || out->failed ? 0 : out->unknown || out->cut ? -1 : 1;
}

bool matrix_answer(const struct broker *b, struct arena *a, struct matrix_question *q, struct matrix_answer *out)
{
	struct asking x = { .q = q, .arena = a, .out = out };
	*out = (struct matrix_answer){ 0 };
	for (size_t i = 0; i < q->count; i++)
		if (!resolve(b, a, &q->selectors[i]))
			return false;
	if (!find_integrations(b, a, q, out))
		return false;
	for (size_t i = 0; i < out->integrations_count; i++) {
		x.of = &out->integrations[i];
		if (!add_rows(&x))
			return false;
	}
	size_t kept = 0;
	for (size_t i = 0; i < out->count; i++)
		if (is_wanted(q, &out->rows[i]))
			out->rows[kept++] = out->rows[i];
	out->count = kept;
	judge(q, out);
	return matrix_reasons(b, a, q, out);
}
