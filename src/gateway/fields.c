/* See fields.h. One state a byte; a name is kept beside the state, cut back to its container's length at each comma. */
#include "gateway/fields.h"

void fields_begin(struct fields *f)
{
	f->state = FIELDS_VALUE;
	f->depth = 0;
	f->cut = f->mute = false;
	f->key_from = 0;
	f->seen = 0;
	f->objects = f->mutes = 0;
	f->count = f->text_len = 0;
	memcpy(f->name, "body", 4);
	f->name_len = 4;
}

static bool is_hex(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

bool fields_is_id(struct str s)
{
	size_t digits = 0, hex = 0, dashes = 0;
	for (size_t i = 0; i < s.len; i++) {
		digits += s.p[i] >= '0' && s.p[i] <= '9';
		hex += is_hex(s.p[i]);
		dashes += s.p[i] == '-';
	}
	if (s.len && digits == s.len)
		return true;
	return s.len >= 8 && digits && hex + dashes == s.len && (s.len >= 16 || digits * 4 >= s.len);
}

static uint32_t hash_of(struct str s)
{
	uint32_t h = 2166136261u; /* FNV-1a: names are short, and what collides is compared */
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.p[i]) * 16777619u;
	return h;
}

static void note(struct fields *f)
{
	struct str name = str_from(f->name, f->name_len);
	uint32_t h = hash_of(name);
	for (size_t i = 0; i < f->count; i++)
		if (f->hash[i] == h && str_eq(fields_name(f, i), name))
			return;
	if (f->count == FIELDS_MAX || f->text_len + name.len > FIELDS_TEXT_MAX)
		return;
	memcpy(f->text + f->text_len, name.p, name.len);
	f->from[f->count] = f->text_len;
	f->len[f->count] = (uint16_t)name.len;
	f->hash[f->count++] = h;
	f->text_len = (uint16_t)(f->text_len + name.len);
}

static void append(struct fields *f, const char *p, size_t n)
{
	if (f->name_len + n > FIELDS_NAME_MAX) {
		f->mute = true;
		return;
	}
	memcpy(f->name + f->name_len, p, n);
	f->name_len = (uint16_t)(f->name_len + n);
}

/* Names below `depth` are muted where their container's is. */
static bool muted(const struct fields *f) { return f->mute || (f->depth && f->mutes >> (f->depth - 1) & 1); }

static enum fields_state push(struct fields *f, bool object)
{
	if (f->depth == FIELDS_DEPTH_MAX)
		return FIELDS_BROKEN;
	bool mute = muted(f);
	if (!object) {
		append(f, "[]", 2);
		mute |= f->mute;
	}
	f->mute = false;
	uint64_t bit = (uint64_t)1 << f->depth;
	f->objects = object ? f->objects | bit : f->objects & ~bit;
	f->mutes = mute ? f->mutes | bit : f->mutes & ~bit;
	f->lens[f->depth++] = f->name_len;
	return object ? FIELDS_KEY_OR_END : FIELDS_VALUE_OR_END;
}

static bool in_object(const struct fields *f) { return f->depth && f->objects >> (f->depth - 1) & 1; }
static enum fields_state after_value(const struct fields *f) { return f->depth ? FIELDS_AFTER : FIELDS_DONE; }

static enum fields_state pop(struct fields *f, bool object)
{
	if (!f->depth || in_object(f) != object)
		return FIELDS_BROKEN;
	f->depth--;
	f->mute = false;
	return after_value(f);
}

static enum fields_state comma(struct fields *f)
{
	f->name_len = f->lens[f->depth - 1];
	f->mute = false;
	return in_object(f) ? FIELDS_KEY : FIELDS_VALUE;
}

static enum fields_state begin_key(struct fields *f)
{
	f->name_len = f->lens[f->depth - 1];
	f->mute = false;
	append(f, ".", 1);
	f->key_from = f->name_len;
	return FIELDS_IN_KEY;
}

