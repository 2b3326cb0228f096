/* What syslog.c and syslog_old.c share: the parts of a message while it is taken apart. */
#ifndef PLEACH_STORE_SYSLOG_PARTS_H
#define PLEACH_STORE_SYSLOG_PARTS_H
#include "store/syslog.h"

struct syslog_parts {
	struct log_fields *fields;
	unsigned priority;
	bool priority_given, malformed;
	int64_t time;            /* 0: none */
	struct str host, program, process, body;
};
/* Takes what stands before the next blank, and the blank. */
struct str syslog_word(struct str *rest);
/* syslog_old.c: what follows the priority, if there was one. */
void syslog_parse_old(struct syslog_parts *p, const struct syslog_source *source, struct str rest);
#endif
