/* The tables that SQL files leave behind: the state after all statements of a folder's files, in the order of their names (numbers in names compared as numbers). Each folder with
 * SQL files is a contract of its own. What is no DDL of tables, views, enums or domains is skipped; what undoes a migration (*.down.sql, the part behind
 * "-- +goose Down", "-- +migrate Down", "-- migrate:down") is not applied. Names are compared without case, `public.` and `main.` before them are dropped. */
#ifndef PLEACH_CONTRACT_SQL_MODEL_H
#define PLEACH_CONTRACT_SQL_MODEL_H
#include "base/map.h"
#include "contract/format.h"
#include "contract/sql/lex.h"

enum { SQL_COLUMNS_MAX = 4096, SQL_TABLES_MAX = 1000000, SQL_VALUES_MAX = 10000 /* of an enum */, SQL_SOURCES_MAX = 1000 /* of a view; more are not followed */,
	SQL_FORMER_MAX = 64 /* former names; older ones are forgotten */ };

struct sql_spot { uint32_t file, offset; };
struct sql_names { struct str *items; size_t count, capacity; };

enum sql_family { SQL_OTHER, SQL_INT, SQL_DECIMAL, SQL_FLOAT, SQL_TEXT, SQL_BYTES, SQL_BOOL, SQL_DATE, SQL_TIME, SQL_TIMESTAMP, SQL_INTERVAL, SQL_UUID, SQL_JSON, SQL_ENUM };
struct sql_type {
	enum sql_family family;
	bool is_unsigned, fixed /* char(n): padded */, zoned /* with time zone */, binary /* jsonb */, serial;
	uint8_t arrays, bits;      /* bits: of integers and floats */
	int64_t length, scale;     /* of texts and bytes, digits of decimals; -1: without limit */
	struct str name;           /* as it is written, folded, without what stands in parentheses; of domains and enums their name */
	struct str text;           /* whole, for people */
	struct sql_names values;   /* of MySQL's ENUM(…) */
};
struct sql_column {
	struct str name, key, comment, default_text; /* key: the folded name; default_text: empty without a default */
	struct sql_type type;
	bool not_null, generated;
	struct sql_spot spot;
	struct sql_names former;   /* keys that it had before */
	struct str base_table, base_column; /* of a view's column: where it comes from */
};
struct sql_table {
	struct str name, key, comment, definition; /* definition: of a view */
	bool view, open /* a view whose columns are not all known */;
	struct sql_spot spot;
	struct sql_column *columns;
	size_t count, capacity;
	struct sql_names primary, former, sources; /* primary: column keys in order; sources: keys of the tables that a view reads */
	struct str primary_name;   /* of its constraint */
};
struct sql_enum { struct str name, key; struct sql_names values; struct sql_spot spot; };
struct sql_domain { struct str name, key; struct sql_type type; bool not_null; struct sql_spot spot; };
struct sql_file { const struct source_file *source; struct line_index lines; bool indexed; };
struct sql_schema { /* one folder */
	struct str name;
	struct map tables, enums, domains; /* by key */
	struct arena *arena;
	struct sql_file *files;            /* of the model */
};
struct sql_model {
	struct contract_model model;
	struct arena arena;
	struct sql_file *files;
	size_t file_count, file_capacity;
	struct sql_schema *schemas;
	size_t count;
};
extern const struct contract_format sql_format;

/* Applies the statements of a file; false with e at the first that is cut short or contradicts the state in a way that leaves the contract unclear. */
bool sql_apply(struct sql_schema *s, uint32_t file, struct err *e);
struct text_place sql_place(const struct sql_schema *s, struct sql_spot spot);
struct sql_column *sql_column_of(const struct sql_table *t, struct str key);
struct sql_table *sql_table_of(const struct sql_schema *s, struct str key);
/* Names in the schema's arena. */
bool sql_names_add(struct arena *a, struct sql_names *n, struct str name);
/* Forgets the oldest where there are SQL_FORMER_MAX. */
bool sql_former_add(struct arena *a, struct sql_names *n, struct str name);
bool sql_names_has(const struct sql_names *n, struct str name);

/* ---- types ---- */
/* From the words of a type: "character varying", the numbers in parentheses, what follows. */
void sql_type_set(struct sql_type *t, struct str words, const int64_t *numbers, size_t count);
/* The type with a domain's in its place, and an enum's values. */
struct sql_type sql_type_resolved(const struct sql_schema *s, const struct sql_type *t);
enum sql_type_change { SQL_TYPE_SAME, SQL_TYPE_WIDER, SQL_TYPE_NARROWER, SQL_TYPE_BEHAVIOUR, SQL_TYPE_OTHER };
enum sql_type_change sql_type_compare(const struct sql_type *before, const struct sql_type *after);
/* Whether a column of the (resolved) type can hold the value. */
bool sql_type_holds(const struct sql_type *t, const struct json *v);

/* ---- checking witnesses ---- */
/* Rows of a table, one object or an array of them: nulls, values, the primary key. whole: what is not given is null or the default; else only what is given is looked at.
 * fault: in words, 256 bytes. */
bool sql_rows_fit(const struct sql_schema *s, const struct sql_table *t, const struct json *rows, bool whole, char *fault);
/* SELECT names or * FROM table [WHERE name = 'value'] */
bool sql_query_works(const struct sql_schema *s, struct str query, char *fault);

bool sql_compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options, struct changes *out, struct err *e);
void sql_describe(const struct contract_model *m, struct json_out *o);
#endif
