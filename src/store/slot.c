/* Packing of the values of a template's variable (slot.h). The choice among the kinds is made by looking at all values once. */
#include "store/slot.h"
#include "base/check.h"
#include "store/ints.h"
#include "store/scratch.h"
#include <stdio.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static int low_hex(char c) { return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* What the values have in common at both ends. */
struct shape { size_t before, after; bool same, same_length; };

static size_t common_start(struct str a, struct str b, size_t most)
{
	size_t i = 0;
	most = b.len < most ? b.len : most;
	while (i < most && a.p[i] == b.p[i])
		i++;
	return i;
}

static size_t common_end(struct str a, struct str b, size_t most)
{
	size_t i = 0;
	most = b.len < most ? b.len : most;
	while (i < most && a.p[a.len - 1 - i] == b.p[b.len - 1 - i])
		i++;
	return i;
}

static struct shape shape_of(const struct str *v, size_t n)
{
	struct shape s = { v[0].len, v[0].len, true, true };
	size_t shortest = v[0].len;
	for (size_t i = 1; i < n; i++) {
		s.before = common_start(v[0], v[i], s.before);
		s.after = common_end(v[0], v[i], s.after);
		s.same_length &= v[i].len == v[0].len;
		shortest = v[i].len < shortest ? v[i].len : shortest;
	}
	s.same = s.same_length && s.before == v[0].len;
	/* Numbers stay whole: neither end stops amid digits. */
	while (s.before && is_digit(v[0].p[s.before - 1]))
		s.before--;
	while (s.after && is_digit(v[0].p[v[0].len - s.after]))
		s.after--;
	if (s.before + s.after > shortest)
		s.after = shortest - s.before;
	while (s.after && is_digit(v[0].p[v[0].len - s.after]))
		s.after--;
	return s;
}

static struct str inner(struct str v, const struct shape *s) { return str_sub(v, s->before, v.len - s->after); }

/* Decimal digits for all: those of equal length may begin with zeros (digits = their number), others may not (0). */
static bool all_numbers(const struct str *v, size_t n, const struct shape *s, uint8_t *digits)
{
	size_t len = v[0].len - s->before - s->after;
	for (size_t i = 0; i < n; i++) {
		struct str t = inner(v[i], s);
		if (t.len == 0 || t.len > SLOT_MAX_DIGITS || (!s->same_length && t.len > 1 && t.p[0] == '0'))
			return false;
		for (size_t k = 0; k < t.len; k++)
			if (!is_digit(t.p[k]))
				return false;
	}
	*digits = s->same_length ? (uint8_t)len : 0;
	return true;
}

static bool all_hex(const struct str *v, size_t n, const struct shape *s)
{
	if (!s->same_length || v[0].len < 4 || v[0].len % 2 || v[0].len > SLOT_MAX_HEX * 2)
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < v[i].len; k++)
			if (low_hex(v[i].p[k]) < 0)
				return false;
	return true;
}

/* --- writing ------------------------------------------------------------------------------------------------------------------------------ */

enum { FRAMED = 8, CHUNK = 4096, CODE_TABLE = 1024 };

static void put_numbers(struct slot_streams *o, const struct str *v, size_t n, const struct shape *s)
{
	SCRATCH int64_t numbers[CHUNK];
	/* In pieces, so that no memory is needed; each packs by itself. */
	for (size_t at = 0; at < n; at += CHUNK) {
		size_t m = n - at < CHUNK ? n - at : CHUNK;
		for (size_t i = 0; i < m; i++) {
			struct str t = inner(v[at + i], s);
			int64_t x = 0;
			for (size_t k = 0; k < t.len; k++)
				x = x * 10 + (t.p[k] - '0');
			numbers[i] = x;
		}
		ints_encode(&o->ints, &o->plain, numbers, m);
	}
}

static void put_hex(struct slot_streams *o, const struct str *v, size_t n)
{
	size_t bytes = v[0].len / 2;
	uint8_t *to = (uint8_t *)buf_room(&o->plain, n * bytes);
	if (!to)
		return;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < bytes; k++)
			*to++ = (uint8_t)(low_hex(v[i].p[2 * k]) << 4 | low_hex(v[i].p[2 * k + 1]));
	buf_added(&o->plain, n * bytes);
}

