/* The formats that contracts are written in. Each has a folder of its own here and one `struct contract_format`; nothing else knows what is special
 * to a format. A model is what a format makes of a source: it holds all contracts of that format in the source, resolved and ready to compare. */
#ifndef PLEACH_CONTRACT_FORMAT_H
#define PLEACH_CONTRACT_FORMAT_H
#include "contract/change.h"
#include "contract/source.h"

struct contract_model { const struct contract_format *format; };
struct contract_options {
	bool information;     /* also changes that break nobody */
	bool witnesses;       /* build them; false: every breaking change is unproved (for measurements of the comparison alone) */
	/* For formats whose data outlives the change (events): which breaks to look for. REACH_REQUEST: what was valid before must be taken by the new contract
	 * (backward); REACH_RESPONSE: what the new contract gives must be understood with the old one (forward). 0: both. */
	uint8_t directions;
	bool fields;          /* say under which names requests have what changed (change.fields) */
	/* The policy for what is deprecated (OpenAPI's x-sunset). */
	int32_t today;        /* days since 1970-01-01; 0: not known, no sunset date counts as passed or as too near */
	uint16_t grace_stable, grace_beta; /* days that a deprecation must leave, by x-stability-level (none is stable); 0: no rule */
	/* Only the contract of this file of the old source, with all that it refers to (a registry's schema among its references); empty: of all files. */
	struct str only;
};
struct contract_format {
	struct str name, title;     /* "proto", "Protocol Buffers" */
	/* Whether the file holds a contract of this format; the text's beginning decides where the name does not. Cheap. */
	bool (*recognises)(const struct source_file *f);
	/* All files of the source that are recognised, and what they refer to. NULL with e (file, line, column, remedy) on the first fault.
	 * The source must outlive the model. */
	struct contract_model *(*read)(const struct source *s, struct err *e);
	void (*free)(struct contract_model *m);
	/* Appends what changed from old to new; either may be NULL: then there was, or is, no contract of this format. False with e only on
	 * a limit; a change that cannot be judged is a change, unproved. */
	bool (*compare)(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options, struct changes *out,
		struct err *e);
	/* The contract as documentation, one JSON object (schema "ContractDocument" in tbl/schemas.json): {"contracts":[{"file","title","version","description",
	 * "operations":[{"id","http":{"method","base","path"} (where calls of it come over HTTP; base: of the first server's URL),"also":[{"method","base","path"}] (other ways in),"title","description","deprecated","line","parameters":[{"name","in","type","required","description","deprecated"}],
	 * "request":{"type","description"},"answers":[{"status","type","description"}]}],
	 * "types":[{"name","kind":"message"|"enum"|"union"|"scalar"|"table"|…,"description","deprecated","line",
	 * "fields":[{"name","number","type","required","description","deprecated"}],"values":[{"name","number","description"}]}]}]}.
	 * A "type" is text such as "string", "[Order]", "map<string, Order>"; one that has a row in "types" is written by its name. */
	void (*describe)(const struct contract_model *m, struct json_out *o);
};
/* In the order in which files are asked; ends with NULL. */
extern const struct contract_format *const contract_formats[];
extern const struct contract_format proto_format, openapi_format, asyncapi_format, avro_format, graphql_format, sql_format, json_schema_format;
/* The format that recognises the file, NULL where none does. */
const struct contract_format *contract_format_of(const struct source_file *f);
const struct contract_format *contract_format_by_name(struct str name);
/* Reads and compares every format that is in either source; all changes together in `out`, done. *wrong (may be NULL) becomes the source that an error is about; NULL where it is about both. */
bool contract_compare_sides(const struct source *old_source, const struct source *new_source, const struct contract_options *options, struct changes *out,
	const struct source **wrong, struct err *e);
bool contract_compare(const struct source *old_source, const struct source *new_source, const struct contract_options *options, struct changes *out, struct err *e);
#endif
