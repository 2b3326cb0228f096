/* How each facet of the score is measured (score.h). */
#include "catalog/score/facets.h"
#include "base/check.h"
#include "base/time.h"

static double say(struct facet_input *in, double value, struct str words)
{
	in->said = words;
	return value;
}

static double share(size_t part, size_t all) { return all ? (double)part / (double)all : 0; }

double facet_owner(struct facet_input *in)
{
	const struct picture_service *s = in->s;
	if (!s->owner.len)
		return say(in, 0, STR("nobody owns it"));
	if (!in->team || !in->team->known)
		return say(in, 0.3, arena_printf(in->a, "%.*s is no team that is known", STR_FMT(s->owner)));
	if (!in->team->members_count)
		return say(in, 0.6, arena_printf(in->a, "%.*s owns it; who belongs to it is not said", STR_FMT(s->owner)));
	if (!in->team->last)
		return say(in, 0.8, arena_printf(in->a, "%.*s owns it; no commit of its members is known", STR_FMT(s->owner)));
	return in->team->active ? say(in, 1, arena_printf(in->a, "%.*s owns it, %zu of its members %s active", STR_FMT(s->owner), in->team->active, in->team->active == 1 ? "is" : "are")) :
				  say(in, 0.3, arena_printf(in->a, "no member of %.*s has committed for a year", STR_FMT(s->owner)));
}

/* What is written counts most of it; that somebody answered the rest, for as long as evidence does. */
double facet_contact(struct facet_input *in)
{
	enum { WRITTEN = 8 /* tenths */ };
	const struct catalog_value *v = picture_value(in->s, CLAIM_CONTACT);
	const struct picture_contact *tried = in->s->contact;
	struct str where = in->team && in->team->contact.len ? in->team->contact : v ? v->says : STR("");
	struct buf when;
	if (!tried)
		return where.len ? say(in, WRITTEN / 10.0, arena_printf(in->a, "%.*s is said; nobody has said that they answer there", STR_FMT(where))) : say(in, 0, STR("neither the service nor its team says where"));
	const struct evidence as_said = { .ok = true, .at = tried->at };
	buf_init(&when, 64);
	time_rfc3339(&when, tried->at * 1000000000, 0);
	in->said = arena_printf(in->a, "%.*s%s%.*s %s on %.10s%s%.*s", STR_FMT(where), where.len ? ": " : "", STR_FMT(in->s->owner), tried->answered ? "answered" : "did not answer", buf_str(&when).p, tried->note.len ? ": " : "", STR_FMT(tried->note));
	buf_release(&when);
	return tried->answered ? WRITTEN / 10.0 + (1 - WRITTEN / 10.0) * evidence_value(&as_said, in->p->now) : 0;
}

double facet_health(struct facet_input *in)
{
	const struct catalog_value *v = picture_value(in->s, CLAIM_HEALTH);
	bool said = (in->declared && in->declared->run.health.len) || v;
	if (in->e->runs_here && in->declared && in->declared->run.health.len)
		return in->e->healthy ? say(in, 1, arena_printf(in->a, "%.*s answers for %zu of %zu", STR_FMT(in->declared->run.health), in->e->healthy, in->e->wanted)) :
					say(in, 0.3, STR("no instance's check answers now"));
	if (in->e->runs_here)
		return say(in, 0.2, STR("only its port is looked at"));
	return said ? say(in, 0.6, arena_printf(in->a, "%.*s is said; whether it answers is not seen from here", STR_FMT(v ? v->says : STR("a check")))) : say(in, 0, STR("none is said"));
}

double facet_health_tells(struct facet_input *in)
{
	size_t all, noticed;
	const struct health_incident *missed;
	struct buf when;
	health_told(in->e->health, in->p->now, in->e->health_window, &all, &noticed, &missed);
	if (!all)
		return say(in, NOT_MEASURABLE, in->e->health ? STR("it was not broken while it was watched") : STR("nobody watches it from here"));
	if (!missed)
		return say(in, 1, arena_printf(in->a, "it said so all %zu times that most calls failed", all));
	buf_init(&when, 64);
	time_rfc3339(&when, missed->began * 1000000000, 0);
	in->said = arena_printf(in->a, "it said so %zu of %zu times that most calls failed; not at %.*s, when %llu of %llu failed", noticed, all, STR_FMT(buf_str(&when)), (unsigned long long)missed->failed,
				(unsigned long long)missed->calls);
	buf_release(&when);
	return share(noticed, all);
}

double facet_spare(struct facet_input *in)
{
	if (!in->e->runs_here)
		return say(in, NOT_MEASURABLE, STR("it is not run from here"));
	return say(in, in->e->healthy > 1 ? 1 : 0, arena_printf(in->a, "%zu of %zu healthy", in->e->healthy, in->e->wanted));
}

