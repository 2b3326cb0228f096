/* Syslog messages read: RFC 5424, the older form of RFC 3164 in the shapes in which it really comes, and what is neither. Never fails: a message
 * from which nothing can be read is the body of a record. Names follow the appendix of OpenTelemetry's log data model: the host is the resource's
 * `host.name` (and the instance), the program its service; `syslog.facility`, `syslog.procid`, `syslog.msgid` are attributes, a parameter of
 * structured data is `<id>.<name>`. */
#ifndef PLEACH_STORE_SYSLOG_H
#define PLEACH_STORE_SYSLOG_H
#include "base/arena.h"
#include "model/record.h"

struct syslog_source {
	int64_t now;         /* wall ns: for messages without a time, and to guess a missing year */
	int64_t zone;        /* ns east of UTC, of times that name no zone */
	struct str host;     /* where a message names none: the sender's address; may be empty */
};
struct syslog_message {
	struct log_record record; /* record.resource is not set */
	struct resource resource;
	bool malformed;      /* neither RFC: kept as it came, at least in part */
};
/* Text points into `text` or the arena; both must live as long as the result is used. */
void syslog_parse(struct arena *a, const struct syslog_source *source, struct str text, struct syslog_message *m);
#endif
