/* Ids and W3C Trace Context level 2. On the gateway's path of every call: tables instead of branches, no allocation, and nothing is
 * written before all of the input was judged. Sections are those of www.w3.org/TR/trace-context-2. */
#include "model/ids.h"

enum { LIST_MAX = 32, KEY_MAX = 256, VALUE_MAX = 256 };

/* What a byte may be, for all of the grammars here: bits 0..3 the digit's value, then the classes. */
enum { LOWER_HEX = 0x10, ANY_HEX = 0x20, KEY_FIRST = 0x40, KEY_REST = 0x80 };
#define DIGIT(n) (LOWER_HEX | ANY_HEX | KEY_FIRST | KEY_REST | (n))
#define LETTER (KEY_FIRST | KEY_REST)
static const uint8_t classes[256] = {
	['0'] = DIGIT(0), ['1'] = DIGIT(1), ['2'] = DIGIT(2), ['3'] = DIGIT(3), ['4'] = DIGIT(4), ['5'] = DIGIT(5), ['6'] = DIGIT(6),
	['7'] = DIGIT(7), ['8'] = DIGIT(8), ['9'] = DIGIT(9), ['a'] = DIGIT(10), ['b'] = DIGIT(11), ['c'] = DIGIT(12), ['d'] = DIGIT(13),
	['e'] = DIGIT(14), ['f'] = DIGIT(15), ['g' ... 'z'] = LETTER, ['_'] = KEY_REST, ['-'] = KEY_REST, ['*'] = KEY_REST,
	['/'] = KEY_REST, ['@'] = KEY_REST, ['A'] = ANY_HEX | 10, ['B'] = ANY_HEX | 11, ['C'] = ANY_HEX | 12, ['D'] = ANY_HEX | 13,
	['E'] = ANY_HEX | 14, ['F'] = ANY_HEX | 15,
};

static inline bool is_class(char c, uint8_t class) { return (classes[(uint8_t)c] & class) != 0; }

/* 2*n digits of the class into out; false at any other character (out may then hold a part: callers pass their own scratch). */
static bool hex_take(uint8_t *out, const char *p, size_t n, uint8_t class)
{
	uint8_t all = class;
	for (size_t i = 0; i < n; i++) {
		uint8_t high = classes[(uint8_t)p[2 * i]], low = classes[(uint8_t)p[2 * i + 1]];
		all &= high & low;
		out[i] = (uint8_t)((high & 15) << 4 | (low & 15));
	}
	return all == class;
}

struct trace_id trace_id_make(uint64_t high, uint64_t low)
{
	struct trace_id t;
	if (low == 0) /* also keeps the random part (the low 7 bytes, section 3.2.2.5.2) from being all zero */
		low = 1;
	for (int i = 0; i < 8; i++) {
		t.b[i] = (uint8_t)(high >> (56 - 8 * i));
		t.b[8 + i] = (uint8_t)(low >> (56 - 8 * i));
	}
	return t;
}

struct span_id span_id_make(uint64_t random)
{
	struct span_id s;
	if (random == 0)
		random = 1;
	for (int i = 0; i < 8; i++)
		s.b[i] = (uint8_t)(random >> (56 - 8 * i));
	return s;
}

bool trace_id_parse(struct trace_id *t, struct str s)
{
	struct trace_id id;
	if (s.len != 32 || !hex_take(id.b, s.p, sizeof(id.b), ANY_HEX) || trace_id_is_zero(&id))
		return false;
	*t = id;
	return true;
}

bool span_id_parse(struct span_id *t, struct str s)
{
	struct span_id id;
	if (s.len != 16 || !hex_take(id.b, s.p, sizeof(id.b), ANY_HEX) || span_id_is_zero(&id))
		return false;
	*t = id;
	return true;
}

/* Section 3.2: "00-<32>-<16>-<2>". A version above 00 may go on after its 55th character, but only with '-' (section 4.3). */
bool traceparent_parse(struct trace_context *c, struct str value)
{
	struct trace_context got;
	uint8_t version, flags;
	const char *p = value.p;
	if (value.len < TRACEPARENT_LEN || p[2] != '-' || p[35] != '-' || p[52] != '-')
		return false;
	if (!hex_take(&version, p, 1, LOWER_HEX) || version == 0xff)
		return false;
	if (value.len > TRACEPARENT_LEN && (version == 0 || p[TRACEPARENT_LEN] != '-'))
		return false;
	if (!hex_take(got.trace.b, p + 3, 16, LOWER_HEX) || !hex_take(got.parent.b, p + 36, 8, LOWER_HEX) ||
	    !hex_take(&flags, p + 53, 1, LOWER_HEX))
		return false;
	if (trace_id_is_zero(&got.trace) || span_id_is_zero(&got.parent))
		return false;
	got.flags = flags & (TRACE_SAMPLED | TRACE_RANDOM);
	*c = got;
	return true;
}

