/* Verdicts of another checker, compared. */
#include "verdicts.h"
#include <stdio.h>

static struct str read_file(struct arena *a, const char *folder, const char *name, const char *end)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s.%s", folder, name, end);
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		return (struct str){ 0 };
	long size = ftell(f);
	rewind(f);
	char *p = arena_bytes(a, (size_t)size + 1);
	size_t n = p ? fread(p, 1, (size_t)size, f) : 0;
	fclose(f);
	return str_from(p, n);
}

static struct str field(struct str *rest)
{
	size_t bar = str_find(*rest, STR(" | "));
	struct str f = str_strip(str_sub(*rest, 0, bar));
	*rest = bar == SIZE_MAX ? (struct str){ 0 } : str_skip(*rest, bar + 3);
	return f;
}

bool verdicts_read(struct verdicts *v, const char *folder, const char *checker)
{
	*v = (struct verdicts){ 0 };
	arena_init(&v->arena, 64 << 20);
	map_init(&v->given, 100000);
	struct str text = read_file(&v->arena, folder, checker, "verdicts"), rows = read_file(&v->arena, folder, checker, "differences");
	if (!text.p || !rows.p)
		return false;
	while (text.p) {
		struct str line = str_split(&text, '\n');
		if (str_empty(line) || line.p[0] == '#')
			continue;
		struct str way = field(&line), name = field(&line), *verdict = ARENA_NEW(&v->arena, struct str);
		*verdict = field(&line);
		map_put(&v->given, arena_printf(&v->arena, "%.*s %.*s", STR_FMT(way), STR_FMT(name)), verdict);
	}
	while (rows.p) {
		struct str line = str_split(&rows, '\n');
		if (str_empty(line) || line.p[0] == '#' || !ARENA_PUSH_ROOM(&v->arena, v->rows, v->count, v->capacity))
			continue;
		struct difference_row *r = &v->rows[v->count++];
		r->side = field(&line);
		r->what = field(&line);
		r->where = field(&line);
		r->reason = field(&line);
	}
	return true;
}

static bool explained(struct verdicts *v, const char *side, struct str what, struct str name)
{
	bool found = false;
	for (size_t i = 0; i < v->count; i++) {
		struct difference_row *r = &v->rows[i];
		if (str_eq(r->side, str_z(side)) && (str_eq(r->what, what) || str_eq(r->what, STR("*"))) && (str_eq(r->where, STR("*")) || str_find(name, r->where) != SIZE_MAX)) {
			r->used = true;
			found = true;
		}
	}
	if (!found) {
		fprintf(stderr, "only %s sees a break in %.*s: %.*s; if that is right, explain it in the differences\n", side, STR_FMT(name), STR_FMT(what));
		v->failures++;
	}
	return found;
}

static void compare(struct verdicts *v, const struct case_pair *c, bool turned)
{
	struct changes found;
	struct err e = { 0 };
	struct str name = arena_printf(&v->arena, "%s %.*s", turned ? "turned" : "straight", STR_FMT(c->name));
	const struct str *given = map_get(&v->given, name);
	if (!given) {
		fprintf(stderr, "%.*s has no recorded verdict: ask the checker again\n", STR_FMT(name));
		v->failures++;
		return;
	}
	if (str_eq(*given, STR("refused")))
		return;
	changes_init(&found);
	bool ours = case_compare(c, turned, &found, &e) && changes_at_least(&found, CHANGE_BREAKING), theirs = !str_eq(*given, STR("-"));
	v->compared++;
	v->differ += ours != theirs;
	for (size_t i = 0; ours && !theirs && i < found.count; i++)
		if (found.items[i].level == CHANGE_BREAKING)
			explained(v, "pleach", change_infos[found.items[i].kind].name, name);
	struct str rest = *given;
	while (!ours && theirs && rest.p)
		explained(v, "checker", str_split(&rest, ','), name);
	changes_release(&found);
}

void verdicts_check(void *ctx, const struct case_pair *c)
{
	compare(ctx, c, false);
	compare(ctx, c, true);
}

void verdicts_done(struct verdicts *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (!v->rows[i].used) {
			fprintf(stderr, "no pair needs the difference: %.*s | %.*s | %.*s\n", STR_FMT(v->rows[i].side), STR_FMT(v->rows[i].what), STR_FMT(v->rows[i].where));
			v->failures++;
		}
	map_release(&v->given);
	arena_release(&v->arena);
}
