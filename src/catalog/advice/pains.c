/* When each pain is here, and when it is coming (advice.h). A reason is a figure in words; the pain is as bad as the worst of its reasons. */
#include "catalog/advice/pains.h"
#include "base/check.h"
#include <stdarg.h>
#include <stdio.h>

void pain_reason(struct pain_input *in, enum pain_state at_least, const char *format, ...)
{
	char text[512];
	va_list args;
	if (in->to->count == ADVICE_REASONS_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	in->to->reasons[in->to->count++] = arena_str(in->a, str_z(text));
	in->to->state = at_least > in->to->state ? at_least : in->to->state;
}

static const char *s_of(size_t n) { return n == 1 ? "" : "s"; }

static void found(struct pain_input *in, enum pain p, const char *words)
{
	size_t n = in->f->findings[p];
	if (n)
		pain_reason(in, PAIN_NOW, "%zu finding%s: %s", n, s_of(n), words);
}

/* With ten services and several teams somebody changes what somebody else uses each week. */
void pain_breaking(struct pain_input *in)
{
	enum { SERVICES = 10, TIED = 5 };
	const struct figures *f = in->f;
	found(in, PAIN_BREAKING, "versions that end, transforms that do not hold, calls beyond contracts");
	if (f->versions > f->with_schema && f->cross_team_edges)
		pain_reason(in, PAIN_NOW, "%zu of %zu API versions have no contract, and %zu dependencies cross teams", f->versions - f->with_schema, f->versions, f->cross_team_edges);
	if (f->lockstep)
		pain_reason(in, f->lockstep_teams ? PAIN_NOW : PAIN_COMING, "%zu pair%s of services of different repositories %s released within an hour of each other, as %.*s: one waits for the other", f->lockstep,
			    f->lockstep == 1 ? "" : "s", f->lockstep == 1 ? "is" : "are", STR_FMT(f->lockstep_words));
	if (f->tied >= TIED)
		pain_reason(in, PAIN_COMING, "%zu services are only ever released with all others of their repository, most of them in %.*s", f->tied, STR_FMT(f->tied_in));
	if (f->services >= SERVICES && f->teams > 1)
		pain_reason(in, PAIN_COMING, "%zu services of %zu teams", f->services, f->teams);
}

/* As soon as data is split; what of it is reported is not seen from here. */
void pain_reporting(struct pain_input *in)
{
	enum { SERVICES = 5 };
	if (in->f->services >= SERVICES)
		pain_reason(in, PAIN_COMING, "%zu services, each with data of its own; whether somebody reports across them is not seen from here", in->f->services);
}

void pain_troubleshooting(struct pain_input *in)
{
	enum { SERVICES = 3 };
	found(in, PAIN_TROUBLESHOOTING, "traces that break, log files that are not read");
	if (!in->f->observed && in->f->services >= SERVICES)
		pain_reason(in, PAIN_COMING, "%zu services, and nothing of them was seen here: no logs, no calls", in->f->services);
}

/* A laptop takes about a dozen services; then building and starting them takes longer than the change. */
void pain_development(struct pain_input *in)
{
	enum { SOME = 10, MANY = 20, LANGUAGES = 4 };
	const struct figures *f = in->f;
	if (f->services >= MANY)
		pain_reason(in, PAIN_NOW, "%zu services are more than a laptop runs", f->services);
	else if (f->services >= SOME)
		pain_reason(in, PAIN_COMING, "%zu services; a laptop takes about twenty", f->services);
	if (f->languages >= LANGUAGES)
		pain_reason(in, PAIN_COMING, "%zu languages, each with tools of its own", f->languages);
}

void pain_running(struct pain_input *in)
{
	enum { SOME = 15, MANY = 100 };
	const struct figures *f = in->f;
	found(in, PAIN_RUNNING, "instances that crash or are fewer than wanted");
	if (f->instances >= MANY)
		pain_reason(in, PAIN_NOW, "%zu instances: one machine is not enough for long; Kubernetes may be worth its price", f->instances);
	else if (f->instances >= SOME)
		pain_reason(in, PAIN_COMING, "%zu instances", f->instances);
}

void pain_testing(struct pain_input *in)
{
	enum { TEAMS = 3 };
	found(in, PAIN_TESTING, "tests that cross team borders");
	if (in->f->teams >= TEAMS && in->f->cross_team_edges)
		pain_reason(in, PAIN_COMING, "%zu teams, and %zu dependencies between services of different ones", in->f->teams, in->f->cross_team_edges);
}

/* Nobody knows of all that others do from about five teams on. */
void pain_optimisation(struct pain_input *in)
{
	enum { TEAMS = 5, LANGUAGES = 5 };
	const struct figures *f = in->f;
	found(in, PAIN_OPTIMISATION, "what is solved twice");
	if (f->teams >= TEAMS)
		pain_reason(in, PAIN_COMING, "%zu teams", f->teams);
	if (f->languages >= LANGUAGES && f->teams > 1)
		pain_reason(in, PAIN_COMING, "%zu languages among %zu services", f->languages, f->services);
}

void pain_robustness(struct pain_input *in)
{
	enum { FAN_OUT = 6, FAN_IN = 8 };
	const struct figures *f = in->f;
	found(in, PAIN_ROBUSTNESS, "dependencies without a time-out or an answer to failure");
	if (f->without_timeout)
		pain_reason(in, PAIN_NOW, "%zu of %zu dependencies have no time-out", f->without_timeout, f->dependencies);
	if (f->in_cycles)
		pain_reason(in, PAIN_NOW, "%zu services call each other in a circle: none of them can fail alone", f->in_cycles);
	if (f->chatty.len)
		pain_reason(in, PAIN_COMING, "%.*s", STR_FMT(f->chatty));
	if (f->fan_out >= FAN_OUT)
		pain_reason(in, PAIN_COMING, "%.*s needs %zu others to answer", STR_FMT(f->widest), f->fan_out);
	if (f->fan_in >= FAN_IN)
		pain_reason(in, PAIN_COMING, "%zu services depend on %.*s", f->fan_in, STR_FMT(f->hub));
}

void pain_orphans(struct pain_input *in)
{
	const struct figures *f = in->f;
	if (f->orphans)
		pain_reason(in, PAIN_NOW, "%zu of %zu services are in nobody's hands", f->orphans, f->services);
	if (f->single_author)
		pain_reason(in, PAIN_COMING, "%zu service%s known by one person alone", f->single_author, f->single_author == 1 ? " is" : "s are");
}

/* Newman: from some fifty developers on collective ownership stops working. */
void pain_ownership(struct pain_input *in)
{
	enum { PEOPLE = 20, MANY_PEOPLE = 50, SERVICES = 10, COLLECTIVE = 10 /* people */ };
	const struct figures *f = in->f;
	if (f->owned < f->services)
		pain_reason(in, f->services - f->owned > 1 ? PAIN_NOW : PAIN_COMING, "%zu of %zu services have no owner", f->services - f->owned, f->services);
	if (f->contradicted)
		pain_reason(in, PAIN_NOW, "files and commits say different owners of %zu service%s", f->contradicted, s_of(f->contradicted));
	if (f->strong_by_others)
		pain_reason(in, PAIN_NOW, "%zu service%s under strong ownership, %.*s among them, got most of a year's commits from other teams: weak ownership, or another owner, would say what is done", f->strong_by_others,
			    s_of(f->strong_by_others), STR_FMT(f->strong_example));
	if (f->collective && f->collective_people >= COLLECTIVE)
		pain_reason(in, PAIN_NOW, "%zu people changed a service under collective ownership: from about ten on nobody reviews as an owner would", f->collective_people);
	if (f->weak_by_owner)
		pain_reason(in, PAIN_COMING, "%zu service%s under weak ownership %s changed by the owner alone: strong ownership costs nothing there", f->weak_by_owner, s_of(f->weak_by_owner), f->weak_by_owner == 1 ? "is" : "are");
	if (f->people >= MANY_PEOPLE)
		pain_reason(in, PAIN_NOW, "%zu people commit: from about fifty on everybody's code is nobody's", f->people);
	else if (f->people >= PEOPLE || f->services >= SERVICES)
		pain_reason(in, PAIN_COMING, "%zu people and %zu services", f->people, f->services);
}
