/* See check_change_score.h. Each side is crawled by a confined worker at its commit; the fleet's own files and lock files are laid into a folder of their own for as long as they are read. */
#include "cli/check_change_score.h"
#include "base/check.h"
#include "catalog/crawl/files.h"
#include "catalog/crawl/reading.h"
#include "cli/output.h"
#include "model/git.h"
#include "part/catalog_crawl.h"
#include "part/catalog_locks.h"
#include "part/catalog_score.h"

enum { FILES_MAX = 5000, FILE_MAX = 1 << 20, SIDE_MEMORY = 1 << 30 };
struct side { struct arena arena; struct fleet *fleet; struct err wrong; /* of its files */ struct crawl_kept *kept; struct picture *picture; struct catalog_locks *locks; struct catalog_scores scores; };

static bool git(struct cli *c, struct str top, const struct str *words, size_t n, struct buf *out, struct err *e)
{
	buf_init(out, GIT_LIST_MAX);
	if (git_run(&c->arena, top, words, n, out, e))
		return true;
	buf_release(out);
	return false;
}

/* The folder that the repository is in, whether it is a bare one or not. */
static bool find_top(struct cli *c, struct str *top, struct err *e)
{
	static const char *const asked[] = { "--show-toplevel", "--absolute-git-dir" };
	struct str here = c->argument_count ? c->arguments[0] : cli_option(c, "fleet");
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		struct str words[] = { STR("rev-parse"), str_z(asked[i]) };
		struct buf b;
		err_clear(e);
		if (!git(c, here.p ? here : STR(""), words, ARRAY_LEN(words), &b, e))
			continue;
		*top = arena_str(&c->arena, str_strip(buf_str(&b)));
		buf_release(&b);
		return true;
	}
	return false;
}

/* --- the fleet of a commit ------------------------------------------------------------------------------------------------------------------------------------ */

struct laying { struct cli *c; struct str folder, root /* of the fleet, below the folder; p == NULL: none */; struct str *paths; size_t count; struct git_batch batch; struct arena *arena, scratch; };

static bool is_lock(struct str path) { return packages_is_lock(path_name(path)) && !crawl_skips_path(path); }

static bool is_ours(struct str path)
{
	return (is_lock(path) || str_ends(path, STR("/service.yaml")) || str_ends(path, STR("/pleach.yaml")) || str_eq(path, STR("service.yaml")) || str_eq(path, STR("pleach.yaml"))) && str_find(path, STR("..")) == SIZE_MAX &&
	       path.len < SYS_PATH_MAX / 2;
}

/* "100644 blob <id>\t<path>": written where it would be. */
static bool lay(struct laying *l, struct str entry, struct err *e)
{
	struct str path = entry, head = str_split(&path, '\t'), mode = str_split(&head, ' '), kind = str_split(&head, ' '), text;
	size_t size;
	if (!str_eq(kind, STR("blob")) || str_eq(mode, STR("120000")) || !is_ours(path) || l->count == FILES_MAX)
		return true;
	if (!git_batch_read(&l->batch, head, is_lock(path) ? PACKAGES_TEXT_MAX : FILE_MAX, &l->scratch, &text, &size, e))
		return false;
	struct str to = arena_printf(l->arena, "%.*s/%.*s", STR_FMT(l->folder), STR_FMT(path));
	if (size > (is_lock(path) ? PACKAGES_TEXT_MAX : FILE_MAX) || sys_mkdir(path_folder(to)) < 0 || !sys_write_file(to, text, e))
		return !err_is_set(e);
	arena_reset(&l->scratch);
	l->paths[l->count++] = to;
	if (str_ends(path, STR("pleach.yaml")) && (!l->root.p || path_folder(to).len < l->root.len))
		l->root = path_folder(to);
	return true;
}

static void take_away(struct laying *l)
{
	for (size_t i = 0; i < l->count; i++)
		sys_unlink(l->paths[i]);
	for (size_t i = 0; i < l->count; i++)
		for (struct str folder = path_folder(l->paths[i]); folder.len >= l->folder.len; folder = path_folder(folder))
			sys_rmdir(folder);
	sys_rmdir(l->folder);
}