double facet_log_ids(struct facet_input *in)
{
	enum { FEWEST = 20 };
	if (!in->e->logs_known || in->e->lines < FEWEST)
		return say(in, NOT_MEASURABLE, STR("too few log lines were seen in the last hour"));
	double x = (double)in->e->lines_with_id / (double)in->e->lines;
	/* Lines of a start or of timers belong to no request. */
	return say(in, x > 0.8 ? 1 : x / 0.8, arena_printf(in->a, "%.0f %% of %llu lines of the last hour", 100 * x, (unsigned long long)in->e->lines));
}

double facet_traces(struct facet_input *in)
{
	uint64_t in_calls = 0, out = 0, started = 0;
	for (size_t i = 0; i < in->s->callers_count; i++)
		in_calls += in->s->callers[i]->calls;
	for (size_t i = 0; i < in->s->calls_count; i++) {
		out += in->s->calls[i]->calls;
		started += in->s->calls[i]->started;
	}
	if (!in_calls || !out)
		return say(in, NOT_MEASURABLE, in_calls ? STR("it calls nobody that was seen") : STR("no call of it was seen"));
	return say(in, 1 - (double)started / (double)out, arena_printf(in->a, "%llu of its %llu calls began a new trace", (unsigned long long)started, (unsigned long long)out));
}

double facet_timeouts(struct facet_input *in)
{
	size_t n = 0, all = in->declared ? in->declared->calls_count : 0;
	if (!all)
		return say(in, NOT_MEASURABLE, in->declared ? STR("it declares no dependency") : STR("it has no service.yaml in this fleet"));
	for (size_t i = 0; i < all; i++)
		n += in->declared->calls[i].timeout > 0;
	return say(in, share(n, all), arena_printf(in->a, "%zu of %zu dependencies", n, all));
}

double facet_on_failure(struct facet_input *in)
{
	size_t n = 0, all = in->declared ? in->declared->calls_count : 0;
	if (!all)
		return say(in, NOT_MEASURABLE, in->declared ? STR("it declares no dependency") : STR("it has no service.yaml in this fleet"));
	for (size_t i = 0; i < all; i++)
		n += in->declared->calls[i].on_failure.len > 0;
	return say(in, share(n, all), arena_printf(in->a, "%zu of %zu dependencies", n, all));
}

/* Published is half of it where pacts tell whether what it answers fits. */
static double verified(struct facet_input *in, double published, struct str words)
{
	const struct score_pacts *p = in->e->pacts;
	if (!p)
		return say(in, published, words);
	if (!p->pacts)
		return say(in, published, arena_printf(in->a, "%.*s; no pact of it is known, so nothing verifies it", STR_FMT(words)));
	struct str failed = p->failed_of.len ? arena_printf(in->a, ", %.*s's failed", STR_FMT(p->failed_of)) : STR("");
	return say(in, published / 2 + share(p->verified, p->pacts) / 2, arena_printf(in->a, "%.*s; %zu of %zu pacts verified%.*s", STR_FMT(words), p->verified, p->pacts, STR_FMT(failed)));
}

double facet_contract(struct facet_input *in)
{
	size_t n = 0, all = in->declared ? in->declared->serves_count : 0;
	for (size_t i = 0; i < all; i++)
		n += in->declared->serves[i].schema.len > 0;
	if (all)
		return verified(in, share(n, all), arena_printf(in->a, "%zu of %zu versions", n, all));
	if (picture_value(in->s, CLAIM_PROVIDES))
		return verified(in, 1, STR("a contract lies beside its code"));
	return in->s->callers_count ? say(in, 0, STR("it is called, and no contract is known")) : say(in, NOT_MEASURABLE, STR("nobody was seen to call it"));
}

double facet_runbook(struct facet_input *in)
{
	static const char *const wanted[] = { "failoverdetails", "keymanagementdetails", "firstlinetroubleshooting", "secondlinetroubleshooting" };
	const struct catalog_value *book = picture_value(in->s, CLAIM_RUNBOOK), *said = picture_value(in->s, CLAIM_PROCEDURE);
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		for (size_t k = 0; said && k < said->count; k++)
			if (str_eq(said->claims[k].says, str_z(wanted[i]))) {
				n++;
				break;
			}
	if (!book && !said)
		return say(in, 0, STR("there is none"));
	return say(in, 0.2 + 0.8 * share(n, ARRAY_LEN(wanted)), arena_printf(in->a, "%zu of the %zu fields that matter at night", n, ARRAY_LEN(wanted)));
}

/* What it needs is a database, as far as its name tells. */
static bool keeps_data(const struct picture_service *s)
{
	static const char *const words[] = { "postgres", "mysql", "mariadb", "mongo", "cassandra", "cockroach", "sqlserver", "mssql", "oracle", "database", "couchdb", "dynamodb", "elasticsearch", "minio", "volume" };
	const struct catalog_value *needs = picture_value(s, CLAIM_NEEDS);
	for (size_t i = 0; needs && i < needs->count; i++)
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			if (str_find(needs->claims[i].says, str_z(words[k])) != SIZE_MAX)
				return true;
	return false;
}

