/* The part `control`: the API and the console, on the Unix socket and on the address for browsers. */
#include "control/control.h"
#include "model/record.h"
#include "part/contracts.h"
#include "part/part.h"

static struct {
	struct control *control;
	struct contracts *contracts;
	struct control_guest guests[1];
} self;

static void handle(void *ctx, struct http_exchange *x)
{
	(void)ctx;
	control_handle(self.control, x);
}

static void log_line(void *ctx, uint8_t severity, struct str message)
{
	part_log_str(ctx, severity, message);
}

static bool start(struct part *p, struct err *e)
{
	self.contracts = contracts_new(p->loop, STR(PART_STATE), log_line, p, e);
	if (!self.contracts)
		return false;
	self.guests[0] = (struct control_guest){ STR("/api/contracts"), contracts_handle, contracts_fleet, self.contracts };
	struct control_options o = { .root = p->settings->root,
				     .state = STR(PART_STATE),
				     .store = part_socket(PART_SOCKET_STORE),
				     .gateway = part_socket(PART_SOCKET_GATEWAY),
				     .node = part_socket(PART_SOCKET_NODE),
				     .client = p->client,
				     .console_dir = p->settings->console_dir,
				     .guests = self.guests,
				     .guest_count = 1,
				     .log = log_line,
				     .ctx = p };
	struct http_server_options limits = { .max_body = 4u << 20, .max_arena = 64u << 20 };
	char text[128];
	self.control = control_new(p->loop, &o, e);
	if (!self.control)
		return false;
	p->handler = handle;
	struct sys_addr listen = control_listen(self.control);
	if (!part_serve(p, PART_SOCKET_CONTROL, &limits, e) || !http_server_listen(p->server, &listen, NULL, e))
		return false;
	part_log(p, SEVERITY_INFO, "the console is at http://%.*s", STR_FMT(sys_addr_text(&listen, text)));
	return true;
}

static void ended(void *ctx) { part_end(ctx, 0); }

static void stop(struct part *p)
{
	/* Long polls and event streams would hold a graceful drain open; whoever follows reconnects. */
	http_server_free(p->server);
	p->server = NULL;
	control_free(self.control);
	contracts_close(self.contracts, ended, p);
}

const struct part_kind part_control = { .name = STR_INIT("control"), .start = start, .stop = stop };
