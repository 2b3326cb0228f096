/* Groups and their aggregates (pipe_group.h). */
#include "store/pipe_group.h"
#include "base/check.h"
#include "base/hist.h"
#include "base/map.h"
#include "store/pipe_run.h"
#include <math.h>
#include <stdlib.h>

/* A percentile takes values in units of 2^-20, so that milliseconds and shares keep their digits; more than 2^43 counts as that. */
#define HIST_UNIT 1048576.0
#define HIST_TOP 8796093022208.0
enum { GROUP_HIST_CHARGE = 4096 /* what a histogram is taken to need of PIPE_MEMORY */ };

struct state {
	uint64_t count;              /* rows with a value */
	double sum, min, max;
	int64_t whole, least, most;  /* the same, exact, while all are integers (and the sum fits) */
	bool is_double, fraction;
	struct hist *positive, *negative;
	struct distinct *distinct;
};
struct group { struct value *keys; struct state *states; };
struct groups {
	const struct pipe_stage *stage;
	int64_t range;
	struct map map;              /* by encoded keys */
	struct arena arena;
	struct buf key;
	struct group *other;
	size_t charged;              /* bytes beside the arena */
	bool cut;
};

struct groups *groups_new(const struct pipe_stage *stage, int64_t range)
{
	struct groups *g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->stage = stage;
	g->range = range > 0 ? range : 1;
	map_init(&g->map, PIPE_MAX_GROUPS);
	arena_init(&g->arena, PIPE_MEMORY);
	buf_init(&g->key, ROW_HARD_BYTES);
	return g;
}

static void release_group(const struct groups *g, struct group *group)
{
	for (size_t i = 0; i < g->stage->aggregate_count; i++) {
		struct state *s = &group->states[i];
		if (s->positive)
			hist_release(s->positive);
		if (s->negative)
			hist_release(s->negative);
		if (s->distinct)
			distinct_release(s->distinct);
	}
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	for (uint32_t i = 0; i < g->map.count; i++)
		release_group(g, g->map.entries[i].value);
	if (g->other)
		release_group(g, g->other);
	map_release(&g->map);
	arena_release(&g->arena);
	buf_release(&g->key);
	free(g);
}

/* --- finding ------------------------------------------------------------------------------------------------------------------------------- */

static void encode_key(struct groups *g, const struct value *keys)
{
	buf_clear(&g->key);
	for (size_t i = 0; i < g->stage->key_count; i++) {
		/* A length of four bytes behind each text keeps ("a", "bc") from ("ab", "c"), all ones nothing from "". */
		size_t start = g->key.len;
		value_text(&g->key, &keys[i]);
		put_u32(&g->key, keys[i].type == VALUE_EMPTY ? UINT32_MAX : (uint32_t)(g->key.len - start));
	}
}

static bool make_states(struct groups *g, struct group *group)
{
	size_t n = g->stage->aggregate_count;
	group->states = ARENA_ARRAY(&g->arena, n + 1, struct state);
	for (size_t i = 0; group->states && i < n; i++) {
		struct state *s = &group->states[i];
		enum pipe_function f = g->stage->aggregates[i].function;
		if (f == PIPE_PERCENTILE) {
			s->positive = ARENA_NEW(&g->arena, struct hist);
			g->charged += GROUP_HIST_CHARGE;
		}
		if (f == PIPE_DISTINCT)
			s->distinct = ARENA_NEW(&g->arena, struct distinct);
		if ((f == PIPE_PERCENTILE && !s->positive) || (f == PIPE_DISTINCT && !s->distinct))
			return false;
	}
	return group->states != NULL;
}

static struct group *make_group(struct groups *g, const struct value *keys)
{
	struct group *group = ARENA_NEW(&g->arena, struct group);
	if (!group)
		return NULL;
	group->keys = ARENA_ARRAY(&g->arena, g->stage->key_count + 1, struct value);
	if (!group->keys || !make_states(g, group))
		return NULL;
	for (size_t i = 0; i < g->stage->key_count; i++)
		group->keys[i] = pipe_value_copy(&keys[i], &g->arena);
	return g->arena.full ? NULL : group;
}

static struct group *the_other(struct groups *g)
{
	g->cut = true;
	if (g->other)
		return g->other;
	struct value keys[PIPE_MAX_KEYS];
	for (size_t i = 0; i < g->stage->key_count; i++)
		keys[i] = g->stage->keys[i].source == PIPE_BUCKET ? (struct value){ .type = VALUE_EMPTY } : (struct value){ .type = VALUE_STR, .s = STR("(other)") };
	/* The arena may be full: this one group may go beyond it. */
	g->arena.limit += 1 << 16;
	g->arena.full = false;
	g->other = make_group(g, keys);
	return g->other;
}

