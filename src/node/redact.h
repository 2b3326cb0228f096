/* Secrets stay on the machine they were written on: what looks like one is replaced by "[redacted]" before a line leaves the node. By the
 * name of its key (tbl/secret_keys.h), and by its shape: "Bearer …", "Basic …", a JSON Web Token, a private key in PEM, a password in
 * a URL. Errs on the side of replacing too much of a value, never on names. Called by node/line.c and node/tail.c. */
#ifndef PLEACH_NODE_REDACT_H
#define PLEACH_NODE_REDACT_H
#include "base/buf.h"

#define REDACTED "[redacted]"
bool redact_is_secret_key(struct str key);
/* The number of secrets in the text. When it is not 0, the text with each replaced is appended to out; when it is 0, nothing is. */
size_t redact_text(struct buf *out, struct str text);
/* A private key written over several lines. True when this line is inside one and must not be shown; *inside counts its lines, 0
 * outside, and is kept per stream. A key that never ends is over after REDACT_KEY_LINES. */
enum { REDACT_KEY_LINES = 256 };
bool redact_key_block(uint32_t *inside, struct str line);
#endif
