/* Sends a file to a server as fast as it is taken, for bench/store/run.py: load --port N --path /x [--type MEDIA] [--framing lines|u32] [--batch BYTES]
 * [--connections N], the data on standard input. `lines` are sent in bodies of about --batch bytes that end with a line; with `u32` each body
 * stands behind its length (little-endian), as the generators write them. Each connection has one request under way. 429 and 503 mean "later": the
 * same body is sent again after 10 ms, then 20, up to 500, on a new connection where the old one was closed (also in the midst of the body: what was not sent whole was
 * not taken). Any other answer than 2xx ends the program. Prints one line of JSON: what was sent, and how long it took. */
#include "bench/store/gen.h"
#include "base/check.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <netinet/tcp.h>

enum { MAX_CONNECTIONS = 64, MAX_BODY = 64 << 20, ANSWER = 1 << 16 };
static struct {
	uint16_t port;
	const char *path, *type;
	bool framed;
	size_t batch;
	pthread_mutex_t lock; /* guards what is below */
	char *rest;           /* of the last read, behind its last line */
	size_t rest_len;
	bool ended;
	uint64_t bytes, requests, refused;
	double longest;
} load;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(1);
}

/* --- bodies ----------------------------------------------------------------------------------------------------------------------- */

static size_t read_full(char *p, size_t n)
{
	size_t have = 0;
	while (have < n) {
		ssize_t got = read(0, p + have, n - have);
		if (got < 0)
			fail("standard input cannot be read");
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return have;
}

static size_t next_framed(char *body)
{
	uint32_t len;
	if (read_full((char *)&len, sizeof(len)) < sizeof(len))
		return 0;
	if (len > MAX_BODY || read_full(body, len) < len)
		fail("a body is cut off or too long");
	return len;
}

static size_t next_lines(char *body)
{
	memcpy(body, load.rest, load.rest_len);
	size_t have = load.rest_len;
	if (!load.ended && have < load.batch) {
		size_t got = read_full(body + have, load.batch - have);
		load.ended = got < load.batch - have;
		have += got;
	}
	const char *end = load.ended ? NULL : memrchr(body, '\n', have);
	size_t used = end ? (size_t)(end - body) + 1 : have;
	if (!end && !load.ended)
		fail("a line is longer than --batch");
	load.rest_len = have - used;
	memcpy(load.rest, body + used, load.rest_len);
	return used;
}

/* The next body; 0 at the end. Any thread. */
static size_t next_body(char *body)
{
	CHECK(pthread_mutex_lock(&load.lock) == 0);
	size_t n = load.framed ? next_framed(body) : next_lines(body);
	load.bytes += n;
	load.requests += n > 0;
	CHECK(pthread_mutex_unlock(&load.lock) == 0);
	return n;
}

/* --- a connection ----------------------------------------------------------------------------------------------------------------- */

static int dial(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(load.port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		fail("nothing listens on the port");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* False when the server closed before it had all. */
static bool send_all(int fd, const char *head, size_t head_len, const char *body, size_t body_len)
{
	struct iovec v[2] = { { (void *)(uintptr_t)head, head_len }, { (void *)(uintptr_t)body, body_len } };
	for (int at = 0; at < 2;) {
		ssize_t n = writev(fd, v + at, 2 - at);
		if (n < 0)
			return false;
		size_t left = (size_t)n;
		for (; at < 2 && left >= v[at].iov_len; at++)
			left -= v[at].iov_len;
		if (at < 2) {
			v[at].iov_base = (char *)v[at].iov_base + left;
			v[at].iov_len -= left;
		}
	}
	return true;
}

/* True when the answer stands complete in text. */
static bool complete(const char *text, size_t len)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);
	if (!end)
		return false;
	size_t head = (size_t)(end - text) + 4;
	const char *length = strcasestr(text, "\r\ncontent-length:");
	if (length && length < end)
		return len >= head + strtoul(length + 17, NULL, 10);
	const char *chunked = strcasestr(text, "\r\ntransfer-encoding: chunked");
	if (chunked && chunked < end)
		return len >= head + 5 && memcmp(text + len - 5, "0\r\n\r\n", 5) == 0;
	return true; /* 204 */
}

/* The status; 0 when the connection ended before one came. */
static int answer(int fd, char *text)
{
	size_t len = 0;
	text[0] = 0;
	while (!complete(text, len)) {
		ssize_t n = read(fd, text + len, ANSWER - 1 - len);
		if (n <= 0)
			return 0;
		len += (size_t)n;
		text[len] = 0;
	}
	return len > 12 ? atoi(text + 9) : 0;
}

/* Sends one body until it is taken. */
static void deliver(int *fd, const char *head, size_t head_len, const char *body, size_t n, char *text)
{
	for (useconds_t wait = 10000;; wait = wait < 500000 ? wait * 2 : wait) {
		bool whole = send_all(*fd, head, head_len, body, n);
		int status = answer(*fd, text);
		if (status >= 200 && status < 300)
			return;
		if (status == 0 && whole)
			fail("the server closed the connection without an answer");
		if (status != 0 && status != 429 && status != 503)
			fail(text);
		if (status == 0 || !whole || strcasestr(text, "\r\nconnection: close")) {
			close(*fd);
			*fd = dial();
		}
		__atomic_add_fetch(&load.refused, 1, __ATOMIC_RELAXED);
		usleep(wait);
	}
}

static void *run(void *unused)
{
	(void)unused;
	char *body = malloc(MAX_BODY), *text = malloc(ANSWER), head[1024];
	CHECK(body && text);
	int fd = dial();
	for (size_t n; (n = next_body(body)) > 0;) {
		int len = snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", load.path, load.port,
			load.type, n);
		double began = now();
		deliver(&fd, head, (size_t)len, body, n, text);
		double took = now() - began;
		CHECK(pthread_mutex_lock(&load.lock) == 0);
		load.longest = took > load.longest ? took : load.longest;
		CHECK(pthread_mutex_unlock(&load.lock) == 0);
	}
	close(fd);
	free(body);
	free(text);
	return NULL;
}

int main(int argc, char **argv)
{
	CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	load.port = (uint16_t)gen_number(argc, argv, "port", 0);
	load.path = gen_option(argc, argv, "path", "/");
	load.type = gen_option(argc, argv, "type", "application/x-ndjson");
	load.framed = strcmp(gen_option(argc, argv, "framing", "lines"), "u32") == 0;
	load.batch = gen_number(argc, argv, "batch", 1 << 20);
	uint64_t n = gen_number(argc, argv, "connections", 4);
	if (n < 1 || n > MAX_CONNECTIONS || load.batch > MAX_BODY || !load.port)
		fail("--port N, --connections 1 to 64, --batch up to 64 MiB");
	pthread_t threads[MAX_CONNECTIONS];
	load.rest = malloc(MAX_BODY);
	CHECK(load.rest && pthread_mutex_init(&load.lock, NULL) == 0);
	double began = now();
	for (uint64_t i = 0; i < n; i++)
		CHECK(pthread_create(&threads[i], NULL, run, NULL) == 0);
	for (uint64_t i = 0; i < n; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	printf("{\"bytes\":%llu,\"requests\":%llu,\"refused\":%llu,\"seconds\":%.3f,\"longest\":%.4f}\n", (unsigned long long)load.bytes,
		(unsigned long long)load.requests, (unsigned long long)load.refused, now() - began, load.longest);
	return 0;
}
