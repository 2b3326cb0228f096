/* OTLP/HTTP protobuf out: one log record as a complete `resource_logs` element (field 1 of ExportLogsServiceRequest), so that records can be
 * joined by concatenation into a request. Reading OTLP is the store's business. */
#ifndef PLEACH_MODEL_OTLP_H
#define PLEACH_MODEL_OTLP_H
#include "model/record.h"
void otlp_encode_log(struct buf *out, const struct log_record *r);
/* As `resource_spans` element of ExportTraceServiceRequest; for tests and rare spans (the gateway has its own fast encoder). */
void otlp_encode_span(struct buf *out, const struct span *s);
#define OTLP_PROTOBUF "application/x-protobuf"
#endif
