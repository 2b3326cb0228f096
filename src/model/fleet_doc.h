/* The reference of pleach.yaml and service.yaml as Markdown: an example, then every key from tbl/fleet_keys.h. docs/files.md is this text: a
 * test compares them. */
#ifndef PLEACH_MODEL_FLEET_DOC_H
#define PLEACH_MODEL_FLEET_DOC_H
#include "base/buf.h"
extern const struct str fleet_example_pleach, fleet_example_service; /* the example's two files; a test loads them */
void fleet_reference(struct buf *out);
#endif
