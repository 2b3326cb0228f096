/* Whether a service that copied another's interface is told from strangers: bench_interface_fleets CORPUS COPIES SIZE, files as of bench_interfaces. For each copy a
 * fleet of its original, the copy and SIZE - 2 interfaces of other providers, drawn by a seed; a line "KIND SCORE STRANGERS": the pair's score as interfaces_pairs gives
 * it (0: no pair), and the highest of all other pairs. Lines of more than LINE_BYTES_MAX bytes are left out, originals too. */
#include "catalog/interfaces/interfaces.h"
#include <stdio.h>
#include <stdlib.h>

enum { LINE_BYTES_MAX = 3000000, PAIRS = 200 };
struct line { struct str text, name, owner, kind; };
struct lines { struct line *p; size_t n; struct arena texts; };
static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static struct str member(struct lines *l, const struct json *j, struct str key) { return arena_str(&l->texts, json_get_str(j, key, STR(""))); }

static bool read_lines(struct lines *l, const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t room = 0, capacity = 0;
	arena_init(&l->texts, (size_t)4 << 30);
	for (ssize_t n; f && (n = getline(&text, &room, f)) > 0;) {
		struct arena a;
		struct err e = { 0 };
		arena_init(&a, (size_t)1 << 30);
		const struct json *j = n <= LINE_BYTES_MAX ? json_parse(&a, str_from(text, (size_t)n), &e) : NULL;
		if (j && ARENA_PUSH_ROOM(&l->texts, l->p, l->n, capacity))
			l->p[l->n++] = (struct line){ arena_str(&l->texts, str_from(text, (size_t)n)), member(l, j, STR("name")), member(l, j, STR("owner")), member(l, j, STR("kind")) };
		arena_release(&a);
	}
	free(text);
	if (f)
		fclose(f);
	return f && !l->texts.full;
}

static void add(struct interfaces *x, struct str owner, const struct line *l)
{
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, (size_t)1 << 30);
	const struct json *j = json_parse(&a, l->text, &e);
	if (!j || !interfaces_add(x, owner, l->name, json_get(j, STR("contract")), &e))
		exit(1);
	arena_release(&a);
}

static void try_copy(const struct lines *corpus, const struct line *original, const struct line *copy, size_t size)
{
	struct interfaces *x = interfaces_new((size_t)2 << 30);
	struct interfaces_pair pairs[PAIRS];
	struct arena a;
	struct err e = { 0 };
	double own = 0, strangers = 0;
	arena_init(&a, 1u << 28);
	add(x, STR("the original's"), original);
	add(x, STR("the copy's"), copy);
	while (interfaces_count(x) < size) {
		const struct line *other = &corpus->p[next() % corpus->n];
		if (!str_eq(other->owner, original->owner))
			add(x, other->owner, other);
	}
	if (!interfaces_weigh(x, &e))
		exit(1);
	size_t n = interfaces_pairs(x, 0.02, pairs, PAIRS, &a);
	for (size_t i = 0; i < n; i++)
		if (pairs[i].a == 0 && pairs[i].b == 1)
			own = pairs[i].score;
		else if (pairs[i].score > strangers)
			strangers = pairs[i].score;
	printf("%.*s %.3f %.3f\n", STR_FMT(copy->kind), own, strangers);
	arena_release(&a);
	interfaces_free(x);
}

int main(int argc, char **argv)
{
	struct lines corpus = { 0 }, copies = { 0 };
	size_t size = argc == 4 ? (size_t)atoi(argv[3]) : 0;
	if (size < 2 || !read_lines(&corpus, argv[1]) || !read_lines(&copies, argv[2]) || corpus.n == 0)
		return 2;
	for (size_t c = 0; c < copies.n; c++)
		for (size_t i = 0; i < corpus.n; i++)
			if (str_eq(corpus.p[i].name, copies.p[c].name))
				try_copy(&corpus, &corpus.p[i], &copies.p[c], size);
	arena_release(&corpus.texts);
	arena_release(&copies.texts);
	return 0;
}
