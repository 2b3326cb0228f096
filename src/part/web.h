/* Requests to other people's servers (forges, Backstage, who takes a webhook), waited for one at a time, by libcurl: http and https alone, certificates always verified (by the system's
 * authorities, or $SSL_CERT_FILE).
 *
 * - The token is sent to the origin that was opened and to no other; nothing that is said (errors, answers' words) shows it.
 * - A GET follows redirects and links within that origin; what leads elsewhere is refused, with where to.
 * - Whoever is asked to wait (429, 503, 403 of a limit, with Retry-After or a time of reset) waits WEB_WAIT_MAX all in all, then gives up with when to come back.
 * - What was sent and got no whole answer may have been done: it is never sent a second time.
 *
 * For commands and workers, never on a part's loop; on the process's main thread. */
#ifndef PLEACH_PART_WEB_H
#define PLEACH_PART_WEB_H
#include "base/arena.h"
#include "base/err.h"

enum { WEB_ANSWER_MAX = 64 << 20, WEB_URL_MAX = 8192, WEB_REDIRECTS_MAX = 5, WEB_CONNECT_MS = 10000, WEB_SILENCE_S = 15 /* without a byte */, WEB_WHOLE_MS = 120000, WEB_WAIT_MAX = 10 /* seconds */ };

struct web_options {
	struct str url;          /* of the origin, and what stands in messages */
	struct str token;        /* sent as a bearer's; empty: none */
	const char *token_name;  /* the environment's variable that it is of: "GITHUB_TOKEN" */
	const char *who;         /* in messages: "GitHub" */
	const char *type;        /* of answers: "application/json" */
	bool secret;             /* paths are, so that messages show the origin alone */
};
struct web;
/* NULL with e: libcurl is missing, the URL is none, or has a password in it, or the token cannot be one. Texts are copied. */
struct web *web_open(const struct web_options *o, struct err *e);
void web_close(struct web *w);

struct web_answer { long status; struct str body, next /* URL of the next page by its Link header; empty: none */, next_page /* X-Next-Page */; };
/* url: below the origin, whole. body: JSON, p == NULL: none. key: Idempotency-Key, empty: none. Answers are copied into the arena. False with e where there is no answer of 2xx;
 * out->status then says which one there was, 0: none. */
bool web_ask(struct web *w, const char *method, struct str url, struct str body, struct str key, struct arena *a, struct web_answer *out, struct err *e);
/* Whether a URL has the origin that was opened. */
bool web_is_here(const struct web *w, struct str url);
/* "https://host:port" of a URL of http or https; p == NULL: it is none, or has a user in it (*user, may be NULL). */
struct str web_origin(struct str url, bool *user);
#endif
