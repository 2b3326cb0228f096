/* What somebody says of a service: one value of one key, where it was said, and when. The catalogue knows nothing else; what it shows of a service is chosen from
 * such claims (catalog/picture), and where they contradict each other it says so. */
#ifndef PLEACH_CATALOG_CRAWL_CLAIM_H
#define PLEACH_CATALOG_CRAWL_CLAIM_H
#include "base/str.h"

enum claim_key {
#define CATALOG_KEY(symbol, ...) CLAIM_##symbol,
#include "tbl/catalog_keys.h"
#undef CATALOG_KEY
	CLAIM_KEY_COUNT
};
enum claim_source {
#define CATALOG_SOURCE(symbol, ...) SOURCE_##symbol,
#include "tbl/catalog_sources.h"
#undef CATALOG_SOURCE
	SOURCE_COUNT
};
struct claim_key_info { struct str name; bool many; struct str meaning; };
struct claim_source_info { struct str name; int sure /* percent when fresh */, half_life /* days */; struct str meaning; };
extern const struct claim_key_info claim_keys[CLAIM_KEY_COUNT];
extern const struct claim_source_info claim_sources[SOURCE_COUNT];
bool claim_key_of(struct str name, enum claim_key *key);
bool claim_source_of(struct str name, enum claim_source *source);

enum { CLAIM_VALUE_MAX = 1024 /* bytes of a value or detail; what is longer is cut at a character */ };
struct claim {
	enum claim_key key;
	enum claim_source source;
	struct str value, detail; /* detail: what goes with it, in words; empty: nothing */
	struct str file;          /* in the repository; empty: none */
	uint32_t line;            /* from 1; 0: none */
	int64_t time;             /* when it was last written or seen, seconds since 1970; 0: not known */
};
/* How sure a claim is at a time, 0 to 1: its source's value, halved with each half-life since it was written or seen. One whose time is not known counts as
 * one half-life old. */
double claim_confidence(const struct claim *c, int64_t now);
#endif
