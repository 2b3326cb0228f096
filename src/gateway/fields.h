/* The names of a JSON body's members ("body.items[].sku"), read from pieces as they pass by; values are looked at by nobody. Bounded whatever comes: memory is
 * this structure, time a few ns a byte. What is not well-formed enough to be followed has no fields. Keys that look like ids are {}. */
#ifndef PLEACH_GATEWAY_FIELDS_H
#define PLEACH_GATEWAY_FIELDS_H
#include "base/str.h"

enum {
	FIELDS_BODY_MAX = 64 << 10, /* bytes looked at of one body; then it is `cut` */
	FIELDS_DEPTH_MAX = 64,      /* of nesting; deeper is not followed */
	FIELDS_NAME_MAX = 200,      /* bytes of one name; what is longer, or inside of what is longer, has none */
	FIELDS_MAX = 64,            /* different names of one body */
	FIELDS_TEXT_MAX = 4096,     /* bytes of all of them */
};
enum fields_state { FIELDS_VALUE, FIELDS_VALUE_OR_END, FIELDS_KEY, FIELDS_KEY_OR_END, FIELDS_IN_KEY, FIELDS_IN_KEY_ESCAPE, FIELDS_COLON, FIELDS_IN_STRING, FIELDS_IN_STRING_ESCAPE,
		    FIELDS_IN_SCALAR, FIELDS_AFTER, FIELDS_DONE, FIELDS_BROKEN };
struct fields {
	enum fields_state state;
	uint8_t depth;
	bool cut;                    /* there was more than is looked at: what was found is not all */
	bool mute;                   /* the present key is too long */
	uint16_t name_len, key_from;
	uint32_t seen;               /* bytes */
	uint64_t objects;            /* bit a depth: an object, else an array */
	uint64_t mutes;              /* bit a depth: names below are not told */
	uint16_t lens[FIELDS_DEPTH_MAX]; /* length of the name of the container at each depth */
	uint16_t count, text_len;
	uint16_t from[FIELDS_MAX], len[FIELDS_MAX];
	uint32_t hash[FIELDS_MAX];
	char name[FIELDS_NAME_MAX];
	char text[FIELDS_TEXT_MAX];
};
void fields_begin(struct fields *f);
void fields_feed(struct fields *f, struct str piece);
/* Whether the body was one whole JSON value (or was cut before its end); else there are none. */
bool fields_end(struct fields *f);
static inline struct str fields_name(const struct fields *f, size_t i) { return str_from(f->text + f->from[i], f->len[i]); }

/* Numbers, UUIDs, long hexadecimal: a segment or key that names one thing of many. */
bool fields_is_id(struct str s);
#endif
