/* See join.h. Which class of line does what in which state is one table; which line has which class comes from tbl/join_lines.h. */
#include "node/join.h"
#include "base/check.h"
#include "base/metric.h"
#include "model/log_text.h"
#include "model/record.h"
#include "node/line.h"

/* --- classes ------------------------------------------------------------------------------------------------------------------------ */

enum where { BEGINS, HAS, ENDS };
static const struct { enum join_class class; enum where where; struct str text; } rows[] = {
#define JOIN_ROW(class, where, text) { CLASS_##class, where, STR_INIT(text) },
#include "tbl/join_lines.h"
#undef JOIN_ROW
};

static bool fits(struct str line, enum where where, struct str text)
{
	return where == BEGINS ? str_starts(line, text) : where == ENDS ? str_ends(line, text) : str_find(line, text) != SIZE_MAX;
}

/* "java.lang.IllegalStateException: words", "TypeError: words", "Exception in thread "main" java…": a name that ends so, then nothing or a colon. */
static bool names_an_error(struct str line)
{
	static const struct str ends[] = { STR_INIT("Exception"), STR_INIT("Error"), STR_INIT("Throwable") };
	size_t n = 0;
	if (str_starts(line, STR("Exception in thread ")) || str_starts(line, STR("Unhandled exception. ")))
		return true;
	while (n < line.len && line.p[n] != ':' && line.p[n] != ' ' && line.p[n] != '(')
		n++;
	if (n < line.len && line.p[n] != ':')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_ends(str_sub(line, 0, n), ends[i]))
			return true;
	return false;
}

enum join_class join_class(struct str line)
{
	struct str stripped = str_strip(line);
	if (str_empty(stripped))
		return CLASS_BLANK;
	if (stripped.len > 1 && stripped.p[0] == '{' && stripped.p[stripped.len - 1] == '}')
		return CLASS_JSON;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (fits(line, rows[i].where, rows[i].text))
			return rows[i].class;
	if (line.p[0] == ' ' || line.p[0] == '\t')
		return CLASS_INDENTED;
	return names_an_error(line) ? CLASS_ERROR : CLASS_PLAIN;
}

/* --- states ------------------------------------------------------------------------------------------------------------------------- */

enum effect {
	STARTS, /* what is held is handed on, this line is held */
	JOINS,  /* it goes to what is held */
	AMENDS, /* JOINS where what is held is a warning or worse: the message above a stack trace; else STARTS */
	PASSES, /* what is held is handed on, and then the line itself */
	DROPS,  /* a blank line: what is held waits on */
	ENDS_IT, /* a blank line behind an ordinary one: that is handed on */
};
struct step { enum effect effect; enum join_state next; };

