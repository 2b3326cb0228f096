/* The matrix in words: why something may be deployed or not, as Pact's clients print it. The wording follows the Pact Broker's, which people know and search for. */
#include "contract/broker/broker_impl.h"

enum { REASONS_MAX = 200 };
struct telling {
	const struct broker *b;
	struct arena *a;
	const struct matrix_question *q;
	struct matrix_answer *out;
};

static bool tell(struct telling *t, enum reason_kind kind, struct str text)
{
	struct matrix_answer *out = t->out;
	if (!text.p)
		return false;
	for (size_t i = 0; i < out->reasons_count; i++)
		if (str_eq(out->reasons[i].text, text))
			return true;
	if (out->reasons_count == REASONS_MAX)
		return true;
	if (!ARENA_PUSH_ROOM(t->a, out->reasons, out->reasons_count, out->reasons_capacity))
		return false;
	out->reasons[out->reasons_count++] = (struct reason){ kind, text };
	return true;
}

/* "version 1.2 of web", "the version of api currently in production (2.0)". v: which one of several; NULL: there is none, or it does not matter. */
static struct str describe(struct telling *t, const struct selector *s, const struct participant *p, const struct version *v)
{
	struct str n = p->name, number = v ? v->number : STR("no such version exists");
	if (s->version.len)
		return arena_printf(t->a, "version %.*s of %.*s", STR_FMT(s->version), STR_FMT(n));
	if (s->environment.len && v)
		return arena_printf(t->a, "the version of %.*s currently in %.*s (%.*s)", STR_FMT(n), STR_FMT(s->environment), STR_FMT(number));
	if (s->environment.len)
		return arena_printf(t->a, "the version of %.*s currently in %.*s (no version is currently recorded as deployed/released in this environment)", STR_FMT(n), STR_FMT(s->environment));
	if (s->tag.len && s->latest)
		return arena_printf(t->a, "the latest version of %.*s with tag %.*s (%.*s)", STR_FMT(n), STR_FMT(s->tag), STR_FMT(number));
	if (s->tag.len)
		return arena_printf(t->a, "a version of %.*s with tag %.*s (%.*s)", STR_FMT(n), STR_FMT(s->tag), STR_FMT(number));
	if (s->branch.len)
		return arena_printf(t->a, "the latest version of %.*s from branch %.*s (%.*s)", STR_FMT(n), STR_FMT(s->branch), STR_FMT(number));
	if (s->main_branch)
		return arena_printf(t->a, "the latest version of %.*s from the main branch (%.*s)", STR_FMT(n), STR_FMT(number));
	if (s->latest)
		return arena_printf(t->a, "the latest version of %.*s (%.*s)", STR_FMT(n), STR_FMT(number));
	return v ? arena_printf(t->a, "version %.*s of %.*s", STR_FMT(number), STR_FMT(n)) : arena_printf(t->a, "any version of %.*s", STR_FMT(n));
}

static struct str no_such_version(struct telling *t, const struct selector *s)
{
	struct str n = s->participant;
	if (s->version.len)
		return arena_printf(t->a, "No pacts or verifications have been published for version %.*s of %.*s", STR_FMT(s->version), STR_FMT(n));
	if (s->tag.len)
		return arena_printf(t->a, "No version with tag %.*s exists for %.*s", STR_FMT(s->tag), STR_FMT(n));
	if (s->environment.len)
		return arena_printf(t->a, "No version of %.*s is currently recorded as deployed or released in environment %.*s", STR_FMT(n), STR_FMT(s->environment));
	if (s->branch.len)
		return arena_printf(t->a, "No version of %.*s from branch %.*s exists", STR_FMT(n), STR_FMT(s->branch));
	if (s->main_branch && s->p && !s->p->main_branch.len)
		return arena_printf(t->a, "No main branch is set for %.*s: set it with create-or-update-pacticipant", STR_FMT(n));
	if (s->main_branch)
		return arena_printf(t->a, "No version of %.*s from the main branch exists", STR_FMT(n));
	return arena_printf(t->a, "No pacts or verifications have been published for %.*s", STR_FMT(n));
}

static bool tell_missing_versions(struct telling *t)
{
	for (size_t i = 0; i < t->q->count; i++) {
		const struct selector *s = &t->q->selectors[i];
		if ((!s->p || (s->limited && !s->count)) && !tell(t, REASON_ERROR, no_such_version(t, s)))
			return false;
	}
	return true;
}

static const struct integration *integration_of(const struct matrix_answer *out, const struct pair *p)
{
	for (size_t i = 0; i < out->integrations_count; i++)
		if (out->integrations[i].pair == p)
			return &out->integrations[i];
	return NULL;
}

static struct str between(struct telling *t, const struct matrix_row *r, const char *before, const char *after)
{
	const struct integration *x = integration_of(t->out, r->pact->pair);
	CHECK(x);
	struct str consumer = describe(t, x->consumer, r->pact->pair->consumer, r->pact->version), provider = describe(t, x->provider, r->pact->pair->provider, r->provider);
	return arena_printf(t->a, "%s%.*s and %.*s%s", before, STR_FMT(consumer), STR_FMT(provider), after);
}

