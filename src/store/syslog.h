/* Syslog messages read: RFC 5424, the older form of RFC 3164 in the shapes in which it really comes, and what is neither. Never fails: a message
 * from which nothing can be read is the body of a record. Names follow the appendix of OpenTelemetry's log data model: the host is the resource's
 * `host.name` (and the instance), the program its service; `syslog.facility`, `syslog.procid`, `syslog.msgid` are attributes, a parameter of
 * structured data is `<id>.<name>`. A text that is a JSON object (with or without the cookie `@cee:` before it) becomes fields; what it says of time,
 * level, service and trace goes before what the head says. Trace and span ids are recognised in structured data, JSON and text alike. */
#ifndef PLEACH_STORE_SYSLOG_H
#define PLEACH_STORE_SYSLOG_H
#include "base/json_flat.h"
#include "model/log_fields.h"

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
/* Memory that serves message after message; one loop's. */
struct syslog_parser {
	struct log_fields fields;
	struct json_flat json;
	struct attr host;
};
bool syslog_parser_init(struct syslog_parser *p); /* false: no memory; release it all the same */
void syslog_parser_release(struct syslog_parser *p);
/* What is in m is valid until the next call and as long as text is. */
void syslog_parse(struct syslog_parser *p, const struct syslog_source *source, struct str text, struct syslog_message *m);
#endif
