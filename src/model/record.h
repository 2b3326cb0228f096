/* A log record and a span, as they travel (OTLP 1.11) and as the store keeps them. Times are ns since 1970 UTC; text is borrowed from the
 * message or arena they were read from. */
#ifndef PLEACH_MODEL_RECORD_H
#define PLEACH_MODEL_RECORD_H
#include "model/attr.h"
#include "model/ids.h"

/* Who speaks: the attributes of the OTLP resource; the three that everything asks for are pulled out (and not repeated in attrs). */
struct resource {
	struct str service;   /* service.name; "unknown" where a sender gave none */
	struct str version;   /* service.version */
	struct str instance;  /* service.instance.id */
	const struct attr *attrs;
	size_t attr_count;
};

/* OTLP severity numbers; levels for people are their ranges. */
enum severity { SEVERITY_NONE = 0, SEVERITY_TRACE = 1, SEVERITY_DEBUG = 5, SEVERITY_INFO = 9, SEVERITY_WARN = 13, SEVERITY_ERROR = 17, SEVERITY_FATAL = 21 };
/* "error", "warn" … and usual other spellings ("WARNING", "err", "critical", "E", syslog and pino numbers 10..60); SEVERITY_NONE if unknown. */
uint8_t severity_parse(struct str s);
/* The range's name: "trace", "debug", "info", "warn", "error", "fatal"; "none" for 0. */
struct str severity_name(uint8_t severity);

struct log_record {
	const struct resource *resource;
	int64_t time;         /* when it happened; the observed time where the sender knew none */
	int64_t observed;     /* when the first collector saw it; 0 unknown */
	uint8_t severity;
	struct trace_id trace; /* zero: none */
	struct span_id span;
	struct str body;      /* text; a structured body is its JSON */
	const struct attr *attrs;
	size_t attr_count;
};

enum span_kind { SPAN_UNSPECIFIED, SPAN_INTERNAL, SPAN_SERVER, SPAN_CLIENT, SPAN_PRODUCER, SPAN_CONSUMER };
enum span_status { SPAN_UNSET, SPAN_OK, SPAN_ERROR };
struct span_event { int64_t time; struct str name; const struct attr *attrs; size_t attr_count; };
struct span_link { struct trace_id trace; struct span_id span; struct str state; const struct attr *attrs; size_t attr_count; };
struct span {
	const struct resource *resource;
	struct trace_id trace;
	struct span_id id, parent; /* parent zero: root */
	struct str state;          /* tracestate */
	struct str name;
	struct str scope;          /* instrumentation scope's name */
	enum span_kind kind;
	int64_t start, end;
	uint32_t flags;
	enum span_status status;
	struct str status_message;
	const struct attr *attrs;
	size_t attr_count;
	const struct span_event *events;
	size_t event_count;
	const struct span_link *links;
	size_t link_count;
};
#endif
