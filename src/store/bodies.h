/* The texts of a segment's rows, split before any block is written: only who has seen all texts of a template knows which of its variables never
 * vary. Those become part of the template (they would cost a slot in every block), the others stay variables. */
#ifndef PLEACH_STORE_BODIES_H
#define PLEACH_STORE_BODIES_H
#include "store/column_write.h"

enum { BODIES_FOLD_MIN = 4 }; /* rows of a template from which on a variable that does not vary is taken for a part of it */
struct body_var { uint32_t at, len; };          /* in the row's text */
struct body_slot { struct str first; bool varies; };
struct body_template { uint32_t rows, first_slot, vars, entry, kept; }; /* entry: in the segment's dictionary; kept: variables that are left */
struct bodies {
	struct dictionary templates;
	struct body_template *list;             /* by template */
	struct body_slot *slots;
	struct body_var *vars;
	uint32_t *row_template, *row_var;       /* by row */
	size_t rows, row_room, var_count, var_room, slot_count, slot_room, list_room;
	struct text_split split;
	bool failed;                            /* no memory */
};
/* rows: how many will be added. */
bool bodies_init(struct bodies *b, size_t rows);
void bodies_release(struct bodies *b);
void bodies_add(struct bodies *b, struct str text);
/* After all were added: enters the templates into the segment's dictionary. */
void bodies_fold(struct bodies *b, struct column_shared *s);
#endif
