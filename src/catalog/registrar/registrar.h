/* What services have registered here by Consul's API (HTTP API "Agent", "Catalog", "Health"; Consul 1.x), without I/O: who is there, their checks, their time-outs, and the answers of that API. Time is
 * given, monotonic ns. Not shared between threads; texts are copied. The HTTP side is part/consul_api.h, who asks part/consul_checks.h.
 *
 * A check is of TTL (the service says how it is; silence makes it critical) or asks: an HTTP address, a TCP port, gRPC's health service. A service without checks is passing. */
#ifndef PLEACH_CATALOG_REGISTRAR_H
#define PLEACH_CATALOG_REGISTRAR_H
#include "base/json.h"
#include "catalog/discovery/found.h"

enum { REGISTRAR_SERVICES_MAX = 5000, REGISTRAR_CHECKS_MAX = 16 /* of one service */, REGISTRAR_OUTPUT_MAX = 4096, REGISTRAR_SERVICE_MEMORY = 256 << 10, REGISTRAR_TEXT_MAX = 256 };
#define REGISTRAR_NODE "pleach"
#define REGISTRAR_DATACENTER "dc1"
struct registered;
enum check_kind { CHECK_HTTP, CHECK_TCP, CHECK_GRPC };
struct registered_check {
	struct registered *service;
	struct str id, name, type /* "ttl", "http", "tcp", "grpc", "maintenance" or "" */, notes;
	enum check_kind kind;
	struct str target;       /* whom it asks: a URL, "host:port", "host:port/service"; empty: it is told */
	struct str method, headers /* lines, each ended by CRLF */, host, tls_name; /* of HTTP */
	bool unverified;         /* TLSSkipVerify */
	enum instance_health health;
	char output[REGISTRAR_OUTPUT_MAX + 1]; /* of maintenance: the reason */
	int64_t ttl, interval, timeout, deregister_after; /* ns; 0: none */
	int64_t due;             /* TTL: when it is critical; others: when it is asked; 0: never */
	int64_t critical_since;  /* 0: it is not */
	bool asking;             /* for whoever asks */
	uint64_t serial;         /* of this registration of it: an answer to an earlier one counts no more */
};
struct registered {
	struct arena arena;
	struct str id, name, node, address, owner;
	uint16_t port;
	struct str tags, meta, weights;  /* JSON */
	struct registered_check checks[REGISTRAR_CHECKS_MAX + 1]; /* and that of its maintenance */
	size_t checks_count;
	struct str maintenance;  /* the id of that check; made when it is first needed */
	struct str source;       /* the registration, as JSON, to be kept on disk */
	uint64_t created, modified; /* indices */
};
struct registrar {
	struct map by_id;        /* struct registered */
	uint64_t index;          /* of the last change, from 1 */
	uint64_t serial;
	struct found found;      /* for the catalogue */
	bool changed;            /* since whoever keeps it on disk looked: registrations, not their health */
};
void registrar_init(struct registrar *r);
void registrar_release(struct registrar *r);
/* PUT /v1/agent/service/register. False with e (ERR_INPUT: what is wrong, or not there yet; ERR_LIMIT or ERR_TOO_LARGE: too many). The same id again replaces; health of a check that stays stays. */
bool registrar_register(struct registrar *r, const struct json *body, int64_t now, struct err *e);
/* PUT /v1/catalog/register: of another node, with its checks' states. */
bool registrar_register_external(struct registrar *r, const struct json *body, int64_t now, struct err *e);
/* ERR_NOT_FOUND. */
bool registrar_deregister(struct registrar *r, struct str id, struct err *e);
/* Out of rotation, or in it again: a check that is critical as long, which outlives another registration. reason: empty, none was given. ERR_NOT_FOUND. */
bool registrar_maintain(struct registrar *r, struct str id, bool on, struct str reason, int64_t now, struct err *e);
/* A TTL check's word. */
bool registrar_check(struct registrar *r, struct str check_id, enum instance_health health, struct str output, int64_t now, struct err *e);
/* What a check that asks has come to, and its next time. serial: of the check when it was asked; a later registration makes it void. */
void registrar_asked(struct registrar *r, struct str service_id, struct str check_id, uint64_t serial, enum instance_health health, struct str output, int64_t now);
struct registered *registrar_service(const struct registrar *r, struct str id);
/* Time-outs of TTL, and services whose checks have been critical for too long. */
void registrar_turn(struct registrar *r, int64_t now);
/* When it next wants a turn, or a check to be asked; INT64_MAX: never. */
int64_t registrar_due(const struct registrar *r);
/* Answers of the API. name: of a service; passing: only those. tag: NULL or empty, any. */
void registrar_services_json(const struct registrar *r, struct json_out *o);
void registrar_catalog_json(const struct registrar *r, struct json_out *o, struct str name, struct str tag);
void registrar_health_json(const struct registrar *r, struct json_out *o, struct str name, struct str tag, bool passing);
/* /v1/health/checks/NAME, and state/STATE for an empty name ("any", "passing"…). */
void registrar_checks_json(const struct registrar *r, struct json_out *o, struct str name, struct str state);
/* Nodes, each once; one with its services, or null. */
void registrar_nodes_json(const struct registrar *r, struct json_out *o);
void registrar_node_json(const struct registrar *r, struct json_out *o, struct str node);
void registrar_node_checks_json(const struct registrar *r, struct json_out *o, struct str node);
/* One that is there. */
void registrar_agent_service_json(const struct registrar *r, struct json_out *o, struct str id);
/* How a service is (by its id), or all of a name, as an object or an array; *worst: over all of them. False: there is none. */
bool registrar_agent_health_json(const struct registrar *r, struct json_out *o, struct str id, struct str name, enum instance_health *worst);
void registrar_agent_services_json(const struct registrar *r, struct json_out *o);
void registrar_agent_checks_json(const struct registrar *r, struct json_out *o);
/* All registrations, to be kept: {"services":[…]}; and from there. What does not read is left out. */
void registrar_kept_json(const struct registrar *r, struct json_out *o);
void registrar_kept_read(struct registrar *r, const struct json *kept, int64_t now);
#endif
