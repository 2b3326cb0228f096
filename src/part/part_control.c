/* The part `control`: the API and the console, on the Unix socket and on the address for browsers; and its guests, of whom control knows nothing: the contracts of the
 * fleet, who consumes them, the schema registry, the broker of pacts, the tests that cross team borders. */
#include "base/check.h"
#include "contract/broker/broker.h"
#include "contract/registry/registry.h"
#include "control/control.h"
#include "model/record.h"
#include "model/usage_report.h"
#include "part/borders.h"
#include "part/catalog.h"
#include "part/consumers.h"
#include "part/consul_api.h"
#include "part/contracts.h"
#include "part/acts.h"
#include "part/discovery.h"
#include "part/migrations.h"
#include "part/part.h"

enum { MAX_BODY = 4 << 20 };

static struct {
	struct control *control;
	struct contracts *contracts;
	struct registry *registry;
	struct broker *broker;
	struct consumers *consumers;
	struct migrations *migrations;
	struct team_borders *borders;
	struct consul_api *consul;
	struct acts *acts;
	struct discovery *discovery;
	struct catalog_part *catalog;
	struct control_guest guests[18];
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

static void registry(void *ctx, struct http_exchange *x, struct str path)
{
	registry_handle(ctx, x, path);
}

static void broker(void *ctx, struct http_exchange *x, struct str path) { broker_handle(ctx, x, STR(CONTROL_BROKER_PATH), path); }

/* `pact broker provider-states` and `get-pacts` leave out the path of the broker's address and ask at the root of its host. */
static void broker_at_root(void *ctx, struct http_exchange *x, struct str path)
{
	(void)path;
	broker_handle(ctx, x, STR(CONTROL_BROKER_PATH), http_request(x)->path);
}

static void integrations(void *ctx, struct http_exchange *x, struct str path) { broker_integrations(ctx, x, path); }

static bool is_brokers(const struct http_exchange *x) { return str_starts(http_request(x)->path, STR(CONTROL_BROKER_PATH "/")); }

static void too_large(void *ctx, struct http_exchange *x)
{
	struct err e = { 0 };
	(void)ctx;
	err_set(&e, ERR_TOO_LARGE, "the body is larger than this server takes: %d MiB", MAX_BODY >> 20);
	if (str_starts(http_request(x)->path, STR(CONTROL_REGISTRY_PATH)))
		registry_refuse_large(x);
	else if (is_brokers(x))
		broker_refuse_large(x);
	else
		http_answer_err(x, &e);
}

/* Pacts may be larger than anything else that control takes. */
static void before_body(void *ctx, struct http_exchange *x)
{
	if (http_request(x)->head.length > MAX_BODY && !is_brokers(x))
		too_large(ctx, x);
}

static void operations_changed(void *ctx)
{
	(void)ctx;
	if (self.control)
		control_operations_changed(self.control);
}

static bool consumers_of(void *ctx, struct str service, struct str version, struct buf *out)
{
	struct err ignored = { 0 };
	(void)ctx;
	return consumers_answer(self.consumers, service, version, out, &ignored);
}

/* A damaged file of the registry keeps nobody from the console: it is logged, and told to those who ask the registry. */
static bool start_registry(struct part *p, struct err *e)
{
	struct err damage = { 0 };
	self.registry = registry_new(STR(PART_STATE "/registry.db"), &damage);
	if (!self.registry)
		return err_set(e, damage.code, "%s", damage.message);
	if (err_is_set(&damage))
		part_log(p, SEVERITY_ERROR, "%s", damage.message);
	return true;
}

/* The same for the broker. */
static bool start_broker(struct part *p, struct err *e)
{
	struct err damage = { 0 };
	self.broker = broker_new(p->loop, STR(PART_STATE "/pacts.db"), log_line, p, &damage);
	if (!self.broker)
		return err_set(e, damage.code, "%s", damage.message);
	if (err_is_set(&damage))
		part_log(p, SEVERITY_ERROR, "%s", damage.message);
	return true;
}

static bool start_borders(struct part *p, struct err *e)
{
	struct team_borders_options o = { .root = p->settings->root, .store = part_socket(PART_SOCKET_STORE), .client = p->client, .log = log_line, .log_ctx = p };
	self.borders = team_borders_new(p->loop, &o, e);
	return self.borders != NULL;
}

static void one_provider(void *to, const struct broker_verified *v) { catalog_pacts_add(to, v->provider, (struct score_pacts){ v->pacts, v->verified, v->failed, v->failed_of }); }

static void pacts_of(void *broker, struct catalog_pacts *to) { broker_verified_providers(broker, one_provider, to); }

static bool start_catalog(struct part *p, struct err *e)
{
	struct consul_api_options c = { .client = p->client, .file = STR(PART_STATE "/registered.json"), .log = log_line, .log_ctx = p };
	self.consul = consul_api_new(p->loop, &c, e);
	if (!self.consul)
		return false;
	struct discovery_options d = { .client = p->client, .registered = consul_api_found(self.consul), .log = log_line, .log_ctx = p };
	self.discovery = discovery_new(p->loop, &d, e);
	if (!self.discovery)
		return false;
	struct acts_options a = { .root = p->settings->root, .log = log_line, .log_ctx = p };
	self.acts = acts_new(p->loop, &a, e);
	if (!self.acts)
		return false;
	struct catalog_options o = { .acts = self.acts, .root = p->settings->root, .store = part_socket(PART_SOCKET_STORE), .control = part_socket(PART_SOCKET_CONTROL), .client = p->client, .discovery = self.discovery, .pacts = pacts_of, .pacts_ctx = self.broker, .log = log_line, .log_ctx = p };
	self.catalog = catalog_part_new(p->loop, &o, e);
	return self.catalog != NULL;
}

static bool start_guests(struct part *p, struct err *e)
{
	if (!start_registry(p, e) || !start_broker(p, e) || !(self.contracts = contracts_new(p->loop, STR(PART_STATE), log_line, p, e)) ||
	    !(self.consumers = consumers_new(p->loop, STR(PART_STATE), self.contracts, log_line, p, e)) || !start_borders(p, e) || !start_catalog(p, e))
		return false;
	self.migrations = migrations_new(self.contracts, consumers_usage(self.consumers));
	if (!self.migrations)
		return err_set(e, ERR_NO_MEMORY, "no memory for the migrations");
	consumers_ask_broker(self.consumers, self.broker);
	consumers_spans_start(self.consumers, part_socket(PART_SOCKET_STORE), p->client);
	self.guests[0] = (struct control_guest){ .prefix = STR("/api/contracts"), .handle = contracts_handle, .fleet = contracts_fleet, .ctx = self.contracts };
	self.guests[1] = (struct control_guest){ .prefix = STR(CONTROL_REGISTRY_PATH), .handle = registry, .ctx = self.registry };
	self.guests[2] = (struct control_guest){ .prefix = STR("/api/consumers"), .handle = consumers_handle, .fleet = consumers_fleet, .judge = consumers_judge, .ctx = self.consumers };
	self.guests[3] = (struct control_guest){ .prefix = STR(USAGE_REPORT_PATH), .handle = consumers_take, .ctx = self.consumers };
	self.guests[4] = (struct control_guest){ .prefix = STR(MIGRATIONS_PATH), .handle = migrations_handle, .fleet = migrations_fleet, .judge = migrations_judge,
						 .ctx = self.migrations };
	self.guests[5] = (struct control_guest){ .prefix = STR(TEAM_BORDERS_PATH), .handle = team_borders_handle, .fleet = team_borders_fleet, .judge = team_borders_judge, .ctx = self.borders };
	self.guests[6] = (struct control_guest){ .prefix = STR(CONTROL_BROKER_PATH), .handle = broker, .ctx = self.broker };
	self.guests[8] = (struct control_guest){ .prefix = STR("/pacts"), .handle = broker_at_root, .ctx = self.broker };
	self.guests[9] = (struct control_guest){ .prefix = STR(CATALOG_PATH_API), .handle = catalog_part_handle, .fleet = catalog_part_fleet, .judge = catalog_part_judge, .ctx = self.catalog };
	self.guests[10] = (struct control_guest){ .prefix = STR(ADVICE_PATH), .handle = catalog_part_advice, .ctx = self.catalog };
	self.guests[11] = (struct control_guest){ .prefix = STR(DUPLICATES_PATH), .handle = catalog_part_duplicates, .ctx = self.catalog };
	self.guests[12] = (struct control_guest){ .prefix = STR(DISCOVERY_PATH), .handle = discovery_handle, .fleet = discovery_fleet, .ctx = self.discovery };
	static const struct str consul[] = { STR_INIT("/v1/agent"), STR_INIT("/v1/catalog"), STR_INIT("/v1/health"), STR_INIT("/v1/status") };
	for (size_t i = 0; i < ARRAY_LEN(consul); i++)
		self.guests[13 + i] = (struct control_guest){ .prefix = consul[i], .handle = consul_api_handle, .ctx = self.consul };
	self.guests[17] = (struct control_guest){ .prefix = STR(ACTS_PATH), .handle = acts_handle, .fleet = acts_fleet, .ctx = self.acts };
	self.guests[7] = (struct control_guest){ .prefix = STR("/api/integrations"), .handle = integrations, .ctx = self.broker };
	return true;
}

static bool start(struct part *p, struct err *e)
{
	struct control_options o = { .root = p->settings->root,
				     .state = STR(PART_STATE),
				     .store = part_socket(PART_SOCKET_STORE),
				     .gateway = part_socket(PART_SOCKET_GATEWAY),
				     .node = part_socket(PART_SOCKET_NODE),
				     .client = p->client,
				     .console_dir = p->settings->console_dir,
				     .guests = self.guests,
				     .guest_count = ARRAY_LEN(self.guests),
				     .operations = contracts_operations,
				     .log = log_line,
				     .ctx = p };
	struct http_server_options limits = { .max_body = BROKER_BODY_MAX, .max_arena = 64u << 20, .too_large = too_large, .before_body = before_body };
	char text[128];
	if (!start_guests(p, e))
		return false;
	o.operations_ctx = self.contracts;
	contracts_on_operations(self.contracts, operations_changed, NULL);
	contracts_ask_consumers(self.contracts, consumers_of, NULL);
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

static void borders_closed(void *ctx) { contracts_close(self.contracts, ended, ctx); }

static void consul_closed(void *ctx) { team_borders_close(self.borders, borders_closed, ctx); }

static void discovery_closed(void *ctx) { consul_api_close(self.consul, consul_closed, ctx); }

static void acts_closed(void *ctx) { discovery_close(self.discovery, discovery_closed, ctx); }

static void catalog_closed(void *ctx) { acts_close(self.acts, acts_closed, ctx); }

static void stop(struct part *p)
{
	/* Long polls and event streams would hold a graceful drain open; whoever follows reconnects. */
	http_server_free(p->server);
	p->server = NULL;
	control_free(self.control);
	self.control = NULL;
	registry_free(self.registry);
	broker_free(self.broker);
	migrations_free(self.migrations);
	consumers_free(self.consumers);
	catalog_part_close(self.catalog, catalog_closed, p);
}

const struct part_kind part_control = { .name = STR_INIT("control"), .start = start, .stop = stop };
