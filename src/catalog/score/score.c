/* See score.h. */
#include "catalog/score/score.h"
#include "base/check.h"
#include "catalog/score/facets.h"

const struct score_facet_info score_facets[SCORE_FACET_COUNT] = {
#define SCORE_FACET(symbol, function, name, weight, tier, title, raise) { STR_INIT(name), weight, tier, STR_INIT(title), STR_INIT(raise) },
#include "tbl/score_facets.h"
#undef SCORE_FACET
};
static double (*const functions[SCORE_FACET_COUNT])(struct facet_input *in) = {
#define SCORE_FACET(symbol, function, ...) facet_##function,
#include "tbl/score_facets.h"
#undef SCORE_FACET
};

enum tier score_level(double points) { return points >= 90 ? TIER_PLATINUM : points >= 75 ? TIER_GOLD : points >= 60 ? TIER_SILVER : points >= 40 ? TIER_BRONZE : TIER_NONE; }

struct str score_tier_name(enum tier t)
{
	static const char *const names[] = { "", "bronze", "silver", "gold", "platinum" };
	return str_z(names[t]);
}

/* Tiers are counted from the most important one: 0 and 1 are platinum. */
enum tier tier_of_words(struct str words)
{
	for (int t = TIER_BRONZE; t <= TIER_PLATINUM; t++)
		if (str_eq_ci(words, score_tier_name((enum tier)t)))
			return (enum tier)t;
	for (size_t i = words.len; i-- > 0;)
		if (words.p[i] >= '0' && words.p[i] <= '9')
			return words.p[i] <= '1' ? TIER_PLATINUM : words.p[i] == '2' ? TIER_GOLD : words.p[i] == '3' ? TIER_SILVER : TIER_BRONZE;
	return TIER_NONE;
}

/* What matters from a tier on counts not at all below it, and half as much again above. */
static double weight(const struct score_facet_info *f, enum tier tier)
{
	if (f->tier > tier && f->tier != TIER_NONE)
		return 0;
	return f->weight * (f->tier != TIER_NONE && tier > f->tier ? 1.5 : 1);
}

/* Where no line was asked for, nothing is measured. */
static struct score_value rule_value(struct arena *a, const struct score_rules *rules, size_t i)
{
	const struct score_rule *r = &rules->items[i];
	if (!rules->matched)
		return (struct score_value){ .value = NOT_MEASURABLE, .measured = STR("log lines are looked at in a running fleet") };
	return (struct score_value){ .value = rules->matched[i] <= (uint64_t)r->most ? 1 : 0,
				     .measured = arena_printf(a, "%llu lines of the last hour match `%.*s`; at most %lld may", (unsigned long long)rules->matched[i], STR_FMT(r->query), (long long)r->most) };
}

struct sum { double all, got; };

static void count(struct score *s, struct sum *sum, const struct score_value *v, double w)
{
	if (v->value < 0)
		return;
	s->measured++;
	sum->all += w;
	sum->got += w * v->value;
}

static void gain(struct score *s, struct score_value *v, double w, double all, size_t which, double *most)
{
	if (v->value < 0 || all <= 0)
		return;
	v->gain = 100 * w * (1 - v->value) / all;
	if (v->gain <= *most)
		return;
	*most = v->gain;
	s->next = which;
}

void score_make(struct score *s, struct arena *a, const struct picture *p, const struct picture_service *service, const struct service *declared, const struct score_evidence *e,
		const struct score_rules *rules)
{
	const struct catalog_value *tier = picture_value(service, CLAIM_TIER);
	struct facet_input in = { .a = a, .p = p, .s = service, .team = service->owner.len ? picture_team(p, service->owner) : NULL, .declared = declared, .e = e };
	struct sum sum = { 0 };
	double most = 0;
	*s = (struct score){ .wanted = tier ? tier_of_words(tier->says) : TIER_NONE, .next = SCORE_NOTHING, .rules_count = rules ? rules->count : 0, .rule_items = rules ? rules->items : NULL };
	for (int i = 0; i < SCORE_FACET_COUNT; i++) {
		in.said = STR("");
		double w = weight(&score_facets[i], s->wanted), v = w > 0 ? functions[i](&in) : NOT_MEASURABLE;
		s->facets[i] = (struct score_value){ .value = v, .measured = w > 0 ? in.said : STR("it counts from a higher tier on") };
		count(s, &sum, &s->facets[i], w);
	}
	for (size_t i = 0; i < s->rules_count; i++) {
		s->rules[i] = rule_value(a, rules, i);
		count(s, &sum, &s->rules[i], s->rule_items[i].weight);
	}
	s->points = sum.all > 0 ? 100 * sum.got / sum.all : 0;
	s->level = score_level(s->points);
	for (int i = 0; i < SCORE_FACET_COUNT; i++)
		gain(s, &s->facets[i], weight(&score_facets[i], s->wanted), sum.all, (size_t)i, &most);
	for (size_t i = 0; i < s->rules_count; i++)
		gain(s, &s->rules[i], s->rule_items[i].weight, sum.all, SCORE_FACET_COUNT + i, &most);
}

