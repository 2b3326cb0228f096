/* Counting different values (pipe_group.h): a set of 64-bit hashes while they are few, then a HyperLogLog of 2^14 registers (Flajolet et al.
 * 2007) with Ertl's estimator (arXiv:1702.01284, algorithm 6), which needs no correction for any range. */
#include "store/pipe_group.h"
#include <math.h>
#include <stdlib.h>

enum { SET_FIRST = 16 };

size_t distinct_bytes(const struct distinct *d) { return d->registers ? DISTINCT_REGISTERS : d->size * sizeof(*d->set); }

void distinct_release(struct distinct *d)
{
	free(d->set);
	free(d->registers);
	*d = (struct distinct){ 0 };
}

static void observe(uint8_t *registers, uint64_t hash)
{
	uint64_t rest = hash << DISTINCT_BITS;
	uint8_t rank = (uint8_t)(rest ? __builtin_clzll(rest) + 1 : 64 - DISTINCT_BITS + 1);
	uint8_t *r = &registers[hash >> (64 - DISTINCT_BITS)];
	if (rank > *r)
		*r = rank;
}

static void insert(uint64_t *set, uint32_t size, uint64_t hash)
{
	uint32_t i = (uint32_t)hash & (size - 1);
	while (set[i])
		i = (i + 1) & (size - 1);
	set[i] = hash;
}

static bool has(const struct distinct *d, uint64_t hash)
{
	for (uint32_t i = (uint32_t)hash & (d->size - 1); d->size && d->set[i]; i = (i + 1) & (d->size - 1))
		if (d->set[i] == hash)
			return true;
	return false;
}

static bool to_registers(struct distinct *d)
{
	uint8_t *registers = calloc(DISTINCT_REGISTERS, 1);
	if (!registers)
		return false;
	for (uint32_t i = 0; i < d->size; i++)
		if (d->set[i])
			observe(registers, d->set[i]);
	free(d->set);
	*d = (struct distinct){ .registers = registers, .lost = d->lost };
	return true;
}

static bool enlarge(struct distinct *d)
{
	uint32_t size = d->size ? 2 * d->size : SET_FIRST;
	uint64_t *set = calloc(size, sizeof(*set));
	if (!set)
		return false;
	for (uint32_t i = 0; i < d->size; i++)
		if (d->set[i])
			insert(set, size, d->set[i]);
	free(d->set);
	d->set = set;
	d->size = size;
	return true;
}

void distinct_add(struct distinct *d, uint64_t hash)
{
	hash += hash == 0; /* 0 marks a free place */
	if (!d->registers) {
		if (has(d, hash))
			return;
		bool full = 2 * (d->used + 1) > d->size;
		if (d->used < DISTINCT_EXACT && (!full || enlarge(d))) {
			insert(d->set, d->size, hash);
			d->used++;
			return;
		}
		if (!to_registers(d)) {
			d->lost = true;
			return;
		}
	}
	observe(d->registers, hash);
}

void distinct_merge(struct distinct *into, const struct distinct *from)
{
	into->lost |= from->lost;
	if (from->registers) {
		if (!into->registers && !to_registers(into)) {
			into->lost = true;
			return;
		}
		for (size_t i = 0; i < DISTINCT_REGISTERS; i++)
			if (from->registers[i] > into->registers[i])
				into->registers[i] = from->registers[i];
	}
	for (uint32_t i = 0; i < from->size; i++)
		if (from->set[i])
			distinct_add(into, from->set[i]);
}

static double sigma(double x)
{
	double y = 1, z = x, before;
	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

static double tau(double x)
{
	double y = 1, z = 1 - x, before;
	if (x == 0 || x == 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

uint64_t distinct_count(const struct distinct *d)
{
	enum { TOP = 64 - DISTINCT_BITS };
	uint32_t counts[TOP + 2] = { 0 };
	if (!d->registers)
		return d->used;
	for (size_t i = 0; i < DISTINCT_REGISTERS; i++)
		counts[d->registers[i]]++;
	double m = DISTINCT_REGISTERS, z = m * tau(1 - counts[TOP + 1] / m);
	for (int k = TOP; k >= 1; k--)
		z = 0.5 * (z + counts[k]);
	z += m * sigma(counts[0] / m);
	return (uint64_t)llround(m / (2 * log(2)) * m / z);
}
