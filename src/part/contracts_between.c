/* What changes from one version of a service's API to another: the newest contract of each that is kept, compared off the thread, and again when either has
 * changed. Two versions differ in their paths and in the name of their package by design; the newer side is read as if it had the older one's, so that
 * what is told is what a caller must change besides.
 *
 * A pair lives as long as the contracts: WANTED (asked for) -> WORKING -> READY; READY -> WORKING when a digest is another. */
#include "base/check.h"
#include "contract/format.h"
#include "part/contracts_impl.h"
#include "sys/sys.h"
#include <stdio.h>
#include <stdlib.h>

enum { PAIRS_MAX = 256, TEXT_MAX = 512 };
struct contracts_pair {
	struct contracts_pair *next;
	struct str service, from, to;
	struct digest before, after;     /* of what `changes` or `problem` is about */
	bool working, known;
	struct changes *changes;         /* NULL: with `problem` */
	char problem[TEXT_MAX];
};

void contracts_pairs_free(struct contracts *c)
{
	while (c->pairs) {
		struct contracts_pair *p = c->pairs;
		c->pairs = p->next;
		if (p->changes)
			changes_release(p->changes);
		free(p->changes);
		free(p);
	}
}

/* --- reading one version as the other ------------------------------------------------------------------------------------------------------- */

static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

/* Every `what` that no word goes on behind, with `by`. whole: nor before. */
static struct str replace(struct arena *a, struct str text, struct str what, struct str by, bool whole)
{
	struct buf b;
	bool any = false;
	buf_init(&b, 2 * (size_t)SOURCE_FILE_MAX);
	for (struct str rest = text;;) {
		size_t at = str_find(rest, what);
		if (at == SIZE_MAX) {
			buf_add(&b, rest);
			break;
		}
		const char *found = rest.p + at;
		bool fits = (at + what.len == rest.len || !is_word(found[what.len])) && (!whole || found == text.p || (!is_word(found[-1]) && found[-1] != '.'));
		buf_add(&b, str_sub(rest, 0, at));
		buf_add(&b, fits ? by : what);
		any |= fits;
		rest = str_skip(rest, at + what.len);
	}
	struct str out = any && buf_ok(&b) ? arena_str(a, buf_str(&b)) : text;
	buf_release(&b);
	return out;
}

/* The package of the only Protocol Buffers of a side that names one. */
static struct str package_of(const struct side *s)
{
	struct str found = STR("");
	for (size_t i = 0; i < s->count; i++) {
		struct str rest = s->files[i].text;
		while (str_ends(s->files[i].path, STR(".proto")) && rest.p) {
			struct str line = str_trim(str_split(&rest, '\n'));
			if (!str_starts(line, STR("package ")))
				continue;
			line = str_trim(str_skip(line, 8));
			struct str name = str_trim(str_sub(line, 0, str_find_char(line, ';')));
			if (found.len && !str_eq(found, name))
				return STR("");
			found = name;
		}
	}
	return found;
}

static void align(const struct contract_job *j, const struct side *before, struct side *after)
{
	struct str old_package = package_of(before), new_package = package_of(after);
	bool packages = old_package.len && new_package.len && !str_eq(old_package, new_package);
	bool routes = j->old_route.len > 1 && j->new_route.len > 1 && !str_eq(j->old_route, j->new_route);
	for (size_t i = 0; i < after->count; i++) {
		struct side_file *f = &after->files[i];
		if (routes)
			f->text = replace(&after->source.arena, f->text, j->new_route, j->old_route, false);
		if (packages)
			f->text = replace(&after->source.arena, f->text, new_package, old_package, true);
	}
	/* One file each: the same contract, whatever they are called. */
	if (before->count == 1 && after->count == 1)
		after->files[0].path = arena_str(&after->source.arena, before->files[0].path);
}

static bool compare(struct contract_job *j, struct err *e)
{
	const struct contract_options options = { .witnesses = false, .today = (int32_t)(sys_wall() / (86400 * SECOND)) };
	struct side before, after;
	side_init(&before, j->service);
	side_init(&after, j->service);
	j->changes = calloc(1, sizeof(*j->changes));
	CHECK(j->changes);
	changes_init(j->changes);
	bool ok = side_read_lock(&before, j->from, e) && side_read_lock(&after, j->to, e);
	if (ok) {
		/* Both where the newer one is: places are those of the folder that is still worked in. */
		side_set_base(&before, j->path);
		side_set_base(&after, j->path);
		before.shown = after.shown = STR("");
		align(j, &before, &after);
		ok = side_pair(&before, &after, e) && side_compare(&before, &after, &options, j->changes, e);
	}
	side_release(&before);
	side_release(&after);
	return ok;
}

