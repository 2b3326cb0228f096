/* The texts of a segment's rows, split before any block is written: only who has seen all texts of a template knows which of its variables never
 * vary. Those become part of the template (they would cost a slot in every block), the others stay variables.
 *
 * This is the only time that the texts are looked at as a whole: what filters are to know of a variable is taken down here, too, and entered with
 * its block (bodies_note), when it is known whether it varies. */
#ifndef PLEACH_STORE_BODIES_H
#define PLEACH_STORE_BODIES_H
#include "store/column_write.h"

enum { BODIES_FOLD_MIN = 4 }; /* rows of a template from which on a variable that does not vary is taken for a part of it */
struct body_slot {
	const char *text;              /* of the template's first row */
	struct variable first;         /* in it */
	uint64_t hash;                 /* of it */
	uint32_t noted;                /* newest block that it was taken down for */
	bool varies;
};
struct body_template {
	uint32_t rows, first_slot, vars;
	uint32_t entry, kept;          /* in the segment's dictionary; variables that are left */
	uint32_t group;                /* of its first row */
};
struct body_note { uint64_t hash; uint32_t slot, block; };              /* slot NOTE_ID: an id, whatever varies */
#define NOTE_ID UINT32_MAX
struct bodies {
	struct dictionary templates;
	struct body_template *list;             /* by template */
	struct body_slot *slots;
	struct variable *vars;
	struct body_note *notes;                /* by block */
	uint32_t *row_template, *row_var;       /* by row */
	size_t rows, row_room, var_count, var_room, slot_count, slot_room, list_room, note_count, note_room, notes_entered;
	struct text_split split;
	bool failed;                            /* no memory */
};
/* rows: how many will be added. */
bool bodies_init(struct bodies *b, size_t rows);
void bodies_release(struct bodies *b);
/* In order of the rows; block: the number of that which the row will stand in; group: a number that rows of like texts have in common. The text must
 * outlive b. */
void bodies_add(struct bodies *b, struct str text, uint32_t block, uint32_t group);
/* After all were added: enters the templates into the segment's dictionary, group by group: so they compress best, and so do lists of them. */
void bodies_fold(struct bodies *b, struct column_shared *s);
/* Enters the variables of the current block (s->block) into the filters; block after block. */
void bodies_note(struct bodies *b, struct column_shared *s);
#endif
