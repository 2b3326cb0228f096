/* See contract.h. */
#include "cli/contract.h"
#include "base/check.h"
#include "cli/contract_use.h"
#include "cli/output.h"

#define DAY (INT64_C(86400) * 1000000000)
enum { REPORT_MAX = 1 << 30, APPROVALS_FILE_MAX = 1 << 20 };

static bool has_option(const struct cli *c, const char *name)
{
	for (size_t i = 0; i < options_count; i++)
		if (options[i].command == c->command && str_eq(options[i].name, str_z(name)))
			return true;
	return false;
}

static struct str option(const struct cli *c, const char *name) { return has_option(c, name) ? cli_option(c, name) : (struct str){ 0 }; }

static bool read_options(struct contract_run *r, struct err *e)
{
	struct cli *c = r->cli;
	struct str format = option(c, "format"), rules = option(c, "rules"), level = option(c, "level"), fails = option(c, "fail-on"), category = option(c, "category");
	r->format = c->json ? REPORT_JSON : REPORT_TEXT;
	if (format.p && !report_format_parse(format, &r->format, e))
		return false;
	if (r->format == REPORT_JSON)
		c->json = true;
	r->no_use = option(c, "no-use").p != NULL;
	if (c->json && r->format != REPORT_JSON)
		return err_set(e, ERR_USAGE, "--json and --format %.*s are two forms; write one of them", STR_FMT(format));
	if ((rules.p && !selection_rules(&r->selection, rules, e)) || (category.p && !selection_categories(&r->selection, category, e)))
		return false;
	if (level.p && !selection_level(level, "level", &r->selection.level, e))
		return false;
	return !fails.p || selection_level(fails, "fail-on", &r->selection.fails, e);
}

bool contract_run_init(struct contract_run *r, struct cli *c, struct err *e)
{
	*r = (struct contract_run){ .cli = c };
	selection_init(&r->selection);
	changes_init(&r->all);
	notes_init(&r->notes);
	r->report = (struct report){ .changes = &r->all, .notes = &r->notes, .explain = option(c, "explain").p, .color = c->color && !option(c, "output").p,
		.version = STR(PLEACH_VERSION), .old_name = STR(""), .new_name = STR("") };
	return read_options(r, e);
}

void contract_run_release(struct contract_run *r)
{
	for (struct compared *p = r->parts; p; p = p->next) {
		side_release(&p->before);
		side_release(&p->after);
		changes_release(&p->changes);
		approvals_release(&p->approvals);
	}
	changes_release(&r->all);
	notes_release(&r->notes);
}

struct compared *contract_part(struct contract_run *r, struct str old_name, struct str new_name)
{
	struct compared *p = ARENA_NEW(&r->cli->arena, struct compared);
	CHECK(p);
	side_init(&p->before, old_name);
	side_init(&p->after, new_name);
	changes_init(&p->changes);
	approvals_init(&p->approvals);
	p->next = r->parts;
	r->parts = p;
	if (!r->report.new_name.len) {
		/* Copies: a side may be read anew, its own text goes then. */
		r->report.old_name = arena_str(&r->cli->arena, p->before.name);
		r->report.new_name = arena_str(&r->cli->arena, p->after.name);
	} else {
		r->report.old_name = STR("the old versions");
		r->report.new_name = STR("the new ones");
	}
	return p;
}

/* --- approvals ------------------------------------------------------------------------------------------------------------------------ */

static bool read_approvals(struct compared *p, struct str folder, bool beside, struct err *e)
{
	struct arena *a = &p->approvals.arena;
	struct str path = side_join(a, folder, STR(APPROVALS_FILE)), text;
	struct sys_stat st;
	if (sys_stat(path, &st) < 0)
		return true;
	return sys_read_file(path, APPROVALS_FILE_MAX, a, &text, e) && approvals_read(&p->approvals, side_relative(a, sys_cwd(a), path), text, beside, e);
}