static const struct step steps[JOIN_STATES][JOIN_CLASSES] = {
	[JOIN_NOTHING] = {
		[CLASS_JSON] = { PASSES, JOIN_NOTHING }, [CLASS_BLANK] = { DROPS, JOIN_NOTHING }, [CLASS_INDENTED] = { STARTS, JOIN_TRACE },
		[CLASS_PLAIN] = { STARTS, JOIN_LINE }, [CLASS_ERROR] = { STARTS, JOIN_TRACE }, [CLASS_CAUSE] = { STARTS, JOIN_TRACE },
		[CLASS_PYTHON] = { STARTS, JOIN_PYTHON }, [CLASS_CHAIN] = { STARTS, JOIN_PYTHON_END }, [CLASS_GO] = { STARTS, JOIN_GO },
		[CLASS_FRAME] = { STARTS, JOIN_LINE },
	},
	/* An ordinary line, which may turn out to be the message above a stack trace. */
	[JOIN_LINE] = {
		[CLASS_JSON] = { PASSES, JOIN_NOTHING }, [CLASS_BLANK] = { ENDS_IT, JOIN_NOTHING }, [CLASS_INDENTED] = { JOINS, JOIN_TRACE },
		[CLASS_PLAIN] = { STARTS, JOIN_LINE }, [CLASS_ERROR] = { AMENDS, JOIN_TRACE }, [CLASS_CAUSE] = { JOINS, JOIN_TRACE },
		[CLASS_PYTHON] = { AMENDS, JOIN_PYTHON }, [CLASS_CHAIN] = { STARTS, JOIN_PYTHON_END }, [CLASS_GO] = { STARTS, JOIN_GO },
		[CLASS_FRAME] = { STARTS, JOIN_LINE },
	},
	[JOIN_TRACE] = {
		[CLASS_JSON] = { PASSES, JOIN_NOTHING }, [CLASS_BLANK] = { DROPS, JOIN_TRACE }, [CLASS_INDENTED] = { JOINS, JOIN_TRACE },
		[CLASS_PLAIN] = { STARTS, JOIN_LINE }, [CLASS_ERROR] = { STARTS, JOIN_TRACE }, [CLASS_CAUSE] = { JOINS, JOIN_TRACE },
		[CLASS_PYTHON] = { STARTS, JOIN_PYTHON }, [CLASS_CHAIN] = { STARTS, JOIN_PYTHON_END }, [CLASS_GO] = { STARTS, JOIN_GO },
		[CLASS_FRAME] = { STARTS, JOIN_LINE },
	},
	/* Within a traceback: its first line that is not indented names the exception. */
	[JOIN_PYTHON] = {
		[CLASS_JSON] = { PASSES, JOIN_NOTHING }, [CLASS_BLANK] = { DROPS, JOIN_PYTHON }, [CLASS_INDENTED] = { JOINS, JOIN_PYTHON },
		[CLASS_PLAIN] = { JOINS, JOIN_PYTHON_END }, [CLASS_ERROR] = { JOINS, JOIN_PYTHON_END }, [CLASS_CAUSE] = { JOINS, JOIN_PYTHON_END },
		[CLASS_PYTHON] = { STARTS, JOIN_PYTHON }, [CLASS_CHAIN] = { JOINS, JOIN_PYTHON_END }, [CLASS_GO] = { STARTS, JOIN_GO },
		[CLASS_FRAME] = { JOINS, JOIN_PYTHON_END },
	},
	[JOIN_PYTHON_END] = {
		[CLASS_JSON] = { PASSES, JOIN_NOTHING }, [CLASS_BLANK] = { DROPS, JOIN_PYTHON_END }, [CLASS_INDENTED] = { JOINS, JOIN_PYTHON_END },
		[CLASS_PLAIN] = { STARTS, JOIN_LINE }, [CLASS_ERROR] = { STARTS, JOIN_TRACE }, [CLASS_CAUSE] = { STARTS, JOIN_TRACE },
		[CLASS_PYTHON] = { JOINS, JOIN_PYTHON }, [CLASS_CHAIN] = { JOINS, JOIN_PYTHON_END }, [CLASS_GO] = { STARTS, JOIN_GO },
		[CLASS_FRAME] = { STARTS, JOIN_LINE },
	},
	[JOIN_GO] = {
		[CLASS_JSON] = { PASSES, JOIN_NOTHING }, [CLASS_BLANK] = { DROPS, JOIN_GO }, [CLASS_INDENTED] = { JOINS, JOIN_GO },
		[CLASS_PLAIN] = { STARTS, JOIN_LINE }, [CLASS_ERROR] = { STARTS, JOIN_TRACE }, [CLASS_CAUSE] = { STARTS, JOIN_TRACE },
		[CLASS_PYTHON] = { STARTS, JOIN_PYTHON }, [CLASS_CHAIN] = { STARTS, JOIN_PYTHON_END }, [CLASS_GO] = { JOINS, JOIN_GO },
		[CLASS_FRAME] = { JOINS, JOIN_GO },
	},
};

void join_flush(struct join *j)
{
	if (j->lines == 0)
		return;
	CHECK(buf_ok(&j->held));
	if (j->lines > 1)
		metric_inc(METRIC_NODE_JOINED);
	j->on_text(j, buf_str(&j->held), j->cut);
	buf_clear(&j->held);
	j->lines = 0;
	j->cut = false;
	j->state = JOIN_NOTHING;
}

/* One line may be longer than a block may be: its length is the owner's business. */
static void hold(struct join *j, struct str line, bool cut)
{
	if (j->lines)
		buf_char(&j->held, '\n');
	buf_add(&j->held, line);
	j->cut |= cut;
	j->lines++;
}

static bool is_full(const struct join *j, struct str line)
{
	return j->lines >= JOIN_MAX_LINES || j->held.len + 1 + line.len > JOIN_MAX_BYTES;
}

void join_line(struct join *j, struct str line, bool cut)
{
	struct step step = steps[j->state][join_class(line)];
	if (step.effect == AMENDS)
		step.effect = log_text_level(buf_str(&j->held)) >= SEVERITY_WARN ? JOINS : STARTS;
	switch (step.effect) {
	case AMENDS: /* decided above */
	case STARTS:
		join_flush(j);
		hold(j, line, cut);
		break;
	case JOINS:
		if (is_full(j, line))
			join_flush(j);
		hold(j, line, cut);
		break;
	case PASSES:
		join_flush(j);
		j->on_text(j, line, cut);
		break;
	case ENDS_IT:
		join_flush(j);
		break;
	case DROPS:
		break;
	}
	j->state = step.next;
	CHECK((j->lines == 0) == (j->state == JOIN_NOTHING));
}

bool join_idle(struct join *j)
{
	if (j->state == JOIN_LINE)
		join_flush(j);
	return j->lines > 0;
}

void join_init(struct join *j)
{
	j->state = JOIN_NOTHING;
	j->lines = 0;
	j->cut = false;
	buf_init(&j->held, JOIN_MAX_BYTES + (64 << 10));
}

void join_release(struct join *j) { buf_release(&j->held); }
