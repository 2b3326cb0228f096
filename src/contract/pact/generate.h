/* Values of a pact that are made anew at each use: a part of a pact with what its generators made in place of its examples. The verifier generates requests, a stub
 * and a mock server responses. */
#ifndef PLEACH_CONTRACT_PACT_GENERATE_H
#define PLEACH_CONTRACT_PACT_GENERATE_H
#include "contract/pact/pact.h"

enum { PACT_GENERATED_TEXT_MAX = 4096 /* of one generated value */ };
struct pact_generate {
	uint64_t (*random)(void *ctx);     /* sys_random in life, a sequence in tests */
	void *ctx;
	int64_t now;                       /* wall time, ns: what dates start from */
	const struct doc *state_values;    /* what setting up the provider's states answered: an object; NULL: nothing (the example stays) */
	struct str base_url;               /* of who answers, for MockServerURL: "http://127.0.0.1:8080"; empty: the example stays */
};
/* Whether anything would change: where not, callers use the part as it is (a stub's fast way). */
bool pact_generates(const struct pact_part *p);
/* *out becomes the part with new values; texts in `a`, the rest shared with `p`. False with e: a generator that cannot be run, with the pact's words. */
bool pact_generate_part(const struct pact_part *p, const struct pact_generate *g, struct arena *a, struct pact_part *out, struct err *e);
/* One value by one generator, as JSON text ("\"2026-11-26\"", "12"); `example` is what stands there. */
bool pact_generate_value(const struct pact_generator *gen, const struct doc *example, const struct pact_generate *g, struct arena *a, struct str *json, struct err *e);
/* A time in a form of Java's DateTimeFormatter ("yyyy-MM-dd'T'HH:mm:ssXXX"), UTC; false where the form has a letter that is not known. */
bool pact_time_format(struct str form, int64_t wall, struct buf *out);
/* Whether the text is a time in that form. *known false: the form itself is not understood (then it answers false). */
bool pact_time_fits(struct str form, struct str text, bool *known);
/* now moved by "+1 day", "tomorrow", "next month", "@ 10 o'clock am" …; false on what is not understood. */
bool pact_time_expression(struct str expression, int64_t now, int64_t *out);
#endif
