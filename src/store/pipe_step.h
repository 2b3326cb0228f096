/* Steps of a run: made by pipe_run.c, done by pipe_step.c. */
#ifndef PLEACH_STORE_PIPE_STEP_H
#define PLEACH_STORE_PIPE_STEP_H
#include "store/pipe_group.h"
#include "store/pipe_run.h"

struct pipe_step_kind { void (*row)(struct pipe_step *s, struct pipe_row *r); void (*finish)(struct pipe_step *s); };
extern const struct pipe_step_kind pipe_step_where, pipe_step_parse, pipe_step_limit, pipe_step_project, pipe_step_keep, pipe_step_groups, pipe_step_patterns,
	pipe_step_join, pipe_step_out;
struct pipe_step {
	const struct pipe_step_kind *kind;
	struct pipe_run *run;
	struct pipe_step *next, *made_before;
	const struct pipe_stage *stage;      /* where, parse, groups */
	struct pipe_keep *keep;
	struct groups *groups;
	struct patterns *patterns;
	struct pipe_join *join;              /* owned by the step of side 0 */
	int side;
	const struct str *names;             /* of a join's columns */
	uint64_t left;                       /* limit: rows still to let through; keep: 1: what it leaves out is a cut */
	struct { struct pipe_field *fields; size_t count; } project;
};
/* pipe_templates.c */
void pipe_entries_free(struct pipe_entries *c);
bool pipe_patterns_block(struct pipe_step *s, struct block *b, const uint64_t *rows, bool *handled, struct err *e);
static inline void pipe_step_row(struct pipe_step *s, struct pipe_row *r) { s->kind->row(s, r); }
static inline void pipe_step_finish(struct pipe_step *s) { s->kind->finish(s); }
#endif