void traceparent_write(char out[TRACEPARENT_LEN], const struct trace_context *c)
{
	uint8_t flags = c->flags & (TRACE_SAMPLED | TRACE_RANDOM);
	memcpy(out, "00-", 3);
	hex_encode(out + 3, c->trace.b, sizeof(c->trace.b));
	out[35] = '-';
	hex_encode(out + 36, c->parent.b, sizeof(c->parent.b));
	out[52] = '-';
	hex_encode(out + 53, &flags, 1);
}

/* Section 3.3.1.3.1: key "=" value, blanks around it already gone. */
static bool tracestate_member_ok(struct str m)
{
	size_t equals = str_find_char(m, '=');
	if (equals == SIZE_MAX || equals == 0 || equals > KEY_MAX || !is_class(m.p[0], KEY_FIRST))
		return false;
	for (size_t i = 1; i < equals; i++) {
		if (!is_class(m.p[i], KEY_REST))
			return false;
	}
	struct str value = str_skip(m, equals + 1);
	if (value.len == 0 || value.len > VALUE_MAX || value.p[value.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = (uint8_t)value.p[i];
		if (c < 0x20 || c > 0x7e || c == '=') /* no ',' either: the list was split at them */
			return false;
	}
	return true;
}

bool tracestate_combine(struct buf *out, const struct str *values, size_t n)
{
	struct str members[LIST_MAX];
	size_t count = 0, bytes = 0;
	for (size_t i = 0; i < n; i++) {
		struct str rest = values[i];
		while (rest.p) {
			struct str member = str_trim(str_split(&rest, ','));
			if (str_empty(member))
				continue;
			if (count == LIST_MAX || !tracestate_member_ok(member))
				return false;
			members[count++] = member;
			bytes += member.len + 1;
		}
	}
	if (count == 0)
		return true;
	char *p = buf_room(out, bytes - 1);
	if (!p)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (i)
			*p++ = ',';
		memcpy(p, members[i].p, members[i].len);
		p += members[i].len;
	}
	buf_added(out, bytes - 1);
	return true;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How much 32 digits at `at` look like a trace id: 2 inside a traceparent; 1 where the word "trace" or "correlation" is near before them, or where
 * they stand in brackets as loggers write them: [id], [service,id,span]; else 0. */
static int trace_id_rank(struct str text, size_t at)
{
	struct trace_context c;
	if (at >= 3 && traceparent_parse(&c, str_sub(text, at - 3, at - 3 + TRACEPARENT_LEN)))
		return 2;
	char left = at > 0 ? text.p[at - 1] : ' ', right = at + 32 < text.len ? text.p[at + 32] : ' ';
	struct str before = str_sub(text, at > 20 ? at - 20 : 0, at);
	if ((left == '[' || left == ',') && (right == ']' || right == ','))
		return 1;
	return str_find_ci(before, STR("trace")) != SIZE_MAX || str_find_ci(before, STR("correlation")) != SIZE_MAX;
}

/* A checksum looks like a trace id too, so of several the likeliest is taken, and of equals the first. The 32nd byte is looked at first:
 * where it is no digit, no id can begin at any of the 32 (most text is skipped in steps of 32). */
static bool find_id(struct trace_id *t, struct str text, int least)
{
	int best = least - 1;
	for (size_t i = 0; text.len >= 32 && i <= text.len - 32;) {
		size_t k = 32;
		while (k > 0 && is_class(text.p[i + k - 1], ANY_HEX))
			k--;
		if (k > 0) {
			i += k;
			continue;
		}
		size_t end = i + 32;
		bool alone = (i == 0 || !is_word(text.p[i - 1])) && (end == text.len || !is_word(text.p[end]));
		struct trace_id id;
		if (alone && trace_id_parse(&id, str_sub(text, i, end))) {
			int rank = trace_id_rank(text, i);
			if (rank > best) {
				*t = id;
				best = rank;
			}
			if (best == 2)
				return true;
		}
		while (end < text.len && is_class(text.p[end], ANY_HEX))
			end++;
		i = end;
	}
	return best >= least;
}

bool trace_id_find(struct trace_id *t, struct str text) { return find_id(t, text, 0); }
bool trace_id_find_named(struct trace_id *t, struct str text) { return find_id(t, text, 1); }
