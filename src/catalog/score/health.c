/* See health.h. */
#include "catalog/score/health.h"
#include <string.h>

enum { TWICE = 2 };

static struct health_incident *open_of(struct health_watch *w) { return w->count && !w->items[w->count - 1].ended ? &w->items[w->count - 1] : NULL; }

static void begin(struct health_watch *w, int64_t now, const struct health_seen *s)
{
	if (w->count == HEALTH_INCIDENTS)
		memmove(w->items, w->items + 1, --w->count * sizeof(*w->items));
	w->items[w->count++] = (struct health_incident){ .began = now, .noticed = w->unwell && now - w->unwell <= s->window ? w->unwell : 0, .calls = s->calls, .failed = s->failed };
}

bool health_step(struct health_watch *w, int64_t now, const struct health_seen *s)
{
	bool broken = s->calls >= HEALTH_CALLS && 2 * s->failed >= s->calls && !s->by_others, changed = false;
	if (!s->well)
		w->unwell = now;
	w->times = broken == w->broken ? 0 : w->times + 1;
	if (w->times == TWICE) {
		w->broken = broken;
		w->times = 0;
		changed = true;
		if (broken)
			begin(w, now, s);
		else if (open_of(w))
			open_of(w)->ended = now;
	}
	struct health_incident *x = open_of(w);
	if (!x)
		return changed;
	if (!s->well && !x->noticed) {
		x->noticed = now;
		changed = true;
	}
	if (s->failed > x->failed) {
		x->failed = s->failed;
		x->calls = s->calls;
	}
	return changed;
}

void health_told(const struct health_watch *w, int64_t now, int64_t window, size_t *all, size_t *noticed, const struct health_incident **missed)
{
	*all = *noticed = 0;
	*missed = NULL;
	for (size_t i = 0; w && i < w->count; i++) {
		const struct health_incident *x = &w->items[i];
		if (!x->ended && !x->noticed && now - x->began < window)
			continue;
		++*all;
		*noticed += x->noticed != 0;
		if (!x->noticed)
			*missed = x;
	}
}

/* --- of all services ------------------------------------------------------------------------------------------------------------------------------------ */

struct health_watch *health_of(struct health_history *h, struct arena *a, struct str id)
{
	for (size_t i = 0; i < h->count; i++)
		if (str_eq(h->items[i].id, id))
			return &h->items[i];
	if (h->count == HEALTH_SERVICES_MAX || !ARENA_PUSH_ROOM(a, h->items, h->count, h->capacity))
		return NULL;
	h->items[h->count] = (struct health_watch){ .id = arena_str(a, id) };
	return &h->items[h->count++];
}

void health_copy(struct health_history *h, struct arena *a, const struct health_history *before)
{
	for (size_t i = 0; i < before->count; i++) {
		struct health_watch *w = health_of(h, a, before->items[i].id);
		struct str id = w ? w->id : STR("");
		if (!w)
			return;
		*w = before->items[i];
		w->id = id;
	}
}

void health_read(struct health_history *h, struct arena *a, const struct json *j, int64_t now)
{
	const struct json *list = json_get(j, STR("services"));
	for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		struct str id = json_get_str(&list->items[i], STR("id"), STR(""));
		const struct json *incidents = json_get(&list->items[i], STR("incidents"));
		struct health_watch *w = id.len ? health_of(h, a, id) : NULL;
		for (uint32_t k = 0; w && incidents && incidents->type == JSON_ARRAY && k < incidents->count && w->count < HEALTH_INCIDENTS; k++) {
			const struct json *x = &incidents->items[k];
			struct health_incident one = { json_get_i64(x, STR("began"), 0), json_get_i64(x, STR("ended"), 0), json_get_i64(x, STR("noticed"), 0), (uint64_t)json_get_i64(x, STR("calls"), 0),
						       (uint64_t)json_get_i64(x, STR("failed"), 0) };
			/* What was going on when control ended is over: how long it went on is not known. */
			one.ended = one.ended ? one.ended : one.began;
			if (one.began > now - HEALTH_KEPT && one.began <= now)
				w->items[w->count++] = one;
		}
	}
}

void health_json(struct json_out *o, const struct health_history *h)
{
	json_out_object(o);
	json_out_key(o, STR("services"));
	json_out_array(o);
	for (size_t i = 0; i < h->count; i++) {
		const struct health_watch *w = &h->items[i];
		if (!w->count)
			continue;
		json_out_object(o);
		json_kv_str(o, "id", w->id);
		json_out_key(o, STR("incidents"));
		json_out_array(o);
		for (size_t k = 0; k < w->count; k++) {
			json_out_object(o);
			json_kv_i64(o, "began", w->items[k].began);
			json_kv_i64(o, "ended", w->items[k].ended);
			json_kv_i64(o, "noticed", w->items[k].noticed);
			json_kv_u64(o, "calls", w->items[k].calls);
			json_kv_u64(o, "failed", w->items[k].failed);
			json_out_end(o);
		}
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
}
