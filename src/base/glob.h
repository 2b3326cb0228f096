/* Patterns of names: `*` is any part of a name, `?` one character (byte); a leading dot must be written. One name at a time: whoever matches
 * paths goes segment by segment. */
#ifndef PLEACH_BASE_GLOB_H
#define PLEACH_BASE_GLOB_H
#include "base/str.h"
bool glob_is_pattern(struct str s);
bool glob_matches(struct str pattern, struct str name);
#endif
