/* Solving and asking a page of a filter (filter_page.h). A page has as many rows as fit, each with a solution of `bits` bits, kept in planes: the first
 * bit of all rows, then the second … A hash chooses a row and 64 coefficients for it and the 63 rows behind; its code is the sum (exclusive or) of the
 * solutions of those with coefficient 1. The equations are brought into echelon form as they come (each row keeps one that begins there), then
 * solved from the last row to the first. */
#include "store/filter_page.h"
#include "store/bytes.h"

enum { AT_BITS = FILTER_PAGE - 16, AT_SEED = FILTER_PAGE - 15 };

struct equation { uint32_t row; uint64_t coefficients; /* the lowest bit is set: that of `row` */ };

static struct equation equation_of(uint64_t hash, uint8_t seed, uint32_t rows)
{
	uint64_t x = (hash ^ (uint64_t)(seed + 1) * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
	uint64_t y = x ^ x >> 29, z = y * UINT64_C(0xc4ceb9fe1a85ec53);
	return (struct equation){ (uint32_t)((y & UINT32_MAX) * (rows - PAGE_WIDTH + 1) >> 32), (z ^ z >> 32) | 1 };
}

/* False: it contradicts those that are there. */
static bool enter(struct page_scratch *s, struct equation q, uint32_t code)
{
	for (;;) {
		uint64_t have = s->coefficients[q.row];
		if (!have) {
			s->coefficients[q.row] = q.coefficients;
			s->codes[q.row] = (uint16_t)code;
			return true;
		}
		q.coefficients ^= have;
		code ^= s->codes[q.row];
		if (!q.coefficients)
			return code == 0;
		unsigned skip = (unsigned)__builtin_ctzll(q.coefficients);
		q.coefficients >>= skip;
		q.row += skip;
	}
}

static bool enter_all(struct page_scratch *s, uint8_t seed, uint32_t rows, const struct page_key *keys, size_t n)
{
	memset(s->coefficients, 0, rows * sizeof(*s->coefficients));
	for (size_t i = 0; i < n; i++)
		if (!enter(s, equation_of(keys[i].hash, seed, rows), keys[i].code))
			return false;
	return true;
}

/* Any solution does for a row without an equation; a random one, lest hashes that were not entered get the code 0. */
static uint32_t free_solution(uint32_t row) { return (uint32_t)((row + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 40); }

typedef uint16_t lanes __attribute__((vector_size(16)));
enum { LANES = 8 };

/* The sum of the codes from `codes` on whose coefficient is 1: eight at once. */
static uint16_t sum_of(const uint16_t *codes, uint64_t coefficients)
{
	static const lanes bit = { 1, 2, 4, 8, 16, 32, 64, 128 };
	lanes sum = { 0 };
	for (int i = 0; i < PAGE_WIDTH / LANES; i++, coefficients >>= LANES) {
		lanes some;
		memcpy(&some, codes + i * LANES, sizeof(some));
		sum ^= some & (lanes)((((lanes){ 0 } + (uint16_t)(coefficients & 255)) & bit) == bit);
	}
	uint64_t half[2];
	memcpy(half, &sum, sizeof(half));
	half[0] ^= half[1];
	half[0] ^= half[0] >> 32;
	return (uint16_t)(half[0] ^ half[0] >> 16);
}

/* The solutions of the rows, in `codes`. */
static void substitute(struct page_scratch *s, uint32_t rows)
{
	memset(s->codes + rows, 0, PAGE_WIDTH * sizeof(*s->codes)); /* sums reach so far */
	for (uint32_t row = rows; row-- > 0;) {
		uint64_t c = s->coefficients[row];
		s->codes[row] = c ? s->codes[row] ^ sum_of(s->codes + row, c & ~UINT64_C(1)) : (uint16_t)free_solution(row);
	}
}

/* The planes begin amid bytes: rows are taken in eights of a plane. */
static void write_planes(uint8_t *page, unsigned bits, const uint16_t *codes, uint32_t rows)
{
	uint64_t held = 0;
	unsigned have = 0;
	for (unsigned k = 0; k < bits; k++)
		for (uint32_t row = 0; row < rows; row++) {
			held |= (uint64_t)(codes[row] >> k & 1) << have;
			if (++have == 64) {
				store_le(page, held, 8);
				page += 8;
				held = have = 0;
			}
		}
	store_le(page, held, 8);
}

bool page_solve(uint8_t *page, unsigned bits, const struct page_key *keys, size_t n, struct page_scratch *s)
{
	uint32_t rows = page_rows(bits);
	uint8_t seed = 0;
	if (n > rows)
		return false;
	while (!enter_all(s, seed, rows, keys, n))
		if (++seed == PAGE_SEEDS)
			return false;
	substitute(s, rows);
	memset(page, 0, FILTER_PAGE);
	write_planes(page, bits, s->codes, rows);
	page[AT_BITS] = (uint8_t)bits;
	page[AT_SEED] = seed;
	return true;
}

/* 64 bits from bit `at` on; they lie within the page. */
static uint64_t bits_at(const uint8_t *page, uint32_t at)
{
	uint64_t low = load_le(page + at / 8, 8);
	return at % 8 ? low >> at % 8 | (uint64_t)page[at / 8 + 8] << (64 - at % 8) : low;
}

bool page_code(const uint8_t *page, uint64_t hash, uint32_t *code, unsigned *bits)
{
	*bits = page[AT_BITS];
	if (*bits < PAGE_LEAST_BITS || *bits > FILTER_MAX_BITS)
		return false;
	uint32_t rows = page_rows(*bits);
	struct equation q = equation_of(hash, page[AT_SEED], rows);
	*code = 0;
	for (unsigned k = 0; k < *bits; k++)
		*code |= (uint32_t)__builtin_parityll(bits_at(page, k * rows + q.row) & q.coefficients) << k;
	return true;
}
