/* Messages in a syslog stream (RFC 6587, RFC 5425 section 4.3). Both framings occur, also on one connection, and are told apart at each message:
 * octet counting is a length of up to seven digits, a blank, and the `<` that a message begins with; everything else ends at a line feed or NUL.
 * (A digit alone says nothing: lines may begin with a date.)
 *
 * A message longer than SYSLOG_MAX_MESSAGE is cut there; the rest of it is passed over, however much that is. */
#ifndef PLEACH_STORE_SYSLOG_FRAME_H
#define PLEACH_STORE_SYSLOG_FRAME_H
#include "base/str.h"

enum { SYSLOG_MAX_MESSAGE = 256 << 10 };
/* What is known of the message that the stream is in; zero at its start. */
struct syslog_frames {
	size_t scanned;     /* bytes of the line that hold no end */
	uint64_t skip;      /* bytes of a counted message still to pass over */
	bool skip_line;     /* pass over the rest of the line */
};
struct syslog_frame {
	struct str message; /* in the input; {NULL,0}: none, only bytes to pass over */
	bool cut;           /* it was longer, or the stream ended in it */
	size_t used;        /* bytes of the input that are done with */
};
/* The next message, or what to pass over, at the start of the input. False: more bytes are needed. end: no more will come, what is left is a
 * message. Each byte is looked at once, however small the steps in which a message arrives. */
bool syslog_next_frame(struct syslog_frames *f, struct str in, bool end, struct syslog_frame *out);
#endif
