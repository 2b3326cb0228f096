/* A change as git tells it (check_change.h). Only objects are read, never the working tree, so a bare repository will do. */
#include "base/check.h"
#include "base/glob.h"
#include "catalog/people/authorship.h"
#include "cli/check_change.h"
#include "model/git.h"

enum { TEXT_MOST = 4 << 20 /* bytes of one file */ };

static bool run(struct cli *c, const struct str *words, size_t n, struct buf *out, struct err *e)
{
	buf_init(out, GIT_LIST_MAX);
	struct str directory = c->argument_count ? c->arguments[0] : cli_option(c, "fleet");
	if (git_run(&c->arena, directory.p ? directory : STR(""), words, n, out, e))
		return true;
	buf_release(out);
	return false;
}

static bool commit_of(struct cli *c, struct str name, struct str *commit, struct err *e)
{
	struct buf b;
	struct err said = { 0 };
	struct str words[] = { STR("rev-parse"), STR("--verify"), STR("--quiet"), arena_printf(&c->arena, "%.*s^{commit}", STR_FMT(name)) };
	if (!str_starts(name, STR("-")) && name.len && run(c, words, ARRAY_LEN(words), &b, &said)) {
		*commit = arena_str(&c->arena, str_strip(buf_str(&b)));
		buf_release(&b);
		return true;
	}
	if (said.code == ERR_NOT_FOUND || said.code == ERR_TIMEOUT) {
		*e = said;
		return false;
	}
	return err_set(e, ERR_INPUT, "there is no commit `%.*s` in this repository; in CI fetch the base first: `git fetch origin %.*s`, and write FETCH_HEAD for it", STR_FMT(str_sub(name, 0, 100)),
		       STR_FMT(str_sub(name, 0, 100)));
}

bool change_range_read(struct cli *c, struct str text, struct change_range *out, struct err *e)
{
	size_t dots = str_find(text, STR(".."));
	struct str base = dots == SIZE_MAX ? text : str_sub(text, 0, dots), head = dots == SIZE_MAX ? STR("HEAD") : str_skip(text, dots + 2);
	struct buf b;
	struct err said = { 0 };
	head = str_starts(head, STR(".")) ? str_skip(head, 1) : head;
	if (!commit_of(c, base.len ? base : STR("HEAD"), &out->base, e) || !commit_of(c, head.len ? head : STR("HEAD"), &out->head, e))
		return false;
	struct str words[] = { STR("merge-base"), out->base, out->head };
	if (!run(c, words, ARRAY_LEN(words), &b, &said))
		return err_set(e, ERR_INPUT, "git knows no common commit of %.*s and %.*s; in CI fetch more of the history (fetch-depth: 0, or `git fetch --unshallow`)", STR_FMT(base),
			       STR_FMT(head));
	out->from = arena_str(&c->arena, str_strip(buf_str(&b)));
	buf_release(&b);
	return true;
}

/* --- files of a commit ------------------------------------------------------------------------------------------------------------------------- */

struct file { struct str path, id; };
struct tree { struct file *files; size_t count, capacity; struct file owners; size_t owners_place; bool has_files; /* it has OWNERS */ };

/* "100644 blob <id>\t<path>"; links are no files. */
static bool keep_entry(struct cli *c, struct tree *t, struct str line)
{
	struct str path = line, head = str_split(&path, '\t'), mode = str_split(&head, ' '), kind = str_split(&head, ' '), name = path_name(path);
	if (!str_eq(kind, STR("blob")) || str_eq(mode, STR("120000")))
		return true;
	for (size_t i = 0; i < CODEOWNERS_PLACES && i < t->owners_place; i++)
		if (str_eq(path, codeowners_places[i])) {
			t->owners = (struct file){ arena_str(&c->arena, path), arena_str(&c->arena, head) };
			t->owners_place = i;
		}
	t->has_files = t->has_files || str_eq(name, STR("OWNERS"));
	if (!str_eq(name, STR("service.yaml")) && !str_eq(name, STR("pleach.yaml")))
		return true;
	if (!ARENA_PUSH_ROOM(&c->arena, t->files, t->count, t->capacity))
		return false;
	t->files[t->count++] = (struct file){ arena_str(&c->arena, path), arena_str(&c->arena, head) };
	return true;
}

/* "100644 blob <id>\t<path>", of all files. */
static bool keep_ids(struct cli *c, struct map *ids, struct str listing)
{
	bool ok = true;
	while (ok && listing.len) {
		struct str path = str_split(&listing, 0), head = str_split(&path, '\t'), mode = str_split(&head, ' '), kind = str_split(&head, ' ');
		struct str *id = str_eq(kind, STR("blob")) && !str_eq(mode, STR("120000")) ? ARENA_NEW(&c->arena, struct str) : NULL;
		struct str kept = id ? arena_str(&c->arena, path) : path;
		if (!id)
			continue;
		*id = arena_str(&c->arena, head);
		ok = id->p && kept.p && map_put(ids, kept, id);
	}
	return ok && !c->arena.full;
}

