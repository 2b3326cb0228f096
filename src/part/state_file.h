/* A file of JSON in which a part remembers something: <folder>/<name>. Small, read and written whole, by any thread, one at a time. */
#ifndef PLEACH_PART_STATE_FILE_H
#define PLEACH_PART_STATE_FILE_H
#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

/* In the arena. NULL: there is none, it is larger than `most` bytes, or it is no JSON: as if nothing were known. */
const struct json *state_file_read(struct arena *a, struct str folder, const char *name, size_t most);
/* Replaces it by what say(o, what) says; the folder's last step is made where it is missing. False with e; the file is as it was then. */
bool state_file_write(struct str folder, const char *name, size_t most, void (*say)(struct json_out *o, const void *what), const void *what, struct err *e);
#endif
