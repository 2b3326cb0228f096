/* Counts who uses what while calls pass: for each caller, service, API version and operation the calls, the keys of queries, the headers that the contract names,
 * and, of some calls, the members of JSON bodies. Told to control as reports (model/usage_report.h), which the part sends.
 *
 * The way of a call: meter_begin finds its operation and decides whether its body is looked at (its bytes are read as they are relayed, relay.c); meter_end counts. Nothing
 * of this waits or fails a call; what there is no room for is not counted, and that is counted.
 *
 * Which bodies: the first METER_LOOK_FIRST of each cell, then every second, fourth … up to every METER_LOOK_RARELY; a name that was not there before brings the next
 * METER_LOOK_AGAIN bodies back into view. */
#ifndef PLEACH_GATEWAY_METER_H
#define PLEACH_GATEWAY_METER_H
#include "base/buf.h"
#include "base/map.h"
#include "gateway/fields.h"
#include "gateway/plan.h"
#include "model/operations.h"
#include "model/usage_report.h"

enum {
	METER_CELLS_MAX = 8192,
	METER_CELL_FIELDS_MAX = 128, /* names of one cell */
	METER_FIELDS_MAX = 65536,    /* in all */
	METER_LOOKERS = 64,          /* bodies under view at one time */
	METER_LOOK_FIRST = 32, METER_LOOK_AGAIN = 8, METER_LOOK_RARELY = 64,
	METER_FIELD_IDLE = 300,      /* reports of its cell without it, after which a name is forgotten here */
};
struct call;
struct meter_field {
	uint32_t hash, calls, idle;
	uint32_t serial;             /* of the call that had it last: a key that comes twice counts once */
	uint16_t len;
	int64_t last_ms;
	uint8_t trace[16];
	char *name;
};
struct meter_cell {
	struct meter_cell *next_dirty;
	struct str consumer, service, api, operation; /* behind the structure */
	bool dirty;
	uint64_t calls, failed;       /* since the last report */
	int64_t first_ms, last_ms;
	uint8_t trace[16];
	uint32_t bodies, next_look, interval; /* bodies that came; the one that is looked at next; how far apart */
	struct meter_field *fields;
	uint16_t count, capacity;
};
struct meter_looker { struct meter_looker *next; struct fields fields; };
/* Cells of one way to one version of a service, by operation (the last: fits none). Belongs to a lane; made when the first call comes. */
struct meter_line { struct meter_cell **cells; };

struct meter {
	struct map cells;             /* "consumer service api operation" */
	struct meter_cell *dirty;
	struct meter_looker *free_lookers;
	size_t lookers, fields;
	uint32_t serial;              /* of the present call */
};
void meter_init(struct meter *m);
void meter_release(struct meter *m);

/* After the route is known (call.c, begin.c). Also finds call.operation. */
void meter_begin(struct call *k);
/* Bytes of the request's body. */
static inline void meter_body(struct meter_looker *l, struct str piece)
{
	if (l)
		fields_feed(&l->fields, piece);
}
/* The call has ended. */
void meter_end(struct call *k, int64_t end);
/* It ends without being counted. */
void meter_drop(struct call *k);

/* meter_report.c: the next report; what is in it counts as told. False: nothing is to be told. */
bool meter_report(struct meter *m, struct str boot, uint64_t sequence, struct buf *out);
#endif
