/* Single values of log records: times, levels and ids in the forms in which loggers write them (log_fields.h). */
#include "base/check.h"
#include "base/time.h"
#include "model/log_fields.h"
#include "model/log_text.h"

enum { TIME_MAX = 40 /* bytes of a time as text */, DECIMAL_MIN = 15 /* digits; fewer are no id */, LEVEL_MAX = 48 };

/* --- time -------------------------------------------------------------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* "23/Nov/2026:12:00:00 +0100" as RFC 3339; the length, or 0. */
static size_t from_common_log(struct str s, char out[TIME_MAX])
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	if (s.len != 26 || s.p[2] != '/' || s.p[6] != '/' || s.p[11] != ':' || s.p[20] != ' ')
		return 0;
	size_t month = str_find(STR(months), str_sub(s, 3, 6));
	if (month == SIZE_MAX || month % 3)
		return 0;
	month = month / 3 + 1;
	memcpy(out, s.p + 7, 4);
	out[4] = out[7] = '-';
	out[5] = (char)('0' + month / 10);
	out[6] = (char)('0' + month % 10);
	memcpy(out + 8, s.p, 2);
	out[10] = 'T';
	memcpy(out + 11, s.p + 12, 8);
	memcpy(out + 19, s.p + 21, 3);
	out[22] = ':';
	memcpy(out + 23, s.p + 24, 2);
	return 25;
}

/* The nearly right forms made right: '/' in dates, ',' before the fraction, a blank before the offset, "+0100", no offset. */
static size_t from_loose(struct str s, char out[TIME_MAX])
{
	size_t n = 0, digits = 0;
	bool offset = false;
	if (s.len < 19 || s.len > TIME_MAX - 2 || !is_digit(s.p[0]))
		return 0;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (c == '/' && i < 10)
			c = '-';
		else if (i == 10 && c == ' ')
			c = 'T';
		else if (c == ',')
			c = '.';
		else if (i > 10 && c == ' ')
			continue;
		if (i > 10 && (c == '+' || c == '-' || c == 'Z' || c == 'z')) {
			offset = true;
			digits = 0;
		} else if (offset && is_digit(c) && digits++ == 2 && out[n - 1] != ':') {
			out[n++] = ':';
		}
		out[n++] = c;
	}
	if (!offset)
		out[n++] = 'Z';
	else if (digits == 2) { /* "+01" */
		memcpy(out + n, ":00", 3);
		n += 3;
	}
	return n;
}

static bool text_time(struct str s, int64_t *time)
{
	char space[TIME_MAX + 4];
	if (time_parse(s, time))
		return true;
	s = str_strip(s);
	size_t n = from_common_log(s, space);
	if (n == 0)
		n = from_loose(s, space);
	return n && time_parse(str_from(space, n), time);
}

/* As time_parse does it with text. */
static bool integer_time(int64_t v, int64_t *time)
{
	int64_t unit = v < 100000000000 ? 1000000000 : v < 100000000000000 ? 1000000 : v < 100000000000000000 ? 1000 : 1;
	if (v < 0 || __builtin_mul_overflow(v, unit, &v))
		return false;
	*time = v;
	return true;
}

/* Seconds or milliseconds with a fraction, up to the year 2255, as far as ns reach. A double has no more than microseconds of a second. */
static bool double_time(double d, int64_t *time)
{
	if (!(d > 0) || d >= 9e12)
		return false;
	*time = d < 9e9 ? (int64_t)(d * 1e6) * 1000 : (int64_t)(d * 1e3) * 1000;
	return true;
}

bool log_time(const struct value *v, int64_t *time)
{
	switch (v->type) {
	case VALUE_STR: return text_time(v->s, time);
	case VALUE_INT: return integer_time(v->i, time);
	case VALUE_DOUBLE: return double_time(v->d, time);
	default: return false;
	}
}

/* --- level ------------------------------------------------------------------------------------------------------------------------- */

