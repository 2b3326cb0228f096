/* Private to contract/pact: one comparison under way. match.c begins and ends it; match_fields.c, match_body.c, match_json.c and match_xml.c walk what they are
 * named after; match_rule.c says which rule is in force where they stand; match_value.c judges one value by one matcher. */
#ifndef PLEACH_CONTRACT_PACT_MATCH_IMPL_H
#define PLEACH_CONTRACT_PACT_MATCH_IMPL_H
#include "contract/pact/match.h"
#include "contract/pact/pact_impl.h"
#include "contract/pact/xml.h"

/* What is in force at a value: the matchers of the best rule. */
struct pact_force {
	const struct pact_matcher *matchers;
	uint32_t count;                    /* 0: no rule; the value must be equal */
	bool any;                          /* one of them is enough */
	bool cascaded;                     /* it is the rule of something further out */
};
struct pact_matching {
	const struct pact_part *part;
	const struct pact_rules *rules;    /* of what is being compared */
	enum pact_where where;
	struct str name;                   /* of the header, parameter, metadata key; empty in bodies */
	bool more;                         /* what is not expected is no difference */
	bool textual;                      /* values come from text: a number is its digits (XML, forms, headers) */
	bool xml;                          /* an index in a path may be left out */
	struct pact_force inherited;       /* within the values of an eachValue: its rules; count 0: none */
	uint32_t inherited_depth;          /* of those values */
	struct arena *scratch;
	struct pact_mismatches *out;       /* NULL: nobody asks for more than yes or no */
	uint64_t work;                     /* left */
	bool limited;                      /* the limit was told */
	struct pact_step steps[2 * PACT_DEPTH_MAX + 4];
	uint32_t depth;                    /* of steps */
};
/* A text as a value; bodies are bounded, so that its length always fits. */
static inline struct doc pact_text_doc(struct str s) { return (struct doc){ .type = DOC_STRING, .count = s.len & 0x0fffffff, .p = s.p ? s.p : "" }; }
/* Where a comparison stands in `out`, for alternatives: what was told since is taken back. */
struct pact_mark { size_t count; bool more; };
static inline struct pact_mark pact_mark(const struct pact_matching *m) { return m->out ? (struct pact_mark){ m->out->count, m->out->more } : (struct pact_mark){ 0, false }; }
static inline void pact_rewind(struct pact_matching *m, struct pact_mark at)
{
	if (m->out) {
		m->out->count = at.count;
		m->out->more = at.more;
	}
}

/* Tells a mismatch where the comparison stands; always false. Texts are copied. p NULL: there is none. */
bool pact_differs(struct pact_matching *m, struct str expected, struct str actual, const char *format, ...) __attribute__((format(printf, 4, 5)));
bool pact_differs_fault(struct pact_matching *m, struct str sentence);
/* A step of work; false (told once) when the limit is reached. */
bool pact_work(struct pact_matching *m, uint64_t n);
bool pact_push(struct pact_matching *m, enum pact_step_kind kind, struct str name, uint32_t index);
static inline void pact_pop(struct pact_matching *m, uint32_t n) { m->depth -= n; }
/* "$.a[0]" of where the comparison stands. */
struct str pact_place(struct pact_matching *m);

struct pact_force pact_force_here(struct pact_matching *m);

/* One value by one matcher. False with the sentence in `why` (where it is not NULL). */
bool pact_value_fits(struct pact_matching *m, const struct pact_matcher *k, const struct doc *e, const struct doc *a, bool cascaded, struct str *why);
/* By all that is in force, or by equality; tells. */
bool pact_scalar(struct pact_matching *m, struct pact_force f, const struct doc *e, const struct doc *a);
/* The same for texts (header values, attributes, form values …). */
bool pact_text_fits(struct pact_matching *m, struct pact_force f, struct str e, struct str a);
bool pact_doc_same(const struct doc *a, const struct doc *b); /* as JSON values of Pact: 1 and 1.0 are two */
/* A value for people: "abc" with quotes, cut to PACT_SHOWN_MAX. */
struct str pact_show(struct pact_matching *m, const struct doc *d);
const char *pact_type_name(const struct doc *d);

bool pact_json_compare(struct pact_matching *m, const struct doc *e, const struct doc *a);
bool pact_xml_compare(struct pact_matching *m, struct str expected, struct str actual);
bool pact_body_compare(struct pact_matching *m, const struct pact_actual *actual);
bool pact_multipart_compare(struct pact_matching *m, struct str expected, struct str actual, struct str expected_type, struct str actual_type);
bool pact_query_compare(struct pact_matching *m, const struct pact_fields *e, const struct pact_fields *a);
bool pact_headers_compare(struct pact_matching *m, const struct pact_fields *e, const struct pact_fields *a);
bool pact_metadata_compare(struct pact_matching *m, const struct pact_fields *e, const struct pact_fields *a);
bool pact_path_compare(struct pact_matching *m, struct str e, struct str a);
bool pact_status_compare(struct pact_matching *m, uint16_t e, uint16_t a);
/* Whether bytes look like what the type says. */
bool pact_bytes_are(struct str type, struct str bytes);
#endif
