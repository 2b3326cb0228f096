/* What the packed streams of a text column say before values are taken apart (scan_match.h): that a needle is in no variable at all, or in none of an
 * entry's. A slot is skimmed, not unpacked; of its numbers the head alone mostly tells that they are too small. */
#include "store/ints.h"
#include "store/query_impl.h"
#include "store/scan_match.h"
#include "store/scratch.h"

enum { NUMBERS_FEW = 128, NUMBERS_MANY = 4096 /* as many as one piece of packed numbers holds (ints.c) */ };

/* Entry 0 is a text as a whole, of any number of tokens. */
static bool has_whole_texts(const struct column *c)
{
	for (uint32_t i = 0; i < c->locals; i++)
		if (c->entries[i] == 0)
			return true;
	return false;
}

/* Whether the needle is certainly in no variable of the column, by the streams. Digits alone can be in any number: they are looked for slot by slot. */
bool leaf_not_in_streams(struct matcher *m, const struct leaf_state *s, struct column *c, bool *absent, struct err *e)
{
	struct str texts, bits;
	*absent = false;
	if (s->needle.digits)
		return true;
	if (!column_texts(&m->r->block, c, &texts, e))
		return false;
	if (s->probes && !has_whole_texts(c) ? needle_may_be_value_in_texts(&s->needle, texts) : needle_may_be_in_texts(&s->needle, texts))
		return true;
	if (s->needle.hex && !column_bits(&m->r->block, c, &bits, e))
		return false;
	*absent = !s->needle.hex || !needle_may_be_in_bytes(&s->needle, bits);
	return true;
}

static bool any_number(const struct needle *n, const int64_t *numbers, size_t count, unsigned digits)
{
	for (size_t i = 0; i < count; i++)
		if (needle_in_number(n, numbers[i], digits))
			return true;
	return false;
}

/* Apart, so that the many small slots do without so large a frame. */
static __attribute__((noinline)) bool many_may_hold(const struct needle *n, const struct slot_outline *s, uint32_t count, unsigned digits)
{
	SCRATCH int64_t numbers[NUMBERS_MANY];
	struct bytes ints = s->ints, bits = s->plain;
	bool any = false;
	for (uint32_t at = 0; at < count && !any && !ints.bad; at += NUMBERS_MANY) {
		uint32_t some = count - at < NUMBERS_MANY ? count - at : NUMBERS_MANY;
		ints_decode(&ints, &bits, numbers, some);
		any = any_number(n, numbers, some, digits);
	}
	return any || ints.bad;
}

static bool numbers_may_hold(const struct needle *n, const struct slot_outline *s, uint32_t count)
{
	SCRATCH int64_t numbers[NUMBERS_FEW];
	struct bytes ints = s->ints, bits = s->plain;
	unsigned digits = s->digits ? s->digits : 1;
	int64_t least, most;
	bool zeros = n->text.p[0] == '0' && digits >= n->text.len;
	if (!zeros && ints_bounds(ints, count, &least, &most) && least >= 0 && (uint64_t)most < n->number)
		return false;
	if (count > NUMBERS_FEW)
		return many_may_hold(n, s, count, digits);
	ints_decode(&ints, &bits, numbers, count);
	return any_number(n, numbers, count, digits) || ints.bad;
}

/* Whether a needle of digits may be in a value of the entry; true also for damage, which is met later. The text around a number begins and ends with
 * other characters (docs/store-format.md): so all digits are in one piece. */
static bool slots_may_hold(const struct matcher *m, const struct needle *n, const struct column *c, uint32_t local, bool in_texts)
{
	struct slot_reader r = column_part(c, local);
	uint32_t values = c->counts[local];
	for (uint32_t count = dictionary_vars(&m->r->dictionary, c->entries[local]); count > 0; count--) {
		SCRATCH struct slot_outline s; /* there are very many */
		if (!slot_skim(&r, values, &s) || (in_texts && text_find_lower(s.texts, n->text) != SIZE_MAX))
			return true;
		if (s.kind == SLOT_NUMBER ? numbers_may_hold(n, &s, values) : s.kind == SLOT_HEX && needle_may_be_in_bytes(n, s.raw))
			return true;
	}
	return false;
}

/* The same of a whole token that is not of digits alone. */
static bool entry_may_hold(const struct needle *n, const struct column *c, uint32_t local)
{
	struct slot_reader r = column_part(c, local);
	return c->entries[local] == 0 || needle_may_be_value_in_texts(n, bytes_rest(&r.text)) || needle_may_be_in_bytes(n, bytes_rest(&r.plain));
}

bool leaf_exclude_entries(struct matcher *m, const struct leaf_state *s, struct column *c, uint8_t *verdicts, struct err *e)
{
	struct str texts;
	if (!s->needle.digits && !s->probes)
		return true;
	if (!column_ends(&m->r->block, c, e) || !column_texts(&m->r->block, c, &texts, e))
		return false;
	bool in_texts = s->needle.digits && text_find_lower(texts, s->needle.text) != SIZE_MAX;
	for (uint32_t i = 0; i < c->locals; i++)
		if (verdicts[i] == VERDICT_MAYBE && column_varies(c, i) && !(s->needle.digits ? slots_may_hold(m, &s->needle, c, i, in_texts) : entry_may_hold(&s->needle, c, i)))
			verdicts[i] = VERDICT_NEVER;
	return true;
}
