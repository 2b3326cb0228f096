/* Reading the members of a JSON message that another part sent: every value is checked for type and range, the first fault is kept in `e` and
 * makes all further reads return empty values, so that a decoder reads straight on and asks once at its end (wire_ok). Text is copied into
 * the arena. An absent (or null) member is the fall-back, an unknown member is ignored. Used by snapshot and node_status. */
#ifndef PLEACH_MODEL_WIRE_H
#define PLEACH_MODEL_WIRE_H
#include "base/json.h"
#include "sys/sys.h"

struct wire {
	struct arena *arena;
	struct err *e;
};
static inline bool wire_ok(const struct wire *w) { return !err_is_set(w->e) && !w->arena->full; }
/* At most max bytes, no NUL; empty when absent. */
struct str wire_str(struct wire *w, const struct json *j, const char *key, size_t max);
/* Output of programs: any bytes, NUL too. */
struct str wire_output(struct wire *w, const struct json *j, const char *key, size_t max);
/* A name (model/names.h) that must be there. */
struct str wire_name(struct wire *w, const struct json *j, const char *key);
int64_t wire_i64(struct wire *w, const struct json *j, const char *key, int64_t min, int64_t max, int64_t otherwise);
uint64_t wire_u64(struct wire *w, const struct json *j, const char *key);
double wire_f64(struct wire *w, const struct json *j, const char *key, double min, double max);
bool wire_bool(struct wire *w, const struct json *j, const char *key);
/* Family SYS_NONE when absent or empty. */
struct sys_addr wire_addr(struct wire *w, const struct json *j, const char *key);
/* The array's items, *n of them (0 when absent). */
const struct json *wire_list(struct wire *w, const struct json *j, const char *key, size_t max, size_t *n);
/* An array of texts; NULL when it is empty or absent. */
struct str *wire_strs(struct wire *w, const struct json *j, const char *key, size_t max, size_t *n);
/* An array of n zeroed elements in the arena; NULL (and an error) when it is full. */
void *wire_array(struct wire *w, size_t n, size_t size);

/* Writing: an address as text (nothing when it has none), an array of texts. */
void wire_put_addr(struct json_out *o, const char *key, const struct sys_addr *a);
void wire_put_strs(struct json_out *o, const char *key, const struct str *items, size_t n);
#endif
