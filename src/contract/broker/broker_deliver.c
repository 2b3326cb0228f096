/* Deliveries of webhooks: kept in the file until they are made or given up, so that neither kill -9 nor a receiver that is away loses one; sent by libcurl (TLS, names,
 * proxies are its business) without ever holding up a request of the broker.
 *
 * A delivery is *due*, then *sent*; an answer of 2xx ends it, anything else makes it due again later (tbl below), BROKER_ATTEMPTS_MAX times. Of one webhook one
 * delivery is sent at a time, in order: a receiver that never answers delays its own deliveries and nobody else's. Redirects are not followed, and neither
 * link-local addresses (where clouds keep their machines' secrets) nor unspecified ones are connected to, whatever a name says. */
#include "net/curl_load.h"
#include "contract/broker/broker_impl.h"
#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_KEPT = 64 << 10, CONNECT_MS = 5000, WHOLE_MS = 10000, TICK_MS = 10, STATS_MAX = BROKER_WEBHOOKS_MAX };
/* ms until the next attempt, after the first, second … that failed. */
static const int64_t pauses[BROKER_ATTEMPTS_MAX - 1] = { 1000, 10000, 60000, 600000 };

struct sending {
	CURL *easy;                          /* NULL: free */
	struct curl_slist *headers;
	struct arena arena;                  /* of the request's texts */
	int64_t id, webhook;                 /* id 0: a trial that somebody waits for */
	int64_t attempts;
	struct buf answer, head;
	struct str url, body, base, uuid;
	struct http_exchange *exchange;      /* of a trial; NULL: who asked went away */
	struct deliveries *of;
	char error[CURL_ERROR_SIZE], refused[160];
	bool cut;                            /* the answer is longer than is kept */
};
struct deliveries {
	struct broker *broker;
	CURLM *multi;                        /* NULL until something is to be sent */
	struct timer timer;
	struct sending slots[BROKER_DELIVERING_MAX];
	size_t sending, waiting;             /* waiting: rows of the table */
	bool told;                           /* that nothing can be sent */
	bool none_due;                       /* until the timer, or something new */
	struct delivered stats[STATS_MAX];
	size_t stats_count;
};

/* --- how it went ------------------------------------------------------------------------------------------------------------------------------------------------ */

static struct delivered *stats_of(struct deliveries *d, int64_t webhook)
{
	for (size_t i = 0; i < d->stats_count; i++)
		if (d->stats[i].webhook == webhook)
			return &d->stats[i];
	size_t i = d->stats_count < STATS_MAX ? d->stats_count++ : (size_t)(webhook % STATS_MAX); /* of more than there can be at once, some are of deleted ones */
	d->stats[i] = (struct delivered){ .webhook = webhook };
	return &d->stats[i];
}

const struct delivered *deliveries_of(const struct broker *b, int64_t webhook)
{
	for (size_t i = 0; b->deliveries && i < b->deliveries->stats_count; i++)
		if (b->deliveries->stats[i].webhook == webhook)
			return &b->deliveries->stats[i];
	return NULL;
}

static void tell(struct deliveries *d, uint8_t severity, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void tell(struct deliveries *d, uint8_t severity, const char *format, ...)
{
	struct buf b;
	va_list args;
	buf_init(&b, 4096);
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	if (d->broker->log)
		d->broker->log(d->broker->ctx, severity, buf_str(&b));
	buf_release(&b);
}

/* --- sending ---------------------------------------------------------------------------------------------------------------------------------------------------- */

/* Addresses that no webhook means: link-local, unspecified, multicast (RFC 3927, RFC 4291). */
static bool may_connect(const struct sys_addr *a)
{
	const uint8_t *ip = a->ip;
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }, none[16];
	if (a->family == SYS_IPV6 && memcmp(ip, mapped, sizeof(mapped)) != 0)
		return !(ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80) && ip[0] != 0xff && memcmp(ip, none, sizeof(none)) != 0;
	if (a->family == SYS_IPV6)
		ip += sizeof(mapped);
	return (a->family == SYS_IPV4 || a->family == SYS_IPV6) && !(ip[0] == 169 && ip[1] == 254) && ip[0] != 0 && ip[0] < 224;
}

