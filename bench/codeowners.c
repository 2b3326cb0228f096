/* Owners of 100,000 paths by a CODEOWNERS file of 330 kB: reading it, and matching every path, in CPU time. Paths come sorted, as git lists them, and shuffled.
 * bench_codeowners [ROUNDS] prints both dialects; made of a seed, so the same each time. */
#include "base/buf.h"
#include "model/codeowners.h"
#include "sys/sys.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BYTES = 330000, PATHS = 100000, TOP = 40, MIDDLE = 60, LEAF = 30 };
static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static double cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The kinds of line that large public files have, in about their shares: folders from the top, files, a kind of file below a folder, a kind anywhere, a name anywhere. */
static void make_rules(struct buf *b)
{
	while (b->len < BYTES) {
		unsigned t = (unsigned)(next() % TOP), m = (unsigned)(next() % MIDDLE), l = (unsigned)(next() % LEAF), team = (unsigned)(next() % 50);
		switch (next() % 20) {
		case 0: buf_printf(b, "*.kind%u @shop/team-%u\n", l, team); break;
		case 1: buf_printf(b, "module%u/ @shop/team-%u\n", m, team); break;
		case 2: buf_printf(b, "/area%u/**/*.kind%u @shop/team-%u\n", t, l, team); break;
		case 3: buf_printf(b, "/area%u/module%u/part*/ @shop/team-%u\n", t, m, team); break;
		case 4 ... 8: buf_printf(b, "/area%u/module%u/part%u/file%u.kind%u @shop/team-%u\n", t, m, l, (unsigned)(next() % 9), l, team); break;
		default: buf_printf(b, "/area%u/module%u/part%u/ @shop/team-%u @ada\n", t, m, l, team);
		}
	}
}

static int by_name(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static void match_all(const struct codeowners *c, const struct str *paths, const char *order)
{
	const struct codeowners_rule *rules[CODEOWNERS_SECTIONS_MAX];
	struct codeowners_walk w;
	size_t owned = 0;
	bool full = false;
	double from = cpu_ms();
	codeowners_walk_init(&w, c);
	for (size_t i = 0; i < PATHS; i++)
		owned += codeowners_match(&w, paths[i], rules, &full) != 0;
	codeowners_walk_release(&w);
	printf("  %s: %.1f ms, %zu of %d have an owner%s\n", order, cpu_ms() - from, owned, PATHS, full ? ", MEMORY FULL" : "");
}

int main(int argc, char **argv)
{
	struct arena a;
	struct buf b;
	arena_init(&a, 1u << 30);
	buf_init(&b, 1 << 20);
	make_rules(&b);
	struct str *paths = ARENA_ARRAY(&a, PATHS, struct str), *sorted = ARENA_ARRAY(&a, PATHS, struct str);
	if (!paths || !sorted)
		return 1;
	for (size_t i = 0; i < PATHS; i++)
		paths[i] = sorted[i] = arena_printf(&a, "area%u/module%u/part%u/deep%u/file%u.kind%u", (unsigned)(next() % TOP), (unsigned)(next() % MIDDLE), (unsigned)(next() % LEAF),
						    (unsigned)(next() % 4), (unsigned)(next() % 9), (unsigned)(next() % (2 * LEAF)));
	qsort(sorted, PATHS, sizeof(*sorted), by_name);
	for (int round = argc > 1 ? atoi(argv[1]) : 1; round > 0; round--)
		for (enum codeowners_dialect d = CODEOWNERS_GITHUB; d <= CODEOWNERS_GITLAB; d++) {
			struct arena rules;
			arena_init(&rules, 1u << 30);
			double from = cpu_ms();
			const struct codeowners *c = codeowners_read(&rules, d, buf_str(&b));
			if (!c)
				return 1;
			printf("%s: %zu rules of %zu bytes read in %.1f ms\n", d == CODEOWNERS_GITHUB ? "GitHub" : "GitLab", c->count, b.len, cpu_ms() - from);
			match_all(c, sorted, "sorted");
			match_all(c, paths, "shuffled");
			arena_release(&rules);
		}
	arena_release(&a);
	buf_release(&b);
	return 0;
}
