/* What the readers of statements share: the state and small steps. Functions return false once e is set. */
#ifndef PLEACH_CONTRACT_SQL_PARSE_H
#define PLEACH_CONTRACT_SQL_PARSE_H
#include "contract/sql/model.h"

struct sql_parser {
	struct sql_schema *s;
	struct arena *arena;
	uint32_t file;
	struct str text;           /* up to where it is applied */
	struct sql_token token;    /* the next, not yet taken */
	uint32_t statement;        /* where the statement begins */
	struct err *e;
};
bool sql_fail(struct sql_parser *p, uint32_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool sql_no_room(struct sql_parser *p);
bool sql_next(struct sql_parser *p);
static inline struct str sql_text_of(const struct sql_parser *p) { return str_from(p->text.p + p->token.offset, p->token.len); }
static inline bool sql_at_mark(const struct sql_parser *p, char c) { return p->token.kind == SQL_T_MARK && p->text.p[p->token.offset] == c; }
static inline bool sql_at_word(const struct sql_parser *p, const char *word) { return p->token.kind == SQL_T_WORD && str_eq_ci(sql_text_of(p), str_z(word)); }
static inline bool sql_at_end(const struct sql_parser *p) { return p->token.kind == SQL_T_END || sql_at_mark(p, ';'); }
static inline struct sql_spot sql_here(const struct sql_parser *p) { return (struct sql_spot){ p->file, p->token.offset }; }
/* Takes the word where it is next; false where it is not (then nothing is taken) or e is set. */
bool sql_take(struct sql_parser *p, const char *word);
bool sql_take_mark(struct sql_parser *p, char c);
/* "IF NOT EXISTS" and such: as many of the words as follow each other. True where the first was there. */
bool sql_take_words(struct sql_parser *p, const char *first, const char *second, const char *third);
static inline bool sql_ok(const struct sql_parser *p) { return !err_is_set(p->e); }
/* A name without what stands before its last point; key: folded, with a schema other than public, main or dbo before it. */
bool sql_name(struct sql_parser *p, struct str *name, struct str *key, const char *wanted);
/* Takes what stands in parentheses, the opening one being next. */
bool sql_skip_group(struct sql_parser *p);
/* Up to a comma or the end of the statement, or a closing parenthesis, at this depth. */
bool sql_skip_item(struct sql_parser *p);
bool sql_column_names(struct sql_parser *p, struct sql_names *keys); /* (a, b DESC, c(10)) as folded names */
bool sql_parse_type(struct sql_parser *p, struct sql_type *t);
bool sql_parse_strings(struct sql_parser *p, struct sql_names *n); /* ('a', 'b') */

bool sql_create_table(struct sql_parser *p);
/* Type and options of a column whose name was taken; a column or constraint. */
bool sql_column_body(struct sql_parser *p, struct sql_table *t, struct sql_column *c);
bool sql_table_element(struct sql_parser *p, struct sql_table *t);
bool sql_alter_table(struct sql_parser *p);
bool sql_create_view(struct sql_parser *p, bool replace);
struct sql_table *sql_new_table(struct sql_parser *p, struct str name, struct str key, struct sql_spot spot);
struct sql_column *sql_new_column(struct sql_parser *p, struct sql_table *t, struct str name, struct str key, struct sql_spot spot);
bool sql_rename_table(struct sql_parser *p, struct sql_table *t, struct str name, struct str key);
#endif