/* Few different values: each once, and a code for each row. False, and nothing written, when there are too many. */
static bool put_codes(struct slot_streams *o, const struct str *v, size_t n, const struct shape *s)
{
	uint8_t table[CODE_TABLE] = { 0 };
	SCRATCH struct str known[SLOT_MAX_CODES];
	uint32_t count = 0;
	size_t start = o->ints.len;
	size_t most = n / 4 < SLOT_MAX_CODES ? n / 4 : SLOT_MAX_CODES;
	uint8_t *codes = (uint8_t *)buf_room(&o->ints, n);
	for (size_t i = 0; i < n && codes; i++) {
		struct str t = inner(v[i], s);
		uint32_t at = (uint32_t)XXH3_64bits(t.p, t.len) % CODE_TABLE;
		while (table[at] && !str_eq(known[table[at] - 1], t))
			at = (at + 1) % CODE_TABLE;
		if (!table[at]) {
			if (count == most) {
				buf_truncate(&o->ints, start);
				return false;
			}
			known[count++] = t;
			table[at] = (uint8_t)count;
		}
		codes[i] = (uint8_t)(table[at] - 1);
	}
	if (codes)
		buf_added(&o->ints, n);
	put_varint(&o->text, count);
	for (uint32_t i = 0; i < count; i++)
		put_text(&o->text, known[i]);
	return true;
}

static void put_lengths(struct slot_streams *o, const struct str *v, size_t n, const struct shape *s)
{
	SCRATCH int64_t lengths[CHUNK];
	uint64_t total = 0;
	for (size_t i = 0; i < n; i++)
		total += inner(v[i], s).len;
	put_varint(&o->text, total);
	for (size_t i = 0; i < n; i += CHUNK) {
		size_t m = n - i < CHUNK ? n - i : CHUNK;
		for (size_t k = 0; k < m; k++)
			lengths[k] = (int64_t)inner(v[i + k], s).len;
		ints_encode(&o->ints, &o->plain, lengths, m);
	}
}

static void put_frame(struct slot_streams *o, enum slot_kind kind, struct str first, const struct shape *s)
{
	bool framed = s->before || s->after;
	put_u8(&o->text, (uint8_t)((unsigned)kind | (framed ? FRAMED : 0)));
	if (framed) {
		put_text(&o->text, str_sub(first, 0, s->before));
		put_text(&o->text, str_sub(first, first.len - s->after, first.len));
	}
}

void slot_encode(struct slot_streams *o, const struct str *v, size_t n)
{
	struct shape s = shape_of(v, n), none = { 0, 0, s.same, s.same_length };
	uint8_t digits;
	if (s.same) {
		put_u8(&o->text, SLOT_SAME);
		put_text(&o->text, v[0]);
	} else if (all_numbers(v, n, &s, &digits)) {
		put_frame(o, SLOT_NUMBER, v[0], &s);
		put_u8(&o->text, digits);
		put_numbers(o, v, n, &s);
	} else {
		size_t start = o->text.len;
		put_frame(o, SLOT_CODES, v[0], &s);
		if (n >= 16 && put_codes(o, v, n, &s))
			return;
		buf_truncate(&o->text, start);
		if (all_hex(v, n, &none)) {
			put_u8(&o->text, SLOT_HEX);
			put_u8(&o->text, (uint8_t)(v[0].len / 2));
			put_hex(o, v, n);
			return;
		}
		put_frame(o, SLOT_TEXT, v[0], &s);
		put_lengths(o, v, n, &s);
		for (size_t i = 0; i < n; i++)
			buf_add(&o->text, inner(v[i], &s));
	}
}

static const uint64_t powers[VARIABLE_DIGITS + 1] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
	100000000000000, 1000000000000000, 10000000000000000, 100000000000000000 };

