/* Errors as values: a code from tbl/errors.h, a message for people that says what is wrong and what to do, and optionally the place
 * in a file. Functions that can fail return bool (or a negative code where hot) and fill a struct err; outputs are untouched then.
 * The first error set stays: err_set on an err already set does nothing, so a caller may give one err to several steps. */
#ifndef PLEACH_BASE_ERR_H
#define PLEACH_BASE_ERR_H
#include "base/buf.h"
#include "base/str.h"

enum err_code {
	ERR_NONE = 0,
#define ERROR_ROW(symbol, name, http, exit_code, meaning) ERR_##symbol,
#include "tbl/errors.h"
#undef ERROR_ROW
	ERR_COUNT
};

struct err {
	enum err_code code;
	uint32_t line, column; /* from 1; 0 where there is no place */
	char file[256];        /* NUL-terminated, empty where there is none; long paths lose their beginning */
	char message[512];     /* NUL-terminated; what, expected what, remedy */
};

static inline bool err_is_set(const struct err *e) { return e->code != ERR_NONE; }
static inline void err_clear(struct err *e) { memset(e, 0, sizeof(*e)); }
/* Always returns false, so that `return err_set(...)` reads well. */
bool err_set(struct err *e, enum err_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Sets the place of an error that has none yet. */
void err_place(struct err *e, struct str file, uint32_t line, uint32_t column);
/* "file:line:column: message" into b. */
void err_format(const struct err *e, struct buf *b);
/* From the table: the stable lower-case name, the HTTP status it is answered with, the exit code of a command that ends with it. */
const char *err_name(enum err_code code);
int err_http_status(enum err_code code);
int err_exit_code(enum err_code code);
#endif