/* ids: of all files, where there are OWNERS; NULL: nobody asks. */
static bool list(struct cli *c, struct str commit, struct tree *t, struct map *ids, struct err *e)
{
	struct buf b;
	struct str words[] = { STR("ls-tree"), STR("-r"), STR("-z"), STR("--full-tree"), commit };
	*t = (struct tree){ .owners_place = CODEOWNERS_PLACES };
	if (!run(c, words, ARRAY_LEN(words), &b, e))
		return false;
	bool ok = true;
	for (struct str rest = buf_str(&b); ok && rest.len;)
		ok = keep_entry(c, t, str_split(&rest, 0));
	ok = ok && (!ids || !t->has_files || keep_ids(c, ids, buf_str(&b)));
	buf_release(&b);
	return ok || err_set(e, ERR_NO_MEMORY, "the commit has too many files");
}

static bool text_of(struct git_batch *batch, const struct file *f, struct arena *a, struct str *text, struct err *e)
{
	size_t size = 0;
	*text = (struct str){ NULL, 0 };
	if (!git_batch_read(batch, f->id, TEXT_MOST, a, text, &size, e))
		return false;
	return size <= TEXT_MOST || err_set(e, ERR_TOO_LARGE, "%.*s is larger than %d MiB", STR_FMT(f->path), TEXT_MOST >> 20);
}

/* Once: base and head mostly have the same. */
static void note(struct buf *notes, const struct err *e)
{
	struct buf b;
	buf_init(&b, 4096);
	err_format(e, &b);
	buf_char(&b, '\n');
	if (str_find(buf_str(notes), buf_str(&b)) == SIZE_MAX)
		buf_add(notes, buf_str(&b));
	buf_release(&b);
}

/* All files of one name. A file that is wrong is told and left out: of a service nobody can say whose it is then. */
static bool read_named(struct git_batch *batch, const struct tree *t, struct str name, bool head, struct review *r, struct buf *notes, struct err *e)
{
	struct arena scratch;
	bool ok = true, fleet = str_eq(name, STR("pleach.yaml"));
	arena_init(&scratch, 64u << 20);
	for (size_t i = 0; ok && i < t->count; i++) {
		struct str text, path = t->files[i].path;
		struct err wrong = { 0 };
		if (!str_eq(path_name(path), name))
			continue;
		arena_reset(&scratch);
		ok = text_of(batch, &t->files[i], &scratch, &text, e);
		if (ok && !(fleet ? review_read_fleet(r, path, text, head, &wrong) : review_read_service(r, path, text, head, &wrong)))
			note(notes, &wrong);
	}
	arena_release(&scratch);
	return ok;
}

/* --- its OWNERS files, which are read when a touched path needs them --- */

static bool owners_text(void *ctx, struct str path, struct arena *a, struct str *text, struct err *e)
{
	struct change_files *f = ctx;
	const struct str *id = map_get(&f->ids, path);
	*text = (struct str){ 0 };
	return !id || text_of(&f->batch, &(struct file){ path, *id }, a, text, e);
}

static void owners_problem(void *ctx, struct str file, uint32_t line, struct str words)
{
	struct change_files *f = ctx;
	struct err e = { 0 };
	err_set(&e, ERR_FILE_INVALID, "%.*s", STR_FMT(words));
	err_place(&e, file, line, 1);
	note(f->notes, &e);
}

static bool read_owners(struct git_batch *batch, const struct tree *base, struct review *r, struct err *e)
{
	const struct file *f = &base->owners;
	struct arena scratch;
	struct str text;
	if (!f->id.len)
		return true;
	arena_init(&scratch, 64u << 20);
	bool ok = text_of(batch, f, &scratch, &text, e) && (review_read_owners(r, f->path, text) || err_set(e, ERR_NO_MEMORY, "%.*s does not fit into memory", STR_FMT(f->path)));
	arena_release(&scratch);
	return ok;
}

static bool read_trees(struct git_batch *batch, const struct tree *before, const struct tree *after, struct review *r, struct buf *notes, struct err *e)
{
	struct str fleet = STR("pleach.yaml"), service = STR("service.yaml");
	return read_named(batch, before, fleet, false, r, notes, e) && read_named(batch, after, fleet, true, r, notes, e) && read_named(batch, before, service, false, r, notes, e) &&
	       read_named(batch, after, service, true, r, notes, e) && read_owners(batch, before, r, e);
}

/* --- the change -------------------------------------------------------------------------------------------------------------------------------- */

