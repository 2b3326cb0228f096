/* load: calls the shop as its customers would, at a rate that comes in waves, until the time is up or SIGTERM.
 *
 *   load --url http://127.0.0.1:8080 --rate 20 --seconds 60 --seed 7
 *
 * One thread on curl's multi interface. Calls are due at times that the rate alone determines, not when an answer
 * came, so a slow shop is asked as often as a fast one; beyond IN_FLIGHT_MAX open calls a due call is held back and
 * counted. With the same seed the same calls are drawn in the same order; which orders are read depends on
 * which were answered by then. Nothing is shared with the services, not even their library. */
#include <curl/curl.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	IN_FLIGHT_MAX = 64,
	KNOWN_MAX = 256, /* orders and invoices remembered, to be read later */
	ANSWER_MAX = 1 << 20,
	CALL_TIMEOUT_MS = 10000,
	WAVE_S = 40, /* from one high tide to the next */
	PERCENTILE_STEPS = 700,
	STATUS_MAX = 600,
};

enum kind { PLACE_ORDER, PLACE_TOO_LARGE, PLACE_NONSENSE, READ_ORDER, READ_UNKNOWN, LIST_ORDERS, READ_INVOICE };

/* How often each kind of call is made, in percent; the sum is 100. */
static const struct {
	enum kind kind;
	unsigned percent;
} mix[] = {
    {PLACE_ORDER, 38}, {PLACE_TOO_LARGE, 2}, {PLACE_NONSENSE, 3}, {READ_ORDER, 30},
    {READ_UNKNOWN, 3}, {LIST_ORDERS, 11},    {READ_INVOICE, 13},
};

struct options {
	const char *orders; /* where orders is, as the gateway or as the service itself */
	const char *invoicing;
	char from_url[2][512];
	double rate;
	double seconds; /* 0: until SIGTERM */
	uint64_t seed;
};

struct known {
	int64_t ids[KNOWN_MAX];
	size_t count; /* ever remembered; the last KNOWN_MAX are kept */
};

struct call {
	enum kind kind;
	CURL *handle;
	char *sent;
	char *answer;
	size_t answer_length;
	bool busy;
};

struct load {
	const struct options *options;
	CURLM *multi;
	struct curl_slist *json_header;
	struct call calls[IN_FLIGHT_MAX];
	int in_flight;
	uint64_t random;
	struct known orders, invoices;
	uint64_t sent, held_back, no_answer;
	uint64_t by_status[STATUS_MAX];
	uint64_t took[PERCENTILE_STEPS]; /* answers by time, steps of 2.5 % from 0.01 ms: up to 300 s */
};

static volatile sig_atomic_t told_to_stop;

static void on_signal(int number)
{
	(void)number;
	told_to_stop = 1;
}

