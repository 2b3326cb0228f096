/* A repository's tags: the newest, and a mark by which it is seen without git that they have changed. */
#include "base/check.h"
#include "catalog/crawl/crawl.h"
#include "model/git.h"
#include "sys/sys.h"
#include <stdio.h>

enum { TAGS_OUTPUT_MAX = 4 << 20, LOOSE_DEPTH = 4, LOOSE_MAX = 20000 };

struct marking { struct arena *a; struct str folder; uint64_t hash; size_t depth, seen; };

static void mix(struct marking *m, uint64_t x) { m->hash = (m->hash ^ x) * 0x9e3779b97f4a7c15u; }

static bool loose(void *ctx, struct str name, bool directory)
{
	struct marking *m = ctx;
	struct str before = m->folder;
	if (++m->seen > LOOSE_MAX)
		return false;
	mix(m, str_hash(name));
	if (!directory || m->depth == LOOSE_DEPTH)
		return true;
	m->folder = arena_printf(m->a, "%.*s/%.*s", STR_FMT(before), STR_FMT(name));
	m->depth++;
	if (m->folder.p && !sys_is_link(m->folder))
		sys_list(m->folder, loose, m);
	m->depth--;
	m->folder = before;
	return true;
}

struct str crawl_tags_mark(const struct crawl_target *t, struct arena *a)
{
	struct marking m = { .a = a, .hash = 1 };
	struct sys_stat packed;
	if (!t->top.len)
		return STR("");
	m.folder = arena_printf(a, "%.*s/refs/tags", STR_FMT(t->common));
	sys_list(m.folder, loose, &m);
	bool is_packed = sys_stat(arena_printf(a, "%.*s/packed-refs", STR_FMT(t->common)), &packed) >= 0 && packed.regular;
	if (is_packed) {
		mix(&m, (uint64_t)packed.modified);
		mix(&m, (uint64_t)packed.size);
	}
	return m.seen || is_packed ? arena_printf(a, "%016llx", (unsigned long long)m.hash) : STR("");
}

/* "TIME\tNAME" each; names are what people wrote. */
static bool take(struct repository *r, struct arena *a, struct str text)
{
	r->tags = ARENA_ARRAY(a, REPOSITORY_TAGS_MAX, struct repository_tag);
	while (r->tags && text.p && r->tags_count < REPOSITORY_TAGS_MAX) {
		struct str name = str_split(&text, '\n'), time = str_split(&name, '\t');
		int64_t at;
		if (name.p && name.len && name.len <= REPOSITORY_TAG_NAME_MAX && str_is_utf8(name) && str_to_i64(time, &at) && at > 0)
			r->tags[r->tags_count++] = (struct repository_tag){ arena_str(a, name), at };
	}
	return r->tags != NULL;
}

bool crawl_tags(const struct crawl_target *t, struct arena *a, struct repository *r, struct err *e)
{
	char most[32];
	struct str words[] = { STR("for-each-ref"), STR("--sort=-creatordate"), str_from(most, (size_t)snprintf(most, sizeof(most), "--count=%d", REPOSITORY_TAGS_MAX)),
			       STR("--format=%(creatordate:unix)%09%(refname:strip=2)"), STR("refs/tags") };
	struct buf out;
	r->tags_mark = crawl_tags_mark(t, a);
	if (!r->tags_mark.len)
		return true;
	buf_init(&out, TAGS_OUTPUT_MAX);
	bool ok = git_run(a, t->top, words, ARRAY_LEN(words), &out, e) && (take(r, a, buf_str(&out)) || err_set(e, ERR_NO_MEMORY, "its tags do not fit into memory"));
	buf_release(&out);
	return ok;
}
