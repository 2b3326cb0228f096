/* A log record from named values, whatever their sender called them: time, message, level, service, instance, trace … are recognised by name
 * (tbl/log_keys.h) and shape, everything else becomes an attribute. For JSON lines, Elasticsearch documents, Loki's labels, Fluent's maps,
 * syslog's structured data, lines of services' output.
 *
 * Use: log_fields_begin, log_fields_put for each value in the order they came, log_fields_end; then record, service, version and instance are
 * there. All text is borrowed from what was put, or lies in the arena; both and the attributes are valid until the next begin. Inner objects
 * are put member by member under their path ("http.status"; log_fields_join). Nothing is allocated per record once the arena has grown to
 * what records need. Not for several threads at once. */
#ifndef PLEACH_MODEL_LOG_FIELDS_H
#define PLEACH_MODEL_LOG_FIELDS_H
#include "model/record.h"

enum log_role {
	LOG_NONE,
	LOG_MESSAGE, LOG_MESSAGE_TEXT, LOG_LEVEL, LOG_PRIORITY /* a level in syslog's number only where written PRIORITY */, LOG_SEVERITY /* OTLP's number */,
	LOG_TIME, LOG_TRACE, LOG_TRACE_DECIMAL, LOG_TRACEPARENT, LOG_SPAN, LOG_SPAN_DECIMAL,
	LOG_SERVICE, LOG_SERVICE_HINT, LOG_VERSION, LOG_INSTANCE, LOG_INSTANCE_HINT, LOG_CONTEXT
};
enum {
	LOG_FIELDS_KEY = 48,     /* longer names have no role */
	LOG_FIELDS_NAME = 255,   /* bytes of a service, version or instance; longer ones stay attributes */
	LOG_FIELDS_CACHE = 128,  /* names whose role is remembered */
	LOG_FIELDS_ROOM = 8      /* attributes that the caller may add to record.attrs itself after the end */
};

/* What a name means, and its rank among the names of its role. */
struct log_key { uint8_t role, rank; };
struct log_known { uint8_t len, role, rank; char key[LOG_FIELDS_KEY]; };

struct log_fields {
	/* Set by the caller: */
	int64_t oldest, newest;      /* times outside are not taken for the record's: it has that of its arrival, the value stays an attribute */
	bool compare;                /* service, version and instance are known (the three below): equal values are dropped, others stay attributes */
	/* The result: */
	struct log_record record;    /* resource is the caller's to set; body.p is NULL where no member was the message */
	struct str service, version, instance; /* empty: not said */
	bool time_refused;           /* there was a time, outside of oldest and newest */
	uint64_t left_out;           /* values beyond the limit of attributes */
	struct arena arena;
	struct attr *attrs;
	size_t attr_count, attr_limit;
	/* Its own: */
	bool has_time;
	uint8_t message_rank, service_rank, instance_rank;
	struct str message_key;
	struct log_known known[LOG_FIELDS_CACHE];
};
/* False when memory is short. memory: bytes of the arena; attrs: limit of attributes. */
bool log_fields_init(struct log_fields *f, size_t attrs, size_t memory);
void log_fields_release(struct log_fields *f);
/* observed: wall ns, the time of a record that brings none. */
void log_fields_begin(struct log_fields *f, int64_t observed);
void log_fields_put(struct log_fields *f, struct str key, const struct value *v);
/* An attribute without a look at its name. */
void log_fields_attr(struct log_fields *f, struct str key, const struct value *v);
/* Looks for a trace id in the message where none was named, points the record at the attributes. */
void log_fields_end(struct log_fields *f);
/* A member of base/json's tree or of json_flat (arrays and objects there: their text); null is dropped. */
void log_fields_put_json(struct log_fields *f, struct str key, const struct json *flat);
/* Whether an object under this name is the message, and so is not put member by member; fits json_flat's `whole` (ctx: the log_fields). */
bool log_fields_whole(void *ctx, struct str key);
struct log_key log_fields_key(struct log_fields *f, struct str key);
/* "prefix.name" in the arena; a str with p == NULL when that is full. */
struct str log_fields_join(struct log_fields *f, struct str prefix, struct str name);

/* Values, also for callers that know what they have. False where the value is none of the kind; outputs are untouched then. */
/* time_parse, and what else loggers write: a comma before the fraction, offsets without colon, no offset (UTC), 2026/11/23, nginx' and Apache's
 * 23/Nov/2026:12:00:00 +0000. Numbers are since 1970, seconds to nanoseconds by magnitude. */
bool log_time(const struct value *v, int64_t *time);
/* Words and numbers of common loggers, colours around them ignored. */
bool log_level(const struct value *v, uint8_t *severity);
/* 32 hex digits, a UUID, 16 hex digits (B3), X-Ray's 1-8-24, the end of a path (…/traces/<id>), 64 bits in decimal. `decimal`: digits alone are
 * decimal (Datadog). */
bool log_trace(const struct value *v, bool decimal, struct trace_id *t);
bool log_span(const struct value *v, bool decimal, struct span_id *s);
#endif
