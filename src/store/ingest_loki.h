/* Loki's push format in: streams with labels, entries with a time, a line and metadata; as JSON (also the form of before 2019) or protobuf. Labels
 * and metadata become what their names say (model/log_fields.h); a line that is JSON is read as such. */
#ifndef PLEACH_STORE_INGEST_LOKI_H
#define PLEACH_STORE_INGEST_LOKI_H
#include "base/err.h"
#include "store/lines.h"

enum { LOKI_MAX_LABELS = 256 /* of a stream, and of an entry; more are left out and counted */, LOKI_MAX_LOOSE = 4096 /* bytes of labels that are read loosely */,
       LOKI_JSON_ARENA = 256 << 20 };

/* False with e only where the whole is no push request; an odd entry is kept as well as it can be. */
bool loki_read_json(struct lines *l, struct str body, struct err *e);
bool loki_read_protobuf(struct lines *l, struct str body, struct err *e);

struct loki_label { struct str name, value; };
/* Labels as PromQL writes them: {app="x", level="in\"fo"}; values in the arena where they have escapes. False where it is none (n is then what
 * was read before). `loose`: as senders write them that forget to escape: a value goes to the quote before the next label or the end. */
bool loki_labels(struct str text, struct arena *a, bool loose, struct loki_label *labels, size_t *n);
#endif
