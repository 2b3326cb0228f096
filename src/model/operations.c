/* See operations.h. A tree of segments: a node's children are fixed texts (found in one hash table for the whole tree), templates with fixed text in them
 * (a short list) and the bare parameter. The search goes down in that order and comes back where a branch ends
 * without an operation. */
#include "model/operations.h"

struct operations_node {
	struct str text;         /* of a segment with fixed text */
	uint32_t parameter;      /* child for "{x}"; 0: none */
	uint32_t mixed;          /* first child of the kind "{x}.json"; 0: none */
	uint32_t next_mixed;     /* in its parent's list */
	uint32_t end;            /* first of the operations that end here, index + 1; 0: none */
};
struct operations_slot { uint32_t parent, child; /* 0: free */ uint64_t hash; };
struct operations_end { struct str method; uint32_t index, next; /* index + 1 */ };

static struct str next_segment(struct str *rest)
{
	struct str s = str_sub(*rest, 0, str_find_char(*rest, '/'));
	*rest = s.len < rest->len ? str_skip(*rest, s.len + 1) : (struct str){ NULL, 0 };
	return s;
}

/* What follows the first slash, without one at the end; p == NULL for the root. */
static struct str segments_of(struct str path)
{
	struct str s = path.len && path.p[0] == '/' ? str_skip(path, 1) : path;
	if (s.len && s.p[s.len - 1] == '/')
		s.len--;
	return s.len ? s : (struct str){ NULL, 0 };
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Into out; what is malformed or does not fit stays as it was written. */
static struct str decoded(struct str s, char out[OPERATIONS_SEGMENT_MAX])
{
	size_t n = 0;
	if (s.len > OPERATIONS_SEGMENT_MAX)
		return s;
	for (size_t i = 0; i < s.len; i++) {
		int high = s.p[i] == '%' && i + 2 < s.len ? hex(s.p[i + 1]) : -1, low = high >= 0 ? hex(s.p[i + 2]) : -1;
		out[n++] = low >= 0 ? (char)(high << 4 | low) : s.p[i];
		i += low >= 0 ? 2 : 0;
	}
	return str_from(out, n);
}

/* --- templates ------------------------------------------------------------------------------------------------------------------------- */

enum segment_kind { SEGMENT_FIXED, SEGMENT_MIXED, SEGMENT_PARAMETER, SEGMENT_FAULTY };

static enum segment_kind kind_of(struct str s)
{
	size_t open = 0, parameters = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '{' && open++)
			return SEGMENT_FAULTY;
		if (s.p[i] == '}') {
			if (!open)
				return SEGMENT_FAULTY;
			open = 0;
			parameters++;
		}
	}
	if (open)
		return SEGMENT_FAULTY;
	bool bare = parameters == 1 && s.p[0] == '{' && s.p[s.len - 1] == '}';
	return !parameters ? SEGMENT_FIXED : bare ? SEGMENT_PARAMETER : SEGMENT_MIXED;
}

static size_t fixed_bytes(struct str s)
{
	size_t n = 0;
	bool in = false;
	for (size_t i = 0; i < s.len; i++) {
		in = in || s.p[i] == '{';
		n += !in;
		in = in && s.p[i] != '}';
	}
	return n;
}

/* The fixed text up to the next parameter; *rest then stands behind that parameter (p == NULL: there was none). */
static struct str fixed_piece(struct str *rest)
{
	struct str s = str_sub(*rest, 0, str_find_char(*rest, '{'));
	size_t end = str_find_char(str_skip(*rest, s.len), '}');
	*rest = end == SIZE_MAX ? (struct str){ NULL, 0 } : str_skip(*rest, s.len + end + 1);
	return s;
}

/* "{name}.{ext}" and the like: pieces in their order, at least one byte for each parameter. The first piece stands at the beginning and the last at the
 * end; between, the leftmost place of each leaves most to those behind it. */
static bool mixed_fits(struct str pattern, struct str s)
{
	struct str rest = pattern, first = fixed_piece(&rest);
	if (!str_starts(s, first))
		return false;
	s = str_skip(s, first.len);
	while (rest.p) {
		struct str piece = fixed_piece(&rest);
		if (!s.len)
			return false;
		if (!rest.p)
			return str_ends(str_skip(s, 1), piece);
		size_t at = str_find(str_skip(s, 1), piece);
		if (at == SIZE_MAX)
			return false;
		s = str_skip(s, 1 + at + piece.len);
	}
	return s.len == 0;
}

/* --- building ---------------------------------------------------------------------------------------------------------------------------- */

