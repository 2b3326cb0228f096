/* Private to contract/asyncapi: the model that AsyncAPI 2 and 3 are read into, and the comparison of two of them.
 *
 * What an application does on a channel is a *flow*: it sends, or it receives, some messages. AsyncAPI 3 says so by operations with an action; AsyncAPI 2
 * speaks from the client's side: `publish` is what clients publish, so the application receives it, `subscribe` what it sends. Messages of a channel of AsyncAPI
 * 3 that no operation names go both ways for all we know. What the application receives is a request (old messages must go on being taken), what it sends
 * a response (new messages must be what was promised). */
#ifndef PLEACH_CONTRACT_ASYNCAPI_H
#define PLEACH_CONTRACT_ASYNCAPI_H
#include "contract/cause.h"
#include "contract/format.h"

enum asyncapi_version { ASYNCAPI_2, ASYNCAPI_3 };
enum asyncapi_action { ASYNCAPI_SEND, ASYNCAPI_RECEIVE, ASYNCAPI_EITHER, ASYNCAPI_ACTIONS };
enum asyncapi_language { LANGUAGE_JSON_SCHEMA, LANGUAGE_AVRO, LANGUAGE_OTHER };
enum { ASYNCAPI_OPERATIONS_MAX = 20000, ASYNCAPI_TRAITS_MAX = 32 };

struct asyncapi_message {
	struct str id;               /* its key in the channel or the components, messageId, or what its `$ref` ends with; may be empty */
	struct str name, shared;     /* `name`; the `$ref` by which it was found */
	struct doc_spot spot;
	struct str content_type, schema_format;
	enum asyncapi_language language;
	struct doc_spot payload_spot; /* node NULL: anything */
	const struct schema *payload; /* of LANGUAGE_JSON_SCHEMA */
	const struct schema *headers; /* NULL: any */
	struct str correlation;      /* where its correlation id is; empty: it has none */
	struct doc_spot bindings;
};
struct asyncapi_messages { const struct asyncapi_message **items; size_t count, capacity; };
struct asyncapi_channel {
	struct str id, address, key; /* key: the address with each {parameter} as {} */
	struct doc_spot spot, parameters, bindings;
	struct asyncapi_messages messages; /* of AsyncAPI 3, under the channel */
};
struct asyncapi_channels { struct asyncapi_channel **items; size_t count, capacity; };
struct asyncapi_operation {
	struct str id, label;        /* label: "receive orders/{id}" */
	enum asyncapi_action action;
	const struct asyncapi_channel *channel;
	struct doc_spot spot, bindings, reply;
	struct asyncapi_messages messages;
	struct asyncapi_messages answers;  /* of the reply */
	const struct asyncapi_channel *reply_channel;
};
struct asyncapi_operations { struct asyncapi_operation **items; size_t count, capacity; };
struct asyncapi_server { struct str name, url, protocol; struct doc_spot spot; };
struct asyncapi_servers { struct asyncapi_server *items; size_t count, capacity; };
struct asyncapi {
	struct doc_file *file;
	enum asyncapi_version version;
	struct str title, content_type;
	struct asyncapi_servers servers;
	struct asyncapi_channels channels;
	struct asyncapi_operations operations;
};
struct asyncapi_model {
	struct contract_model model;
	struct arena arena;
	struct schema_set *set;
	struct asyncapi **items;
	size_t count, capacity;
};

struct asyncapi_reader {
	struct asyncapi_model *model;
	struct asyncapi *api;
	struct arena *arena;
	struct err *e;
};
bool asyncapi_recognises(const struct source_file *f);
struct contract_model *asyncapi_read(const struct source *s, struct err *e);
void asyncapi_free(struct contract_model *m);
bool asyncapi_read_channels(struct asyncapi_reader *r, struct doc_spot root);   /* read_channels.c: of both versions, and the operations of 2 */
bool asyncapi_read_operations(struct asyncapi_reader *r, struct doc_spot root); /* read_operations.c: of 3 */
/* The message at a spot or behind its reference; `key` is its key where it has one. */
bool asyncapi_read_message(struct asyncapi_reader *r, struct doc_spot at, struct str key, struct asyncapi_messages *out);
struct asyncapi_operation *asyncapi_new_operation(struct asyncapi_reader *r, enum asyncapi_action action, const struct asyncapi_channel *channel,
	struct doc_spot at, struct str id);
bool asyncapi_full(struct asyncapi_reader *r);
bool asyncapi_demand_object(struct asyncapi_reader *r, struct doc_spot at, const char *what);
const char *asyncapi_action_name(enum asyncapi_action a);

bool asyncapi_compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options,
	struct changes *out, struct err *e);
void asyncapi_describe(const struct contract_model *m, struct json_out *o);

/* A comparison under way. */
struct asyncapi_comparison {
	const struct asyncapi_model *old_model, *new_model;
	const struct asyncapi *before, *after;
	const struct contract_options *options;
	struct changes *out;
	struct causes causes;
	struct schema_compare *schemas;
	struct arena arena;
	struct err *e;
};
/* All that an application does in one direction on one channel. */
struct asyncapi_flow {
	enum asyncapi_action action;
	struct str label;
	struct doc_spot spot;
	const struct asyncapi_operation *operation; /* the first; NULL: only messages under the channel */
	struct asyncapi_messages messages;
};
struct change *asyncapi_see(struct asyncapi_comparison *c, struct cause_key key, struct str subject, struct str operation, enum asyncapi_action action);
void asyncapi_say(struct asyncapi_comparison *c, struct change *x, enum rule_id rule, const char *format, ...) __attribute__((format(printf, 4, 5)));
#define ASYNCAPI_NO_RULE RULE_COUNT
/* witness.c: a message of the old side, as the proof that the new one has it no more; a value that a schema refuses. They leave x unproved where nothing is found. */
void asyncapi_prove_message(struct asyncapi_comparison *c, struct change *x, struct str flow, const struct asyncapi_message *m, const char *before,
	const char *after);
void asyncapi_prove_refused(struct asyncapi_comparison *c, struct change *x, struct str flow, const struct asyncapi_message *m,
	const struct schema *refusing, const char *before,
	const char *after);
bool asyncapi_compare_messages(struct asyncapi_comparison *c, const struct asyncapi_flow *before, const struct asyncapi_flow *after);
#endif