/* --- pairs ----------------------------------------------------------------------------------------------------------------------------------- */

static struct contracts_pair *find(const struct contracts *c, struct str service, struct str from, struct str to)
{
	for (struct contracts_pair *p = c->pairs; p; p = p->next)
		if (str_eq(p->service, service) && str_eq(p->from, from) && str_eq(p->to, to))
			return p;
	return NULL;
}

static void compared(struct loop_job *job)
{
	struct contract_job *j = CONTAINER_OF(job, struct contract_job, job);
	struct contracts_pair *p = find(j->owner, j->service, j->version, j->file);
	if (p && !j->owner->closed) {
		if (p->changes)
			changes_release(p->changes);
		free(p->changes);
		p->changes = j->ok ? j->changes : NULL;
		p->problem[0] = '\0';
		if (!j->ok) {
			struct buf b;
			buf_init(&b, 2048);
			err_format(&j->err, &b);
			snprintf(p->problem, sizeof(p->problem), "%.*s", STR_FMT(buf_str(&b)));
			buf_release(&b);
		} else {
			j->changes = NULL;
		}
		p->before = j->other;
		p->after = j->digest;
		p->known = true;
		p->working = false;
	}
	if (j->changes) {
		changes_release(j->changes);
		free(j->changes);
	}
	contracts_job_end(j);
}

static struct contracts_pair *add(struct contracts *c, struct str service, struct str from, struct str to)
{
	size_t n = 0;
	for (struct contracts_pair *p = c->pairs; p; p = p->next)
		n++;
	struct contracts_pair *p = n < PAIRS_MAX ? calloc(1, sizeof(*p)) : NULL;
	if (!p)
		return NULL;
	*p = (struct contracts_pair){ .next = c->pairs, .service = arena_str(&c->arena, service), .from = arena_str(&c->arena, from), .to = arena_str(&c->arena, to) };
	c->pairs = p;
	return p;
}

static void start(struct contracts *c, struct contracts_pair *p, const struct kept *before, const struct kept *after)
{
	const struct entry *old = contracts_entry(c, p->service, p->from), *now = contracts_entry(c, p->service, p->to);
	struct sys_stat st;
	if (c->jobs >= CONTRACTS_JOBS_MAX || !old || !now)
		return; /* asked again */
	struct contract_job *j = contracts_job(c, compare, NULL);
	j->service = arena_str(&j->arena, p->service);
	j->version = arena_str(&j->arena, p->from);
	j->file = arena_str(&j->arena, p->to);
	j->old_route = arena_str(&j->arena, old->route);
	j->new_route = arena_str(&j->arena, now->route);
	j->path = arena_str(&j->arena, sys_stat(now->path, &st) >= 0 && st.directory ? now->path : side_folder(now->path));
	j->other = before->digest;
	j->digest = after->digest;
	j->from = contracts_lock_path(&j->arena, c->state, &before->digest);
	j->to = contracts_lock_path(&j->arena, c->state, &after->digest);
	p->working = true;
	contracts_job_start(j, compared);
}

static bool is_now(const struct contracts_pair *p, const struct kept *before, const struct kept *after)
{
	return p->known && !memcmp(&p->before, &before->digest, sizeof(p->before)) && !memcmp(&p->after, &after->digest, sizeof(p->after));
}

struct contracts_between contracts_between(struct contracts *c, struct str service, struct str from, struct str to)
{
	const struct kept *before = contracts_find(c, service, from, STR("")), *after = contracts_find(c, service, to, STR(""));
	if (!before || !after)
		return (struct contracts_between){ .problem = STR("no contract of both versions is known: name them with `schema`") };
	struct contracts_pair *p = find(c, service, from, to);
	if (!p && !(p = add(c, service, from, to)))
		return (struct contracts_between){ .problem = STR("too many versions are compared") };
	if (!is_now(p, before, after) && !p->working)
		start(c, p, before, after);
	if (!p->known)
		return (struct contracts_between){ .problem = STR("the two contracts are being compared") };
	return (struct contracts_between){ .changes = p->changes, .problem = str_z(p->problem) };
}
