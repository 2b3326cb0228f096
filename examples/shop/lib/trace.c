/* The trace context of one request; see trace.h. The shape of traceparent is W3C Trace Context, section 3.2. */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { TRACEPARENT_LENGTH = 55, TRACE_ID_AT = 3, SPAN_ID_AT = 36 };

static bool is_hex(const char *text, size_t length)
{
	return strspn(text, "0123456789abcdef") >= length;
}

static bool is_zero(const char *text, size_t length)
{
	return strspn(text, "0") >= length;
}

static void read_ids(struct trace *trace, const char *value)
{
	if (strlen(value) < TRACEPARENT_LENGTH || value[2] != '-' || value[35] != '-' || value[52] != '-')
		return;
	const char *trace_id = value + TRACE_ID_AT;
	const char *span_id = value + SPAN_ID_AT;
	if (!is_hex(trace_id, 32) || is_zero(trace_id, 32) || !is_hex(span_id, 16) || is_zero(span_id, 16))
		return;
	memcpy(trace->trace_id, trace_id, 32);
	memcpy(trace->span_id, span_id, 16);
}

void trace_keep(struct trace *trace, const char *name, const char *value)
{
	bool parent = strcasecmp(name, "traceparent") == 0;
	if (!parent && strcasecmp(name, "tracestate") != 0 && strcasecmp(name, "baggage") != 0)
		return;
	if (trace->count == TRACE_HEADERS_MAX)
		return;
	char *line = NULL;
	if (asprintf(&line, "%s: %s", name, value) < 0)
		return;
	trace->headers[trace->count++] = line;
	if (parent)
		read_ids(trace, value);
}

void trace_begin(struct trace *trace)
{
	unsigned char id[24];
	*trace = (struct trace){0};
	if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
		return; /* without an id the work is done all the same */
	id[0] |= 1;     /* neither id may be all zero */
	id[16] |= 1;
	char value[TRACEPARENT_LENGTH + 1] = "00-";
	char *end = value + TRACE_ID_AT;
	for (size_t i = 0; i < sizeof id; i++)
		end += sprintf(end, i == 15 ? "%02x-" : "%02x", id[i]);
	memcpy(end, "-01", 4);
	trace_keep(trace, "traceparent", value);
}

void trace_release(struct trace *trace)
{
	for (size_t i = 0; i < trace->count; i++)
		free(trace->headers[i]);
	*trace = (struct trace){0};
}
