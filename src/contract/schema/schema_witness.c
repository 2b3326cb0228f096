/* Witnesses. */
#include "contract/schema/schema_compare_impl.h"

void witness_find(struct schema_compare *c, const struct difference *d, uint8_t broken, struct change *x)
{
	(void)c; (void)d; (void)broken; (void)x;
}
