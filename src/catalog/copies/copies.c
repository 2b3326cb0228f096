/* See copies.h. */
#include "catalog/copies/copies.h"
#include "base/check.h"
#include "catalog/copies/tokens.h"

#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15) /* odd: the run's hash is a polynomial in it, modulo 2^64 */

/* Places of fingerprints: a chain in the order in which they came, with at most COPIES_PLACES of one hash. */
struct place { uint64_t hash; uint32_t at, next /* + 1; 0: the last */; };
struct file { uint32_t index; uint32_t from, to; /* tokens */ };
struct finding {
	struct arena *a;
	struct tokens tokens;
	struct file *files;
	size_t files_count;
	struct place *places;
	size_t places_count, places_capacity;
	uint32_t *heads;             /* by hash: place + 1 */
	size_t mask;
	struct copies *out;
	uint32_t covered;            /* tokens of the present file up to here are told */
	size_t work;                 /* tokens that may still be grown over in the present file */
};

static size_t file_of(const struct finding *f, uint32_t token)
{
	size_t low = 0, high = f->files_count;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;
		if (f->files[middle].from <= token)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* --- growing ----------------------------------------------------------------------------------------------------------------------------------------- */

/* Tokens that are grown over for each token of a file: far more than any code needs. */
enum { WORK_EACH = 64, WORK_LEAST = 1 << 20 };
struct match { uint32_t a, b, length; size_t file; };

/* The longest match through (a, b): within the files, and without the two running into each other. */
static struct match grow(const struct finding *f, uint32_t a, uint32_t b, size_t present)
{
	const uint32_t *t = f->tokens.hash;
	size_t file = file_of(f, a);
	uint32_t most = file == present ? b - a : UINT32_MAX, left = 0, right = 0;
	uint32_t a_from = f->files[file].from, a_to = f->files[file].to, b_from = f->files[present].from, b_to = f->files[present].to;
	while (a + right < a_to && b + right < b_to && right < most && t[a + right] == t[b + right])
		right++;
	while (a - left > a_from && b - left > b_from && left + right < most && t[a - left - 1] == t[b - left - 1])
		left++;
	return (struct match){ a - left, b - left, left + right, file };
}

static bool told(struct finding *f, const struct match *m, size_t present)
{
	const uint32_t *line = f->tokens.line;
	struct copy c = { f->files[m->file].index, f->files[present].index, line[m->a], line[m->a + m->length - 1], line[m->b], line[m->b + m->length - 1], m->length };
	f->covered = m->b + m->length;
	if (f->out->count == COPIES_MAX) {
		f->out->cut = true;
		return true;
	}
	if (!ARENA_PUSH_ROOM(f->a, f->out->items, f->out->count, f->out->capacity))
		return false;
	f->out->items[f->out->count++] = c;
	return true;
}

static bool is_enough(const struct finding *f, const struct match *m)
{
	const uint32_t *line = f->tokens.line;
	return m->length >= COPIES_TOKENS && line[m->b + m->length - 1] - line[m->b] + 1 >= COPIES_LINES && line[m->a + m->length - 1] - line[m->a] + 1 >= COPIES_LINES;
}

/* --- fingerprints ------------------------------------------------------------------------------------------------------------------------------------ */

static bool look(struct finding *f, uint64_t hash, uint32_t at, size_t present)
{
	struct match best = { 0 };
	uint32_t *head = &f->heads[hash & f->mask], last = 0, same = 0;
	bool wanted = at + COPIES_RUN > f->covered;
	for (uint32_t i = *head; i; i = f->places[i - 1].next) {
		last = i;
		if (f->places[i - 1].hash != hash)
			continue;
		same++;
		if (!wanted || !f->work)
			continue;
		struct match m = grow(f, f->places[i - 1].at, at, present);
		/* Long matches of few lines are never told, so they would be grown again at each fingerprint for ever. */
		f->work -= m.length < f->work ? m.length : f->work;
		f->out->cut |= !f->work;
		if (m.length > best.length && is_enough(f, &m))
			best = m;
	}
	if (best.length && !told(f, &best, present))
		return false;
	if (same >= COPIES_PLACES)
		return true;
	if (!ARENA_PUSH_ROOM(f->a, f->places, f->places_count, f->places_capacity))
		return false;
	f->places[f->places_count++] = (struct place){ hash, at, 0 };
	if (last)
		f->places[last - 1].next = (uint32_t)f->places_count;
	else
		*head = (uint32_t)f->places_count;
	return true;
}

static uint64_t scrambled(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

/* Robust winnowing: of equal smallest hashes the last, and one fingerprint for as long as it stays the smallest. */
static bool winnow(struct finding *f, size_t present)
{
	const struct file *file = &f->files[present];
	uint64_t ring[COPIES_WINDOW], power = 1, run = 0;
	uint32_t least = UINT32_MAX, told_at = UINT32_MAX;
	for (int i = 0; i < COPIES_RUN; i++)
		power *= MULTIPLIER;
	f->covered = file->from;
	f->work = (size_t)(file->to - file->from) * WORK_EACH + WORK_LEAST;
	for (uint32_t i = file->from; i < file->to; i++) {
		run = run * MULTIPLIER + f->tokens.hash[i];
		if (i - file->from >= COPIES_RUN)
			run -= power * f->tokens.hash[i - COPIES_RUN];
		if (i - file->from + 1 < COPIES_RUN)
			continue;
		uint32_t at = i - COPIES_RUN + 1, nth = at - file->from;
		ring[nth % COPIES_WINDOW] = scrambled(run);
		if (least == UINT32_MAX || at - least >= COPIES_WINDOW) { /* it went out of the window */
			uint32_t first = nth >= COPIES_WINDOW - 1 ? at - (COPIES_WINDOW - 1) : file->from;
			least = first;
			for (uint32_t k = first; k <= at; k++)
				if (ring[(k - file->from) % COPIES_WINDOW] <= ring[(least - file->from) % COPIES_WINDOW])
					least = k;
		} else if (ring[nth % COPIES_WINDOW] <= ring[(least - file->from) % COPIES_WINDOW]) {
			least = at;
		}
		if (nth < COPIES_WINDOW - 1 || least == told_at)
			continue;
		told_at = least;
		if (!look(f, ring[(least - file->from) % COPIES_WINDOW], least, present))
			return false;
	}
	return true;
}

/* --- all of it ----------------------------------------------------------------------------------------------------------------------------------------- */

static bool read_files(struct finding *f, const struct copies_file *files, size_t count, bool blind)
{
	f->files = ARENA_ARRAY(f->a, count + 1, struct file);
	for (size_t i = 0; f->files && i < count; i++) {
		unsigned comments;
		uint32_t from = (uint32_t)f->tokens.count;
		if (!tokens_kind(files[i].path, &comments) || !tokens_worth(files[i].text))
			continue;
		if (f->tokens.count + files[i].text.len > COPIES_TOKENS_MAX) {
			f->out->cut = true;
			break;
		}
		if (!tokens_read(&f->tokens, f->a, files[i].text, comments, blind))
			return false;
		f->out->files++;
		if (f->tokens.count > from)
			f->files[f->files_count++] = (struct file){ (uint32_t)i, from, (uint32_t)f->tokens.count };
	}
	f->out->tokens = f->tokens.count;
	return f->files != NULL;
}

/* Twice as many heads as there will be fingerprints: two of each window on the average. */
static bool room(struct finding *f)
{
	size_t n = 1024;
	while (n < 4 * f->tokens.count / COPIES_WINDOW)
		n *= 2;
	f->mask = n - 1;
	f->heads = ARENA_ARRAY(f->a, n, uint32_t);
	return f->heads != NULL;
}

bool copies_find(struct copies *c, struct arena *a, const struct copies_file *files, size_t count, bool blind, struct err *e)
{
	struct copies found = { 0 };
	struct finding f = { .a = a, .out = &found };
	bool ok = read_files(&f, files, count, blind) && room(&f);
	for (size_t i = 0; i < f.files_count && ok; i++)
		ok = winnow(&f, i);
	if (!ok)
		return err_set(e, ERR_NO_MEMORY, "the code does not fit into the memory for it; look at fewer folders");
	*c = found;
	return true;
}