static struct group *group_of(struct groups *g, const struct value *keys)
{
	encode_key(g, keys);
	struct group *group = map_get(&g->map, buf_str(&g->key));
	if (group)
		return group;
	if (g->cut || g->arena.used + g->charged + g->map.capacity * 48u > PIPE_MEMORY || !buf_ok(&g->key))
		return the_other(g);
	struct str key = arena_str(&g->arena, buf_str(&g->key));
	group = key.p ? make_group(g, keys) : NULL;
	if (!group)
		return the_other(g);
	if (!map_put(&g->map, key, group)) {
		release_group(g, group);
		return the_other(g);
	}
	return group;
}

/* --- adding -------------------------------------------------------------------------------------------------------------------------------- */

static void add_number(struct state *s, const struct value *v, double number, uint64_t weight)
{
	int64_t part = 0;
	if (s->count == 0 || number < s->min)
		s->min = number;
	if (s->count == 0 || number > s->max)
		s->max = number;
	int64_t whole = v->type == VALUE_INT ? v->i : 0;
	s->fraction |= v->type != VALUE_INT && !(v->type == VALUE_STR && str_to_i64(v->s, &whole));
	if (s->count == 0 || whole < s->least)
		s->least = whole;
	if (s->count == 0 || whole > s->most)
		s->most = whole;
	s->sum += number * (double)weight;
	s->count += weight;
	if (s->is_double || s->fraction ||
	    __builtin_mul_overflow(whole, (int64_t)(weight > INT64_MAX ? INT64_MAX : weight), &part) || __builtin_add_overflow(s->whole, part, &s->whole))
		s->is_double = true;
}

static void add_percentile(struct groups *g, struct state *s, double number, uint64_t weight)
{
	double size = fabs(number) > HIST_TOP ? HIST_TOP : fabs(number);
	struct hist **h = number < 0 ? &s->negative : &s->positive;
	if (!*h && !(*h = ARENA_NEW(&g->arena, struct hist))) {
		g->cut = true;
		return;
	}
	for (uint64_t i = 0; i < weight; i++)
		hist_add(*h, (uint64_t)(size * HIST_UNIT + 0.5));
	if (s->count == 0 || number < s->min)
		s->min = number;
	if (s->count == 0 || number > s->max)
		s->max = number;
	s->count += weight;
}

static void add_distinct(struct groups *g, struct state *s, const struct value *v)
{
	size_t before = distinct_bytes(s->distinct);
	struct str text = v->s;
	if (v->type != VALUE_STR && v->type != VALUE_JSON) {
		buf_clear(&g->key);
		value_text(&g->key, v);
		text = buf_str(&g->key);
	}
	distinct_add(s->distinct, str_hash(text));
	g->charged += distinct_bytes(s->distinct) - before;
	s->count++;
}

static void add_state(struct groups *g, struct state *s, const struct pipe_aggregate *a, const struct value *v, uint64_t weight)
{
	double number;
	switch (a->function) {
	case PIPE_COUNT:
	case PIPE_RATE:
		if (!a->has_field || v->type != VALUE_EMPTY)
			s->count += weight;
		return;
	case PIPE_DISTINCT:
		if (v->type != VALUE_EMPTY)
			add_distinct(g, s, v);
		return;
	default:
		if (!pipe_value_number(v, &number))
			return;
		if (a->function == PIPE_PERCENTILE)
			add_percentile(g, s, number, weight);
		else
			add_number(s, v, number, weight);
	}
}

void groups_add(struct groups *g, const struct value *keys, const struct value *args, uint64_t weight)
{
	struct group *group = group_of(g, keys);
	for (size_t i = 0; group && i < g->stage->aggregate_count; i++)
		add_state(g, &group->states[i], &g->stage->aggregates[i], &args[i], weight);
}

static void merge_hist(struct groups *g, struct hist **into, const struct hist *from)
{
	if (!from)
		return;
	if (!*into)
		*into = ARENA_NEW(&g->arena, struct hist);
	if (!*into || !hist_merge(*into, from))
		g->cut = true;
}

static void merge_state(struct groups *g, struct state *into, const struct state *from)
{
	if (from->count && (into->count == 0 || from->min < into->min))
		into->min = from->min;
	if (from->count && (into->count == 0 || from->max > into->max))
		into->max = from->max;
	if (from->count && (into->count == 0 || from->least < into->least))
		into->least = from->least;
	if (from->count && (into->count == 0 || from->most > into->most))
		into->most = from->most;
	into->fraction |= from->fraction;
	into->count += from->count;
	into->sum += from->sum;
	into->is_double |= from->is_double || __builtin_add_overflow(into->whole, from->whole, &into->whole);
	merge_hist(g, &into->positive, from->positive);
	merge_hist(g, &into->negative, from->negative);
	if (from->distinct) {
		size_t before = distinct_bytes(into->distinct);
		distinct_merge(into->distinct, from->distinct);
		g->charged += distinct_bytes(into->distinct) - before;
	}
}