/* Into a folder of their own, until take_away. */
static bool lay_all(struct laying *l, struct str top, struct str commit, struct err *e)
{
	struct str words[] = { STR("ls-tree"), STR("-r"), STR("-z"), STR("--full-tree"), commit }, temporary = sys_env("TMPDIR");
	struct buf b;
	l->paths = ARENA_ARRAY(l->arena, FILES_MAX, struct str);
	l->folder = arena_printf(l->arena, "%.*s/pleach-%lld-%llx", STR_FMT(str_starts(temporary, STR("/")) ? temporary : STR("/tmp")), (long long)sys_pid(), (unsigned long long)sys_random());
	if (!l->paths || !l->folder.p || !git(l->c, top, words, ARRAY_LEN(words), &b, e))
		return err_is_set(e) ? false : err_set(e, ERR_NO_MEMORY, "no memory for the files of a commit");
	bool ok = git_batch_open(&l->batch, l->arena, top, e);
	arena_init(&l->scratch, 2 * (size_t)PACKAGES_TEXT_MAX);
	if (ok) {
		for (struct str rest = buf_str(&b); ok && rest.p && rest.len;)
			ok = lay(l, str_split(&rest, 0), e);
		git_batch_close(&l->batch);
	}
	arena_release(&l->scratch);
	buf_release(&b);
	return ok;
}

/* --- a side ------------------------------------------------------------------------------------------------------------------------------------------------------ */

static bool crawl_side(struct cli *c, struct str top, struct str commit, struct side *s, struct err *e)
{
	struct crawlers k;
	struct buf out;
	buf_init(&out, OWN_OUTPUT_MAX);
	bool ok = crawler_start_at(&k, &c->arena, top, commit, e) && crawlers_collect(&k, &out, NULL, NULL, e);
	s->kept = ok ? crawl_kept_after(NULL, buf_str(&out), e) : NULL;
	buf_release(&out);
	if (s->kept && !s->kept->count)
		return err_set(e, ERR_UNAVAILABLE, "%.*s", STR_FMT(s->kept->failures_count ? s->kept->failures[0].message : STR("the repository cannot be read")));
	return s->kept;
}

/* A fleet that there is not, or that does not read, says nothing; the rest is scored without. */
static bool read_side(struct cli *c, struct str top, struct str commit, struct side *s, struct err *e)
{
	struct laying l = { .c = c, .arena = &s->arena };
	arena_init(&s->arena, SIDE_MEMORY);
	bool ok = lay_all(&l, top, commit, e) && crawl_side(c, top, commit, s, e);
	s->fleet = ok && l.root.p ? fleet_load(l.root, &s->wrong, NULL) : NULL;
	struct picture_sources from = { .repositories = ok ? s->kept->repositories : NULL, .repositories_count = ok ? s->kept->count : 0, .fleet = s->fleet, .now = sys_wall() / 1000000000 };
	s->picture = ok ? picture_new(&from, e) : NULL;
	s->locks = s->picture ? catalog_locks_at(s->picture, s->fleet, l.folder, e) : NULL;
	take_away(&l);
	return s->locks && (catalog_scores_make(&s->scores, &s->arena, s->picture, s->fleet, NULL, s->locks, NULL, NULL, (struct str){ 0 }) || err_set(e, ERR_NO_MEMORY, "the scores do not fit into memory"));
}

static void side_release(struct side *s)
{
	picture_free(s->picture);
	catalog_locks_free(s->locks);
	crawl_kept_free(s->kept);
	fleet_free(s->fleet);
	arena_release(&s->arena);
}