static double seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(struct load *load)
{
	uint64_t z = load->random += 0x9e3779b97f4a7c15ULL;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static unsigned draw_below(struct load *load, unsigned limit)
{
	return (unsigned)(draw(load) % limit);
}

static void remember(struct known *known, int64_t id)
{
	if (id > 0)
		known->ids[known->count++ % KNOWN_MAX] = id;
}

/* One that was answered before; 1 before anything was. */
static int64_t recall(struct load *load, const struct known *known)
{
	size_t kept = known->count < KNOWN_MAX ? known->count : KNOWN_MAX;
	return kept ? known->ids[draw_below(load, (unsigned)kept)] : 1;
}

static const char *draw_customer(struct load *load)
{
	static const char *const customers[] = {
	    "Harbour Bakery",  "Lindner Optics",   "North Quay Cycles", "Bluebell Nursery", "Café Zürich",
	    "Ferro & Sons",    "Atlas Climbing",   "Moor Lane School",  "Studio Okapi",     "Riverside Dental",
	    "Tin Whistle Inn", "Quarry Hill Farm", "Pólya Books",       "Sundial Travel",   "Magpie Antiques",
	};
	return customers[draw_below(load, sizeof customers / sizeof customers[0])];
}

static char *draw_order(struct load *load, int64_t price_cents)
{
	static const char *const skus[] = {"paper-a4", "toner-black", "desk-lamp", "chair-task", "cable-usb-c", "mug"};
	json_t *items = json_array();
	unsigned count = 1 + draw_below(load, 4);
	for (unsigned i = 0; i < count; i++) {
		int64_t price = price_cents ? price_cents : 150 + draw_below(load, 9000);
		const char *sku = skus[draw_below(load, sizeof skus / sizeof skus[0])];
		json_array_append_new(items, json_pack("{s:s, s:i, s:I}", "sku", sku, "quantity", (int)(1 + draw_below(load, 5)),
		                                       "price_cents", (json_int_t)price));
	}
	json_t *order = json_pack("{s:s, s:o}", "customer", draw_customer(load), "items", items);
	char *text = json_dumps(order, JSON_COMPACT);
	json_decref(order);
	return text;
}

/* What a broken client sends; all but the last are JSON. */
static char *draw_nonsense(struct load *load)
{
	static const char *const nonsense[] = {
	    "{\"customer\":\"Studio Okapi\",\"items\":[]}",
	    "{\"items\":[{\"sku\":\"mug\",\"quantity\":1,\"price_cents\":900}]}",
	    "{\"customer\":\"Ferro & Sons\",\"items\":[{\"sku\":\"mug\",\"quantity\":-2,\"price_cents\":900}]}",
	    "{\"customer\":\"Atlas Climbing\",\"items\":[{\"sku\":\"mug\",\"quantity\":1,\"price_cents\":\"9.00\"}]}",
	    "{\"customer\":\"Atlas Climbing\",\"items\":[{\"sku\":",
	};
	return strdup(nonsense[draw_below(load, sizeof nonsense / sizeof nonsense[0])]);
}

static enum kind draw_kind(struct load *load)
{
	unsigned luck = draw_below(load, 100);
	for (size_t i = 0; i < sizeof mix / sizeof mix[0]; i++) {
		if (luck < mix[i].percent)
			return mix[i].kind;
		luck -= mix[i].percent;
	}
	return READ_ORDER;
}

/* Draws what the call sends (NULL for a GET) and where to. */
static void draw_call(struct load *load, struct call *call, char *url, size_t size)
{
	const struct options *options = load->options;
	call->kind = draw_kind(load);
	call->sent = NULL;
	snprintf(url, size, "%s/v1/orders", options->orders);
	switch (call->kind) {
	case PLACE_ORDER:
		call->sent = draw_order(load, 0);
		break;
	case PLACE_TOO_LARGE:
		call->sent = draw_order(load, 1500000);
		break;
	case PLACE_NONSENSE:
		call->sent = draw_nonsense(load);
		break;
	case READ_ORDER:
		snprintf(url, size, "%s/v1/orders/%lld", options->orders, (long long)recall(load, &load->orders));
		break;
	case READ_UNKNOWN:
		snprintf(url, size, "%s/v1/orders/%u", options->orders, 900000000 + draw_below(load, 1000));
		break;
	case LIST_ORDERS:
		snprintf(url, size, "%s/v1/orders?limit=%u", options->orders, 10 + draw_below(load, 20));
		break;
	case READ_INVOICE:
		snprintf(url, size, "%s/v1/invoices/%lld", options->invoicing, (long long)recall(load, &load->invoices));
		break;
	}
}

static size_t collect(char *bytes, size_t size, size_t count, void *into)
{
	struct call *call = into;
	size_t more = size * count;
	char *grown = more > ANSWER_MAX - call->answer_length ? NULL : realloc(call->answer, call->answer_length + more);
	if (!grown)
		return 0;
	memcpy(grown + call->answer_length, bytes, more);
	call->answer = grown;
	call->answer_length += more;
	return more;
}

static void call_begin(struct load *load)
{
	struct call *call = load->calls;
	while (call->busy)
		call++;
	char url[768];
	draw_call(load, call, url, sizeof url);
	if (!call->handle)
		call->handle = curl_easy_init();
	CURL *handle = call->handle;
	curl_easy_reset(handle);
	curl_easy_setopt(handle, CURLOPT_URL, url);
	curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(handle, CURLOPT_USERAGENT, "shop-load");
	curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)CALL_TIMEOUT_MS);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(handle, CURLOPT_PRIVATE, call);
	if (call->sent) {
		curl_easy_setopt(handle, CURLOPT_HTTPHEADER, load->json_header);
		curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call->sent);
	}
	curl_multi_add_handle(load->multi, handle);
	call->busy = true;
	load->in_flight++;
	load->sent++;
}

