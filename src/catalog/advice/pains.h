/* The pains' functions (advice.h): each looks at the figures, says its reasons and gives the state. */
#ifndef PLEACH_CATALOG_ADVICE_PAINS_H
#define PLEACH_CATALOG_ADVICE_PAINS_H
#include "catalog/advice/advice.h"
struct pain_input { struct arena *a; const struct figures *f; struct advice *to; };
void pain_reason(struct pain_input *in, enum pain_state at_least, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define PAIN(symbol, function, ...) void pain_##function(struct pain_input *in);
#include "tbl/pains.h"
#undef PAIN
#endif
