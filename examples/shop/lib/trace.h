/* What a request says about the trace it belongs to: the header lines traceparent, tracestate and baggage,
 * kept as they came and given to every dependency unchanged. The services make no spans of their own, so
 * the ids in their log lines are those of the caller's span. Used by server, client and log. */
#ifndef SHOP_TRACE_H
#define SHOP_TRACE_H

#include <stdbool.h>
#include <stddef.h>

enum { TRACE_HEADERS_MAX = 16 };

struct trace {
	char *headers[TRACE_HEADERS_MAX]; /* "name: value", owned */
	size_t count;
	char trace_id[33]; /* empty where no valid traceparent came */
	char span_id[17];
};

/* Keeps the header if it is one of the three; others, and those beyond the limit, are not taken. */
void trace_keep(struct trace *trace, const char *name, const char *value);

/* Begins a trace for work that no request asked for (a message sent later). */
void trace_begin(struct trace *trace);

void trace_release(struct trace *trace);

#endif