void groups_merge(struct groups *into, const struct groups *from)
{
	for (uint32_t i = 0; i <= from->map.count; i++) {
		const struct group *group = i < from->map.count ? from->map.entries[i].value : from->other;
		struct group *target = !group ? NULL : i < from->map.count ? group_of(into, group->keys) : the_other(into);
		for (size_t k = 0; target && k < into->stage->aggregate_count; k++)
			merge_state(into, &target->states[k], &group->states[k]);
	}
	into->cut |= from->cut;
}

/* --- finishing ----------------------------------------------------------------------------------------------------------------------------- */

static double percentile(const struct state *s, double q)
{
	uint64_t below = s->negative ? s->negative->count : 0;
	double rank = q * (double)s->count, v;
	if (below && rank < (double)below) {
		/* The negative ones from the far end. */
		double part = 1 - rank / (double)below;
		v = -(double)hist_quantile(s->negative, part) / HIST_UNIT;
	} else {
		uint64_t above = s->count - below;
		v = above ? (double)hist_quantile(s->positive, below ? (rank - (double)below) / (double)above : q) / HIST_UNIT : 0;
	}
	return v < s->min ? s->min : v > s->max ? s->max : v;
}

static struct value number_value(double d, bool whole)
{
	if (whole && d >= -9e15 && d <= 9e15 && d == floor(d))
		return (struct value){ .type = VALUE_INT, .i = (int64_t)d };
	return (struct value){ .type = VALUE_DOUBLE, .d = d };
}

static double seconds_of(const struct groups *g)
{
	for (size_t i = 0; i < g->stage->key_count; i++)
		if (g->stage->keys[i].source == PIPE_BUCKET)
			return (double)g->stage->keys[i].step / 1e9;
	return (double)g->range / 1e9;
}

static struct value finish_state(const struct groups *g, const struct state *s, const struct pipe_aggregate *a)
{
	switch (a->function) {
	case PIPE_COUNT: return (struct value){ .type = VALUE_INT, .i = (int64_t)s->count };
	case PIPE_RATE: return (struct value){ .type = VALUE_DOUBLE, .d = (double)s->count / seconds_of(g) };
	case PIPE_DISTINCT: return (struct value){ .type = VALUE_INT, .i = (int64_t)distinct_count(s->distinct) };
	case PIPE_SUM:
		if (!s->is_double)
			return (struct value){ .type = VALUE_INT, .i = s->whole };
		return (struct value){ .type = VALUE_DOUBLE, .d = s->sum };
	default: break;
	}
	if (s->count == 0)
		return (struct value){ .type = VALUE_EMPTY };
	switch (a->function) {
	case PIPE_AVG: return number_value(s->sum / (double)s->count, false);
	case PIPE_MIN: return s->fraction ? number_value(s->min, true) : (struct value){ .type = VALUE_INT, .i = s->least };
	case PIPE_MAX: return s->fraction ? number_value(s->max, true) : (struct value){ .type = VALUE_INT, .i = s->most };
	case PIPE_PERCENTILE: return number_value(percentile(s, a->quantile), true);
	default: break;
	}
	UNREACHABLE();
}

void groups_each(struct groups *g, void (*fn)(void *ctx, const struct value *cells), void *ctx)
{
	struct value cells[PIPE_MAX_KEYS + PIPE_MAX_AGGREGATES];
	static const struct value nothing[PIPE_MAX_KEYS];
	/* Without "by" there is one line, also when no row came. */
	if (g->stage->key_count == 0 && g->map.count == 0)
		group_of(g, nothing);
	for (uint32_t i = 0; i <= g->map.count; i++) {
		const struct group *group = i < g->map.count ? g->map.entries[i].value : g->other;
		if (!group)
			continue;
		memcpy(cells, group->keys, g->stage->key_count * sizeof(*cells));
		for (size_t k = 0; k < g->stage->aggregate_count; k++)
			cells[g->stage->key_count + k] = finish_state(g, &group->states[k], &g->stage->aggregates[k]);
		fn(ctx, cells);
	}
}

bool groups_cut(const struct groups *g) { return g->cut; }

bool groups_approximate(const struct groups *g, size_t aggregate)
{
	enum pipe_function f = g->stage->aggregates[aggregate].function;
	for (uint32_t i = 0; f == PIPE_DISTINCT && i <= g->map.count; i++) {
		const struct group *group = i < g->map.count ? g->map.entries[i].value : g->other;
		if (group && !distinct_exact(group->states[aggregate].distinct))
			return true;
	}
	return f == PIPE_PERCENTILE;
}
