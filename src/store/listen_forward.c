/* Fluent Forward into the store: connections, acknowledgements, repeats, and the handshake where a shared secret is configured.
 *
 * States of a connection: HELLO sent and a PING awaited (only with a secret), then messages until its end. An acknowledgement that is owed outlives
 * its connection; it is then given to nobody. */
#include "base/check.h"
#include "base/metric.h"
#include "base/sha512.h"
#include "store/internal.h"
#include "store/listen_impl.h"
#include <stdlib.h>

enum { NONCE = 16, PLACES = 4 /* for a hash among the chunks */, ANSWER_MOST = 1024 };
static const struct str our_name = STR_INIT("pleach-store");

struct forward_conn {
	struct msgpack_scan scan;
	bool trusted;
	uint8_t nonce[NONCE];
	struct str host;
	char host_space[LISTEN_HOST];
};
struct forward_ack {
	struct intake_owed owed;
	struct listening *listening;
	struct stream_conn *conn;    /* NULL: gone */
	struct forward_ack *next, **link;
	uint64_t hash;
	size_t chunk_len;
	char chunk[];
};

/* --- repeats --------------------------------------------------------------------------------------------------------------------------------- */

static uint64_t *places_of(const struct listen_forward *f, uint64_t hash) { return f->chunks + hash % (CHUNKS / PLACES) * PLACES; }

static bool chunk_known(const struct listen_forward *f, uint64_t hash)
{
	const uint64_t *p = places_of(f, hash);
	for (int i = 0; i < PLACES; i++)
		if (p[i] == hash)
			return true;
	return false;
}

static void chunk_note(struct listen_forward *f, uint64_t hash)
{
	uint8_t *next = &f->chunk_next[hash % (CHUNKS / PLACES)];
	places_of(f, hash)[*next] = hash;
	*next = (uint8_t)((*next + 1) % PLACES);
}

static void chunk_forget(struct listen_forward *f, uint64_t hash)
{
	uint64_t *p = places_of(f, hash);
	for (int i = 0; i < PLACES; i++)
		if (p[i] == hash)
			p[i] = 0;
}

/* --- acknowledgements ------------------------------------------------------------------------------------------------------------------------ */

static void write_ack(struct forward_ack *a)
{
	struct buf b;
	buf_init(&b, ANSWER_MOST);
	msgpack_put_map(&b, 1);
	msgpack_put_text(&b, STR("ack"));
	msgpack_put_text(&b, str_from(a->chunk, a->chunk_len));
	stream_write(a->conn, buf_str(&b));
	buf_release(&b);
}

static void on_kept(struct intake_owed *o, bool kept)
{
	struct forward_ack *a = CONTAINER_OF(o, struct forward_ack, owed);
	if (!kept)
		chunk_forget(&a->listening->forward, a->hash);
	if (a->conn) {
		if (kept)
			write_ack(a);
		else
			stream_end(a->conn);
		stream_owe(a->conn, -1);
		if (stream_owed(a->conn) == FORWARD_OWED / 2)
			stream_hold(a->conn, false);
	}
	*a->link = a->next;
	if (a->next)
		a->next->link = a->link;
	free(a);
}

static bool owe_ack(struct listening *l, struct stream_conn *c, struct str chunk, uint64_t hash)
{
	struct listen_forward *f = &l->forward;
	struct forward_ack *a = malloc(sizeof(*a) + chunk.len);
	if (!a)
		return false;
	*a = (struct forward_ack){ .owed = { .fn = on_kept }, .listening = l, .conn = c, .next = f->acks, .link = &f->acks, .hash = hash, .chunk_len = chunk.len };
	memcpy(a->chunk, chunk.p, chunk.len);
	if (f->acks)
		f->acks->link = &a->next;
	f->acks = a;
	stream_owe(c, 1);
	if (stream_owed(c) >= FORWARD_OWED)
		stream_hold(c, true);
	intake_owe(&l->intake, &a->owed);
	return true;
}

/* --- handshake -------------------------------------------------------------------------------------------------------------------------------- */

static void make_nonce(struct forward_conn *y)
{
	for (size_t i = 0; i < NONCE; i += sizeof(uint64_t)) {
		uint64_t v = sys_random();
		memcpy(y->nonce + i, &v, sizeof(v));
	}
}