/* Called once connected and before a byte is sent, with what the name led to, so that it cannot say one thing and mean another. */
static int on_connected(void *ctx, char *remote, char *local, int remote_port, int local_port)
{
	struct sending *s = ctx;
	struct sys_addr a;
	struct err e = { 0 };
	char text[160];
	(void)local;
	(void)local_port;
	snprintf(text, sizeof(text), strchr(remote, ':') ? "[%s]:%d" : "%s:%d", remote, remote_port);
	if (sys_addr_parse(&a, str_z(text), &e) && may_connect(&a))
		return CURL_PREREQFUNC_OK;
	snprintf(s->refused, sizeof(s->refused), "refused: %.80s is an address that webhooks are not sent to", remote);
	return CURL_PREREQFUNC_ABORT;
}

static size_t on_answer(char *p, size_t size, size_t n, void *ctx)
{
	struct sending *s = ctx;
	size_t all = size * n, room = ANSWER_KEPT - buf_str(&s->answer).len;
	buf_add(&s->answer, str_from(p, all < room ? all : room));
	s->cut = all > room; /* it need not have an end: the connection is closed */
	return s->cut ? 0 : all;
}

static size_t on_head(char *p, size_t size, size_t n, void *ctx)
{
	struct sending *s = ctx;
	if (buf_str(&s->head).len + size * n <= ANSWER_KEPT)
		buf_add(&s->head, str_from(p, size * n));
	return size * n;
}

static const struct curl_api *curl; /* once there is a multi */

static bool ready(struct deliveries *d, struct err *e)
{
	if (d->multi)
		return true;
	curl = curl_load(e);
	d->multi = curl ? curl->multi_init() : NULL;
	if (curl && !d->multi)
		err_set(e, ERR_NO_MEMORY, "no memory to send webhooks with");
	return d->multi != NULL;
}

static struct sending *free_slot(struct deliveries *d)
{
	for (size_t i = 0; i < BROKER_DELIVERING_MAX; i++)
		if (!d->slots[i].easy)
			return &d->slots[i];
	return NULL;
}

static void slot_end(struct sending *s)
{
	struct deliveries *d = s->of;
	curl->multi_remove_handle(d->multi, s->easy);
	curl->easy_cleanup(s->easy);
	curl->slist_free_all(s->headers);
	buf_release(&s->answer);
	buf_release(&s->head);
	arena_release(&s->arena);
	*s = (struct sending){ 0 };
	d->sending--;
}

static bool add_headers(struct sending *s, struct str headers, bool json_body)
{
	struct err e = { 0 };
	bool typed = false;
	const struct json *j = json_parse(&s->arena, headers, &e);
	for (uint32_t i = 0; j && j->type == JSON_OBJECT && i < j->count; i++) {
		struct str line = arena_printf(&s->arena, "%.*s: %.*s", STR_FMT(j->members[i].key), STR_FMT(j->members[i].value.s)), z = line.p ? arena_strz(&s->arena, line) : line;
		struct curl_slist *next = z.p ? curl->slist_append(s->headers, z.p) : NULL;
		if (!next)
			return false;
		s->headers = next;
		typed |= str_eq_ci(j->members[i].key, STR("content-type"));
	}
	if (typed || !json_body)
		return true;
	struct curl_slist *next = curl->slist_append(s->headers, "Content-Type: application/json");
	if (next)
		s->headers = next;
	return next != NULL;
}

/* What a delivery is made of: its texts, copied into the slot. */
struct parcel { struct str method, url, headers, body, username, password; };

