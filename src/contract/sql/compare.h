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
