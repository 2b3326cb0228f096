/* What gateways report of calls to control: the words that gateway and contract/usage share, and their limits.
 *
 * PUT /api/usage/{gateway}, over the Unix socket:
 *   {"boot": any text that is another after each start of the gateway, "sequence": rises by one a report,
 *    "calls": [{"consumer", "service", "api" (version of the service's API), "operation" (its name in the contract; "": none fits), "calls", "failed", "first_ms", "last_ms",
 *      "trace" (32 hex digits, of the last call), "fields": [{"name", "calls", "last_ms", "trace"}]}]}
 * Counts are what came since the last report. A report is sent until it is answered with 2xx, with the same sequence: it counts once. Names of fields are told
 * in contract/usage/usage.h; of calls that fit no operation they are "METHOD path". */
#ifndef PLEACH_MODEL_USAGE_REPORT_H
#define PLEACH_MODEL_USAGE_REPORT_H
#define USAGE_REPORT_PATH "/api/usage"
#define USAGE_REPORT_OUTSIDE "outside" /* the consumer of calls that come in at the edge */
#define USAGE_REPORT_BODY "body"       /* the field that counts the JSON bodies that were looked at */
enum {
	USAGE_REPORT_BYTES_MAX = 1 << 20, /* of one report; what does not fit is in the next */
	USAGE_REPORT_CELLS_MAX = 2000,    /* calls of one report */
	USAGE_REPORT_FIELDS_MAX = 160,    /* fields of one of them */
	USAGE_REPORT_ROWS_MAX = 8192,     /* both together */
	USAGE_REPORT_NAME_MAX = 300,      /* bytes of a field's name */
};
#endif