bool log_level(const struct value *v, uint8_t *severity)
{
	char digits[2];
	struct str s = v->s;
	uint8_t found;
	if (v->type == VALUE_INT && v->i >= 0 && v->i < 100) {
		digits[0] = (char)('0' + v->i / 10);
		digits[1] = (char)('0' + v->i % 10);
		found = severity_parse(v->i < 10 ? str_from(digits + 1, 1) : str_from(digits, 2));
	} else if (v->type == VALUE_STR && s.len <= LEVEL_MAX) {
		found = severity_parse(s);
		if (!found && memchr(s.p, 0x1b, s.len)) {
			struct arena a;
			arena_init(&a, 4096);
			found = severity_parse(log_text_clean(&a, s));
			arena_release(&a);
		}
	} else {
		return false;
	}
	if (!found)
		return false;
	*severity = found;
	return true;
}

/* --- ids --------------------------------------------------------------------------------------------------------------------------- */

/* 64 bits, big-endian, into the last eight bytes of `out`. */
static bool decimal_id(struct str s, uint8_t *out)
{
	uint64_t n;
	if (s.len < DECIMAL_MIN || !str_to_u64(s, &n) || n == 0)
		return false;
	for (int i = 0; i < 8; i++)
		out[7 - i] = (uint8_t)(n >> (8 * i));
	return true;
}

static bool integer_id(int64_t i, uint8_t *out)
{
	if (i < INT64_C(100000000000000)) /* DECIMAL_MIN digits */
		return false;
	for (int k = 0; k < 8; k++)
		out[7 - k] = (uint8_t)((uint64_t)i >> (8 * k));
	return true;
}

/* The parts of s, of the given lengths and with hyphens between, one behind the other in out. */
static bool joined_parts(struct str s, const uint8_t *lengths, size_t n, char out[32])
{
	size_t at = 0, used = 0;
	for (size_t i = 0; i < n; i++) {
		if (i && (at >= s.len || s.p[at++] != '-'))
			return false;
		if (s.len - at < lengths[i])
			return false;
		memcpy(out + used, s.p + at, lengths[i]);
		used += lengths[i];
		at += lengths[i];
	}
	return at == s.len;
}

static bool other_trace(struct str s, struct trace_id *t)
{
	static const uint8_t uuid[] = { 8, 4, 4, 4, 12 }, xray[] = { 8, 24 };
	char digits[32];
	uint8_t low[8];
	size_t slash = s.len;
	while (slash > 0 && s.p[slash - 1] != '/')
		slash--;
	s = str_skip(s, slash);
	if (str_starts(s, STR("Root=")))
		s = str_sub(s, 5, str_find_char(s, ';'));
	if (s.len == 35 && str_starts(s, STR("1-")))
		return joined_parts(str_skip(s, 2), xray, ARRAY_LEN(xray), digits) && trace_id_parse(t, str_from(digits, 32));
	if (s.len == 36)
		return joined_parts(s, uuid, ARRAY_LEN(uuid), digits) && trace_id_parse(t, str_from(digits, 32));
	if (s.len == 16 && str_to_hex_bytes(s, low, sizeof(low))) {
		struct trace_id id = { 0 };
		memcpy(id.b + 8, low, sizeof(low));
		if (trace_id_is_zero(&id))
			return false;
		*t = id;
		return true;
	}
	return trace_id_parse(t, s);
}

bool log_trace(const struct value *v, bool decimal, struct trace_id *t)
{
	struct trace_id id = { 0 };
	bool found = false;
	if (v->type == VALUE_STR)
		found = (decimal && decimal_id(v->s, id.b + 8)) || trace_id_parse(&id, v->s) || other_trace(v->s, &id) || decimal_id(v->s, id.b + 8);
	else if (v->type == VALUE_INT)
		found = integer_id(v->i, id.b + 8);
	else if (v->type == VALUE_BYTES && v->s.len == sizeof(id.b)) {
		memcpy(id.b, v->s.p, sizeof(id.b));
		found = !trace_id_is_zero(&id);
	}
	if (found)
		*t = id;
	return found;
}

bool log_span(const struct value *v, bool decimal, struct span_id *s)
{
	struct span_id id = { 0 };
	bool found = false;
	if (v->type == VALUE_STR)
		found = (decimal && decimal_id(v->s, id.b)) || span_id_parse(&id, v->s) || decimal_id(v->s, id.b);
	else if (v->type == VALUE_INT)
		found = integer_id(v->i, id.b);
	else if (v->type == VALUE_BYTES && v->s.len == sizeof(id.b)) {
		memcpy(id.b, v->s.p, sizeof(id.b));
		found = !span_id_is_zero(&id);
	}
	if (found)
		*s = id;
	return found;
}
