/* Findings about versions that go away: one for each caller, whose owner it is told to; and what nobody calls any more. */
#include "base/check.h"
#include "base/time.h"
#include "part/migrations_impl.h"
#include "part/transforms.h"
#include "sys/sys.h"

enum { VIEW_MAX = 64 << 20 };

/* The steps at which a warning is a new one. */
static int stage_of(int64_t days_left)
{
	static const int stages[] = { 7, 14, 30 };
	for (size_t i = 0; i < ARRAY_LEN(stages); i++)
		if (days_left <= stages[i])
			return stages[i];
	return 0;
}

static struct str last_words(struct arena *a, int64_t last_ms, int64_t now_ms)
{
	int64_t ago = now_ms > last_ms ? (now_ms - last_ms) / 1000 : 0;
	return ago < 120 ? STR("just now") : ago < 2 * 3600 ? arena_printf(a, "%lld min ago", (long long)(ago / 60)) :
	       ago < 2 * 86400 ? arena_printf(a, "%lld h ago", (long long)(ago / 3600)) : arena_printf(a, "%lld days ago", (long long)(ago / 86400));
}

/* Told to whom the caller belongs; calls from outside belong to nobody here, so to the version's own owner. */
static void judge_caller(const struct migration_view *v, const struct caller *c, int64_t now_ms, struct arena *a, const struct finding_sink *to)
{
	const struct migration *x = v->of;
	bool over = v->state == MIGRATION_OVERDUE, outside = str_eq(c->consumer, STR(USAGE_OUTSIDE));
	struct finding f = { .kind = over ? FINDING_SUNSET_PASSED : FINDING_SUNSET_NEAR, .service = outside ? x->service : c->consumer, .dependency = x->service,
			     .place = x->place };
	struct str who = outside ? STR("Callers outside the fleet") : c->consumer, call = outside ? STR("call") : STR("calls"), last = last_words(a, c->last_ms, now_ms);
	char trace[32];
	if (over)
		f.sentence = arena_printf(a, "%.*s still %.*s %.*s %.*s, %lld day%s after its sunset; last %.*s", STR_FMT(who), STR_FMT(call), STR_FMT(x->service),
					  STR_FMT(x->served.version), (long long)-v->days_left, v->days_left == -1 ? "" : "s", STR_FMT(last));
	else
		f.sentence = arena_printf(a, "%.*s still %.*s %.*s %.*s, which ends in %lld day%s; last %.*s", STR_FMT(who), STR_FMT(call), STR_FMT(x->service),
					  STR_FMT(x->served.version), (long long)v->days_left, v->days_left == 1 ? "" : "s", STR_FMT(last));
	f.id = over ? arena_printf(a, "sunset-passed:%.*s:%.*s:%.*s", STR_FMT(x->service), STR_FMT(x->served.version), STR_FMT(c->consumer)) :
		      arena_printf(a, "sunset-near:%.*s:%.*s:%.*s:%d", STR_FMT(x->service), STR_FMT(x->served.version), STR_FMT(c->consumer), stage_of(v->days_left));
	f.remedy = x->served.successor.len ? arena_printf(a, "Move to %.*s; `pleach contract migrations` shows what each of its calls must change. Questions go to %.*s %.*s.",
							  STR_FMT(x->served.successor), STR_FMT(x->owner), STR_FMT(x->contact)) :
					     STR("");
	hex_encode(trace, c->trace, sizeof(c->trace));
	f.trace = str_from(trace, sizeof(trace));
	to->add(to->ctx, &f);
}

static void judge_silence(const struct migrations *m, const struct migration_view *v, struct arena *a, const struct finding_sink *to)
{
	const struct migration *x = v->of;
	struct finding f = { .kind = FINDING_VERSION_UNUSED, .service = x->service, .place = x->place };
	f.id = arena_printf(a, "version-unused:%.*s:%.*s", STR_FMT(x->service), STR_FMT(x->served.version));
	if (v->moved_count) {
		f.sentence = arena_printf(a, "Nobody calls %.*s %.*s any more: %zu consumer%s moved", STR_FMT(x->service), STR_FMT(x->served.version), v->moved_count,
					  v->moved_count == 1 ? " has" : "s have");
	} else {
		struct buf window;
		buf_init(&window, 64);
		if (m->window_ms % DAY_MS == 0)
			buf_printf(&window, "%lld days", (long long)(m->window_ms / DAY_MS));
		else
			duration_human(&window, m->window_ms * 1000000);
		f.sentence = arena_printf(a, "Nobody has called %.*s %.*s for %.*s", STR_FMT(x->service), STR_FMT(x->served.version), STR_FMT(buf_str(&window)));
		buf_release(&window);
	}
	f.remedy = arena_printf(a, "Take `version: %.*s` out of `serves`, and its code.", STR_FMT(x->served.version));
	to->add(to->ctx, &f);
}

/* A transform whose answers an old caller would not understand. */
static void judge_transform(const struct migrations *m, const struct migration *x, struct arena *a, const struct finding_sink *to)
{
	struct contracts_transform t = { 0 };
	if (x->served.served_by.len)
		t = contracts_transform(m->contracts, x->service, &x->served);
	if (!t.verdict || !t.verdict->count)
		return;
	const struct transform_fault *first = &t.verdict->faults[0];
	struct str told = arena_printf(a, "What %.*s %.*s becomes by way of %.*s does not fit: %.*s", STR_FMT(x->service), STR_FMT(x->served.version), STR_FMT(x->served.served_by),
				       STR_FMT(transforms_sentence(a, first)));
	struct finding f = { .kind = FINDING_TRANSFORM_FAULTY, .service = x->service, .place = x->served.transform.len ? x->served.transform_place : x->place,
			     .id = arena_printf(a, "transform-faulty:%.*s:%.*s", STR_FMT(x->service), STR_FMT(x->served.version)),
			     .sentence = t.verdict->count > 1 ? arena_printf(a, "%.*s (and %zu more)", STR_FMT(told), t.verdict->count - 1) : told };
	to->add(to->ctx, &f);
}

void migrations_judge(void *migrations, const struct finding_sink *to)
{
	struct migrations *m = migrations;
	struct arena a;
	arena_init(&a, VIEW_MAX);
	for (size_t i = 0; i < m->count; i++) {
		struct migration_view v;
		int64_t now_ms = sys_wall() / 1000000;
		arena_reset(&a);
		judge_transform(m, &m->items[i], &a, to);
		if (!migration_look(m, &m->items[i], now_ms, &a, &v))
			continue;
		if (v.state == MIGRATION_REMOVABLE)
			judge_silence(m, &v, &a, to);
		for (size_t k = 0; k < v.count && (v.state == MIGRATION_OVERDUE || v.state == MIGRATION_DUE); k++)
			judge_caller(&v, &v.callers[k], now_ms, &a, to);
	}
	arena_release(&a);
}