static bool set_up(struct sending *s, const struct parcel *p)
{
	struct str url = arena_strz(&s->arena, p->url), method = arena_strz(&s->arena, p->method), user = arena_strz(&s->arena, p->username), password = arena_strz(&s->arena, p->password);
	s->url = url;
	s->body = arena_str(&s->arena, p->body);
	if (!url.p || !method.p || !user.p || !password.p || !s->body.p || !add_headers(s, p->headers, s->body.len > 0))
		return false;
	CURL *easy = s->easy;
	bool ok = curl->easy_setopt(easy, CURLOPT_URL, url.p) == CURLE_OK && curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
		  curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.p) == CURLE_OK;
	if (s->body.len) {
		curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)s->body.len);
		ok = ok && curl->easy_setopt(easy, CURLOPT_POSTFIELDS, s->body.p) == CURLE_OK;
	} else if (str_eq(p->method, STR("POST"))) {
		ok = ok && curl->easy_setopt(easy, CURLOPT_POSTFIELDS, "") == CURLE_OK;
	}
	if (p->username.len) {
		curl->easy_setopt(easy, CURLOPT_USERNAME, user.p);
		curl->easy_setopt(easy, CURLOPT_PASSWORD, password.p);
	}
	curl->easy_setopt(easy, CURLOPT_HTTPHEADER, s->headers);
	curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)WHOLE_MS);
	curl->easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
	curl->easy_setopt(easy, CURLOPT_PREREQDATA, s);
	curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl->easy_setopt(easy, CURLOPT_WRITEDATA, s);
	curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
	curl->easy_setopt(easy, CURLOPT_HEADERDATA, s);
	curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, s->error);
	curl->easy_setopt(easy, CURLOPT_USERAGENT, "pleach");
	curl->easy_setopt(easy, CURLOPT_PRIVATE, s);
	return ok;
}

/* NULL: no slot is free, or no memory. */
static struct sending *send_parcel(struct deliveries *d, const struct parcel *p, int64_t id, int64_t webhook, int64_t attempts)
{
	struct sending *s = free_slot(d);
	if (!s)
		return NULL;
	*s = (struct sending){ .easy = curl->easy_init(), .id = id, .webhook = webhook, .attempts = attempts, .of = d };
	if (!s->easy)
		return NULL;
	arena_init(&s->arena, 4u * BROKER_WEBHOOK_BODY_MAX);
	buf_init(&s->answer, ANSWER_KEPT + 1);
	buf_init(&s->head, ANSWER_KEPT + 1);
	d->sending++;
	if (set_up(s, p) && curl->multi_add_handle(d->multi, s->easy) == CURLM_OK)
		return s;
	slot_end(s);
	return NULL;
}

/* --- the end of one --------------------------------------------------------------------------------------------------------------------------------------------- */

static void forget_row(struct deliveries *d, int64_t id)
{
	struct call c = { .broker = d->broker };
	buf_init(&c.out, 4096);
	if (broker_begin(&c) && broker_do(&c, "DELETE FROM deliveries WHERE id = ?", "i", id))
		broker_commit(&c);
	broker_rollback(&c);
	buf_release(&c.out);
	d->waiting -= d->waiting > 0;
}

static void later(struct deliveries *d, const struct sending *s)
{
	struct call c = { .broker = d->broker };
	buf_init(&c.out, 4096);
	if (broker_begin(&c) && broker_do(&c, "UPDATE deliveries SET attempts = ?, due = ? WHERE id = ?", "iii", s->attempts, broker_now() + pauses[s->attempts - 1], s->id))
		broker_commit(&c);
	broker_rollback(&c);
	buf_release(&c.out);
}

