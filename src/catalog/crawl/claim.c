/* See claim.h. */
#include "catalog/crawl/claim.h"
#include "base/check.h"
#include <math.h>

const struct claim_key_info claim_keys[CLAIM_KEY_COUNT] = {
#define CATALOG_KEY(symbol, name, many, meaning) { STR_INIT(name), many, STR_INIT(meaning) },
#include "tbl/catalog_keys.h"
#undef CATALOG_KEY
};
const struct claim_source_info claim_sources[SOURCE_COUNT] = {
#define CATALOG_SOURCE(symbol, name, sure, half_life, meaning) { STR_INIT(name), sure, half_life, STR_INIT(meaning) },
#include "tbl/catalog_sources.h"
#undef CATALOG_SOURCE
};

bool claim_key_of(struct str name, enum claim_key *key)
{
	for (int i = 0; i < CLAIM_KEY_COUNT; i++)
		if (str_eq(claim_keys[i].name, name)) {
			*key = (enum claim_key)i;
			return true;
		}
	return false;
}

bool claim_source_of(struct str name, enum claim_source *source)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (str_eq(claim_sources[i].name, name)) {
			*source = (enum claim_source)i;
			return true;
		}
	return false;
}

double claim_confidence(const struct claim *c, int64_t now)
{
	enum { DAY_SECONDS = 86400 };
	CHECK(c->source < SOURCE_COUNT);
	const struct claim_source_info *s = &claim_sources[c->source];
	double lives = c->time == 0 ? 1 : c->time >= now ? 0 : (double)(now - c->time) / DAY_SECONDS / s->half_life;
	return s->sure / 100.0 * exp2(-lives);
}
