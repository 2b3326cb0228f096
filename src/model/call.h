/* The vocabulary of a call's record: one span per call that the gateway carried, with one event per attempt. The gateway writes it, the
 * store counts edges from it, control and the console explain from it. Names follow OpenTelemetry's semantic conventions where there is one.
 *
 * The span: resource service.name "gateway"; kind SERVER for calls from outside, CLIENT for calls between services; name "METHOD path-prefix
 * of the route"; start when the request's first byte was read, end when the last byte of the answer was written (or the call ended otherwise).
 * status ERROR for 5xx and for answers that the gateway had to make itself. */
#ifndef PLEACH_MODEL_CALL_H
#define PLEACH_MODEL_CALL_H
#include "base/str.h"

#define CALL_EDGE "edge" /* the caller's name for calls from outside the fleet */
#define CALL_GATEWAY "gateway"

#define CALL_CALLER "pleach.caller"           /* text: service that called, or CALL_EDGE */
#define CALL_SERVICE "pleach.service"         /* text: service called (callee) */
#define CALL_API "pleach.api"                 /* text: API version of the route ("v1") */
#define CALL_ROUTE "http.route"               /* text: the route's prefix as the callee sees it */
#define CALL_METHOD "http.request.method"     /* text */
#define CALL_PATH "url.path"                  /* text, without the query (which may hold secrets) */
#define CALL_STATUS "http.response.status_code" /* int: what the caller got; 0 when the caller was gone */
#define CALL_ORIGIN "pleach.origin"           /* text: CALL_STARTED, CALL_CONTINUED, CALL_RESTARTED */
#define CALL_STARTED "started"                /* no (valid) traceparent came in */
#define CALL_CONTINUED "continued"            /* the caller's trace goes on */
#define CALL_RESTARTED "restarted"            /* an untrusted caller's trace became a link */
#define CALL_REASON "error.type"              /* text: name of the reason (tbl/reasons.h) when the gateway answered itself or the call broke */
#define CALL_PHASE "pleach.phase"             /* text: phase of that reason */
#define CALL_REQUEST_ID "pleach.request_id"   /* text: an x-request-id that came in */
#define CALL_BYTES_IN "http.request.body.size"
#define CALL_BYTES_OUT "http.response.body.size"

#define CALL_SYNTHETIC "user_agent.synthetic.type" /* text: "test" where a call from outside came from a test (gateway/tried.h); then also: */
#define CALL_USER_AGENT "user_agent.original" /* text, of a test tool */
#define CALL_TEST_CASE "test.case.name"       /* text, from the baggage */
#define CALL_TEST_SUITE "test.suite.name"

#define CALL_ATTEMPT "attempt"                /* the event's name; its time is the attempt's start */
#define ATTEMPT_INSTANCE "pleach.instance"    /* text: instance id */
#define ATTEMPT_ADDRESS "server.address"      /* text: address and port */
#define ATTEMPT_CONNECT "pleach.connect_ns"   /* int; 0 on a kept connection; -1 not reached */
#define ATTEMPT_FIRST_BYTE "pleach.first_byte_ns" /* int, from the attempt's start; -1 not reached */
#define ATTEMPT_TOTAL "pleach.total_ns"       /* int */
#define ATTEMPT_RESULT "pleach.result"        /* text: "answered" or the name of a reason */
#define ATTEMPT_REUSED "pleach.reused"        /* bool */
/* plus CALL_STATUS: the status the instance answered, when it did */

enum call_reason {
	CALL_OK,
#define REASON_ROW(symbol, name, proxy_error, status, phase, words) REASON_##symbol,
#include "tbl/reasons.h"
#undef REASON_ROW
	REASON_COUNT
};
struct call_reason_info { struct str name, proxy_error; int status; struct str phase, words; };
extern const struct call_reason_info call_reasons[REASON_COUNT]; /* model/call.c; CALL_OK is named "answered" */
/* By name; REASON_COUNT for an unknown one. */
enum call_reason call_reason_find(struct str name);
#endif