/* Beside the contract, and above it up to the top of the repository. */
static bool find_approvals(struct compared *p, struct err *e)
{
	struct arena *a = &p->approvals.arena;
	struct str base = p->after.elsewhere || !p->after.base.len ? sys_cwd(a) : p->after.base, top = side_top(a, base);
	for (struct str here = base;; here = side_folder(here)) {
		if (!read_approvals(p, here, str_eq(here, base), e))
			return false;
		if (here.len <= top.len || here.len <= 1)
			return true;
	}
}

/* --- comparing ------------------------------------------------------------------------------------------------------------------------- */

static void keep(struct contract_run *r, struct compared *p)
{
	size_t hidden[3];
	selection_apply(&r->selection, &p->changes, hidden);
	for (int i = 0; i < 3; i++)
		r->report.hidden[i] += hidden[i];
	r->all.dropped += p->changes.dropped;
	r->report.old_elsewhere |= p->before.elsewhere;
	for (size_t i = 0; i < p->changes.count; i++) {
		if (!ARENA_PUSH_ROOM(&r->all.arena, r->all.items, r->all.count, r->all.capacity) ||
			!ARENA_PUSH_ROOM(&r->all.arena, r->approved, r->all.count, r->approved_capacity)) {
			r->all.dropped++;
			continue;
		}
		r->approved[r->all.count] = approvals_of(&p->approvals, &p->changes.items[i]);
		r->all.items[r->all.count++] = p->changes.items[i];
	}
	r->report.approved = r->approved;
}

static bool same_place(struct cli *c, struct side *a, struct side *b)
{
	return str_eq(side_join(&c->arena, a->shown, a->only), side_join(&c->arena, b->shown, b->only));
}

/* A contract that is only on one side is new, or gone; a name that is on neither is a mistake. */
static bool check_missing(struct contract_run *r, struct compared *p, struct err *e)
{
	struct side *missing = p->before.missing ? &p->before : p->after.missing ? &p->after : NULL;
	struct side *other = missing == &p->before ? &p->after : &p->before;
	if (!missing)
		return true;
	if (other->missing || !other->count || !same_place(r->cli, missing, other))
		return err_set(e, ERR_NOT_FOUND, "there is nothing under the name %.*s; a revision is written with a colon: main:api/", STR_FMT(missing->name));
	notes_add(&r->notes, false, (struct change_place){ .file = STR("") }, "There is nothing under %.*s: %s", STR_FMT(missing->name),
		missing == &p->before ? "the contract is new" : "the contract is gone");
	return true;
}

bool contract_compare_part(struct contract_run *r, struct compared *p, struct err *e)
{
	struct contract_options all = { .information = true, .witnesses = true, .today = (int32_t)(sys_wall() / DAY), .directions = r->selection.directions == REACH_BOTH ? 0 : r->selection.directions };
	if (!check_missing(r, p, e))
		return false;
	if (!p->before.count && !p->after.count)
		return err_set(e, ERR_NOT_FOUND, "there is no contract in %.*s (looked for .proto, .yaml, .json, .avsc, .graphql, .sql and what they refer to)", STR_FMT(p->after.name));
	struct contract_uses uses;
	contract_uses_ask(r, p, &uses);
	all.fields = uses.count > 0;
	if (!find_approvals(p, e) || !side_pair(&p->before, &p->after, e) || !side_compare(&p->before, &p->after, &all, &p->changes, e))
		return false;
	contract_uses_judge(r, &uses, &p->changes);
	approvals_apply(&p->approvals, sys_wall(), &p->changes, &r->notes);
	keep(r, p);
	return true;
}

bool contract_compare_named(struct contract_run *r, struct str old_name, struct str new_name, struct err *e)
{
	struct compared *p = contract_part(r, old_name, new_name);
	return side_read_named(r->cli, &p->before, e) && side_read_named(r->cli, &p->after, e) && contract_compare_part(r, p, e);
}

