/* Framing of syslog over streams (syslog_frame.h). */
#include "store/syslog_frame.h"

enum { LENGTH_DIGITS = 7 };

enum counted { COUNTED_NO, COUNTED_YES, COUNTED_MORE };

/* Whether a counted message begins here: its length, and the bytes that the count takes. */
static enum counted counted(struct str in, bool end, uint64_t *length, size_t *head)
{
	size_t i = 0;
	*length = 0;
	while (i < in.len && i < LENGTH_DIGITS && in.p[i] >= (i ? '0' : '1') && in.p[i] <= '9')
		*length = *length * 10 + (uint64_t)(in.p[i++] - '0');
	if (i == in.len && !end)
		return COUNTED_MORE;
	if (i == 0 || i == in.len || in.p[i] != ' ')
		return COUNTED_NO;
	*head = ++i;
	if (i == in.len && !end)
		return COUNTED_MORE;
	return i < in.len && in.p[i] == '<' ? COUNTED_YES : COUNTED_NO;
}

static bool found(struct syslog_frame *out, struct str message, bool cut, size_t used)
{
	*out = (struct syslog_frame){ message, cut, used };
	return true;
}

static bool pass(struct syslog_frame *out, size_t used) { return found(out, (struct str){ 0 }, false, used); }

static bool take_counted(struct syslog_frames *f, struct str in, bool end, uint64_t length, size_t head, struct syslog_frame *out)
{
	size_t most = length < SYSLOG_MAX_MESSAGE ? (size_t)length : SYSLOG_MAX_MESSAGE;
	struct str message = str_sub(in, head, head + most);
	if (message.len < most && !end)
		return false;
	f->skip = message.len < most ? 0 : length - most;
	return found(out, message, message.len < length, head + message.len);
}

/* Position of the line's end within the most that a message may have, or SIZE_MAX. */
static size_t line_end(struct syslog_frames *f, struct str in)
{
	size_t limit = in.len < SYSLOG_MAX_MESSAGE ? in.len : SYSLOG_MAX_MESSAGE;
	struct str fresh = str_sub(in, f->scanned, limit);
	size_t feed = str_find_char(fresh, '\n');
	size_t nul = str_find_char(str_sub(fresh, 0, feed), '\0');
	size_t at = nul < feed ? nul : feed;
	if (at == SIZE_MAX) {
		f->scanned = limit;
		return SIZE_MAX;
	}
	at += f->scanned;
	f->scanned = 0;
	return at;
}

static bool take_line(struct syslog_frames *f, struct str in, bool end, struct syslog_frame *out)
{
	size_t at = line_end(f, in);
	if (at != SIZE_MAX)
		return found(out, str_sub(in, 0, at), false, at + 1);
	if (in.len > SYSLOG_MAX_MESSAGE) {
		f->scanned = 0;
		f->skip_line = true;
		return found(out, str_sub(in, 0, SYSLOG_MAX_MESSAGE), true, SYSLOG_MAX_MESSAGE);
	}
	f->scanned = end ? 0 : f->scanned;
	return end && found(out, in, false, in.len);
}

static bool skip_line(struct syslog_frames *f, struct str in, struct syslog_frame *out)
{
	size_t at = 0;
	while (at < in.len && in.p[at] != '\n' && in.p[at] != '\0')
		at++;
	f->skip_line = at == in.len;
	return pass(out, f->skip_line ? at : at + 1);
}

bool syslog_next_frame(struct syslog_frames *f, struct str in, bool end, struct syslog_frame *out)
{
	uint64_t length;
	size_t head = 0;
	if (in.len == 0)
		return false;
	if (f->skip > 0) {
		size_t n = f->skip < in.len ? (size_t)f->skip : in.len;
		f->skip -= n;
		return pass(out, n);
	}
	if (f->skip_line)
		return skip_line(f, in, out);
	while (head < in.len && (in.p[head] == '\n' || in.p[head] == '\r' || in.p[head] == '\0') && f->scanned == 0)
		head++;
	if (head > 0)
		return pass(out, head);
	switch (f->scanned ? COUNTED_NO : counted(in, end, &length, &head)) {
	case COUNTED_MORE: return false;
	case COUNTED_YES: return take_counted(f, in, end, length, head, out);
	case COUNTED_NO: break;
	}
	return take_line(f, in, end, out);
}
