/* Witnesses: concrete bytes, JSON or calls that one side of a comparison takes and the other does not, or reads differently. Nothing is claimed: each candidate is written
 * by one side's contract and read by both, and only a difference that was seen becomes a witness. Without one the change stays unproved. */
#ifndef PLEACH_CONTRACT_PROTO_WITNESS_H
#define PLEACH_CONTRACT_PROTO_WITNESS_H
#include "contract/proto/compare.h"
#include "contract/proto/dynamic.h"

/* Instances of a pair of messages in which the fields of `numbers` play a part (0: none in particular). Bytes first for what breaks on the wire or in behaviour, JSON for the
 * rest; old writers first, then new ones. */
void witness_message(struct comparer *c, struct change *x, const struct proto_message *a, const struct proto_message *b, const int32_t *numbers, size_t count);
/* Bytes that the new message reads into a field of another name: the number changed its meaning. */
void witness_other_field(struct comparer *c, struct change *x, const struct proto_message *a, const struct proto_message *b, int32_t number);
/* An instance of a message that has a field of the enum. */
void witness_enum(struct comparer *c, struct change *x, uint32_t pair, int32_t value);
/* What a call of the old contract meets: text is the request line. The two texts are what the caller has found in both models. */
void witness_call(struct comparer *c, struct change *x, struct str text, const char *before, const char *after);
/* A generated client's name of a thing, which only the old model has. Only where nothing else was found. */
void witness_code(struct comparer *c, struct change *x, struct str name, const char *before, const char *after);
/* JSON that fills a field of the old message and that the new one has two fields for. */
void witness_two_fields(struct comparer *c, struct change *x, const struct proto_message *a, const struct proto_field *f, const struct proto_message *b);
/* A value that is to be set in a field's instance, e.g. one that a rule refuses: JSON; before and after are the rules' verdicts. */
void witness_rule(struct comparer *c, struct change *x, const struct proto_message *a, const struct proto_field *f, const struct dyn_value *value, const char *before, const char *after);
#endif