/* ["HELO", {"nonce": …, "auth": "", "keepalive": true}] */
static void say_hello(struct stream_conn *c, const struct forward_conn *y)
{
	struct buf b;
	buf_init(&b, ANSWER_MOST);
	msgpack_put_array(&b, 2);
	msgpack_put_text(&b, STR("HELO"));
	msgpack_put_map(&b, 3);
	msgpack_put_text(&b, STR("nonce"));
	msgpack_put_binary(&b, str_from((const char *)y->nonce, NONCE));
	msgpack_put_text(&b, STR("auth"));
	msgpack_put_binary(&b, STR(""));
	msgpack_put_text(&b, STR("keepalive"));
	msgpack_put_bool(&b, true);
	stream_write(c, buf_str(&b));
	buf_release(&b);
}

/* ["PONG", accepted, reason, our name, proof] */
static void say_pong(struct stream_conn *c, bool accepted, const char *reason, struct str proof)
{
	struct buf b;
	buf_init(&b, ANSWER_MOST);
	msgpack_put_array(&b, 5);
	msgpack_put_text(&b, STR("PONG"));
	msgpack_put_bool(&b, accepted);
	msgpack_put_text(&b, str_z(reason));
	msgpack_put_text(&b, accepted ? our_name : STR(""));
	msgpack_put_text(&b, accepted ? proof : STR(""));
	stream_write(c, buf_str(&b));
	buf_release(&b);
}

/* ["PING", client's name, salt, sha512(salt name nonce secret), user, password] */
static bool take_ping(struct listening *l, struct stream_conn *c, struct forward_conn *y, struct str in)
{
	struct str word, name, salt, proof;
	char digest[SHA512_HEX];
	uint32_t parts;
	if (!msgpack_take_array(&in, &parts) || parts < 4 || !msgpack_take_bytes(&in, &word) || !str_eq(word, STR("PING")) || !msgpack_take_bytes(&in, &name) ||
	    !msgpack_take_bytes(&in, &salt) || !msgpack_take_bytes(&in, &proof))
		return false;
	struct str nonce = str_from((const char *)y->nonce, NONCE), secret = l->forward.secret;
	const struct str asked[] = { salt, name, nonce, secret }, ours[] = { salt, our_name, nonce, secret };
	if (!sha512_hex(digest, asked, ARRAY_LEN(asked)) || !secret_eq(proof, str_from(digest, sizeof(digest)))) {
		say_pong(c, false, "shared_key mismatch", STR(""));
		return false;
	}
	if (!sha512_hex(digest, ours, ARRAY_LEN(ours)))
		return false;
	y->trusted = true;
	say_pong(c, true, "", str_from(digest, sizeof(digest)));
	return true;
}

/* --- messages ---------------------------------------------------------------------------------------------------------------------------------- */

static bool refuse(struct listening *l, const struct stream_conn *c, const char *why)
{
	struct listen_forward *f = &l->forward;
	char text[128];
	f->refused++;
	metric_inc(METRIC_STORE_FORWARD_REFUSED);
	if (listen_tell(l, &f->told))
		store_report(l->store, SEVERITY_WARN, "a Fluent Forward message from %.*s was refused and its connection ended: %s",
			     STR_FMT(sys_addr_text(stream_peer(c), text)), why);
	return false;
}

static void add_records(struct listening *l, const struct forward_conn *y, const struct forward_message *m)
{
	struct listen_forward *f = &l->forward;
	struct batch_builder *b = intake_builder(&l->intake);
	uint32_t before = b->records;
	struct time_window w = time_window(sys_wall(), l->store->options.keep_ns);
	f->decoder.retimed = 0;
	forward_add(&f->decoder, m, &w, y->host, b);
	metric_add(METRIC_STORE_RETIMED, f->decoder.retimed);
	f->records += b->records - before;
	metric_add(METRIC_STORE_FORWARD, b->records - before);
}