static size_t step_of(double ms)
{
	double step = log(ms < 0.01 ? 1.0 : ms / 0.01) / log(1.025);
	return step < PERCENTILE_STEPS - 1 ? (size_t)step : PERCENTILE_STEPS - 1;
}

static void learn(struct load *load, const struct call *call, long status)
{
	if (call->kind != PLACE_ORDER || (status != 201 && status != 202))
		return;
	json_t *order = json_loadb(call->answer ? call->answer : "", call->answer_length, 0, NULL);
	remember(&load->orders, json_integer_value(json_object_get(order, "id")));
	remember(&load->invoices, json_integer_value(json_object_get(order, "invoice_id")));
	json_decref(order);
}

static void call_end(struct load *load, CURL *handle, CURLcode code)
{
	struct call *call = NULL;
	long status = 0;
	curl_off_t took_us = 0;
	curl_easy_getinfo(handle, CURLINFO_PRIVATE, (char **)&call);
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(handle, CURLINFO_TOTAL_TIME_T, &took_us);
	curl_multi_remove_handle(load->multi, handle);
	if (code == CURLE_OK && status > 0 && status < STATUS_MAX) {
		load->by_status[status]++;
		load->took[step_of((double)took_us / 1000.0)]++;
		learn(load, call, status);
	} else {
		load->no_answer++;
	}
	free(call->sent);
	free(call->answer);
	call->sent = call->answer = NULL;
	call->answer_length = 0;
	call->busy = false;
	load->in_flight--;
}