struct str contract_in_revision(struct cli *c, struct str revision, struct str name)
{
	struct str path = side_relative(&c->arena, sys_cwd(&c->arena), side_absolute(&c->arena, name));
	return arena_printf(&c->arena, "%.*s:%.*s", STR_FMT(revision), STR_FMT(path));
}

bool contract_compare_lock(struct contract_run *r, struct str lock, struct err *e)
{
	struct arena *a = &r->cli->arena;
	struct str cwd = sys_cwd(a), folder = side_relative(a, cwd, side_folder(lock));
	struct str old_name = arena_printf(a, "lock:%.*s", STR_FMT(side_relative(a, cwd, lock)));
	return contract_compare_named(r, old_name, folder.len ? folder : STR("."), e);
}

bool contract_compare_default(struct contract_run *r, struct str name, struct err *e)
{
	struct lock_list locks;
	if (!contract_locks(r->cli, name, &locks, e))
		return false;
	for (size_t i = 0; i < locks.count; i++)
		if (!contract_compare_lock(r, locks.items[i], e))
			return false;
	return locks.count || contract_compare_named(r, contract_in_revision(r->cli, STR("HEAD"), name), name, e);
}

bool contract_compare_arguments(struct contract_run *r, const struct str *names, size_t count, struct err *e)
{
	struct sys_stat st;
	if (count == 2)
		return contract_compare_named(r, names[0], names[1], e);
	if (!count)
		return contract_compare_default(r, STR("."), e);
	struct str path = names[0], word = str_split(&path, ':');
	if (!path.p || sys_stat(side_absolute(&r->cli->arena, names[0]), &st) >= 0)
		return contract_compare_default(r, names[0], e);
	if (str_eq(word, STR("deployed")))
		return err_set(e, ERR_USAGE, "write which file or folder is to be compared with %.*s", STR_FMT(names[0]));
	bool lock = str_eq(word, STR("lock"));
	if (lock)
		path = side_folder(path);
	return contract_compare_named(r, names[0], path.len ? path : STR("."), e);
}

/* --- the end --------------------------------------------------------------------------------------------------------------------------- */

static int status_of(const struct err *e) { return e->code == ERR_UNAVAILABLE ? 4 : e->code == ERR_BUG || e->code == ERR_NO_MEMORY ? 1 : 2; }

int contract_fail_plain(struct cli *c, const struct err *e)
{
	progress_end();
	cli_fail(c, e);
	return status_of(e);
}

int contract_print(struct cli *c, struct str text)
{
	struct err e = { 0 };
	struct str output = option(c, "output");
	if (output.p && !sys_write_file(side_absolute(&c->arena, output), text, &e))
		return contract_fail_plain(c, &e);
	if (!output.p)
		sys_print(SYS_STDOUT, text);
	return 0;
}

void contract_problem(struct contract_run *r, const struct err *e)
{
	notes_error(&r->notes, e);
	r->unreadable = true;
}

int contract_report(struct contract_run *r)
{
	struct buf b;
	struct err e = { 0 };
	r->report.fails = r->selection.fails;
	progress_end();
	buf_init(&b, REPORT_MAX);
	report_write(&r->report, r->format, &b);
	int status = !buf_ok(&b) ? 2 : r->unreadable ? 2 : report_fails(&r->report) ? 1 : 0;
	if (!buf_ok(&b)) {
		err_set(&e, ERR_TOO_LARGE, "the report is larger than %d MiB; show less with --level breaking", REPORT_MAX >> 20);
		contract_fail_plain(r->cli, &e);
	} else {
		int printed = contract_print(r->cli, buf_str(&b));
		status = printed ? printed : status;
	}
	buf_release(&b);
	return status;
}

int contract_fail(struct contract_run *r, const struct err *e)
{
	bool for_ci = r->format == REPORT_SARIF || r->format == REPORT_GITHUB || r->format == REPORT_JUNIT;
	int status = contract_fail_plain(r->cli, e);
	if (for_ci) {
		contract_problem(r, e);
		contract_report(r);
	}
	return status;
}
