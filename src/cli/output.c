/* See output.h. */
#include "cli/output.h"
#include "base/check.h"
#include "base/time.h"

static const char *const escapes[] = { [STYLE_NONE] = "",	  [STYLE_BOLD] = "\033[1m",   [STYLE_DIM] = "\033[2m",	[STYLE_RED] = "\033[31m",
				       [STYLE_GREEN] = "\033[32m", [STYLE_AMBER] = "\033[33m", [STYLE_BLUE] = "\033[36m" };

void out_styled(struct cli *c, enum style style, struct str s)
{
	bool on = c->color && style != STYLE_NONE;
	if (on)
		buf_add(&c->out, str_z(escapes[style]));
	text_safe(&c->out, s);
	if (on)
		buf_add(&c->out, STR("\033[0m"));
}

void table_init(struct table *t, struct cli *c, size_t columns)
{
	*t = (struct table){ .c = c, .columns = columns };
}

static void add_cell(struct table *t, struct str text, enum style style, bool right)
{
	if (!ARENA_PUSH_ROOM(&t->c->arena, t->cells, t->count, t->capacity))
		return;
	t->cells[t->count++] = (struct table_cell){ arena_str(&t->c->arena, text), style, right };
}

void table_cell(struct table *t, struct str text, enum style style)
{
	add_cell(t, text, style, false);
}

void table_right(struct table *t, struct str text, enum style style)
{
	add_cell(t, text, style, true);
}

void table_print(struct table *t)
{
	enum { MOST = 96 };
	size_t widths[MOST] = { 0 };
	CHECK(t->columns <= MOST && t->count % t->columns == 0);
	for (size_t i = 0; i < t->count; i++) {
		size_t n = text_columns(t->cells[i].text), k = i % t->columns;
		widths[k] = n > widths[k] ? n : widths[k];
	}
	for (size_t i = 0; i < t->count; i++) {
		size_t k = i % t->columns;
		const struct table_cell *cell = &t->cells[i];
		int pad = (int)(widths[k] - text_columns(cell->text));
		if (cell->right)
			buf_printf(&t->c->out, "%*s", pad, "");
		out_styled(t->c, cell->style, cell->text);
		if (k + 1 == t->columns)
			buf_char(&t->c->out, '\n');
		else
			buf_printf(&t->c->out, "%*s", (cell->right ? 0 : pad) + 2, "");
	}
}

static struct str kept(struct cli *c, struct buf *b)
{
	struct str s = arena_str(&c->arena, buf_str(b));
	buf_release(b);
	return s;
}

struct str text_duration(struct cli *c, int64_t ns)
{
	struct buf b;
	buf_init(&b, 64);
	duration_human(&b, ns);
	return kept(c, &b);
}

struct str text_ago(struct cli *c, int64_t wall)
{
	struct buf b;
	buf_init(&b, 64);
	int64_t ago = sys_wall() - wall;
	duration_human(&b, ago < 0 ? 0 : ago);
	buf_add(&b, STR(" ago"));
	return kept(c, &b);
}

struct str text_size(struct cli *c, int64_t bytes)
{
	struct buf b;
	buf_init(&b, 64);
	size_human(&b, bytes);
	return kept(c, &b);
}

struct str text_percent(struct cli *c, double share)
{
	return arena_printf(&c->arena, share >= 0.1 || share <= 0 ? "%.0f %%" : "%.1f %%", share * 100);
}

struct str text_rate(struct cli *c, double per_second)
{
	return arena_printf(&c->arena, per_second >= 100 ? "%.0f/s" : per_second >= 10 ? "%.1f/s" : "%.2f/s", per_second);
}

void progress(struct str line)
{
	struct buf b;
	if (!sys_is_terminal(SYS_STDERR))
		return;
	buf_init(&b, 1024);
	buf_printf(&b, "\r\033[K%.*s", STR_FMT(line));
	sys_print(SYS_STDERR, buf_str(&b));
	buf_release(&b);
}

void progress_end(void)
{
	if (sys_is_terminal(SYS_STDERR))
		sys_print(SYS_STDERR, STR("\r\033[K"));
}
