/* What the files of the schema registry share. Nobody outside of this folder includes it.
 *
 * A request's handler gets a struct call: path parameters decoded, body parsed, an arena that ends with the exchange. It either fills `out` (200), or sets a
 * fault with registry_fault. The database is asked through registry_query (registry_db.c). */
#ifndef PLEACH_CONTRACT_REGISTRY_IMPL_H
#define PLEACH_CONTRACT_REGISTRY_IMPL_H
#include "base/json.h"
#include "contract/format.h"
#include "contract/registry/registry.h"
#include <sqlite3.h>

struct registry {
	sqlite3 *db;                 /* NULL: it could not be opened; `trouble` says why */
	char trouble[512];
};

/* error_code values of the API. */
enum {
	REGISTRY_SUBJECT_NOT_FOUND = 40401,
	REGISTRY_VERSION_NOT_FOUND = 40402,
	REGISTRY_SCHEMA_NOT_FOUND = 40403,
	REGISTRY_SUBJECT_SOFT_DELETED = 40404,
	REGISTRY_SUBJECT_NOT_SOFT_DELETED = 40405,
	REGISTRY_VERSION_SOFT_DELETED = 40406,
	REGISTRY_VERSION_NOT_SOFT_DELETED = 40407,
	REGISTRY_NO_SUBJECT_CONFIG = 40408,
	REGISTRY_NO_SUBJECT_MODE = 40409,
	REGISTRY_INCOMPATIBLE = 409,
	REGISTRY_INVALID_SCHEMA = 42201,
	REGISTRY_INVALID_VERSION = 42202,
	REGISTRY_INVALID_LEVEL = 42203,
	REGISTRY_INVALID_MODE = 42204,
	REGISTRY_NOT_PERMITTED = 42205,
	REGISTRY_REFERENCED = 42206,
	REGISTRY_INVALID_SUBJECT = 42208,
	REGISTRY_BACKEND = 50001
};
enum { REGISTRY_PARAMETERS_MAX = 2 };
struct call {
	struct registry *registry;
	struct http_exchange *x;
	struct arena *arena;
	struct str parameters[REGISTRY_PARAMETERS_MAX]; /* of the path, decoded */
	const struct json *body;     /* NULL: the method has none */
	struct buf out;              /* the answer; JSON, or a schema's text */
	struct json_out json;        /* into `out` */
	int error_code;              /* 0: none; the status is its first three digits */
	struct buf message;
	bool wrote;                  /* a transaction is open */
};
/* Always false. The first fault stays. */
bool registry_fault(struct call *c, int error_code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A query parameter that is "true". */
bool registry_flag(struct call *c, const char *name);
struct str registry_parameter(struct call *c, const char *name); /* decoded; p NULL: not there */

/* --- database ---------------------------------------------------------------------------------------------------------------------------------------- */
bool registry_open(struct registry *r, struct str file, struct err *e);
/* A statement with its parameters: 's' struct str, 'i' int64_t, 'b' struct str as bytes. NULL with a fault. Ended by registry_end. */
sqlite3_stmt *registry_query(struct call *c, const char *sql, const char *types, ...);
/* The next row; false at the end, or with a fault. */
bool registry_row(struct call *c, sqlite3_stmt *s);
void registry_end(sqlite3_stmt *s);
struct str registry_text(struct call *c, sqlite3_stmt *s, int column); /* in the arena */
/* A statement without rows. */
#define registry_do(c, ...) registry_done(c, registry_query(c, __VA_ARGS__))
bool registry_done(struct call *c, sqlite3_stmt *s);
/* The first column of the only row, `otherwise` where there is none. */
#define registry_number(c, otherwise, ...) registry_first(c, otherwise, registry_query(c, __VA_ARGS__))
int64_t registry_first(struct call *c, int64_t otherwise, sqlite3_stmt *s);
bool registry_begin(struct call *c);
/* On disk when it returns true. */
bool registry_commit(struct call *c);
void registry_rollback(struct call *c);

/* --- schemas ------------------------------------------------------------------------------------------------------------------------------------------- */
struct registry_kind {
	struct str name;             /* "AVRO" */
	const struct contract_format *format;
	struct str file;             /* of the schema in a source; its references stand under their names, Avro's under numbers */
	uint8_t categories;          /* changes of these make a version incompatible */
};
const struct registry_kind *registry_kind(struct str name); /* empty: AVRO; NULL: unknown */
extern const struct registry_kind registry_kinds[];
struct registry_reference { struct str name, subject; int64_t version; };
/* A schema as it came, or as it is kept. */
struct registry_schema {
	const struct registry_kind *kind;
	struct str text;             /* normal form */
	struct str references;       /* JSON as it is answered; empty: none */
	struct registry_reference *list;
	size_t count;
	int64_t id, version;         /* of a kept one */
	uint8_t hash[32];
};
/* From the request's body: parsed, valid, references found. False with a fault. */
bool registry_schema_from_body(struct call *c, struct registry_schema *s);
/* Reads columns type, text, refs of a row from `column` on. */
bool registry_schema_from_row(struct call *c, sqlite3_stmt *row, int column, struct registry_schema *s);
/* The files of a schema and all that it refers to. To be released, also when false. */
bool registry_source(struct call *c, const struct registry_schema *s, struct source *out);
/* "schemaType", "references", "schema" of an answer, in their order. */
void registry_schema_json(struct call *c, const struct registry_schema *s);

/* --- compatibility ----------------------------------------------------------------------------------------------------------------------------------- */
enum registry_level {
	LEVEL_NONE, LEVEL_BACKWARD, LEVEL_BACKWARD_TRANSITIVE, LEVEL_FORWARD, LEVEL_FORWARD_TRANSITIVE, LEVEL_FULL, LEVEL_FULL_TRANSITIVE, LEVEL_COUNT
};
extern const struct str registry_levels[LEVEL_COUNT];
/* The subject's, else the global one. */
enum registry_level registry_level_of(struct call *c, struct str subject);
struct registry_verdict { bool compatible; struct str messages[REGISTRY_MESSAGES_MAX]; size_t count; };
/* Whether `next` may follow `old` under the level. False with a fault. */
bool registry_judge(struct call *c, enum registry_level level, const struct registry_schema *old, const struct registry_schema *next, struct registry_verdict *v);
/* The same for all that the level says: the latest version, or all of them. only: 0, or just this version. */
bool registry_judge_subject(struct call *c, struct str subject, int64_t only, const struct registry_schema *next, struct registry_verdict *v);

/* --- handlers ------------------------------------------------------------------------------------------------------------------------------------------ */
/* A version of a path: a number, "latest" or -1. latest: the newest that is not deleted. False with a fault. */
bool registry_version_from(struct call *c, struct str text, int64_t *version);
bool registry_subject_valid(struct call *c, struct str subject);
bool registry_may_write(struct call *c, struct str subject);
/* The schema of a version; deleted ones only where wanted. False with a fault (40401, 40402). */
bool registry_find_version(struct call *c, struct str subject, struct str version, bool deleted, struct registry_schema *s);
typedef void registry_handler(struct call *c);
registry_handler registry_root, registry_subjects, registry_versions, registry_version, registry_version_schema, registry_referenced_by, registry_register, registry_lookup,
	registry_delete_subject, registry_delete_version, registry_schema_by_id, registry_schema_text_by_id, registry_subjects_by_id, registry_versions_by_id,
	registry_types, registry_check_all, registry_check_version, registry_config, registry_config_set, registry_config_delete, registry_config_subject,
	registry_config_subject_set, registry_config_subject_delete, registry_mode, registry_mode_set, registry_mode_subject, registry_mode_subject_set,
	registry_mode_subject_delete, registry_contexts;
#endif
