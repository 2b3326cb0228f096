/* Comparing what was sent with what a pact expects. The expected side is compiled (pact.h); the actual side is plain texts, not copied. All differences are
 * gathered, not only the first, up to PACT_MISMATCHES_MAX.
 *
 * Requests must have nothing that the pact does not name (query parameters, members of JSON objects), for a provider's behaviour may depend on it; of
 * responses and messages what is more than expected is no difference. Bodies are compared by the expected content type: JSON, XML, forms, text, multipart, bytes.
 *
 * Bounded: bodies of PACT_ACTUAL_MAX bytes, PACT_STEPS_WORK_MAX comparisons of values, each regular expression by PCRE2's match limit. What goes over one of them is a
 * mismatch with `fault` set, never a crash or a hang, and never a fit. */
#ifndef PLEACH_CONTRACT_PACT_MATCH_H
#define PLEACH_CONTRACT_PACT_MATCH_H
#include "contract/pact/pact.h"

enum {
	PACT_MISMATCHES_MAX = 200,
	PACT_ACTUAL_MAX = 64 << 20,
	PACT_STEPS_WORK_MAX = 20000000,
	PACT_DEPTH_MAX = 256,              /* nesting of JSON and XML bodies */
	PACT_SHOWN_MAX = 400               /* bytes of a value that a mismatch shows */
};
enum pact_where { PACT_AT_METHOD, PACT_AT_PATH, PACT_AT_STATUS, PACT_AT_QUERY, PACT_AT_HEADER, PACT_AT_BODY_TYPE, PACT_AT_BODY, PACT_AT_METADATA };
/* As the clients of brokers name it in test results: "method", "path", "status", "query", "header", "body", "metadata". */
const char *pact_where_name(enum pact_where w);

struct pact_mismatch {
	enum pact_where where;
	struct str path;                   /* body: "$.items[0].name"; header, query, metadata: the name; else empty */
	struct str expected, actual;       /* cut to PACT_SHOWN_MAX; p NULL: there is none */
	struct str sentence;               /* "expected 3 (integer) but got \"3\" (string)" */
	bool fault;                        /* the pact's rule itself is wrong, or a limit was reached: nobody can fit it */
};
/* All texts live in the arena. */
struct pact_mismatches { struct arena *arena; struct pact_mismatch *items; size_t count, capacity; bool more; /* than are kept */ };
void pact_mismatches_init(struct pact_mismatches *m, struct arena *a);

/* What was sent. Texts are the caller's. */
struct pact_actual {
	struct str method, path;           /* path without the query; as it stands in the request's line */
	struct str query;                  /* behind the '?', percent-encoded; p NULL: none */
	struct pact_fields headers;        /* one entry a header line is fine */
	uint16_t status;
	struct pact_fields metadata;       /* of messages */
	struct str type;                   /* content type; empty: as the header or metadata says */
	struct str body;
	bool has_body;
};
/* True where nothing differs. `out` may be NULL: then the first difference ends it (the fastest way to say no). `scratch` is used and left as it grew. */
bool pact_match_request(const struct pact_part *expected, const struct pact_actual *actual, struct arena *scratch, struct pact_mismatches *out);
bool pact_match_response(const struct pact_part *expected, const struct pact_actual *actual, struct arena *scratch, struct pact_mismatches *out);
/* Content and metadata of a message. */
bool pact_match_message(const struct pact_part *expected, const struct pact_actual *actual, struct arena *scratch, struct pact_mismatches *out);
/* Two values under the part's rules for bodies, whatever they were before they were values (protobuf, …). more: members that are not expected are no difference. */
bool pact_match_value(const struct pact_part *rules, const struct doc *expected, const struct doc *actual, bool more, struct arena *scratch, struct pact_mismatches *out);
/* One value alone against one matcher (for metadata, gRPC, schema checks). False with the sentence in `why` (may be NULL). */
bool pact_match_matcher(const struct pact_matcher *m, const struct doc *expected, const struct doc *actual, struct arena *scratch, struct str *why);
/* "expected status 200 but got 404" and so on, a line each with place, for people. */
void pact_mismatches_text(const struct pact_mismatches *m, const char *indent, struct buf *out);
#endif
