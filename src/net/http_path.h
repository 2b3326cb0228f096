/* Paths of requests against the patterns of tbl/routes.h. */
#ifndef PLEACH_NET_HTTP_PATH_H
#define PLEACH_NET_HTTP_PATH_H
#include "base/str.h"

/* A segment {x} of the pattern stands for any that is not empty; its text goes to *parameter (of the last one, if there are several; empty where there is none). */
static inline bool http_path_fits(struct str pattern, struct str path, struct str *parameter)
{
	*parameter = STR("");
	while (pattern.p && path.p) {
		struct str want = str_split(&pattern, '/'), have = str_split(&path, '/');
		if (str_starts(want, STR("{")) && have.len)
			*parameter = have;
		else if (!str_eq(want, have))
			return false;
	}
	return !pattern.p && !path.p;
}
#endif
