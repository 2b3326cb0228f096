/* Comparing the tables of two folders for those who read them, between the files that do it. One change a cause: what differs by a domain or an enum is told of that, what a view
 * has from a table is told of the table. */
#ifndef PLEACH_CONTRACT_SQL_COMPARE_H
#define PLEACH_CONTRACT_SQL_COMPARE_H
#include "contract/sql/model.h"

struct sql_compare {
	const struct sql_schema *before, *after;
	const struct contract_options *options;
	struct changes *out;
	struct str prefix;             /* before subjects, where there are several folders; else empty */
};
struct str sql_text(struct sql_compare *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct str sql_copy(struct sql_compare *c, struct str s);
/* NULL where it is dropped, or is information that nobody asked for. Spots NULL: not there on this side. */
struct change *sql_change(struct sql_compare *c, enum change_kind kind, struct str subject, struct str detail, const struct sql_spot *old_spot, const struct sql_spot *new_spot);
void sql_set_level(struct change *x, enum change_level level);
/* The tables, and the views over them. */
void sql_set_reach(struct sql_compare *c, struct change *x, const struct sql_schema *s, struct sql_names tables);
void sql_reach_table(struct sql_compare *c, struct change *x, const struct sql_schema *s, const struct sql_table *t);
void sql_compare_table(struct sql_compare *c, const struct sql_table *t, const struct sql_table *now);
void sql_table_gone(struct sql_compare *c, const struct sql_table *t);
/* Whether a table of the new side was there before, perhaps under another name. */
bool sql_was_table(const struct sql_compare *c, const struct sql_table *n);

/* A SELECT that worked and does not any more. */
bool sql_prove_query(struct sql_compare *c, struct change *x, struct str query);
/* Rows that one side takes and the other does not. */
bool sql_prove_rows(struct sql_compare *c, struct change *x, const struct sql_table *before, const struct sql_table *after, struct str rows, bool whole);
/* A name as a query needs it: in quotes where it is no plain word. */
struct str sql_quoted(struct sql_compare *c, struct str name);

/* Finds rows for a change of a column's type, nullability or values, of the primary key. */
void sql_witness_type(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, const struct sql_column *n);
void sql_witness_null(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m);
void sql_witness_value(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now, const struct sql_column *m, struct str value);
void sql_witness_key(struct sql_compare *c, struct change *x, const struct sql_table *t, const struct sql_table *now);
#endif
