/* Times that are not kept (retime.h). */
#include "store/retime.h"
#include "base/time.h"

struct time_window time_window(int64_t now, int64_t keep)
{
	return (struct time_window){ now, now > keep ? now - keep : 0, now + TIME_AHEAD };
}

bool retime(const struct time_window *w, struct log_fields *f, struct log_record *r, struct str key)
{
	struct buf text;
	if (r->time >= w->oldest && r->time <= w->newest)
		return false;
	buf_init(&text, 64);
	time_rfc3339(&text, r->time, 9);
	struct value v = { .type = VALUE_STR, .s = arena_str(&f->arena, buf_str(&text)) };
	buf_release(&text);
	if (v.s.p)
		log_fields_attr(f, key, &v);
	r->time = w->now;
	r->attrs = f->attrs;
	r->attr_count = f->attr_count;
	return true;
}