/* Lets curl work for at most the given time. */
static void attend(struct load *load, double seconds)
{
	int running, left;
	CURLMsg *message;
	curl_multi_perform(load->multi, &running);
	while ((message = curl_multi_info_read(load->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			call_end(load, message->easy_handle, message->data.result);
	int ms = seconds > 0.0 ? (int)ceil(seconds * 1000.0) : 0;
	curl_multi_poll(load->multi, NULL, 0, ms < 100 ? ms : 100, NULL);
}

/* Calls per second at a moment: the given rate on average, up and down by half in long waves and a little in
 * short ones. */
static double rate_at(const struct options *options, double t)
{
	double tide = 0.45 * sin(2.0 * M_PI * t / WAVE_S) + 0.15 * sin(2.0 * M_PI * t / 7.0);
	return options->rate * (1.0 + tide);
}

static double run(struct load *load)
{
	const struct options *options = load->options;
	double began = seconds_now();
	double due = 0.0; /* when the next call is due, in seconds since the beginning */
	while (!told_to_stop) {
		double t = seconds_now() - began;
		if (options->seconds > 0.0 && t >= options->seconds)
			break;
		while (due <= t) {
			if (load->in_flight < IN_FLIGHT_MAX)
				call_begin(load);
			else
				load->held_back++;
			due += 1.0 / rate_at(options, due);
		}
		attend(load, due - t);
	}
	double until = seconds_now() + CALL_TIMEOUT_MS / 1000.0;
	double lasted = seconds_now() - began;
	while (load->in_flight > 0 && seconds_now() < until)
		attend(load, 0.1);
	return lasted;
}

static double percentile(const struct load *load, double share)
{
	uint64_t total = 0, seen = 0;
	for (size_t i = 0; i < PERCENTILE_STEPS; i++)
		total += load->took[i];
	for (size_t i = 0; i < PERCENTILE_STEPS; i++) {
		seen += load->took[i];
		if (total > 0 && (double)seen >= share * (double)total)
			return 0.01 * pow(1.025, (double)i + 0.5);
	}
	return 0.0;
}

static void print_summary(const struct load *load, double lasted)
{
	printf("load: %llu calls in %.1f s;", (unsigned long long)load->sent, lasted);
	for (int status = 0; status < STATUS_MAX; status++)
		if (load->by_status[status])
			printf(" %d: %llu,", status, (unsigned long long)load->by_status[status]);
	printf(" no answer: %llu, held back: %llu; p50 %.1f ms, p95 %.1f ms, p99 %.1f ms\n", (unsigned long long)load->no_answer,
	       (unsigned long long)load->held_back, percentile(load, 0.50), percentile(load, 0.95), percentile(load, 0.99));
}

static void usage(FILE *to)
{
	fputs("load --url http://127.0.0.1:8080 --rate 20 --seconds 60\n"
	      "  --url URL        where the shop is; orders is under URL/orders, invoicing under URL/invoicing\n"
	      "  --orders URL     where orders itself is, without a gateway\n"
	      "  --invoicing URL  where invoicing itself is, without a gateway\n"
	      "  --rate N         calls a second on average (20)\n"
	      "  --seconds N      how long (0: until SIGTERM or Ctrl-C)\n"
	      "  --seed N         which calls are drawn (1)\n",
	      to);
}

static bool read_number(const char *text, double least, double most, double *number)
{
	char *end;
	*number = strtod(text, &end);
	return end != text && *end == '\0' && *number >= least && *number <= most;
}

static bool read_option(struct options *options, const char *name, const char *value)
{
	double number;
	if (strcmp(name, "--url") == 0) {
		snprintf(options->from_url[0], sizeof options->from_url[0], "%s/orders", value);
		snprintf(options->from_url[1], sizeof options->from_url[1], "%s/invoicing", value);
		options->orders = options->from_url[0];
		options->invoicing = options->from_url[1];
	} else if (strcmp(name, "--orders") == 0) {
		options->orders = value;
	} else if (strcmp(name, "--invoicing") == 0) {
		options->invoicing = value;
	} else if (strcmp(name, "--rate") == 0) {
		return read_number(value, 0.01, 10000.0, &options->rate);
	} else if (strcmp(name, "--seconds") == 0) {
		return read_number(value, 0.0, 1e9, &options->seconds);
	} else if (strcmp(name, "--seed") == 0) {
		bool good = read_number(value, 0.0, 1e15, &number);
		options->seed = good ? (uint64_t)number : 0;
		return good;
	} else {
		return false;
	}
	return strlen(value) < 400;
}

static void load_release(struct load *load)
{
	for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
		struct call *call = &load->calls[i];
		if (call->busy)
			curl_multi_remove_handle(load->multi, call->handle);
		curl_easy_cleanup(call->handle);
		free(call->sent);
		free(call->answer);
	}
	curl_multi_cleanup(load->multi);
	curl_slist_free_all(load->json_header);
	curl_global_cleanup();
}

int main(int argc, char **argv)
{
	struct options options = {.rate = 20.0, .seed = 1};
	read_option(&options, "--url", "http://127.0.0.1:8080");
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc || !read_option(&options, argv[i], argv[i + 1])) {
			fprintf(stderr, "load: \"%s\" is no option, or its value makes no sense\n", argv[i]);
			usage(stderr);
			return 2;
		}
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	static struct load load;
	load.options = &options;
	load.random = options.seed;
	load.multi = curl_multi_init();
	load.json_header = curl_slist_append(NULL, "Content-Type: application/json");
	double lasted = run(&load);
	print_summary(&load, lasted);
	bool answered = load.sent == 0 || load.no_answer < load.sent;
	load_release(&load);
	return answered ? 0 : 1;
}
