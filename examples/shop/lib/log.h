/* One JSON object a line on standard output, with the ids of the trace that the work belongs to. */
#ifndef SHOP_LOG_H
#define SHOP_LOG_H

#include <jansson.h>

#include "trace.h"

enum log_level { LOG_INFO, LOG_WARN, LOG_ERROR };

/* Names the service in each line; version and instance are taken from SERVICE_VERSION and INSTANCE. Once, at the start. */
void log_setup(const char *service);

/* The name that log_setup was given, or OTEL_SERVICE_NAME where that is set. */
const char *log_service(void);

/* Writes a line. `trace` may be NULL, `fields` too; `fields` is given away. Safe from any thread. */
void log_line(enum log_level level, const struct trace *trace, const char *message, json_t *fields);

#endif
