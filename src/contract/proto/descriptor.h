/* Descriptor sets: FileDescriptorSet as protoc -o and `buf build -o` write it, read into the model of .proto texts. */
#ifndef PLEACH_CONTRACT_PROTO_DESCRIPTOR_H
#define PLEACH_CONTRACT_PROTO_DESCRIPTOR_H
#include "contract/proto/link.h"

/* Whether the bytes begin like a set: cheap, for bytes of unknown kind. */
bool descriptor_recognises(struct str bytes);
/* Adds the set's files, except those whose path is there already. */
bool descriptor_read(struct linker *l, const struct source_file *from);
#endif
