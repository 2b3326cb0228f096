/* See catalog_score.h. */
#include "part/catalog_score.h"
#include "base/check.h"
#include "part/state_file.h"

#define HISTORY_FILE "scores.json"
enum { HISTORY_FILE_MAX = 64 << 20 };

static const struct json *find(const struct json *list, const char *key, struct str name)
{
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		if (str_eq(json_get_str(&list->items[i], str_z(key), STR("")), name))
			return &list->items[i];
	return NULL;
}

/* Of a table of service and count. */
static uint64_t count_of(const struct json *answer, struct str name)
{
	const struct json *rows = json_get(answer, STR("rows"));
	for (uint32_t i = 0; rows && rows->type == JSON_ARRAY && i < rows->count; i++) {
		const struct json *row = &rows->items[i];
		if (row->type == JSON_ARRAY && row->count == 2 && row->items[0].type == JSON_STRING && str_eq(row->items[0].s, name) && row->items[1].type == JSON_INT)
			return (uint64_t)row->items[1].i;
	}
	return 0;
}

static struct score_evidence evidence(struct str name, const struct catalog_answers *x)
{
	const struct json *s = find(json_get(x->status, STR("services")), "service", name);
	return (struct score_evidence){ .status_known = x->status != NULL, .runs_here = s != NULL, .wanted = (size_t)json_get_i64(s, STR("wanted"), 0), .healthy = (size_t)json_get_i64(s, STR("healthy"), 0),
					.logs_known = x->lines && x->lines_with_id, .lines = count_of(x->lines, name), .lines_with_id = count_of(x->lines_with_id, name) };
}

static void add_abandoned(struct score_evidence *e, const struct catalog_scores *c, struct arena *a, size_t service)
{
	const struct abandoned_uses *u = c->abandoned ? &c->abandoned[service] : NULL;
	e->lock_files = u ? u->files : 0;
	e->abandoned = u ? u->own : 0;
	e->abandoned_words = e->abandoned ? catalog_abandoned_words(a, u) : STR("");
}

bool catalog_scores_make(struct catalog_scores *c, struct arena *a, const struct picture *p, const struct fleet *f, const struct catalog_answers *answers, const struct catalog_locks *locks,
			 const struct catalog_scores *before, const struct evidence_list *said, struct str folder)
{
	static const struct catalog_answers none;
	const struct catalog_answers *x = answers ? answers : &none;
	uint64_t matched[FLEET_MAX_RULES];
	struct score_rules own = { f ? f->catalog.rules : NULL, f ? f->catalog.rules_count : 0, NULL };
	*c = (struct catalog_scores){ .picture = p, .items = ARENA_ARRAY(a, p->count + 1, struct score) };
	if (folder.p)
		catalog_running_make(&c->running, a, p, x->running, before ? &before->running : NULL, folder);
	if (!releases_make(&c->releases, a, p, folder.p ? &c->running : NULL))
		return false;
	c->abandoned = locks ? catalog_abandoned_make(a, p, locks) : NULL;
	c->asked = said != NULL;
	if (said)
		c->said = *said;
	if (folder.p)
		catalog_health_make(&c->health, a, p, x->recent, x->status, x->health_window, before ? &before->health : NULL, folder);
	for (size_t i = 0; c->items && i < p->count; i++) {
		struct score_evidence e = evidence(p->services[i].name, x);
		bool asked = x->rules != NULL && e.lines > 0; /* of a service that logs nothing here nothing is measured */
		add_abandoned(&e, c, a, i);
		e.said = said;
		e.back = folder.p ? running_back(running_known(&c->running, p->services[i].id)) : NULL;
		e.pacts = catalog_pacts_of(x->pacts, p->services[i].name);
		e.health_window = x->health_window;
		e.health = folder.p && e.runs_here ? health_of(&c->health, a, p->services[i].id) : NULL;
		for (size_t k = 0; k < own.count; k++) {
			asked = asked && x->rules[k];
			matched[k] = asked ? count_of(x->rules[k], p->services[i].name) : 0;
		}
		own.matched = asked ? matched : NULL;
		score_make(&c->items[i], a, p, &p->services[i], f ? fleet_service(f, p->services[i].name) : NULL, &e, &own);
	}
	return !a->full;
}

/* --- course ------------------------------------------------------------------------------------------------------------------------------------------ */

static void from_disk(struct score_history *h, struct arena *a, struct str folder)
{
	struct arena scratch;
	arena_init(&scratch, 4UL * HISTORY_FILE_MAX);
	score_history_read(h, a, state_file_read(&scratch, folder, HISTORY_FILE, HISTORY_FILE_MAX));
	arena_release(&scratch);
}

static void say_history(struct json_out *o, const void *history) { score_history_json(o, history); }

static void copy(struct score_history *h, struct arena *a, const struct score_history *before)
{
	h->items = ARENA_ARRAY(a, before->count + 1, struct score_course);
	for (size_t i = 0; h->items && i < before->count; i++) {
		h->items[i] = before->items[i];
		h->items[i].id = arena_str(a, before->items[i].id);
		h->count++;
	}
	h->capacity = h->items ? before->count + 1 : 0;
}

void catalog_scores_history(struct catalog_scores *c, struct arena *a, const struct score_history *before, struct str folder, int64_t now)
{
	if (before)
		copy(&c->history, a, before);
	else
		from_disk(&c->history, a, folder);
	for (size_t i = 0; i < c->picture->count; i++)
		if (c->picture->services[i].is_service)
			score_history_add(&c->history, a, c->picture->services[i].id, now, c->items[i].points);
}

bool catalog_scores_write(const struct catalog_scores *c, struct str folder, struct err *e) { return state_file_write(folder, HISTORY_FILE, HISTORY_FILE_MAX, say_history, &c->history, e); }

/* --- the answer -------------------------------------------------------------------------------------------------------------------------------------- */

void catalog_scores_json(void *ctx, struct json_out *o, const struct picture_service *s, bool whole)
{
	enum { DAY_MS = 86400000 };
	const struct catalog_scores *c = ctx;
	size_t i = (size_t)(s - c->picture->services);
	CHECK(i < c->picture->count);
	json_out_key(o, STR("score"));
	score_json(o, &c->items[i], whole);
	if (!whole)
		return;
	catalog_abandoned_json(o, c->abandoned ? &c->abandoned[i] : NULL);
	releases_json(o, &c->releases, c->picture, i);
	catalog_running_json(o, &c->running, s->id);
	evidence_of(o, c->asked ? &c->said : NULL, s->id);
	const struct score_course *course = score_history_of(&c->history, s->id);
	json_out_key(o, STR("score_days"));
	json_out_array(o);
	for (size_t k = 0; course && k < course->count; k++) {
		json_out_object(o);
		json_kv_i64(o, "day_ms", course->days[k].day * DAY_MS);
		json_kv_i64(o, "points", course->days[k].points);
		json_out_end(o);
	}
	json_out_end(o);
}
