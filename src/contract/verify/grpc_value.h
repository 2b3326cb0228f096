/* Protobuf messages of gRPC pacts: the service that a pact's plugin data describes, and messages as values that pact rules apply to. As in pact-protobuf-plugin,
 * fields go by their names in the .proto text, enums by the names of their values, 64-bit numbers are numbers, bytes are base64, maps are objects. */
#ifndef PLEACH_CONTRACT_VERIFY_GRPC_VALUE_H
#define PLEACH_CONTRACT_VERIFY_GRPC_VALUE_H
#include "contract/pact/pact.h"
#include "contract/proto/dynamic.h"

enum { GRPC_VALUE_MAX = 64 << 20 /* bytes of a message as JSON */, GRPC_DESCRIPTORS_MAX = 64 << 20 };
/* What one interaction calls. */
struct grpc_target {
	struct source source;
	struct contract_model *model;
	const struct proto_method *method;
	struct str path;             /* "/shop.v1.Orders/Get" */
};
/* By the interaction's pluginConfiguration.protobuf and the pact's metadata.plugins; texts in `a`. False with e; always to be released. */
bool grpc_target_open(struct grpc_target *t, const struct pact *p, const struct pact_interaction *i, struct arena *a, struct err *e);
void grpc_target_release(struct grpc_target *t);
/* The message as a value. defaults: scalar fields that have no presence are there with their default where they are not set, and repeated ones as empty lists: what
 * a reader of the message sees. NULL with e: the bytes are no such message. */
struct doc_file *grpc_value_read(struct arena *a, const struct proto_message *type, struct str bytes, bool defaults, struct str *text, struct err *e);
#endif