static bool take_message(struct listening *l, struct stream_conn *c, struct str bytes)
{
	struct listen_forward *f = &l->forward;
	struct forward_message m;
	struct err e = { 0 };
	if (!forward_read(&f->decoder, bytes, &m, &e))
		return refuse(l, c, e.message);
	if (m.nil)
		return true;
	/* A repeat is the same bytes under the same id: an id alone may be chosen badly. */
	uint64_t hash = m.chunk.len ? str_hash(bytes) | 1 : 0;
	bool repeated = hash && chunk_known(f, hash);
	if (hash && !owe_ack(l, c, m.chunk, hash))
		return refuse(l, c, "no memory for an acknowledgement");
	f->messages++;
	if (repeated || m.signal) {
		f->repeated += repeated;
		f->ignored += !repeated;
		metric_inc(repeated ? METRIC_STORE_FORWARD_REPEATED : METRIC_STORE_FORWARD_IGNORED);
		return true;
	}
	if (hash)
		chunk_note(f, hash);
	add_records(l, stream_user(c), &m);
	intake_added(&l->intake);
	return true;
}

static int64_t on_bytes(void *ctx, struct stream_conn *c, struct str in, bool end)
{
	struct listening *l = ctx;
	struct forward_conn *y = stream_user(c);
	(void)end;
	if (listen_full(l) || stream_owed(c) >= FORWARD_OWED)
		return 0;
	switch (msgpack_scan(&y->scan, in)) {
	case MSGPACK_MORE:
		if (in.len >= FORWARD_MAX_MESSAGE)
			refuse(l, c, "a message larger than 16 MiB");
		return in.len >= FORWARD_MAX_MESSAGE ? STREAM_BROKEN : 0;
	case MSGPACK_BAD:
		refuse(l, c, "not MessagePack");
		return STREAM_BROKEN;
	case MSGPACK_WHOLE: break;
	}
	size_t size = y->scan.at;
	struct str bytes = str_sub(in, 0, size);
	y->scan = (struct msgpack_scan){ 0 };
	if (y->trusted)
		return take_message(l, c, bytes) ? (int64_t)size : STREAM_BROKEN;
	if (take_ping(l, c, y, bytes))
		return (int64_t)size;
	refuse(l, c, "the sender does not know the shared secret");
	stream_end(c); /* orderly, so that the sender reads why */
	return (int64_t)size;
}

static void on_open(void *ctx, struct stream_conn *c)
{
	struct listening *l = ctx;
	struct forward_conn *y = calloc(1, sizeof(*y));
	stream_set_user(c, y);
	metric_inc(METRIC_STORE_LISTENER_CONNECTIONS);
	if (!y) {
		stream_end(c);
		return;
	}
	y->host = listen_host(stream_peer(c), y->host_space);
	y->trusted = str_empty(l->forward.secret);
	if (y->trusted)
		return;
	make_nonce(y);
	say_hello(c, y);
}

static void on_close(void *ctx, struct stream_conn *c)
{
	struct listening *l = ctx;
	for (struct forward_ack *a = l->forward.acks; a; a = a->next)
		if (a->conn == c)
			a->conn = NULL;
	free(stream_user(c));
	metric_add(METRIC_STORE_LISTENER_CONNECTIONS, (uint64_t)-1);
}

static const struct stream_protocol protocol = { .on_open = on_open, .on_bytes = on_bytes, .on_close = on_close };

bool listen_forward_start(struct listening *l, const struct sys_addr *a, struct str secret, struct err *e)
{
	struct listen_forward *f = &l->forward;
	struct stream_server_options o = { .max_message = FORWARD_MAX_MESSAGE };
	if (secret.len > LISTEN_SECRET)
		return err_set(e, ERR_INPUT, "the shared secret of Fluent Forward has more than %d bytes", LISTEN_SECRET);
	memcpy(f->secret_space, secret.p ? secret.p : "", secret.len);
	f->secret = str_from(f->secret_space, secret.len);
	f->chunks = calloc(CHUNKS, sizeof(*f->chunks));
	f->chunk_next = calloc(CHUNKS / PLACES, 1);
	f->server = stream_server_new(l->loop, &o, &protocol, l);
	if (!forward_decoder_init(&f->decoder) || !f->chunks || !f->chunk_next || !f->server)
		return err_set(e, ERR_NO_MEMORY, "no memory for taking Fluent Forward");
	return stream_server_listen(f->server, a, &f->address, e);
}

void listen_forward_free(struct listening *l)
{
	struct listen_forward *f = &l->forward;
	stream_server_free(f->server);
	forward_decoder_release(&f->decoder);
	free(f->chunks);
	free(f->chunk_next);
	f->chunks = NULL;
	f->chunk_next = NULL;
}
