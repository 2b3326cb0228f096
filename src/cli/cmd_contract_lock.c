/* pleach contract lock [PATH]: writes contract.lock, or says in what a contract differs from it (--check). A lock that would agree to a break is not written
 * unless the break is approved or --accept-breaking is given: agreeing is a step of its own. */
#include "base/check.h"
#include "cli/contract.h"
#include "contract/lock.h"
#include <stdlib.h>

enum { LOCK_MAX = SOURCE_MAX + (SOURCE_MAX / 4) };

static int path_order(const void *a, const void *b) { return str_cmp(((const struct lock_file *)a)->path, ((const struct lock_file *)b)->path); }

static bool lock_text(struct side *s, struct buf *out, struct err *e)
{
	struct lock_file *files = ARENA_ARRAY(&s->source.arena, s->count ? s->count : 1, struct lock_file);
	for (size_t i = 0; files && i < s->count; i++)
		files[i] = (struct lock_file){ s->files[i].path, s->files[i].text };
	if (!files)
		return err_set(e, ERR_NO_MEMORY, "%.*s does not fit into the memory for contracts", STR_FMT(s->name));
	qsort(files, s->count, sizeof(*files), path_order);
	lock_write(out, files, s->count);
	return buf_ok(out) || err_set(e, ERR_TOO_LARGE, "the lock of %.*s would be larger than %d MiB", STR_FMT(s->name), LOCK_MAX >> 20);
}

static void note_file(struct contract_run *r, const struct side *now, struct str path, bool failure, const char *what)
{
	notes_add(&r->notes, failure, (struct change_place){ .file = side_join(&r->cli->arena, now->shown, path) }, "%s", what);
}

/* A note for each file that is not as it was locked. How many. */
static size_t differences(struct contract_run *r, const struct side *locked, const struct side *now)
{
	size_t n = 0;
	for (size_t i = 0; i < now->count; i++) {
		const struct side_file *f = side_find(locked, now->files[i].path);
		if (f && str_eq(f->text, now->files[i].text))
			continue;
		note_file(r, now, now->files[i].path, true, f ? "The file is not as it was locked. If that is meant, run `pleach contract lock` and commit both"
							      : "The file is not in the lock. If that is meant, run `pleach contract lock` and commit both");
		n++;
	}
	for (size_t i = 0; i < locked->count; i++) {
		if (side_find(now, locked->files[i].path))
			continue;
		note_file(r, now, locked->files[i].path, true, "The file is in the lock and gone. If that is meant, run `pleach contract lock` and commit both");
		n++;
	}
	return n;
}

static size_t unapproved_breaks(const struct contract_run *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->all.count; i++)
		n += r->all.items[i].level == CHANGE_BREAKING && !r->approved[i];
	return n;
}

static bool write_lock(struct contract_run *r, struct side *now, struct str lock, struct err *e)
{
	struct arena *a = &r->cli->arena;
	struct buf text;
	buf_init(&text, LOCK_MAX);
	bool ok = lock_text(now, &text, e) && sys_write_file(lock, buf_str(&text), e);
	buf_release(&text);
	if (ok)
		notes_add(&r->notes, false, (struct change_place){ .file = side_relative(a, sys_cwd(a), lock) }, "written: %zu %s", now->count, now->count == 1 ? "file" : "files");
	return ok;
}

/* Compares with the lock that is there; without one, or with one to be overwritten unread, the contract with itself: it must be readable. */
static bool compare(struct contract_run *r, struct compared *p, struct str folder, struct str lock, bool exists, struct err *e)
{
	struct err unread = { 0 };
	if (exists && !side_read_lock(&p->before, lock, &unread)) {
		if (!cli_flag(r->cli, "accept-breaking")) {
			*e = unread;
			return false;
		}
		side_release(&p->before);
		side_init(&p->before, folder);
		exists = false;
	}
	if (!exists && !side_read_path(&p->before, folder, e))
		return false;
	return side_read_path(&p->after, folder, e) && contract_compare_part(r, p, e);
}

/* False with e; what it found is in the run. */
static bool one_lock(struct contract_run *r, struct str lock, bool exists, struct err *e)
{
	struct cli *c = r->cli;
	struct arena *a = &c->arena;
	struct str folder = side_folder(lock), shown = side_relative(a, sys_cwd(a), folder), name = shown.len ? shown : STR(".");
	size_t breaks = unapproved_breaks(r);
	struct str label = exists ? arena_printf(a, "lock:%.*s", STR_FMT(side_relative(a, sys_cwd(a), lock))) : name;
	struct compared *p = contract_part(r, label, name);
	if (!compare(r, p, folder, lock, exists, e))
		return false;
	if (cli_flag(c, "check")) {
		if (!exists)
			return err_set(e, ERR_NOT_FOUND, "%.*s has no " LOCK_FILE "; write it with `pleach contract lock %.*s`", STR_FMT(name), STR_FMT(name));
		differences(r, &p->before, &p->after);
		return true;
	}
	if (unapproved_breaks(r) > breaks && !cli_flag(c, "accept-breaking")) {
		notes_add(&r->notes, true, (struct change_place){ .file = side_relative(a, sys_cwd(a), lock) },
			"not written: it would agree to a break. Make the change without breaking anyone, approve it in " APPROVALS_FILE ", or say --accept-breaking");
		return true;
	}
	return write_lock(r, &p->after, lock, e);
}

static int lock_all(struct contract_run *r, struct str name)
{
	struct cli *c = r->cli;
	struct lock_list locks;
	struct err e = { 0 };
	struct sys_stat st;
	bool accept = cli_flag(c, "accept-breaking");
	if (!contract_locks(c, name, &locks, &e))
		return contract_fail(r, &e);
	r->selection.level = CHANGE_INFO;
	/* Differences fail by themselves; when a lock is written, what was accepted does not. */
	bool exists = locks.count > 0;
	if (!exists) {
		struct str full = side_absolute(&c->arena, name), folder = sys_stat(full, &st) >= 0 && st.directory ? full : side_folder(full);
		locks = (struct lock_list){ .count = 1, .items = ARENA_NEW(&c->arena, struct str) };
		CHECK(locks.items);
		locks.items[0] = side_join(&c->arena, folder, STR(LOCK_FILE));
	}
	for (size_t i = 0; i < locks.count; i++) {
		struct err one = { 0 };
		if (!one_lock(r, locks.items[i], exists, &one))
			contract_problem(r, &one);
	}
	int status = contract_report(r);
	return status == 1 && accept && !cli_flag(c, "check") ? 0 : status;
}

int cmd_contract_lock(struct cli *c)
{
	struct contract_run run;
	struct err e = { 0 };
	bool ready = contract_run_init(&run, c, &e);
	int status = ready ? lock_all(&run, c->argument_count ? c->arguments[0] : STR(".")) : contract_fail_plain(c, &e);
	contract_run_release(&run);
	return status;
}