static double by_evidence(struct facet_input *in, enum evidence_kind kind, const char *what)
{
	const struct evidence *x = in->e->said ? evidence_newest(in->e->said, in->s->id, kind) : NULL;
	struct buf when;
	if (!in->e->said)
		return say(in, NOT_MEASURABLE, STR("what people say of it is known in a running fleet"));
	if (!x)
		return say(in, 0, arena_printf(in->a, "nobody has said that %s", what));
	buf_init(&when, 64);
	time_rfc3339(&when, x->at * 1000000000, 0);
	in->said = arena_printf(in->a, "%s %.10s%s%.*s", x->ok ? "it went well on" : "it failed on", buf_str(&when).p, x->note.len ? ": " : "", STR_FMT(x->note));
	buf_release(&when);
	return evidence_value(x, in->p->now);
}

double facet_backups(struct facet_input *in)
{
	if (!keeps_data(in->s) && !(in->e->said && evidence_newest(in->e->said, in->s->id, EVIDENCE_RESTORE)))
		return say(in, NOT_MEASURABLE, STR("no database of it is known"));
	return by_evidence(in, EVIDENCE_RESTORE, "a backup was restored");
}

/* What was seen counts as what was said does; the newer of both. */
double facet_rollback(struct facet_input *in)
{
	const struct running_event *seen = in->e->back;
	const struct evidence *said = in->e->said ? evidence_newest(in->e->said, in->s->id, EVIDENCE_ROLLBACK) : NULL;
	struct buf when;
	if (!seen || (said && said->at > seen->at))
		return by_evidence(in, EVIDENCE_ROLLBACK, "it was rolled back, and it was not seen");
	const struct evidence as_said = { .ok = true, .at = seen->at };
	buf_init(&when, 64);
	time_rfc3339(&when, seen->at * 1000000000, 0);
	in->said = arena_printf(in->a, "it was seen to go back from %.*s to %.*s on %.10s", STR_FMT(seen->from), STR_FMT(seen->version), buf_str(&when).p);
	buf_release(&when);
	return evidence_value(&as_said, in->p->now);
}

/* One is a task, three are a habit. */
double facet_libraries(struct facet_input *in)
{
	enum { MANY = 3 };
	size_t n = in->e->abandoned;
	if (!in->e->lock_files)
		return say(in, NOT_MEASURABLE, STR("no lock file of it was read"));
	return n ? say(in, n >= MANY ? 0 : 1 - (double)(n + 1) / (MANY + 1), in->e->abandoned_words) :
		   say(in, 1, arena_printf(in->a, "none in %zu lock file%s", in->e->lock_files, in->e->lock_files == 1 ? "" : "s"));
}

double facet_knowledge(struct facet_input *in)
{
	const struct unit_people *p = in->s->unit ? &in->s->unit->people : NULL;
	size_t there = 0;
	if (!p || !p->files)
		return say(in, NOT_MEASURABLE, STR("its history is not known"));
	for (size_t i = 0; i < in->s->people_count; i++)
		there += in->s->people[i].files && in->s->people[i].anywhere > in->p->now - PICTURE_ACTIVE;
	double left = share(p->left, p->files);
	return say(in, there > 1 ? 1 - left : there ? 0.5 * (1 - left) : 0,
		   arena_printf(in->a, "%zu who wrote it %s still active; %zu of %zu files are by people who are gone", there, there == 1 ? "is" : "are", p->left, p->files));
}

double facet_agreed(struct facet_input *in)
{
	if (!in->s->owner.len)
		return say(in, NOT_MEASURABLE, STR("nobody owns it"));
	return in->s->conflict.len ? say(in, 0, in->s->conflict) : say(in, 1, STR("all say the same"));
}

double facet_tier(struct facet_input *in)
{
	const struct catalog_value *v = picture_value(in->s, CLAIM_TIER);
	return v ? say(in, 1, v->says) : say(in, 0, STR("it is not said"));
}

/* What no part of Pleach does itself yet is told by whoever does it. Where nobody in the fleet tells, it counts for none; where some do, silence counts. */
static double where_told(struct facet_input *in, enum evidence_kind kind, const char *untold, const char *what)
{
	if (!in->e->said || !evidence_in_use(in->e->said, kind))
		return say(in, NOT_MEASURABLE, arena_printf(in->a, "not measured yet: %s", untold));
	return by_evidence(in, kind, what);
}

double facet_objectives(struct facet_input *in)
{
	return where_told(in, EVIDENCE_ALERT, "Pleach sends no alerts itself, and of no service has anybody said that one reached its owner", "an alert of it reached its owner");
}

double facet_journeys(struct facet_input *in)
{
	return where_told(in, EVIDENCE_JOURNEY, "Pleach runs no journeys itself, and of no service has anybody said that one went through it", "a journey went through it");
}
