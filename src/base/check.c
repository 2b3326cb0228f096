/* Where a failed check ends: the only place in base that prints, and the only one that ends the process. */
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *file, int line, const char *function, const char *what)
{
	fprintf(stderr, "%s:%d: %s: check failed: %s\n", file, line, function, what);
	abort();
}