static void answer_trial(struct sending *s, long status, bool ok, const char *words)
{
	struct buf b;
	struct json_out o;
	struct str lines = buf_str(&s->head);
	if (!s->exchange)
		return;
	buf_init(&b, 1 << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_bool(&o, "success", ok);
	json_out_key(&o, STR("request"));
	json_out_object(&o);
	json_kv_str(&o, "body", s->body);
	json_out_end(&o);
	json_out_key(&o, STR("response"));
	if (status) {
		json_out_object(&o);
		json_kv_i64(&o, "status", status);
		json_out_key(&o, STR("headers"));
		json_out_object(&o);
		while (lines.p) {
			struct str value = str_trim(str_split(&lines, '\n')), name = str_split(&value, ':');
			if (value.p && str_find_ci(name, STR("cookie")) == SIZE_MAX)
				json_kv_str(&o, arena_strz(&s->arena, name).p, str_trim(value));
		}
		json_out_end(&o);
		json_kv_str(&o, "body", buf_str(&s->answer));
		json_out_end(&o);
	} else {
		json_out_null(&o);
	}
	json_kv_str(&o, "logs", str_z(words));
	json_out_key(&o, STR("_links"));
	json_out_object(&o);
	json_out_end(&o);
	json_out_end(&o);
	http_on_gone(s->exchange, NULL, NULL);
	http_answer(s->exchange, 200, STR("application/hal+json;charset=utf-8"), STR("Cache-Control: no-store\r\n"), buf_str(&b));
	buf_release(&b);
}

static void end(struct sending *s, CURLcode code)
{
	struct deliveries *d = s->of;
	struct delivered *t = stats_of(d, s->webhook);
	long status = 0;
	curl->easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	bool ok = (code == CURLE_OK || s->cut) && status >= 200 && status < 300;
	t->last_ms = broker_now();
	t->last_status = (int)status;
	if (s->refused[0])
		snprintf(t->words, sizeof(t->words), "%s", s->refused);
	else if (code != CURLE_OK && !s->cut)
		snprintf(t->words, sizeof(t->words), "not delivered: %.150s", s->error[0] ? s->error : curl->easy_strerror(code));
	else
		snprintf(t->words, sizeof(t->words), s->cut ? "answered %ld, with more than is read" : "answered %ld", status);
	t->sent += ok;
	t->failed += !ok;
	if (!s->id) {
		answer_trial(s, status, ok, t->words);
	} else if (ok || s->refused[0] || s->attempts == BROKER_ATTEMPTS_MAX) {
		t->waiting -= t->waiting > 0;
		if (!ok)
			tell(d, 17, "webhook %.*s: given up after %lld attempts: %s", STR_FMT(s->uuid), (long long)s->attempts, t->words);
		forget_row(d, s->id);
	} else {
		tell(d, 13, "webhook %.*s: attempt %lld of %d: %s; the next one in %lld s", STR_FMT(s->uuid), (long long)s->attempts, BROKER_ATTEMPTS_MAX, t->words,
		     (long long)(pauses[s->attempts - 1] / 1000));
		later(d, s);
	}
	slot_end(s);
	d->none_due = false;
}

/* --- the queue -------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool is_sending(const struct deliveries *d, int64_t webhook)
{
	for (size_t i = 0; i < BROKER_DELIVERING_MAX; i++)
		if (d->slots[i].easy && d->slots[i].id && d->slots[i].webhook == webhook)
			return true;
	return false;
}

static const struct webhook *webhook_of(const struct broker *b, int64_t id)
{
	for (size_t i = 0; i < b->webhooks.count; i++)
		if (b->webhooks.items[i]->id == id)
			return b->webhooks.items[i];
	return NULL;
}

/* Where libcurl is not there, what waits is kept; that is said once. */
static bool can_send(struct deliveries *d)
{
	struct err e = { 0 };
	if (ready(d, &e))
		return true;
	if (!d->told)
		tell(d, 17, "%s", e.message);
	d->told = true;
	return false;
}

/* Sends what is due, each webhook's oldest first. One that failed keeps those behind it waiting, so that a receiver gets things in order. */
static void send_due(struct deliveries *d)
{
	struct call c = { .broker = d->broker };
	struct arena a;
	int64_t now = broker_now(), skip[BROKER_DELIVERIES_MAX];
	size_t skipped = 0;
	if (d->none_due || !d->waiting || d->sending == BROKER_DELIVERING_MAX || !d->broker->db || !can_send(d))
		return;
	arena_init(&a, 8 << 20);
	buf_init(&c.out, 4096);
	d->none_due = true;
	sqlite3_stmt *s = broker_query(&c, "SELECT id, webhook, url, headers, body, attempts, due FROM deliveries ORDER BY id", "");
	while (broker_row(&c, s) && d->sending < BROKER_DELIVERING_MAX) {
		int64_t webhook = sqlite3_column_int64(s, 1);
		const struct webhook *w = webhook_of(d->broker, webhook);
		bool behind = is_sending(d, webhook);
		for (size_t i = 0; i < skipped && !behind; i++)
			behind = skip[i] == webhook;
		if (behind || !w)
			continue;
		if (sqlite3_column_int64(s, 6) > now) {
			if (skipped < BROKER_DELIVERIES_MAX)
				skip[skipped++] = webhook;
			continue;
		}
		struct parcel p = { .method = w->method, .url = broker_column(&a, s, 2), .headers = broker_column(&a, s, 3), .body = broker_column(&a, s, 4), .username = w->username,
				    .password = w->password };
		struct sending *sent = p.url.p && p.headers.p && p.body.p ? send_parcel(d, &p, sqlite3_column_int64(s, 0), webhook, sqlite3_column_int64(s, 5) + 1) : NULL;
		if (!sent)
			break;
		sent->uuid = arena_str(&sent->arena, w->uuid);
	}
	broker_end(s);
	buf_release(&c.out);
	arena_release(&a);
}

static void tick(struct timer *t)
{
	struct deliveries *d = CONTAINER_OF(t, struct deliveries, timer);
	int running, left;
	send_due(d);
	if (d->multi)
		curl->multi_perform(d->multi, &running);
	for (CURLMsg *m; d->multi && (m = curl->multi_info_read(d->multi, &left));) {
		struct sending *s = NULL;
		CURLcode code = m->data.result;
		if (m->msg == CURLMSG_DONE && curl->easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&s) == CURLE_OK && s)
			end(s, code);
	}
	if (d->sending) {
		timer_set(&d->timer, d->broker->loop, sys_now() + TICK_MS * MSEC, tick);
	} else if (d->waiting) {
		d->none_due = false;
		timer_set(&d->timer, d->broker->loop, sys_now() + SECOND / 4, tick);
	}
}