/* Segments are short: two overlapping loads in place of a call. What collides is compared, and nobody but the contract's author chooses what is in the table. */
static inline uint64_t slot_hash(uint32_t parent, struct str text)
{
	uint64_t x = 0, y = 0;
	if (text.len > 16)
		return str_hash(text) ^ (uint64_t)parent * 0x9e3779b97f4a7c15u;
	if (text.len >= 8) {
		memcpy(&x, text.p, 8);
		memcpy(&y, text.p + text.len - 8, 8);
	} else {
		for (size_t i = 0; i < text.len; i++)
			x = x << 8 | (uint8_t)text.p[i];
	}
	x = (x ^ (uint64_t)parent << 32 ^ text.len) * 0x9e3779b97f4a7c15u;
	y = ((y ^ x >> 29) + x) * 0xbf58476d1ce4e5b9u;
	return y ^ y >> 32;
}

static uint32_t find_fixed(const struct operations *o, uint32_t parent, struct str text)
{
	if (!o->slots_count)
		return 0;
	uint64_t h = slot_hash(parent, text);
	for (size_t i = h & (o->slots_count - 1);; i = (i + 1) & (o->slots_count - 1)) {
		const struct operations_slot *s = &o->slots[i];
		if (!s->child)
			return 0;
		if (s->hash == h && s->parent == parent && str_eq(o->nodes[s->child].text, text))
			return s->child;
	}
}

static uint32_t add_node(struct operations *o, struct arena *a, struct str text)
{
	if (!ARENA_PUSH_ROOM(a, o->nodes, o->nodes_count, o->nodes_capacity))
		return 0;
	o->nodes[o->nodes_count] = (struct operations_node){ .text = text };
	return (uint32_t)o->nodes_count++;
}

static uint32_t add_fixed(struct operations *o, struct arena *a, uint32_t parent, struct str segment)
{
	char out[OPERATIONS_SEGMENT_MAX];
	struct str text = decoded(segment, out);
	uint32_t child = find_fixed(o, parent, text);
	if (child || !(child = add_node(o, a, arena_str(a, text))))
		return child;
	uint64_t h = slot_hash(parent, text);
	size_t i = h & (o->slots_count - 1);
	while (o->slots[i].child)
		i = (i + 1) & (o->slots_count - 1);
	o->slots[i] = (struct operations_slot){ parent, child, h };
	return child;
}

/* The order in which templates of one place are tried: most fixed text first, then by that text, so that the order of the list means nothing. 0: they
 * differ in the parameters' names only, and are one. */
static int mixed_order(struct str a, struct str b)
{
	size_t x = fixed_bytes(a), y = fixed_bytes(b);
	int order = x > y ? -1 : x < y ? 1 : 0;
	while (!order && a.p && b.p)
		order = str_cmp(fixed_piece(&a), fixed_piece(&b));
	return order ? order : (a.p != NULL) - (b.p != NULL);
}

static uint32_t add_mixed(struct operations *o, struct arena *a, uint32_t parent, struct str segment)
{
	char out[OPERATIONS_SEGMENT_MAX];
	struct str text = decoded(segment, out);
	uint32_t before = 0, at = o->nodes[parent].mixed;
	if (kind_of(text) != SEGMENT_MIXED) /* an encoded brace */
		text = segment;
	for (; at && mixed_order(o->nodes[at].text, text) < 0; at = o->nodes[at].next_mixed)
		before = at;
	if (at && mixed_order(o->nodes[at].text, text) == 0)
		return at;
	uint32_t child = add_node(o, a, arena_str(a, text));
	if (!child)
		return 0;
	o->nodes[child].next_mixed = at;
	*(before ? &o->nodes[before].next_mixed : &o->nodes[parent].mixed) = child;
	return child;
}

static uint32_t add_segment(struct operations *o, struct arena *a, uint32_t parent, struct str segment)
{
	switch (kind_of(segment)) {
	case SEGMENT_FIXED:
		return add_fixed(o, a, parent, segment);
	case SEGMENT_MIXED:
		return add_mixed(o, a, parent, segment);
	case SEGMENT_PARAMETER:
		break;
	case SEGMENT_FAULTY:
		return 0;
	}
	uint32_t child = o->nodes[parent].parameter;
	if (!child && (child = add_node(o, a, (struct str){ NULL, 0 })))
		o->nodes[parent].parameter = child;
	return child;
}

static size_t count_segments(struct str path)
{
	size_t n = 0;
	for (struct str rest = segments_of(path); rest.p; n++)
		next_segment(&rest);
	return n;
}

static bool can_be_matched(const struct operation *x)
{
	struct str rest = segments_of(x->path);
	if (!x->method.len || !x->path.len || x->path.p[0] != '/' || count_segments(x->path) > OPERATIONS_SEGMENTS_MAX)
		return false;
	while (rest.p)
		if (kind_of(next_segment(&rest)) == SEGMENT_FAULTY)
			return false;
	return true;
}