/* "M\0path\0", "R100\0old\0new\0" */
static bool read_paths(struct cli *c, const struct change_range *range, struct review *r, struct err *e)
{
	struct buf b;
	struct str words[] = { STR("diff"), STR("--name-status"), STR("-z"), STR("--find-renames"), STR("--no-ext-diff"), STR("--no-relative"), STR("--no-color"), range->from, range->head, STR("--") };
	if (!run(c, words, ARRAY_LEN(words), &b, e))
		return false;
	bool ok = true;
	for (struct str rest = buf_str(&b); ok && rest.len;) {
		struct str status = str_split(&rest, 0);
		ok = review_add_path(r, str_split(&rest, 0));
		if (ok && status.len && (status.p[0] == 'R' || status.p[0] == 'C') && rest.len)
			ok = review_add_path(r, str_split(&rest, 0));
	}
	buf_release(&b);
	return ok || err_set(e, ERR_NO_MEMORY, "the change touches too many files; review a smaller range");
}

static bool read_trailers(struct review *r, struct str trailers, struct str from)
{
	bool ok = true;
	while (ok && trailers.p) {
		struct str who = str_strip(str_split(&trailers, '\n'));
		if (who.len)
			ok = review_add_consent(r, who, from);
	}
	return ok;
}

/* Of each commit: short id, author's name and mail, values of the trailers that agree. */
static bool read_commits(struct cli *c, const struct change_range *range, struct review *r, struct err *e)
{
	struct buf b;
	struct str words[] = { STR("log"), STR("-z"), STR("--no-merges"), STR("--use-mailmap"), STR("--no-show-signature"), STR("--no-color"),
			       STR("--format=%h%x01%aN%x01%aE%x01%(trailers:key=Approved-by,key=Acked-by,key=Reviewed-by,valueonly,unfold)"),
			       arena_printf(&c->arena, "%.*s..%.*s", STR_FMT(range->from), STR_FMT(range->head)), STR("--") };
	if (!run(c, words, ARRAY_LEN(words), &b, e))
		return false;
	bool ok = true;
	for (struct str rest = buf_str(&b); ok && rest.len;) {
		struct str line = str_split(&rest, 0), id = str_split(&line, 1), name = str_split(&line, 1), mail = str_split(&line, 1);
		ok = review_add_author(r, name, mail) && read_trailers(r, line, arena_printf(&c->arena, "trailer of %.*s", STR_FMT(id)));
	}
	buf_release(&b);
	return ok || err_set(e, ERR_TOO_LARGE, "more than %d trailers of agreement; review a smaller range", REVIEW_CONSENTS_MAX);
}

bool change_gather(struct cli *c, const struct change_range *range, struct change_files *f, struct review *r, struct buf *notes, struct err *e)
{
	struct tree before, after;
	struct str directory = c->argument_count ? c->arguments[0] : cli_option(c, "fleet");
	map_init(&f->ids, OWNERS_FILES_MAX);
	f->notes = notes;
	bool ok = list(c, range->base, &before, &f->ids, e) && list(c, range->head, &after, NULL, e) && git_batch_open(&f->batch, &c->arena, directory.p ? directory : STR(""), e);
	ok = ok && read_trees(&f->batch, &before, &after, r, notes, e);
	if (ok && before.has_files)
		review_has_owners_files(r, (struct owners_source){ owners_text, owners_problem, NULL, f });
	return ok && read_paths(c, range, r, e) && read_commits(c, range, r, e);
}

void change_files_close(struct change_files *f)
{
	git_batch_close(&f->batch);
	map_release(&f->ids);
}

/* --- who knows it ------------------------------------------------------------------------------------------------------------------------------ */

/* "Ada <ada@example.org>" */
static bool is_bot(struct cli *c, struct str who)
{
	size_t at = str_find_char(who, '<');
	struct str name = str_strip(str_sub(who, 0, at)), mail = at == SIZE_MAX ? STR("") : str_skip(who, at + 1);
	return author_is_bot(&c->arena, name, str_ends(mail, STR(">")) ? str_sub(mail, 0, mail.len - 1) : mail);
}

/* "   12\tAda <ada@example.org>", most commits first. */
bool change_knowers(struct cli *c, const struct change_range *range, struct review_service *s, struct err *e)
{
	struct buf b;
	struct str words[] = { STR("shortlog"), STR("-s"), STR("-n"), STR("-e"), STR("--no-merges"), STR("--since=2.years"), range->base, STR("--"),
			       s->folder.len ? arena_printf(&c->arena, ":(top,literal)%.*s", STR_FMT(s->folder)) : STR(":(top)") };
	if (!run(c, words, ARRAY_LEN(words), &b, e))
		return false;
	for (struct str rest = buf_str(&b); rest.len && s->knowers_count < REVIEW_KNOWERS_MAX;) {
		struct str who = str_split(&rest, '\n'), number = str_strip(str_split(&who, '\t'));
		uint64_t n = 0;
		if (who.len && str_to_u64(number, &n) && !is_bot(c, who))
			s->knowers[s->knowers_count++] = (struct review_knower){ arena_str(&c->arena, who), (uint32_t)n };
	}
	buf_release(&b);
	return true;
}
