/* What an interface consists of, for comparing: features, which are hashes of names and forms, and the names behind the ones that people are told of.
 * Input is the JSON that the formats of contracts write ("ContractDocument" in tbl/schemas.json), so all formats are compared alike, and with each other. */
#ifndef PLEACH_CATALOG_INTERFACES_FEATURES_H
#define PLEACH_CATALOG_INTERFACES_FEATURES_H
#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

enum feature_kind {
#define FEATURE_ROW(symbol, weight) FEATURE_##symbol,
#include "tbl/interface_features.h"
#undef FEATURE_ROW
	FEATURE_KINDS
};
_Static_assert(FEATURE_KINDS <= 32, "a feature's kind is in the low five bits of its hash");
static inline enum feature_kind feature_kind(uint64_t feature) { return (enum feature_kind)(feature & 31); }
extern const float feature_weights[FEATURE_KINDS];

enum { INTERFACE_FEATURES_MAX = 1 << 17, INTERFACE_NAMES_MAX = 1 << 16, INTERFACE_TEXT_MAX = 400 /* bytes of a description that are read */ };
enum named_kind { NAMED_OPERATION, NAMED_TYPE, NAMED_FIELD };
/* Something that a person would point at. Two of them are the same where `exact` is equal, alike where `near` is (0: alike to nothing). */
struct named {
	enum named_kind kind;
	uint32_t place;        /* in the order of the document */
	uint64_t of;           /* of a field: `exact` of its type; 0: of none (a parameter) */
	uint64_t exact, near;
	struct str shown;
};
struct interface {
	struct str owner, name; /* of which service; what it is called there (its file) */
	uint64_t *features;     /* ascending, each once */
	struct named *named;    /* by kind, then `exact`, then place */
	size_t count, named_count;
	bool cut;               /* a limit was reached: features with the highest hashes, and names at the end, are missing */
};
/* `documents`: one contract, or an array of contracts or of { "contracts": […] }, or { "documents": […] }; all of it becomes one interface. What has not the
 * shape is passed over. Everything is copied into the arena. False with e where that is full. */
bool interface_read(struct interface *i, struct arena *a, struct str owner, struct str name, const struct json *documents, struct err *e);
#endif
