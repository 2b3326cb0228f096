/* See advice.h. */
#include "catalog/advice/advice.h"
#include "base/check.h"
#include "catalog/advice/pains.h"

const struct pain_info pain_infos[PAIN_COUNT] = {
#define PAIN(symbol, function, name, title, remedy, wasted) { STR_INIT(name), STR_INIT(title), STR_INIT(remedy), STR_INIT(wasted) },
#include "tbl/pains.h"
#undef PAIN
};
static void (*const functions[PAIN_COUNT])(struct pain_input *in) = {
#define PAIN(symbol, function, ...) pain_##function,
#include "tbl/pains.h"
#undef PAIN
};

struct str pain_state_name(enum pain_state s)
{
	static const char *const names[] = { "not yet", "coming", "now" };
	return str_z(names[s]);
}

void advice_make(struct advice_all *out, struct arena *a, const struct figures *f)
{
	*out = (struct advice_all){ .figures = *f };
	for (int i = 0; i < PAIN_COUNT; i++) {
		struct pain_input in = { a, f, &out->pains[i] };
		functions[i](&in);
	}
}

static void one(struct json_out *o, int i, const struct advice *a)
{
	json_out_object(o);
	json_kv_str(o, "pain", pain_infos[i].name);
	json_kv_str(o, "title", pain_infos[i].title);
	json_kv_str(o, "state", pain_state_name(a->state));
	json_out_key(o, STR("reasons"));
	json_out_array(o);
	for (size_t k = 0; k < a->count; k++)
		json_out_str(o, a->reasons[k]);
	json_out_end(o);
	json_kv_str(o, "remedy", pain_infos[i].remedy);
	json_kv_str(o, "wasted", pain_infos[i].wasted);
	json_out_end(o);
}

static void put_figures(struct json_out *o, const struct figures *f)
{
	json_out_key(o, STR("figures"));
	json_out_object(o);
	const struct { const char *name; size_t n; } rows[] = { { "services", f->services }, { "teams", f->teams }, { "people", f->people }, { "languages", f->languages }, { "instances", f->instances },
								 { "owned", f->owned }, { "orphans", f->orphans }, { "contradicted", f->contradicted }, { "edges", f->edges },
								 { "cross_team_edges", f->cross_team_edges }, { "in_cycles", f->in_cycles }, { "lockstep", f->lockstep }, { "tied", f->tied }, { "fan_out", f->fan_out }, { "fan_in", f->fan_in }, { "low", f->low } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		json_kv_u64(o, rows[i].name, rows[i].n);
	json_kv_str(o, "widest", f->widest);
	json_kv_str(o, "hub", f->hub);
	json_kv_f64(o, "score", f->score < 0 ? 0 : (double)(int64_t)(f->score * 10 + 0.5) / 10);
	json_out_end(o);
}

void advice_json(struct json_out *o, const struct advice_all *a, struct str missing)
{
	json_out_object(o);
	json_kv_str(o, "missing", missing);
	if (a)
		put_figures(o, &a->figures);
	json_out_key(o, STR("pains"));
	json_out_array(o);
	for (int state = PAIN_NOW; a && state >= PAIN_NOT_YET; state--)
		for (int i = 0; i < PAIN_COUNT; i++)
			if ((int)a->pains[i].state == state)
				one(o, i, &a->pains[i]);
	json_out_end(o);
	json_out_end(o);
}
