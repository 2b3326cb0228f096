/* Which other files a file of a contract mentions, found without parsing it: for whoever gathers the files of one side before a format reads
 * them. Too many are harmless (a file that is not there is not gathered); what is missed, the format reports with its place. */
#ifndef PLEACH_CONTRACT_REFS_H
#define PLEACH_CONTRACT_REFS_H
#include "contract/source.h"
/* Calls fn with each: the file part of `$ref` in JSON and YAML, `import "…"` of Protocol Buffers (import: looked for from every folder above). Not
 * what names another host or an absolute path. Stops when fn returns false. */
typedef bool reference_f(void *ctx, struct str reference, bool import);
void source_references(struct str path, struct str text, reference_f *fn, void *ctx);
#endif
