/* Records from lines, documents and labels into a batch: what JSON lines, Elasticsearch's bulk and Loki's push have in common. A record is
 * mapped by model/log_fields.h, or kept as text where it is no JSON object: nothing that came is dropped. One reader a store, used again for each
 * request, on the loop's thread. */
#ifndef PLEACH_STORE_LINES_H
#define PLEACH_STORE_LINES_H
#include "base/json_flat.h"
#include "model/log_fields.h"
#include "store/batch.h"

enum {
	LINES_MAX_ATTRS = ROW_MAX_ATTRS - LOG_FIELDS_ROOM,
	LINES_MAX_DOCUMENT = 8 << 20, /* bytes of one record's JSON; a longer one is text, and cut as long texts are */
	LINES_MEMORY = 32 << 20,    /* of one record: what is unescaped or made valid */
	LINES_RESOURCES = 1024,     /* places in which a resource of the batch is remembered */
	LINES_NAMES = 8 << 20       /* bytes of their names */
};
/* Rows of one batch by what became of them. */
struct lines_counts {
	uint64_t records;
	uint64_t unparsed;  /* kept as text */
	uint64_t retimed;   /* came with a time that is not kept: have that of their arrival */
	uint64_t cut;       /* lost a part to a limit */
};
struct lines_resource { struct str service, version, instance; uint32_t number; bool used; };
struct lines {
	struct log_fields fields;
	struct json_flat flat;
	struct batch_builder *builder;
	struct lines_counts counts;
	struct str service, instance;  /* of records that name none; set after lines_begin */
	int64_t arrival;
	struct arena names;
	struct lines_resource resources[LINES_RESOURCES];
	uint32_t last;                 /* place of the newest */
};
struct lines *lines_new(void); /* NULL: no memory */
void lines_free(struct lines *l);
/* A new batch. keep: ns back from arrival (wall) that are kept. */
void lines_begin(struct lines *l, struct batch_builder *b, int64_t arrival, int64_t keep);

/* Whole records. A document is JSON; what is none becomes text and is counted. */
void lines_document(struct lines *l, struct str json);
void lines_text(struct lines *l, struct str text);
/* In parts: begin, put what is known beside (l->fields: labels, time), then the line itself, which may be JSON or text. */
void lines_record(struct lines *l);
void lines_record_line(struct lines *l, struct str line);
/* The row of what l->fields holds; where there is no message, `whole` is it. */
void lines_record_end(struct lines *l, struct str whole);

/* A whole body. Lines, or one object, or an array of objects; pretty-printed or not. */
void lines_read_json(struct lines *l, struct str body);
void lines_read_text(struct lines *l, struct str body);
/* Takes a line off the front, without its end; false at the end. */
bool lines_next(struct str *rest, struct str *line);
/* Puts all members of an object that stands alone as JSON into l->fields; false (nothing put) when it is none. */
bool lines_put_object(struct lines *l, struct str json);
#endif
