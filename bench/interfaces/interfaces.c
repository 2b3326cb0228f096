/* How well copies of interfaces find their originals: bench_interfaces CORPUS COPIES. Both are files of one JSON object a line, { "name", "owner", "contract" }
 * and { "name" (the original's), "kind", "contract" }, as bench/interfaces/run.py makes them. For each copy a line "KIND NAME RANK PLAIN_RANK CPU_US PLAIN_CPU_US SCORE",
 * where a rank of 0 means not among the nearest ten, and PLAIN is the unweighted Jaccard index of the words of all names. Then the
 * pairs of different owners, a line "pair SCORE NAME NAME; REASONS" each, and the index's own figures. */
#include "base/buf.h"
#include "catalog/interfaces/interfaces.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NEAREST = 10 };

static double cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static bool read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "rb");
	char *to;
	size_t n = 1;
	while (f && n > 0 && (to = buf_room(b, 1 << 16))) {
		n = fread(to, 1, 1 << 16, f);
		buf_added(b, n);
	}
	if (f)
		fclose(f);
	return f && buf_ok(b);
}

/* Words are features of one kind, ascending as all features are. */
static double plain(const struct interface *a, const struct interface *b)
{
	size_t both = 0, either = 0;
	for (size_t i = 0, k = 0; i < a->count || k < b->count;) {
		uint64_t x = i < a->count ? a->features[i] : UINT64_MAX, y = k < b->count ? b->features[k] : UINT64_MAX;
		bool word = feature_kind(x < y ? x : y) == FEATURE_WORD;
		both += word && x == y;
		either += word;
		i += x <= y;
		k += y <= x;
	}
	return either ? (double)both / (double)either : 0;
}

/* Equal scores count against the original. */
static size_t plain_rank(const struct interfaces *x, const struct interface *query, struct str name)
{
	double *scores = calloc(interfaces_count(x) + 1, sizeof(*scores)), own = 0;
	size_t rank = 0;
	for (size_t i = 0; scores && i < interfaces_count(x); i++) {
		scores[i] = plain(query, interfaces_at(x, i));
		if (str_eq(interfaces_at(x, i)->name, name))
			own = scores[i];
	}
	for (size_t i = 0; scores && i < interfaces_count(x); i++)
		rank += scores[i] >= own;
	free(scores);
	return rank;
}

static void ask(struct interfaces *x, const struct json *line, bool show)
{
	struct interfaces_match m[NEAREST];
	struct interface query;
	struct arena a;
	struct err e = { 0 };
	struct str name = json_get_str(line, STR("name"), STR("")), kind = json_get_str(line, STR("kind"), STR(""));
	arena_init(&a, 1u << 30);
	double from = cpu_us();
	if (!interface_read(&query, &a, STR(""), name, json_get(line, STR("contract")), &e))
		exit(1);
	size_t rank = 0, n = interfaces_alike(x, &query, m, NEAREST, &a);
	double between = cpu_us();
	for (size_t i = 0; i < n; i++)
		if (str_eq(m[i].of->name, name))
			rank = i + 1;
	if (rank > 1 && m[0].score == m[rank - 1].score)
		fprintf(stderr, "equal: %.*s %.*s\n", STR_FMT(name), STR_FMT(m[0].of->name));
	size_t other = plain_rank(x, &query, name);
	printf("%.*s %.*s %zu %zu %.0f %.0f %.3f\n", STR_FMT(kind), STR_FMT(name), rank, other, between - from, cpu_us() - between, n ? m[0].score : 0);
	for (size_t i = 0; show && rank != 1 && i < n && i < 3; i++) {
		fprintf(stderr, "%.*s of %.*s: %.3f %.*s\n", STR_FMT(kind), STR_FMT(name), m[i].score, STR_FMT(m[i].of->name));
		for (size_t k = 0; k < m[i].reason_count; k++)
			fprintf(stderr, "    %.*s\n", STR_FMT(m[i].reasons[k]));
	}
	arena_release(&a);
}

static bool each_line(struct interfaces *x, const char *path, bool corpus, bool show)
{
	struct buf b;
	struct err e = { 0 };
	buf_init(&b, (size_t)8 << 30);
	if (!read_file(path, &b))
		return false;
	struct str rest = buf_str(&b);
	while (rest.len && !err_is_set(&e)) {
		struct arena a;
		struct str text = str_split(&rest, '\n');
		arena_init(&a, (size_t)4 << 30);
		const struct json *line = text.len ? json_parse(&a, text, &e) : NULL;
		if (line && corpus)
			interfaces_add(x, json_get_str(line, STR("owner"), STR("")), json_get_str(line, STR("name"), STR("")), json_get(line, STR("contract")), &e);
		else if (line)
			ask(x, line, show);
		arena_release(&a);
	}
	if (err_is_set(&e))
		fprintf(stderr, "%s\n", e.message);
	buf_release(&b);
	return !err_is_set(&e);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	struct arena a;
	struct interfaces *x = interfaces_new((size_t)8 << 30);
	struct interfaces_pair *pairs = calloc(100000, sizeof(*pairs));
	if (argc < 3 || !x || !pairs)
		return 2;
	double from = cpu_us();
	if (!each_line(x, argv[1], true, false))
		return 1;
	double read = cpu_us();
	if (!interfaces_weigh(x, &e))
		return 1;
	double weighed = cpu_us();
	if (!each_line(x, argv[2], false, argc > 3))
		return 1;
	double before = cpu_us();
	arena_init(&a, (size_t)1 << 30);
	size_t n = interfaces_pairs(x, INTERFACES_LIKELY, pairs, 100000, &a), features = 0;
	for (size_t i = 0; i < interfaces_count(x); i++)
		features += interfaces_at(x, i)->count;
	for (size_t i = 0; i < n; i++) {
		printf("pair %.3f %.*s %.*s", pairs[i].score, STR_FMT(interfaces_at(x, pairs[i].a)->name), STR_FMT(interfaces_at(x, pairs[i].b)->name));
		for (size_t k = 0; k < pairs[i].reason_count; k++)
			printf("; %.*s", STR_FMT(pairs[i].reasons[k]));
		printf("\n");
	}
	printf("index %zu interfaces %zu features read_us %.0f weigh_us %.0f pairs %zu pairs_us %.0f\n", interfaces_count(x), features, read - from, weighed - read, n, cpu_us() - before);
	arena_release(&a);
	interfaces_free(x);
	free(pairs);
	return 0;
}
