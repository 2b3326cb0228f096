/* The rows of tbl/fleet_keys.h as tables, and reading a YAML node by them. Everything here is the inside of fleet_load: others use
 * model/fleet.h.
 *
 * A reader collects errors instead of stopping at the first: a wrong value is reported once and read as its default (or as absent), so
 * that the rest of the file can be judged too. */
#ifndef PLEACH_MODEL_FLEET_KEYS_H
#define PLEACH_MODEL_FLEET_KEYS_H
#include "base/yaml.h"
#include "model/fleet.h"

enum fleet_section {
#define FLEET_SECTION(symbol, file, where, title, meaning) SECTION_##symbol,
#include "tbl/fleet_keys.h"
	SECTION_COUNT
};
enum fleet_kind {
#define FLEET_KIND(symbol, node, words, example) KIND_##symbol,
#include "tbl/fleet_keys.h"
	KIND_COUNT
};
enum fleet_key_state { KEY_NEEDED, KEY_NOW, KEY_LATER };
struct fleet_section_info { struct str file, where, title, meaning; };
struct fleet_kind_info { enum yaml_type node; struct str words, example; };
struct fleet_key {
	enum fleet_section section;
	struct str name;
	enum fleet_kind kind;
	enum fleet_key_state state;
	double min, max;
	struct str otherwise, meaning;
};
extern const struct fleet_section_info fleet_sections[SECTION_COUNT];
extern const struct fleet_kind_info fleet_kinds[KIND_COUNT];
extern const struct fleet_key fleet_keys[];
extern const size_t fleet_keys_count;

struct fleet_reader {
	struct arena *arena;   /* the fleet's: values are copied into it */
	struct str file;       /* as errors name it; in the fleet's arena */
	struct err *errors;
	size_t errors_count, errors_capacity;
	size_t errors_unkept;  /* beyond FLEET_MAX_ERRORS, or without memory */
	struct err *warnings;
	size_t warnings_count, warnings_capacity;
};
static inline bool fleet_is_wrong(const struct fleet_reader *r) { return r->errors_count + r->errors_unkept > 0; }
/* An error at a place of the present file (line 0: the file as a whole). Beyond FLEET_MAX_ERRORS they are only counted. */
void fleet_wrong(struct fleet_reader *r, uint32_t line, uint32_t column, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* As fleet_wrong, for an error that a library call has set; its place is completed. */
void fleet_wrong_err(struct fleet_reader *r, struct err *e, uint32_t line, uint32_t column);
/* In the order of files and lines (pleach.yaml first): the first into e, the others into more (may be NULL), one a line. */
void fleet_report(struct fleet_reader *r, struct err *e, struct buf *more);
struct place fleet_place(const struct fleet_reader *r, uint32_t line, uint32_t column);

/* Judges the keys of a mapping: unknown and missing ones, nodes of the wrong shape, keys that are not acted on yet. False when the node
 * is no mapping at all (reported). A section that is there but empty is an empty mapping. */
bool fleet_check_keys(struct fleet_reader *r, enum fleet_section section, const struct yaml *node);
/* The value of a key when it is there and has the shape of its row, else NULL (fleet_check_keys has reported why). */
const struct yaml *fleet_get(enum fleet_section section, const struct yaml *node, const char *key);
/* Typed values. A wrong one is reported and the default of the row taken; without a default: empty or 0. */
struct str fleet_text(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key);
int64_t fleet_i64(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key); /* INT, DURATION, SIZE, OFFSET */
double fleet_f64(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key);
/* Wall ns of a DATE (the beginning of the day, UTC) or MOMENT; 0 when it is not there. */
int64_t fleet_moment(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key);
struct sys_addr fleet_addr(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key);
/* Texts of a list; NULL and *n = 0 when absent or empty. */
struct str *fleet_words(struct fleet_reader *r, enum fleet_section section, const struct yaml *node, const char *key, size_t *n);
/* A scalar as text: no NUL or other controls but tab and line end, at most FLEET_MAX_TEXT. False when reported. */
bool fleet_scalar(struct fleet_reader *r, const struct yaml *node, const char *what, struct str *out);

/* A pattern of files as written, made absolute under `base`; empty when it is wrong (reported at the node). */
struct str fleet_pattern(struct fleet_reader *r, const struct yaml *node, struct str base);

/* The row of a key that the code knows; a bug when there is none. */
const struct fleet_key *fleet_row(enum fleet_section section, const char *name);
/* Text from a file in a message: one line of it, not too long, whole characters. */
struct str fleet_shown(struct str s);
/* A bound of a row as a person would write it: "1ms", "64M", "0.01". */
void fleet_put_bound(struct buf *b, enum fleet_kind kind, double v);

/* One file each; the node is the document. */
void fleet_read_pleach(struct fleet_reader *r, struct fleet *f, const struct yaml *y);
bool fleet_read_service(struct fleet_reader *r, struct service *s, const struct yaml *y); /* false: it has no usable name */
void fleet_read_serves(struct fleet_reader *r, struct service *s, const struct yaml *y); /* its key `serves` */
/* What concerns several places: duplicates, unknown names, ports taken twice. */
void fleet_check_whole(struct fleet_reader *r, const struct fleet *f);

/* Directories that a pattern of `services` matches and that hold a service.yaml: absolute, sorted. *literal_missing: a pattern without
 * wildcards (or its fixed beginning) names nothing. False with e when the pattern itself is wrong or a limit was reached. */
struct fleet_dirs { struct str *items; size_t count, capacity; };
bool fleet_expand(struct arena *a, struct str root, struct str pattern, struct fleet_dirs *dirs, bool *literal_missing, struct err *e);
/* base and path joined without ".", ".." and double slashes; an absolute path stands alone. */
struct str fleet_join(struct arena *a, struct str base, struct str path);
#endif
