/* The comparison of two sets of Avro schemas, in three steps: pairs are resolved in both directions (avro_resolve.h); a walk from each root finds what does not
 * fit, as causes (avro_compare.c); causes become changes with witnesses (avro_report.c, avro_witness.c).
 *
 * Directions are told as the contract's reach has them: REACH_REQUEST is backward (the new schema reads what the old one wrote), REACH_RESPONSE is forward (the old
 * schema reads what the new one wrote). A cause is the same in both: kind, subject and detail do not depend on who reads. */
#ifndef PLEACH_CONTRACT_AVRO_COMPARE_H
#define PLEACH_CONTRACT_AVRO_COMPARE_H
#include "base/map.h"
#include "contract/avro/avro_value.h"

struct avro_root { struct avro_use before, after; };
struct avro_place { struct doc_file *file; uint32_t offset; }; /* file NULL: not there */
struct avro_reached { uint32_t root; uint8_t directions; };
struct avro_cause {
	enum change_kind kind;       /* CHANGE_KIND_AVRO_TYPE_CHANGED until both directions are known */
	struct str subject, detail, sentence;
	struct avro_place before, after;
	uint8_t directions;
	bool lesser;                 /* a warning where the kind breaks */
	enum rule_id rules[2];
	size_t rules_count;
	/* Where it was found first: how to get there in the writer's schema, and what the reader says there. */
	enum reach_direction found;
	uint32_t root;
	const struct avro_step *steps;
	size_t steps_count;
	struct avro_failure failure; /* fault AVRO_FITS: nothing fails, but values are understood differently */
	struct avro_reached *reached;
	size_t reached_count, reached_capacity;
};
struct avro_compare {
	const struct avro_set *before, *after;
	const struct contract_options *options;
	struct changes *out;
	struct arena arena;          /* of pairs, walks and causes; texts of changes are in out's */
	struct avro_root *roots;
	size_t roots_count;
	struct avro_cause *causes;
	size_t causes_count, causes_capacity;
	struct map known;            /* "kind subject detail" to cause + 1 */
	const uint32_t *ranks[2];    /* of before, after; on demand */
	bool full;                   /* a limit was reached */
};
/* One direction: resolves and walks. */
void avro_compare_direction(struct avro_compare *c, enum reach_direction direction);
/* All causes as changes. */
void avro_report(struct avro_compare *c);
/* A record that one schema wrote and the other cannot read, where that can be shown. */
void avro_witness(struct avro_compare *c, const struct avro_cause *cause, struct change *x);
#endif
