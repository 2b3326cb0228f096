/* Private to contract/schema: the search for a witness, between schema_witness.c (places, and what proves) and schema_aim.c (which values to try). */
#ifndef PLEACH_CONTRACT_SCHEMA_WITNESS_H
#define PLEACH_CONTRACT_SCHEMA_WITNESS_H
#include "contract/schema/schema_compare_impl.h"

enum { WITNESS_TRIES = 10 };
struct spot {
	const struct spot *above;      /* NULL at the root */
	struct view view;
	uint8_t step;
	uint32_t index;
	struct str name;
	bool aim;                      /* where the difference is */
};
struct seeking {
	struct schema_compare *c;
	struct arena arena;            /* of one candidate and what is around it */
	const struct root *root;
	int direction;                 /* of the root */
	unsigned candidates;
	uint64_t checks, makes;        /* that were left at the beginning */
	const struct doc *proof;       /* found */
	struct schema_fault fault;
	struct view refusing;          /* at the aim: what must refuse the value there, so that the proof is one of this difference and of no other beside it */
	uint64_t seed;
};

/* The work for this change, or for all, is used up. */
bool seeking_tired(const struct seeking *s);
/* A value for a spot: whether it proves the break when it is put into a root's value. */
bool seeking_candidate(struct seeking *s, const struct spot *at, const struct doc *value);
/* All that two views say; a choice of `a` that `b` is a branch of is decided. */
uint32_t seeking_join(struct schema_compare *c, const struct view *a, const struct view *b);

/* Values aimed at the keyword that changed, at what the other side speaks of, and at nothing in particular. */
bool aim_at_difference(struct seeking *s, const struct spot *at, const struct difference *d, int direction, const struct view *b);
bool aim_at_spoken_of(struct seeking *s, const struct spot *at, const struct view *b);
bool aim_anywhere(struct seeking *s, const struct spot *at);
#endif