void deliveries_wake(struct broker *b)
{
	struct deliveries *d = b->deliveries;
	if (!d)
		return;
	d->none_due = false;
	timer_set(&d->timer, b->loop, sys_now(), tick);
}

static struct str filled(struct call *c, struct str text, const struct happening *h, bool json)
{
	struct buf b;
	buf_init(&b, BROKER_WEBHOOK_BODY_MAX);
	webhook_fill(c, text, h, json, &b);
	struct str s = buf_ok(&b) ? arena_str(c->arena, buf_str(&b)) : (struct str){ 0 };
	buf_release(&b);
	return s;
}

/* A body that was given as a string is sent as its text; any other as JSON. */
static struct str body_of(struct call *c, const struct webhook *w, const struct happening *h)
{
	struct err e = { 0 };
	const struct json *j = w->body.len ? json_parse(c->arena, w->body, &e) : NULL;
	return !j ? STR("") : j->type == JSON_STRING ? filled(c, j->s, h, false) : filled(c, w->body, h, true);
}

static bool parcel_of(struct call *c, const struct webhook *w, const struct happening *h, struct parcel *p)
{
	*p = (struct parcel){ .method = w->method, .url = filled(c, w->url, h, false), .headers = filled(c, w->headers, h, true), .body = body_of(c, w, h), .username = w->username, .password = w->password };
	return p->url.p && p->headers.p && p->body.p;
}

