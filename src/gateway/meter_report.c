/* Reports of what the meter counted (model/usage_report.h): cells that changed, until a report is full; what does not fit is in the next. */
#include "base/check.h"
#include "base/json.h"
#include "gateway/meter.h"
#include <stdlib.h>

/* The most that one cell takes: names grow by escapes sixfold at worst, so what may be too much is known before it is written. */
static size_t room_for(const struct meter_cell *c)
{
	size_t n = 6 * (c->consumer.len + c->service.len + c->api.len + c->operation.len) + 512;
	for (size_t i = 0; i < c->count; i++)
		n += c->fields[i].calls ? 6 * (size_t)c->fields[i].len + 160 : 0;
	return n;
}

static void put_trace(struct json_out *o, const uint8_t trace[16])
{
	json_out_key(o, STR("trace"));
	json_out_hex(o, trace, 16);
}

static void put_field(struct json_out *o, const struct meter_field *f)
{
	json_out_object(o);
	json_kv_str(o, "name", str_from(f->name, f->len));
	json_kv_u64(o, "calls", f->calls);
	json_kv_i64(o, "last_ms", f->last_ms);
	put_trace(o, f->trace);
	json_out_end(o);
}

static size_t put_cell(struct json_out *o, const struct meter_cell *c)
{
	size_t rows = 1;
	json_out_object(o);
	json_kv_str(o, "consumer", c->consumer);
	json_kv_str(o, "service", c->service);
	json_kv_str(o, "api", c->api);
	json_kv_str(o, "operation", c->operation);
	json_kv_u64(o, "calls", c->calls);
	json_kv_u64(o, "failed", c->failed);
	json_kv_i64(o, "first_ms", c->first_ms);
	json_kv_i64(o, "last_ms", c->last_ms);
	put_trace(o, c->trace);
	json_out_key(o, STR("fields"));
	json_out_array(o);
	for (size_t i = 0; i < c->count; i++) {
		if (c->fields[i].calls) {
			put_field(o, &c->fields[i]);
			rows++;
		}
	}
	json_out_end(o);
	json_out_end(o);
	return rows;
}

/* Told: the counts begin anew; names stay, so that it is known what is new, until they have not come for long. */
static void told(struct meter *m, struct meter_cell *c)
{
	c->dirty = false;
	c->calls = c->failed = 0;
	for (size_t i = c->count; i > 0; i--) {
		struct meter_field *f = &c->fields[i - 1];
		f->calls = 0;
		if (++f->idle < METER_FIELD_IDLE)
			continue;
		free(f->name);
		m->fields--;
		c->fields[i - 1] = c->fields[--c->count];
	}
}

bool meter_report(struct meter *m, struct str boot, uint64_t sequence, struct buf *out)
{
	struct json_out o;
	size_t cells = 0, rows = 0;
	if (!m->dirty)
		return false;
	json_out_init(&o, out);
	json_out_object(&o);
	json_kv_str(&o, "boot", boot);
	json_kv_u64(&o, "sequence", sequence);
	json_out_key(&o, STR("calls"));
	json_out_array(&o);
	while (m->dirty) {
		struct meter_cell *c = m->dirty;
		bool full = cells == USAGE_REPORT_CELLS_MAX || rows + 1 + c->count > USAGE_REPORT_ROWS_MAX || out->len + room_for(c) + 16 > USAGE_REPORT_BYTES_MAX;
		if (cells && full)
			break;
		rows += put_cell(&o, c);
		cells++;
		m->dirty = c->next_dirty;
		told(m, c);
	}
	json_out_end(&o);
	json_out_end(&o);
	CHECK(buf_ok(out));
	return true;
}
