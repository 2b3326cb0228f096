/* Whether a text looks like a JSON object or YAML mapping with a key at its top: how formats recognise their files without parsing them. */
#ifndef PLEACH_CONTRACT_TOP_KEY_H
#define PLEACH_CONTRACT_TOP_KEY_H
#include "contract/source.h"
/* The file's name must end as one of JSON or YAML (or have no ending). Costs one search of the text for the key; exact for JSON, and for YAML in
 * which the top is a block or flow mapping. */
bool source_file_has_top_key(const struct source_file *f, struct str key);
#endif