bool slot_encode_numbers(struct slot_streams *o, const struct variable *v, size_t n)
{
	SCRATCH int64_t numbers[CHUNK];
	char room[VARIABLE_ROOM];
	unsigned digits = variable_digits(v[0]);
	bool same = true, same_length = true, zeros = false;
	for (size_t i = 0; i < n; i++) {
		unsigned own = variable_digits(v[i]);
		same &= v[i].word == v[0].word;
		same_length &= own == digits;
		zeros |= own > 1 && variable_number(v[i]) < powers[own - 1];
	}
	if (zeros && !same_length)
		return false;
	if (same) {
		put_u8(&o->text, SLOT_SAME);
		put_text(&o->text, variable_text(v[0], NULL, room));
		return true;
	}
	put_u8(&o->text, SLOT_NUMBER);
	put_u8(&o->text, same_length ? (uint8_t)digits : 0);
	for (size_t at = 0; at < n; at += CHUNK) {
		size_t m = n - at < CHUNK ? n - at : CHUNK;
		for (size_t i = 0; i < m; i++)
			numbers[i] = (int64_t)variable_number(v[at + i]);
		ints_encode(&o->ints, &o->plain, numbers, m);
	}
	return true;
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------------ */

static bool take_values(struct slot_reader *r, struct arena *a, struct slot *s)
{
	uint64_t count = take_varint(&r->text);
	s->raw = (const uint8_t *)take_bytes(&r->ints, s->n).p;
	if (r->text.bad || r->ints.bad || count == 0 || count > SLOT_MAX_CODES)
		return false;
	struct str *values = ARENA_ARRAY(a, count, struct str);
	for (uint64_t i = 0; i < count && values; i++)
		values[i] = take_text(&r->text);
	s->values = values;
	s->value_count = (uint32_t)count;
	for (uint32_t i = 0; i < s->n; i++)
		if (s->raw[i] >= count)
			return false;
	return values && !r->text.bad;
}

static bool unpack_ends(struct slot *s, struct arena *a)
{
	SCRATCH int64_t lengths[CHUNK];
	uint32_t *ends = ARENA_ARRAY(a, s->n, uint32_t);
	uint64_t total = 0;
	for (uint32_t i = 0; i < s->n && ends; i += CHUNK) {
		uint32_t m = s->n - i < CHUNK ? s->n - i : CHUNK;
		ints_decode(&s->packed_ints, &s->packed_plain, lengths, m);
		for (uint32_t k = 0; k < m; k++) {
			if (lengths[k] < 0 || (uint64_t)lengths[k] > s->all.len - total)
				return false;
			total += (uint64_t)lengths[k];
			ends[i + k] = (uint32_t)total;
		}
	}
	s->ends = ends;
	return ends && !s->packed_ints.bad && total == s->all.len;
}

static bool unpack_numbers(struct slot *s, struct arena *a)
{
	int64_t *numbers = ARENA_ARRAY(a, s->n, int64_t);
	if (!numbers)
		return false;
	for (uint32_t i = 0; i < s->n; i += CHUNK)
		ints_decode(&s->packed_ints, &s->packed_plain, numbers + i, s->n - i < CHUNK ? s->n - i : CHUNK);
	s->numbers = numbers;
	return !s->packed_ints.bad;
}

bool slot_unpack(struct slot *s, struct arena *a)
{
	if (s->kind == SLOT_NUMBER && !s->numbers)
		return unpack_numbers(s, a);
	return s->kind != SLOT_TEXT || s->ends || unpack_ends(s, a);
}

/* Numbers are left for slot_unpack. */
static bool skip_numbers(struct slot_reader *r, struct slot *s)
{
	s->packed_ints = r->ints;
	s->packed_plain = r->plain;
	for (uint32_t i = 0; i < s->n; i += CHUNK)
		ints_skip(&r->ints, &r->plain, s->n - i < CHUNK ? s->n - i : CHUNK);
	return !r->ints.bad && !r->plain.bad;
}

static bool decode(struct slot_reader *r, struct arena *a, struct slot *s, bool framed)
{
	switch (s->kind) {
	case SLOT_SAME:
		s->before = take_text(&r->text);
		return !r->text.bad;
	case SLOT_HEX:
		s->bytes = take_u8(&r->text);
		s->raw = (const uint8_t *)take_bytes(&r->plain, (uint64_t)s->bytes * s->n).p;
		return s->bytes && !r->text.bad && !r->plain.bad;
	default:
		break;
	}
	s->before = framed ? take_text(&r->text) : STR("");
	s->after = framed ? take_text(&r->text) : STR("");
	switch (s->kind) {
	case SLOT_NUMBER:
		s->digits = take_u8(&r->text);
		return s->digits <= SLOT_MAX_DIGITS && !r->text.bad && skip_numbers(r, s);
	case SLOT_CODES: return take_values(r, a, s);
	case SLOT_TEXT:
		s->all = take_bytes(&r->text, take_varint(&r->text));
		return s->all.len <= INT32_MAX && !r->text.bad && skip_numbers(r, s);
	default: return false;
	}
}

bool slot_decode(struct slot_reader *r, struct arena *a, uint32_t n, struct slot *out)
{
	uint8_t kind = take_u8(&r->text);
	*out = (struct slot){ .kind = (enum slot_kind)(kind & ~FRAMED), .n = n };
	if (n && decode(r, a, out, kind & FRAMED))
		return true;
	r->text.bad = true;
	return false;
}

static bool skim(struct slot_reader *r, uint32_t n, uint8_t kind, struct slot_outline *o)
{
	uint64_t count;
	if (o->kind == SLOT_SAME) {
		take_text(&r->text);
		return !r->text.bad;
	}
	if (o->kind == SLOT_HEX) {
		count = take_u8(&r->text);
		o->raw = take_bytes(&r->plain, count * n);
		return count && !r->text.bad && !r->plain.bad;
	}
	if (kind & FRAMED) {
		take_text(&r->text);
		take_text(&r->text);
	}
	if (o->kind == SLOT_CODES) {
		for (count = take_varint(&r->text); count > 0 && !r->text.bad; count--)
			take_text(&r->text);
		take_bytes(&r->ints, n);
		return !r->text.bad && !r->ints.bad;
	}
	o->digits = o->kind == SLOT_NUMBER ? take_u8(&r->text) : 0;
	if (o->kind == SLOT_TEXT)
		take_bytes(&r->text, take_varint(&r->text));
	o->ints = r->ints;
	o->plain = r->plain;
	ints_skip(&r->ints, &r->plain, n);
	return o->digits <= SLOT_MAX_DIGITS && !r->text.bad && !r->ints.bad && !r->plain.bad;
}

bool slot_skim(struct slot_reader *r, uint32_t n, struct slot_outline *o)
{
	const uint8_t *from = r->text.p;
	uint8_t kind = take_u8(&r->text);
	o->kind = (enum slot_kind)(kind & ~FRAMED);
	if (n == 0 || o->kind >= SLOT_KINDS || !skim(r, n, kind, o)) {
		r->text.bad = true;
		return false;
	}
	o->texts = str_from((const char *)from, (size_t)(r->text.p - from));
	return true;
}

const char *slot_decimal(const struct slot *s, uint32_t i, char out[24])
{
	uint64_t u = (uint64_t)s->numbers[i];
	char *at = out + 24;
	do {
		*--at = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	while (out + 24 - at < s->digits)
		*--at = '0';
	return at;
}

void slot_value(const struct slot *s, uint32_t i, struct buf *out)
{
	CHECK(i < s->n);
	switch (s->kind) {
	case SLOT_SAME:
		buf_add(out, s->before);
		return;
	case SLOT_HEX:
		buf_hex(out, s->raw + (size_t)i * s->bytes, s->bytes);
		return;
	default:
		break;
	}
	buf_add(out, s->before);
	char digits[24];
	if (s->kind == SLOT_NUMBER) {
		const char *from = slot_decimal(s, i, digits);
		buf_add_bytes(out, from, (size_t)(digits + sizeof(digits) - from));
	} else if (s->kind == SLOT_CODES) {
		buf_add(out, s->values[s->raw[i]]);
	} else {
		buf_add(out, str_sub(s->all, i ? s->ends[i - 1] : 0, s->ends[i]));
	}
	buf_add(out, s->after);
}
