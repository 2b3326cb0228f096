/* contract.lock: the files of a contract as they were agreed on, whole, in one YAML file that a review can read. It is written and read here
 * only; people read it, nobody edits it (each text has its SHA-256 beside it). The bytes depend on the files alone. Texts are block scalars; what YAML cannot hold
 * exactly (other control characters, broken UTF-8, mixed line ends) is base64. */
#ifndef PLEACH_CONTRACT_LOCK_H
#define PLEACH_CONTRACT_LOCK_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define LOCK_FILE "contract.lock"
struct lock_file { struct str path, text; }; /* path: from the lock's folder; may begin with "../" */
struct lock { struct lock_file *files; size_t count, capacity; }; /* sorted by path (byte order) */

/* Whether the text is that of a lock file, by its first line. */
bool lock_recognises(struct str text);
/* The files must be sorted by path. Failures are the buf's. */
void lock_write(struct buf *b, const struct lock_file *files, size_t count);
/* Texts live in the arena. False with e: file (as named), line, column, remedy. */
bool lock_read(struct arena *a, struct str name, struct str text, struct lock *out, struct err *e);
const struct lock_file *lock_find(const struct lock *l, struct str path);
#endif