void deliveries_add(struct call *c, const struct happening *h)
{
	struct broker *b = c->broker;
	struct deliveries *d = b->deliveries;
	for (size_t i = 0; d && i < b->webhooks.count && !c->failed; i++) {
		const struct webhook *w = b->webhooks.items[i];
		struct delivered *t = webhook_listens(w, h) ? stats_of(d, w->id) : NULL;
		struct parcel p;
		if (!t)
			continue;
		if (d->waiting >= BROKER_DELIVERIES_MAX || !parcel_of(c, w, h, &p)) {
			t->failed++;
			snprintf(t->words, sizeof(t->words), d->waiting >= BROKER_DELIVERIES_MAX ? "not sent: %d deliveries were waiting already" : "not sent: it was larger than it may be",
				 BROKER_DELIVERIES_MAX);
			tell(d, 17, "webhook %.*s: %s", STR_FMT(w->uuid), t->words);
			continue;
		}
		int64_t now = broker_now();
		if (broker_begin(c) && broker_do(c, "INSERT INTO deliveries (webhook, event, url, body, headers, created, due) VALUES (?, ?, ?, ?, ?, ?, ?)", "issssii", w->id, broker_events[h->event],
						 p.url, p.body, p.headers, now, now)) {
			d->waiting++;
			t->waiting++;
		}
	}
}

static void on_gone(void *ctx) { ((struct sending *)ctx)->exchange = NULL; }

void deliveries_try(struct call *c, const struct webhook *w, const struct happening *h)
{
	struct deliveries *d = c->broker->deliveries;
	struct parcel p;
	if (!parcel_of(c, w, h, &p)) {
		broker_fault(c, 413, "it is larger than it may be once its variables are filled in");
		return;
	}
	struct err e = { 0 };
	if (d && !ready(d, &e)) {
		broker_fault(c, 503, "%s", e.message);
		return;
	}
	struct sending *s = d ? send_parcel(d, &p, 0, w->id, 1) : NULL;
	if (!s) {
		broker_fault(c, 503, "%d deliveries are being made right now; try again in some seconds", BROKER_DELIVERING_MAX);
		return;
	}
	s->exchange = c->x;
	http_on_gone(c->x, on_gone, s);
	c->later = true;
	timer_set(&d->timer, c->broker->loop, sys_now(), tick);
}

/* --- life ------------------------------------------------------------------------------------------------------------------------------------------------------- */

static void count_waiting(struct deliveries *d)
{
	struct call c = { .broker = d->broker };
	buf_init(&c.out, 4096);
	sqlite3_stmt *s = broker_query(&c, "SELECT webhook FROM deliveries", "");
	while (broker_row(&c, s)) {
		d->waiting++;
		stats_of(d, sqlite3_column_int64(s, 0))->waiting++;
	}
	broker_end(s);
	buf_release(&c.out);
}

bool deliveries_start(struct broker *b, struct err *e)
{
	struct deliveries *d = calloc(1, sizeof(*d));
	if (!d)
		return err_set(e, ERR_NO_MEMORY, "no memory for deliveries of webhooks: they are not sent");
	d->broker = b;
	b->deliveries = d;
	count_waiting(d);
	if (d->waiting)
		timer_set(&d->timer, b->loop, sys_now(), tick);
	return true;
}

void deliveries_stop(struct broker *b)
{
	struct deliveries *d = b->deliveries;
	if (!d)
		return;
	timer_cancel(&d->timer);
	for (size_t i = 0; i < BROKER_DELIVERING_MAX; i++)
		if (d->slots[i].easy)
			slot_end(&d->slots[i]);
	if (d->multi)
		curl->multi_cleanup(d->multi);
	free(d);
	b->deliveries = NULL;
}
