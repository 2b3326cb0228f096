/* See logs_show.h. */
#include "cli/logs_show.h"
#include "base/time.h"
#include "cli/output.h"
#include "cli/row.h"

/* --- lines -------------------------------------------------------------------------------------------------------------------------------- */

void logs_rows(struct cli *c, const struct json *answer, bool fields)
{
	const struct json *rows = json_get(answer, STR("rows"));
	uint32_t n = rows && rows->type == JSON_ARRAY ? rows->count : 0;
	bool turned = str_eq(json_get_str(answer, STR("order"), STR("")), STR("desc"));
	bool context = false;
	for (uint32_t i = 0; i < n; i++)
		context |= json_get_bool(&rows->items[i], STR("here"), false);
	for (uint32_t i = 0; i < n; i++) {
		const struct json *row = &rows->items[turned ? n - 1 - i : i];
		if (i && json_get_bool(row, STR("gap"), false))
			buf_add(&c->out, STR("--\n"));
		if (context)
			buf_add(&c->out, json_get_bool(row, STR("here"), false) ? STR("> ") : STR("  "));
		row_print(c, row, fields);
	}
}

/* --- tables ------------------------------------------------------------------------------------------------------------------------------- */

static struct str cell_text(struct cli *c, const struct json *cell, bool time)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 1 << 20);
	if (cell->type == JSON_STRING && time) {
		/* "2026-11-23T12:00:00.000000000Z": without a fraction that is nothing */
		buf_printf(&b, "%.*s %.*s", STR_FMT(str_sub(cell->s, 0, 10)), STR_FMT(str_sub(cell->s, 11, 19)));
		if (!str_eq(str_sub(cell->s, 19, 29), STR(".000000000")))
			buf_add(&b, str_sub(cell->s, 19, 23));
	} else if (cell->type == JSON_STRING) {
		text_safe(&b, cell->s);
	} else if (cell->type == JSON_DOUBLE) {
		buf_printf(&b, "%.6g", cell->d);
	} else if (cell->type == JSON_NULL) {
		buf_char(&b, '-');
	} else {
		json_out_init(&o, &b);
		json_out_value(&o, cell);
	}
	struct str s = arena_str(&c->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static struct str column_type(const struct json *columns, uint32_t i) { return json_get_str(&columns->items[i], STR("type"), STR("")); }

/* Patterns come last, where there is room for them; their examples only on demand. */
static uint32_t order_of(const struct json *answer, const struct json *columns, bool fields, uint32_t order[96])
{
	uint32_t n = 0, last = UINT32_MAX;
	bool patterns = str_eq(json_get_str(answer, STR("kind"), STR("")), STR("patterns"));
	for (uint32_t i = 0; i < columns->count && n < 95; i++) {
		struct str name = json_get_str(&columns->items[i], STR("name"), STR(""));
		if (patterns && str_eq(name, STR("pattern")))
			last = i;
		else if (!patterns || fields || !str_starts(name, STR("example")))
			order[n++] = i;
	}
	if (last != UINT32_MAX)
		order[n++] = last;
	return n;
}

static void table_row(struct cli *c, struct table *t, const struct json *columns, const struct json *row, const uint32_t *order, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct str type = column_type(columns, order[i]);
		static const struct json none = { .type = JSON_NULL };
		const struct json *cell = order[i] < row->count ? &row->items[order[i]] : &none;
		struct str text = cell_text(c, cell, str_eq(type, STR("time")));
		if (json_is_number(cell) || (str_eq(type, STR("number")) && cell->type == JSON_NULL))
			table_right(t, text, STYLE_NONE);
		else
			table_cell(t, text, STYLE_NONE);
	}
}