static bool tell_failed(struct telling *t)
{
	for (size_t i = 0; i < t->out->count && t->out->reasons_count < REASONS_MAX; i++) {
		const struct matrix_row *r = &t->out->rows[i];
		if (!r->ignored && r->verification && !r->verification->success && !tell(t, REASON_ERROR, between(t, r, "The verification for the pact between ", " failed")))
			return false;
	}
	return true;
}

static bool tell_unknown(struct telling *t)
{
	for (size_t i = 0; i < t->out->count && t->out->reasons_count < REASONS_MAX; i++) {
		const struct matrix_row *r = &t->out->rows[i];
		if (!r->ignored && !r->verification && !tell(t, REASON_ERROR, between(t, r, "There is no verified pact between ", "")))
			return false;
	}
	for (size_t i = 0; i < t->out->integrations_count && t->out->reasons_count < REASONS_MAX; i++) {
		const struct integration *x = &t->out->integrations[i];
		if (!x->required || x->ignored || x->has_row)
			continue;
		struct str consumer = describe(t, x->consumer, x->pair->consumer, x->consumer->count ? x->consumer->versions[0] : NULL);
		struct str provider = describe(t, x->provider, x->pair->provider, x->provider->count ? x->provider->versions[0] : NULL);
		if (!tell(t, REASON_ERROR, arena_printf(t->a, "There is no verified pact between %.*s and %.*s", STR_FMT(consumer), STR_FMT(provider))))
			return false;
	}
	return !t->out->cut || tell(t, REASON_ERROR, arena_printf(t->a, "The question covers more than %d rows of the matrix, of which the rest was not looked at: name versions", BROKER_ROWS_MAX));
}

/* Only what whoever asks can do better, and only for the question of one version. */
static bool tell_warnings(struct telling *t)
{
	const struct matrix_question *q = t->q;
	for (size_t i = 0; i < q->ignored_count; i++) {
		const struct selector *s = &q->ignored[i];
		const struct participant *p = broker_participant(t->b, s->participant);
		if ((!p || (s->version.len && !broker_version(p, s->version))) &&
		    !tell(t, REASON_WARNING, s->version.len ? arena_printf(t->a, "WARN: Cannot ignore version %.*s of %.*s: it does not exist", STR_FMT(s->version), STR_FMT(s->participant)) :
							      arena_printf(t->a, "WARN: Cannot ignore %.*s: it does not exist", STR_FMT(s->participant))))
			return false;
	}
	if (q->latest_by == LATEST_BY_NONE || !q->count)
		return true;
	if (!q->selectors[0].version.len &&
	    !tell(t, REASON_WARNING, STR("WARN: For production use of can-i-deploy, it is recommended to specify the version number (rather than the tag or branch) of the pacticipant to prevent race conditions.")))
		return false;
	return q->has_to || q->count > 1 ||
	       tell(t, REASON_WARNING, STR("WARN: For production use of can-i-deploy, it is recommended to specify the environment into which you are deploying. Without the environment, this result will not be reliable."));
}

bool matrix_reasons(const struct broker *b, struct arena *a, const struct matrix_question *q, struct matrix_answer *out)
{
	struct telling t = { b, a, q, out };
	if (!tell_missing_versions(&t))
		return false;
	if (!out->reasons_count && (!tell_failed(&t) || !tell_unknown(&t)))
		return false;
	if (out->deployable == 1 && !out->reasons_count &&
	    !tell(&t, REASON_SUCCESS, out->count > out->ignored ? STR("All required verification results are published and successful") : STR("There are no missing dependencies")))
		return false;
	return tell_warnings(&t);
}

const char *matrix_fault(const struct broker *b, struct arena *a, const struct matrix_question *q)
{
	if (!q->count)
		return "Please provide 1 or more version selectors.";
	for (size_t i = 0; i < q->count; i++) {
		const struct selector *s = &q->selectors[i];
		int ways = (s->version.len > 0) + (s->tag.len > 0) + (s->branch.len > 0) + (s->environment.len > 0) + s->main_branch;
		if (!s->participant.len)
			return "Please specify the pacticipant name";
		if (!broker_participant(b, s->participant))
			return arena_printf(a, "Pacticipant %.*s not found%c", STR_FMT(s->participant), 0).p;
		if (ways > 1 || (s->version.len && s->latest))
			return "A version number, latest with or without a tag, branch, mainBranch and environment exclude each other";
		if (s->environment.len && !broker_environment(b, s->environment))
			return arena_printf(a, "Environment with name '%.*s' does not exist%c", STR_FMT(s->environment), 0).p;
		for (size_t k = 0; k < i; k++)
			if (str_eq(q->selectors[k].participant, s->participant))
				return arena_printf(a, "Pacticipant %.*s is named twice%c", STR_FMT(s->participant), 0).p;
	}
	if (q->to.environment.len && !broker_environment(b, q->to.environment))
		return arena_printf(a, "Environment with name '%.*s' does not exist%c", STR_FMT(q->to.environment), 0).p;
	return NULL;
}