/* --- both ---------------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool differs(double a, double b) { return (a < 0) != (b < 0) || (a >= 0 && (a - b > 0.004 || b - a > 0.004)); }

static const struct score *score_of(const struct side *s, struct str name)
{
	const struct picture_service *p = picture_service(s->picture, name);
	return p && p->is_service ? &s->scores.items[p - s->picture->services] : NULL;
}

static void compare(struct cli *c, const struct score *before, const struct score *after, struct str name, struct changed_scores *out)
{
	struct changed_score x = { .service = arena_str(&c->arena, name), .before = before ? before->points : -1, .after = after ? after->points : -1 };
	for (int i = 0; i < SCORE_FACET_COUNT; i++) {
		double b = before ? before->facets[i].value : -1, a = after ? after->facets[i].value : -1;
		if (differs(b, a))
			x.facets[x.facets_count++] = (struct changed_facet){ (enum score_facet)i, b, a, after ? arena_str(&c->arena, after->facets[i].measured) : STR("") };
	}
	if (x.facets_count || differs(x.before / 100, x.after / 100))
		out->items[out->count++] = x;
}

bool change_scores(struct cli *c, const struct change_range *range, struct changed_scores *out, struct err *e)
{
	struct side before = { 0 }, after = { 0 };
	struct str top;
	*out = (struct changed_scores){ 0 };
	bool ok = find_top(c, &top, e) && read_side(c, top, range->from, &before, e) && read_side(c, top, range->head, &after, e);
	out->items = ok ? ARENA_ARRAY(&c->arena, before.picture->count + after.picture->count + 1, struct changed_score) : NULL;
	for (size_t i = 0; out->items && i < after.picture->count; i++)
		if (after.picture->services[i].is_service)
			compare(c, score_of(&before, after.picture->services[i].name), &after.scores.items[i], after.picture->services[i].name, out);
	for (size_t i = 0; out->items && i < before.picture->count; i++)
		if (before.picture->services[i].is_service && !picture_service(after.picture, before.picture->services[i].name))
			compare(c, &before.scores.items[i], NULL, before.picture->services[i].name, out);
	struct err *wrong = err_is_set(&after.wrong) ? &after.wrong : &before.wrong;
	if (err_is_set(wrong))
		out->note = arena_printf(&c->arena, "the score counts what only the fleet's files say nowhere, as they do not read %s the change: %s", wrong == &after.wrong ? "after" : "before", wrong->message);
	side_release(&before);
	side_release(&after);
	return ok && (out->items || err_set(e, ERR_NO_MEMORY, "no memory for the scores"));
}

/* --- told ------------------------------------------------------------------------------------------------------------------------------------------------------------ */

static void value(struct json_out *o, const char *key, double v, double times)
{
	json_out_key(o, str_z(key));
	if (v < 0)
		json_out_null(o);
	else
		json_out_f64(o, (double)(int64_t)(v * times * 10 + 0.5) / 10);
}

void changed_scores_json(struct json_out *o, const struct changed_scores *s)
{
	json_out_array(o);
	for (size_t i = 0; i < s->count; i++) {
		const struct changed_score *x = &s->items[i];
		json_out_object(o);
		json_kv_str(o, "service", x->service);
		value(o, "before", x->before, 1);
		value(o, "after", x->after, 1);
		json_out_key(o, STR("facets"));
		json_out_array(o);
		for (size_t k = 0; k < x->facets_count; k++) {
			json_out_object(o);
			json_kv_str(o, "facet", score_facets[x->facets[k].facet].name);
			value(o, "before", x->facets[k].before, 100);
			value(o, "after", x->facets[k].after, 100);
			json_kv_str(o, "measured", x->facets[k].measured);
			json_kv_str(o, "raise", score_facets[x->facets[k].facet].raise);
			json_out_end(o);
		}
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
}

static struct str percent(struct arena *a, double v) { return v < 0 ? STR("not measured") : arena_printf(a, "%d %%", (int)(v * 100 + 0.5)); }

void changed_scores_text(struct cli *c, const struct changed_scores *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct changed_score *x = &s->items[i];
		int before = (int)(x->before + 0.5), after = (int)(x->after + 0.5);
		out_styled(c, x->before >= 0 && after < before ? STYLE_AMBER : STYLE_DIM, STR("score "));
		text_safe(&c->out, x->service);
		if (x->before < 0)
			buf_printf(&c->out, " begins with %d points\n", after);
		else if (x->after < 0)
			buf_printf(&c->out, " is gone; it had %d points\n", before);
		else if (before == after)
			buf_printf(&c->out, " stays at %d points\n", after);
		else
			buf_printf(&c->out, " %s from %d to %d points\n", after < before ? "falls" : "rises", before, after);
		for (size_t k = 0; x->before >= 0 && x->after >= 0 && k < x->facets_count; k++) {
			const struct changed_facet *f = &x->facets[k];
			out_styled(c, STYLE_DIM, arena_printf(&c->arena, "    %-13.*s", STR_FMT(score_facets[f->facet].name)));
			text_safe(&c->out, arena_printf(&c->arena, "%.*s, was %.*s: %.*s", STR_FMT(percent(&c->arena, f->after)), STR_FMT(percent(&c->arena, f->before)), STR_FMT(f->measured)));
			buf_char(&c->out, '\n');
		}
	}
}
