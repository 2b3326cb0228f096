/* For what reads JSON by simdjson (base/json.cc, contract/doc): where a text is wrong, and in which words to say it; simdjson tells neither.
 * Runs only after a failure, so it is written for clear messages, not for speed. */
#ifndef PLEACH_BASE_JSON_PLACE_H
#define PLEACH_BASE_JSON_PLACE_H
#include "base/buf.h"
#include "base/str.h"

enum { JSON_PLACE_DEPTH_MAX = 1024 };
struct json_fault {
	uint32_t line, column; /* from 1; columns count characters */
	const char *what;      /* static text: what was found or expected there */
};
/* The first fault; false (and *fault untouched) where the text is right by RFC 8259 and JSON_MAX_DEPTH. A surrogate that stands alone is
 * right: json_relax helps it. */
bool json_find_fault(struct str text, struct json_fault *fault);
/* As json_find_fault, with `levels` (at most JSON_PLACE_DEPTH_MAX) of nesting allowed. */
bool json_find_fault_deep(struct str text, unsigned levels, struct json_fault *fault);
/* Legal JSON that simdjson refuses, in a form that it takes: ".0" behind each integer that fits neither int64 nor uint64, and U+FFFD for
 * each escaped half of a surrogate pair that stands alone (JavaScript writes them where it cuts a text). False where there is neither, or
 * out is full. */
bool json_relax(struct str text, struct buf *out);
#endif