static bool has_method(const struct operations *o, uint32_t node, struct str method)
{
	for (uint32_t e = o->nodes[node].end; e; e = o->ends[e - 1].next)
		if (str_eq(o->ends[e - 1].method, method))
			return true;
	return false;
}

static bool add(struct operations *o, struct arena *a, const struct operation *x, uint32_t index)
{
	struct str rest = segments_of(x->path);
	uint32_t node = 0;
	while (rest.p)
		if (!(node = add_segment(o, a, node, next_segment(&rest))))
			return false;
	if (has_method(o, node, x->method))
		return true;
	if (!ARENA_PUSH_ROOM(a, o->ends, o->ends_count, o->ends_capacity))
		return false;
	o->ends[o->ends_count++] = (struct operations_end){ arena_str(a, x->method), index, o->nodes[node].end };
	o->nodes[node].end = (uint32_t)o->ends_count;
	o->taken++;
	return true;
}

bool operations_compile(struct operations *o, struct arena *a, const struct operation *list, size_t count)
{
	size_t segments = 0;
	*o = (struct operations){ 0 };
	count = count < OPERATIONS_MAX ? count : OPERATIONS_MAX;
	for (size_t i = 0; i < count; i++)
		segments += can_be_matched(&list[i]) ? count_segments(list[i].path) : 0;
	for (o->slots_count = 16; o->slots_count < 2 * segments;)
		o->slots_count *= 2;
	o->slots = ARENA_ARRAY(a, o->slots_count, struct operations_slot);
	bool ok = o->slots && ARENA_PUSH_ROOM(a, o->nodes, o->nodes_count, o->nodes_capacity);
	if (ok)
		o->nodes[o->nodes_count++] = (struct operations_node){ 0 };
	for (size_t i = 0; ok && i < count; i++)
		ok = !can_be_matched(&list[i]) || add(o, a, &list[i], (uint32_t)i);
	if (!ok || a->full)
		*o = (struct operations){ 0 };
	return ok && !a->full;
}

/* --- matching ------------------------------------------------------------------------------------------------------------------------------ */

static uint32_t end_of(const struct operations *o, uint32_t node, struct str method)
{
	for (uint32_t e = o->nodes[node].end; e; e = o->ends[e - 1].next)
		if (str_eq(o->ends[e - 1].method, method))
			return o->ends[e - 1].index;
	return OPERATIONS_NONE;
}

static uint32_t search(const struct operations *o, uint32_t node, struct str method, struct str rest, unsigned depth);

static uint32_t search_mixed(const struct operations *o, uint32_t node, struct str method, struct str text, struct str rest, unsigned depth)
{
	for (uint32_t i = o->nodes[node].mixed; i; i = o->nodes[i].next_mixed) {
		uint32_t found = mixed_fits(o->nodes[i].text, text) ? search(o, i, method, rest, depth) : OPERATIONS_NONE;
		if (found != OPERATIONS_NONE)
			return found;
	}
	return OPERATIONS_NONE;
}

/* Apart from the usual way, for its memory. */
static __attribute__((noinline)) uint32_t search_decoded(const struct operations *o, uint32_t node, struct str method, struct str segment, struct str rest, unsigned depth)
{
	char out[OPERATIONS_SEGMENT_MAX];
	struct str text = decoded(segment, out);
	uint32_t child = find_fixed(o, node, text);
	uint32_t found = child ? search(o, child, method, rest, depth) : OPERATIONS_NONE;
	return found != OPERATIONS_NONE ? found : search_mixed(o, node, method, text, rest, depth);
}

static uint32_t search(const struct operations *o, uint32_t node, struct str method, struct str rest, unsigned depth)
{
	if (!rest.p)
		return end_of(o, node, method);
	if (depth == OPERATIONS_SEGMENTS_MAX)
		return OPERATIONS_NONE;
	struct str segment = next_segment(&rest);
	uint32_t found = OPERATIONS_NONE, child;
	if (segment.len && memchr(segment.p, '%', segment.len)) {
		found = search_decoded(o, node, method, segment, rest, depth + 1);
	} else {
		child = find_fixed(o, node, segment);
		if (child)
			found = search(o, child, method, rest, depth + 1);
		if (found == OPERATIONS_NONE && o->nodes[node].mixed)
			found = search_mixed(o, node, method, segment, rest, depth + 1);
	}
	child = o->nodes[node].parameter;
	if (found == OPERATIONS_NONE && child && segment.len)
		found = search(o, child, method, rest, depth + 1);
	return found;
}

uint32_t operations_match(const struct operations *o, struct str method, struct str path)
{
	if (!o->taken)
		return OPERATIONS_NONE;
	struct str rest = segments_of(path);
	uint32_t found = search(o, 0, method, rest, 0);
	if (found == OPERATIONS_NONE && str_eq(method, STR("HEAD")))
		found = search(o, 0, STR("GET"), rest, 0);
	return found;
}