void logs_table(struct cli *c, const struct json *answer, bool fields)
{
	const struct json *columns = json_get(answer, STR("columns")), *rows = json_get(answer, STR("rows"));
	struct table t;
	uint32_t order[96];
	if (!columns || columns->type != JSON_ARRAY || !rows || rows->type != JSON_ARRAY)
		return;
	uint32_t n = order_of(answer, columns, fields, order);
	if (n == 0)
		return;
	table_init(&t, c, n);
	for (uint32_t i = 0; i < n; i++) {
		struct str name = json_get_str(&columns->items[order[i]], STR("name"), STR(""));
		if (json_get_bool(&columns->items[order[i]], STR("approximate"), false) && !str_starts(name, STR("p")))
			name = arena_printf(&c->arena, "~%.*s", STR_FMT(name));
		if (str_eq(column_type(columns, order[i]), STR("number")))
			table_right(&t, name, STYLE_BOLD);
		else
			table_cell(&t, name, STYLE_BOLD);
	}
	for (uint32_t i = 0; i < rows->count; i++)
		if (rows->items[i].type == JSON_ARRAY)
			table_row(c, &t, columns, &rows->items[i], order, n);
	table_print(&t);
}

/* --- histogram -------------------------------------------------------------------------------------------------------------------------- */

enum { LABEL = 6, TOTAL = 10, BARS_MOST = 200, BARS_LEAST = 10 };

int logs_histogram_buckets(int width)
{
	int n = width - LABEL - TOTAL;
	return n > BARS_MOST ? BARS_MOST : n < BARS_LEAST ? BARS_LEAST : n;
}

static enum style style_of(struct str level)
{
	if (str_eq(level, STR("error")) || str_eq(level, STR("fatal")))
		return STYLE_RED;
	return str_eq(level, STR("warn")) ? STYLE_AMBER : str_eq(level, STR("info")) ? STYLE_GREEN : STYLE_DIM;
}

/* Any count at all has a bar. */
static void bars(struct cli *c, const struct json *counts, double most, enum style style)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	struct buf b;
	buf_init(&b, 4096);
	for (uint32_t i = 0; i < counts->count; i++) {
		double v = json_f64(&counts->items[i]);
		int height = v <= 0 ? 0 : (int)(v / most * 8 + 0.5);
		buf_add(&b, str_z(blocks[v > 0 && height == 0 ? 1 : height > 8 ? 8 : height]));
	}
	out_styled(c, style, buf_str(&b));
	buf_release(&b);
}

static struct str clock_of(struct cli *c, const struct json *histogram, struct str key, bool day)
{
	int64_t ns = 0;
	struct buf b;
	str_to_i64(json_get_str(histogram, key, STR("0")), &ns);
	buf_init(&b, 64);
	time_rfc3339(&b, ns, 0);
	struct str s = arena_str(&c->arena, day ? str_sub(buf_str(&b), 5, 16) : str_sub(buf_str(&b), 11, 19));
	buf_release(&b);
	return s;
}

void logs_histogram(struct cli *c, const struct json *histogram, int width)
{
	const struct json *levels = json_get(histogram, STR("levels"));
	double most = 1;
	int64_t from = 0, to = 0;
	uint32_t n = levels && levels->type == JSON_ARRAY ? levels->count : 0, wide = (uint32_t)logs_histogram_buckets(width);
	for (uint32_t i = 0; i < n; i++) {
		const struct json *counts = json_get(&levels->items[i], STR("counts"));
		for (uint32_t k = 0; counts && counts->type == JSON_ARRAY && k < counts->count; k++)
			most = json_f64(&counts->items[k]) > most ? json_f64(&counts->items[k]) : most;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct json *counts = json_get(&levels->items[i], STR("counts"));
		struct str level = json_get_str(&levels->items[i], STR("level"), STR(""));
		double total = 0;
		if (!counts || counts->type != JSON_ARRAY)
			continue;
		for (uint32_t k = 0; k < counts->count; k++)
			total += json_f64(&counts->items[k]);
		buf_printf(&c->out, "%-*.*s", LABEL, STR_FMT(level));
		bars(c, counts, most, style_of(level));
		buf_printf(&c->out, "%*.0f\n", TOTAL - 1, total);
	}
	str_to_i64(json_get_str(histogram, STR("from_ns"), STR("0")), &from);
	str_to_i64(json_get_str(histogram, STR("to_ns"), STR("0")), &to);
	bool day = to - from > INT64_C(86400000000000);
	struct str left = clock_of(c, histogram, STR("from_ns"), day), right = clock_of(c, histogram, STR("to_ns"), day);
	int gap = (int)wide - (int)left.len - (int)right.len;
	buf_printf(&c->out, "%*s%.*s%*s%.*s\n", LABEL, "", STR_FMT(left), gap > 1 ? gap : 1, "", STR_FMT(right));
}
