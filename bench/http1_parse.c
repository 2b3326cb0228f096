/* How long the parser takes for a typical request of ten headers, and llhttp for the same bytes in the same run: ns and
 * instructions for each parse, the best of several rounds. The instruction counter may be forbidden here; then only times are
 * printed. */
#include "net/http1_parse.h"
#include "net/http1.h"
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_LLHTTP
#include <llhttp.h>
#endif

enum { ROUNDS = 20, PARSES = 50000 };

static const struct str request = STR_INIT("GET /orders/v1/customers/4711/orders?state=open&page=2 HTTP/1.1\r\n"
                                           "Host: shop.example.com:8080\r\n"
                                           "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
                                           "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
                                           "Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\n"
                                           "Accept-Encoding: gzip, deflate, br, zstd\r\n"
                                           "Connection: keep-alive\r\n"
                                           "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
                                           "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
                                           "X-Request-Id: 0af7651916cd43dd8448eb211c80319c\r\n"
                                           "Content-Type: application/json\r\n"
                                           "\r\n");

static int counter(void)
{
	struct perf_event_attr a = {
	    .type = PERF_TYPE_HARDWARE, .size = sizeof(a), .config = PERF_COUNT_HW_INSTRUCTIONS, .exclude_kernel = 1};
	return (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool ours(void)
{
	static struct http1_head h;
	h.scanned = 0;
	return http1_request(&h, request) == HTTP1_DONE && h.count == 10;
}

static bool ours_any(void)
{
	static struct http1_head h;
	return http1_parse_any(&h, request, HTTP1_REQUEST) == HTTP1_DONE && h.count == 10;
}

#ifdef HAVE_LLHTTP
/* With what a user of it needs at least: the spans of target, names and values. */
static struct str spans[64];
static size_t span_count;
static int span(llhttp_t *p, const char *at, size_t n)
{
	(void)p;
	spans[span_count++ & 63] = str_from(at, n);
	return 0;
}
static bool theirs(void)
{
	static llhttp_settings_t settings;
	llhttp_t p;
	span_count = 0;
	settings.on_url = settings.on_header_field = settings.on_header_value = span;
	llhttp_init(&p, HTTP_REQUEST, &settings);
	return llhttp_execute(&p, request.p, request.len) == HPE_OK && span_count == 21;
}
#endif

static double measure(const char *name, bool (*parse)(void))
{
	double best = 1e9;
	long long instructions = 0;
	int fd = counter();
	for (int round = 0; round < ROUNDS; round++) {
		long long before = 0, after = 0;
		if (fd >= 0 && read(fd, &before, sizeof(before)) < 0)
			before = 0;
		double start = seconds();
		for (int i = 0; i < PARSES; i++)
			if (!parse()) {
				fprintf(stderr, "%s refuses the request\n", name);
				return 0;
			}
		double ns = (seconds() - start) * 1e9 / PARSES;
		if (fd >= 0 && read(fd, &after, sizeof(after)) > 0)
			instructions = (after - before) / PARSES;
		best = ns < best ? ns : best;
	}
	if (fd >= 0)
		close(fd);
	printf("%-28s %7.1f ns", name, best);
	if (instructions)
		printf(" %7lld instructions", instructions);
	printf(" %6.2f GB/s\n", (double)request.len / best);
	return best;
}

int main(void)
{
	printf("%zu bytes, 10 headers\n", request.len);
	double mine = measure("pleach", ours);
	measure("pleach, without AVX2", ours_any);
#ifdef HAVE_LLHTTP
	double other = measure("llhttp", theirs);
	printf("llhttp / pleach: %.1f\n", other / mine);
#else
	(void)mine;
#endif
	return 0;
}