static double tenth(double x) { return (double)(int64_t)(x * 10 + 0.5) / 10; }

static void facet_json(struct json_out *o, const struct score_value *v, struct str name, struct str title, struct str raise)
{
	json_out_object(o);
	json_kv_str(o, "facet", name);
	json_kv_str(o, "title", title);
	json_kv_bool(o, "measurable", v->value >= 0);
	json_kv_f64(o, "value", v->value < 0 ? 0 : (double)(int64_t)(v->value * 100 + 0.5) / 100);
	json_kv_str(o, "measured", v->measured);
	json_kv_f64(o, "gain", tenth(v->gain));
	json_kv_str(o, "raise", raise);
	json_out_end(o);
}

static void next_json(struct json_out *o, const struct score *s)
{
	bool facet = s->next < SCORE_FACET_COUNT, rule = !facet && s->next != SCORE_NOTHING;
	const struct score_rule *r = rule ? &s->rule_items[s->next - SCORE_FACET_COUNT] : NULL;
	json_kv_str(o, "next", facet ? score_facets[s->next].name : rule ? r->name : STR(""));
	json_kv_str(o, "raise", facet ? score_facets[s->next].raise : rule ? r->raise : STR(""));
	json_kv_f64(o, "gain", facet ? tenth(s->facets[s->next].gain) : rule ? tenth(s->rules[s->next - SCORE_FACET_COUNT].gain) : 0);
}

void score_json(struct json_out *o, const struct score *s, bool facets)
{
	json_out_object(o);
	json_kv_f64(o, "points", tenth(s->points));
	json_kv_str(o, "level", score_tier_name(s->level));
	json_kv_str(o, "wanted", score_tier_name(s->wanted));
	json_kv_u64(o, "measured", s->measured);
	next_json(o, s);
	if (facets) {
		json_out_key(o, STR("facets"));
		json_out_array(o);
		for (int i = 0; i < SCORE_FACET_COUNT; i++)
			facet_json(o, &s->facets[i], score_facets[i].name, score_facets[i].title, score_facets[i].raise);
		for (size_t i = 0; i < s->rules_count; i++)
			facet_json(o, &s->rules[i], s->rule_items[i].name, s->rule_items[i].name, s->rule_items[i].raise);
		json_out_end(o);
	}
	json_out_end(o);
}

/* --- course ------------------------------------------------------------------------------------------------------------------------------------------ */

static struct score_course *course(struct score_history *h, struct arena *a, struct str id)
{
	for (size_t i = 0; i < h->count; i++)
		if (str_eq(h->items[i].id, id))
			return &h->items[i];
	if (!ARENA_PUSH_ROOM(a, h->items, h->count, h->capacity))
		return NULL;
	h->items[h->count] = (struct score_course){ .id = arena_str(a, id) };
	return &h->items[h->count++];
}

const struct score_course *score_history_of(const struct score_history *h, struct str id)
{
	for (size_t i = 0; i < h->count; i++)
		if (str_eq(h->items[i].id, id))
			return &h->items[i];
	return NULL;
}

static void put(struct score_course *c, int64_t day, int points)
{
	if (c->count && c->days[c->count - 1].day >= day) {
		c->days[c->count - 1].points = points;
		return;
	}
	if (c->count == SCORE_DAYS)
		memmove(c->days, c->days + 1, --c->count * sizeof(*c->days));
	c->days[c->count++] = (struct score_day){ day, points };
}

void score_history_add(struct score_history *h, struct arena *a, struct str id, int64_t now, double points)
{
	enum { DAY_SECONDS = 86400 };
	struct score_course *c = course(h, a, id);
	int rounded = (int)(points + 0.5);
	int64_t day = now / DAY_SECONDS;
	if (!c || (c->count && c->days[c->count - 1].day == day && c->days[c->count - 1].points == rounded))
		return;
	put(c, day, rounded);
	h->changed = true;
}

void score_history_read(struct score_history *h, struct arena *a, const struct json *j)
{
	const struct json *list = json_get(j, STR("services"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		struct str id = json_get_str(&list->items[i], STR("id"), STR(""));
		const struct json *days = json_get(&list->items[i], STR("days"));
		struct score_course *c = id.len ? course(h, a, id) : NULL;
		for (uint32_t k = 0; c && days && days->type == JSON_ARRAY && k < days->count; k++)
			put(c, json_get_i64(&days->items[k], STR("day"), 0), (int)json_get_i64(&days->items[k], STR("points"), 0));
	}
}

void score_history_json(struct json_out *o, const struct score_history *h)
{
	json_out_object(o);
	json_out_key(o, STR("services"));
	json_out_array(o);
	for (size_t i = 0; i < h->count; i++) {
		json_out_object(o);
		json_kv_str(o, "id", h->items[i].id);
		json_out_key(o, STR("days"));
		json_out_array(o);
		for (size_t k = 0; k < h->items[i].count; k++) {
			json_out_object(o);
			json_kv_i64(o, "day", h->items[i].days[k].day);
			json_kv_i64(o, "points", h->items[i].days[k].points);
			json_out_end(o);
		}
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}
