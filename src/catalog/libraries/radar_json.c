/* The radar as the API and `--json` tell it (schema "Radar"). */
#include "base/check.h"
#include "catalog/libraries/radar.h"

enum { IN_SHOWN = 40 };

static const struct str quadrants[RADAR_QUADRANTS] = {
#define RADAR_QUADRANT(symbol, name) STR_INIT(name),
#include "tbl/radar_quadrants.h"
#undef RADAR_QUADRANT
};
static const struct { struct str name, meaning; } rings[RADAR_RINGS] = {
#define RADAR_RING(symbol, name, meaning) { STR_INIT(name), STR_INIT(meaning) },
#include "tbl/radar_rings.h"
#undef RADAR_RING
};

static void list(struct json_out *o, const char *key)
{
	json_out_key(o, str_z(key));
	json_out_array(o);
}

static void legend(struct json_out *o)
{
	list(o, "quadrants");
	for (size_t i = 0; i < RADAR_QUADRANTS; i++)
		json_out_str(o, quadrants[i]);
	json_out_end(o);
	list(o, "rings");
	for (size_t i = 0; i < RADAR_RINGS; i++) {
		json_out_object(o);
		json_kv_str(o, "ring", rings[i].name);
		json_kv_str(o, "meaning", rings[i].meaning);
		json_out_end(o);
	}
	json_out_end(o);
	list(o, "rules");
	for (size_t i = 0; i < RADAR_RULES; i++) {
		json_out_object(o);
		json_kv_str(o, "rule", radar_rules[i].name);
		json_kv_str(o, "ring", rings[radar_rules[i].ring].name);
		json_kv_str(o, "meaning", radar_rules[i].meaning);
		json_out_end(o);
	}
	json_out_end(o);
}

static const char *s(size_t n) { return n == 1 ? "" : "s"; }

/* Figures in words. */
static void why(struct json_out *o, const struct radar_blip *b)
{
	const struct radar_figures *f = &b->figures;
	struct buf w;
	buf_init(&w, 1024);
	buf_printf(&w, "%zu service%s", f->users, s(f->users));
	if (f->asleep == f->users)
		buf_add(&w, f->users > 1 ? STR(", all asleep") : STR(", asleep"));
	else if (f->asleep)
		buf_printf(&w, ", %zu of them asleep", f->asleep);
	if (f->of_teams)
		buf_printf(&w, "; %zu of %zu team%s", f->teams, f->of_teams, s(f->of_teams));
	json_kv_str(o, "why", buf_str(&w));
	buf_release(&w);
}

static void owners(struct json_out *o, const struct radar_blip *b, const struct libraries *l)
{
	list(o, "owners");
	for (size_t i = 0; i < b->figures.users; i++) {
		bool before = l->users[b->in[i]].team == SIZE_MAX;
		for (size_t k = 0; k < i && !before; k++)
			before = l->users[b->in[k]].team == l->users[b->in[i]].team;
		if (!before)
			json_out_str(o, l->users[b->in[i]].owner);
	}
	json_out_end(o);
	list(o, "in");
	for (size_t i = 0; i < b->figures.users && i < IN_SHOWN; i++)
		json_out_str(o, l->users[b->in[i]].name);
	json_out_end(o);
}

static void blip(struct json_out *o, const struct radar_blip *b, const struct libraries *l)
{
	json_out_object(o);
	json_kv_str(o, "quadrant", quadrants[b->quadrant]);
	json_kv_str(o, "kind", b->kind);
	json_kv_str(o, "meaning", b->meaning);
	json_kv_str(o, "ecosystem", b->ecosystem);
	json_kv_str(o, "name", b->name);
	list(o, "others");
	for (size_t i = 0; b->choice && i < b->choice->count; i++)
		if (b->choice->items[i].family == b->family && !str_eq(b->choice->items[i].name, b->name))
			json_out_str(o, b->choice->items[i].name);
	json_out_end(o);
	json_kv_str(o, "ring", rings[radar_rules[b->rule].ring].name);
	json_kv_str(o, "rule", radar_rules[b->rule].name);
	why(o, b);
	json_kv_u64(o, "services", b->figures.users);
	json_kv_u64(o, "asleep", b->figures.asleep);
	json_kv_u64(o, "teams", b->figures.teams);
	json_kv_u64(o, "of_teams", b->figures.of_teams);
	owners(o, b, l);
	json_out_end(o);
}

void radar_json(struct json_out *o, const struct radar *r, const struct libraries *l)
{
	legend(o);
	list(o, "blips");
	for (size_t i = 0; i < r->count; i++)
		blip(o, &r->items[i], l);
	json_out_end(o);
}