static enum fields_state end_key(struct fields *f)
{
	struct str key = str_from(f->name + f->key_from, f->name_len - f->key_from);
	if (!f->mute && fields_is_id(key)) {
		f->name_len = f->key_from;
		append(f, "{}", 2);
	}
	if (!muted(f))
		note(f);
	return FIELDS_COLON;
}

static enum fields_state value(struct fields *f, char c)
{
	switch (c) {
	case '{':
		return push(f, true);
	case '[':
		return push(f, false);
	case '"':
		return FIELDS_IN_STRING;
	default:
		return c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n' ? FIELDS_IN_SCALAR : FIELDS_BROKEN;
	}
}

static enum fields_state after(struct fields *f, char c)
{
	return c == ',' ? comma(f) : c == '}' ? pop(f, true) : c == ']' ? pop(f, false) : FIELDS_BROKEN;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static enum fields_state in_key(struct fields *f, char c)
{
	if (c == '"')
		return end_key(f);
	/* Controls and blanks are no part of a field's name; a key that has them is not told. */
	if ((uint8_t)c <= ' ' || c == 0x7f)
		f->mute = true;
	else
		append(f, &c, 1);
	return c == '\\' ? FIELDS_IN_KEY_ESCAPE : FIELDS_IN_KEY;
}

static enum fields_state step(struct fields *f, char c)
{
	switch (f->state) {
	case FIELDS_IN_KEY:
		return in_key(f, c);
	case FIELDS_IN_KEY_ESCAPE:
		f->mute = true; /* an escape in a name is nothing that anybody writes on purpose */
		return FIELDS_IN_KEY;
	case FIELDS_IN_STRING:
		return c == '"' ? after_value(f) : c == '\\' ? FIELDS_IN_STRING_ESCAPE : FIELDS_IN_STRING;
	case FIELDS_IN_STRING_ESCAPE:
		return FIELDS_IN_STRING;
	case FIELDS_IN_SCALAR:
		return is_space(c) ? after_value(f) : c == ',' || c == '}' || c == ']' ? (f->depth ? after(f, c) : FIELDS_BROKEN) : FIELDS_IN_SCALAR;
	default:
		break;
	}
	if (is_space(c))
		return f->state;
	switch (f->state) {
	case FIELDS_VALUE:
		return value(f, c);
	case FIELDS_VALUE_OR_END:
		return c == ']' ? pop(f, false) : value(f, c);
	case FIELDS_KEY:
		return c == '"' ? begin_key(f) : FIELDS_BROKEN;
	case FIELDS_KEY_OR_END:
		return c == '"' ? begin_key(f) : c == '}' ? pop(f, true) : FIELDS_BROKEN;
	case FIELDS_COLON:
		return c == ':' ? FIELDS_VALUE : FIELDS_BROKEN;
	case FIELDS_AFTER:
		return after(f, c);
	default:
		return FIELDS_BROKEN; /* more behind the value */
	}
}

/* The bytes of a string's value that say nothing. */
static size_t plain(const char *p, size_t n)
{
	size_t i = 0;
	while (i < n && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

void fields_feed(struct fields *f, struct str piece)
{
	if (f->cut || f->state == FIELDS_BROKEN)
		return;
	if (piece.len > FIELDS_BODY_MAX - f->seen) {
		piece.len = FIELDS_BODY_MAX - f->seen;
		f->cut = true;
	}
	f->seen += (uint32_t)piece.len;
	for (size_t i = 0; i < piece.len && f->state != FIELDS_BROKEN; i++) {
		if (f->state == FIELDS_IN_STRING)
			i += plain(piece.p + i, piece.len - i);
		if (i < piece.len)
			f->state = step(f, piece.p[i]);
	}
}

bool fields_end(struct fields *f)
{
	bool whole = f->state == FIELDS_DONE || (f->state == FIELDS_IN_SCALAR && !f->depth);
	if (whole || (f->cut && f->state != FIELDS_BROKEN))
		return true;
	f->count = f->text_len = 0;
	return false;
}
