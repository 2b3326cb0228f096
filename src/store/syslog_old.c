/* The older form of syslog (RFC 3164, which describes what was found in the field rather than a format): "Oct 11 22:14:15 host program[pid]: text",
 * with any part missing, with a time as in RFC 3339 (rsyslog's forward format), with a year, with fractions of a second.
 *
 * Where the parts cannot be told apart for certain: the first word after a time is the host, unless it ends like a program's name does; a word that
 * no colon or process id follows is a program only if it looks like one (small letters); a level ("ERROR: …") is never a program. Without a
 * time there is no host either. */
#include "base/time.h"
#include "store/syslog_parts.h"
#include <stdio.h>

enum { PROGRAM_MOST = 128, HOST_MOST = 255 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Up to `most` digits, at least one. */
static bool take_number(struct str *s, size_t most, unsigned *out)
{
	size_t n = 0;
	*out = 0;
	while (n < most && n < s->len && is_digit(s->p[n]))
		*out = *out * 10 + (unsigned)(s->p[n++] - '0');
	*s = str_skip(*s, n);
	return n > 0;
}

static bool take_char(struct str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

/* --- time ---------------------------------------------------------------------------------------------------------------------------------- */

struct moment { unsigned year, month, day; struct str clock; /* "22:14:15.5" */ };

static bool in_year(const struct moment *m, unsigned year, int64_t zone, int64_t *wall)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%04u-%02u-%02uT%.*sZ", year, m->month, m->day, STR_FMT(m->clock));
	if (n < 0 || (size_t)n >= sizeof(text) || !time_parse(str_from(text, (size_t)n), wall))
		return false;
	*wall -= zone;
	return true;
}

static uint64_t distance(int64_t a, int64_t b) { return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a; }

static unsigned year_of(int64_t wall)
{
	struct buf b;
	uint64_t year = 1970;
	buf_init(&b, 64);
	time_rfc3339(&b, wall, 0);
	str_to_u64(str_sub(buf_str(&b), 0, 4), &year);
	buf_release(&b);
	return (unsigned)year;
}

/* The year that puts it nearest to now: a message of 31 December may be read on 1 January, and a clock may run ahead. */
static bool nearest_year(const struct moment *m, const struct syslog_source *source, int64_t *wall)
{
	unsigned now = year_of(source->now);
	bool found = false;
	int64_t candidate;
	for (unsigned year = now - 1; year <= now + 1; year++)
		if (in_year(m, year, source->zone, &candidate) && (!found || distance(candidate, source->now) < distance(*wall, source->now))) {
			*wall = candidate;
			found = true;
		}
	return found;
}

static bool take_month(struct str *s, unsigned *month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	for (unsigned i = 0; i < 12 && s->len > 3; i++)
		if (memcmp(s->p, names + (size_t)3 * i, 3) == 0 && s->p[3] == ' ') {
			*month = i + 1;
			*s = str_skip(*s, 4);
			return true;
		}
	return false;
}

/* "22:14:15", also with a fraction. */
static bool take_clock(struct str *s, struct str *clock)
{
	size_t n = 0;
	while (n < s->len && n < 24 && (is_digit(s->p[n]) || s->p[n] == ':' || s->p[n] == '.'))
		n++;
	while (n > 0 && s->p[n - 1] == ':') /* some end the time with a colon */
		n--;
	*clock = str_sub(*s, 0, n);
	if (n < 8 || clock->p[2] != ':' || clock->p[5] != ':')
		return false;
	*s = str_skip(*s, n);
	return true;
}

static void take_blanks(struct str *s)
{
	while (take_char(s, ' '))
		;
}

/* "Oct 11 22:14:15", "Oct  1 …", "Oct 11 2026 22:14:15", "Oct 11 22:14:15 2026". */
static bool take_short_time(struct str *rest, const struct syslog_source *source, int64_t *wall)
{
	struct str s = *rest;
	struct moment m = { 0 };
	if (!take_month(&s, &m.month))
		return false;
	take_blanks(&s);
	if (!take_number(&s, 2, &m.day) || !take_char(&s, ' '))
		return false;
	struct str before = s;
	if (!take_number(&s, 4, &m.year) || m.year < 1970 || !take_char(&s, ' ')) {
		m.year = 0;
		s = before;
	}
	if (!take_clock(&s, &m.clock))
		return false;
	before = s;
	if (!m.year && (!take_char(&s, ' ') || !take_number(&s, 4, &m.year) || m.year < 1970 || (s.len && s.p[0] != ' '))) {
		m.year = 0;
		s = before;
	}
	if (m.year ? !in_year(&m, m.year, source->zone, wall) : !nearest_year(&m, source, wall))
		return false;
	take_char(&s, ':');
	take_blanks(&s);
	*rest = s;
	return true;
}

static bool take_long_time(struct str *rest, int64_t *wall)
{
	struct str s = *rest, word = syslog_word(&s);
	if (word.len < 19 || word.len > 40 || word.p[4] != '-' || !time_parse(word, wall))
		return false;
	*rest = s;
	return true;
}

/* --- host and program -------------------------------------------------------------------------------------------------------------------- */

/* A program and its process id as they stand before a text. */
struct tag { struct str program, process, rest; bool certain; /* a colon or a process id ends it */ };

static bool is_tag_char(char c)
{
	unsigned char u = (unsigned char)c;
	return u > ' ' && u < 0x7f && !memchr("[]:,;\"'<>{}=", c, 12);
}

static bool looks_like_program(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(i && (is_digit(s.p[i]) || memchr("-_./@", s.p[i], 5))))
			return false;
	return s.len > 0;
}

static bool find_tag(struct str s, struct tag *t)
{
	size_t n = 0;
	while (n < s.len && n < PROGRAM_MOST && is_tag_char(s.p[n]))
		n++;
	*t = (struct tag){ .program = str_sub(s, 0, n), .rest = str_skip(s, n) };
	if (n == 0 || severity_parse(t->program) != SEVERITY_NONE)
		return false;
	if (str_starts(t->rest, STR("["))) {
		size_t end = str_find_char(str_sub(t->rest, 0, PROGRAM_MOST), ']');
		if (end == SIZE_MAX || str_find_char(str_sub(t->rest, 0, end), ' ') != SIZE_MAX)
			return false;
		t->process = str_sub(t->rest, 1, end);
		t->rest = str_skip(t->rest, end + 1);
		t->certain = true;
	}
	t->certain |= take_char(&t->rest, ':');
	if (t->rest.len && t->rest.p[0] != ' ')
		return false;
	take_char(&t->rest, ' ');
	return t->certain || looks_like_program(t->program);
}

static void take_tag(struct syslog_parts *p, const struct tag *t)
{
	p->program = t->program;
	p->process = t->process;
	p->body = t->rest;
}

void syslog_parse_old(struct syslog_parts *p, const struct syslog_source *source, struct str rest)
{
	struct tag t;
	bool timed = take_short_time(&rest, source, &p->time) || take_long_time(&rest, &p->time);
	p->malformed = !timed;
	p->body = rest;
	if (find_tag(rest, &t) && t.certain && (timed || p->priority_given || t.process.len)) {
		take_tag(p, &t);
		return;
	}
	if (!timed)
		return;
	struct str host = syslog_word(&rest);
	if (host.len == 0 || host.len > HOST_MOST)
		return;
	p->host = host;
	p->body = rest;
	take_blanks(&rest);
	if (find_tag(rest, &t))
		take_tag(p, &t);
}
