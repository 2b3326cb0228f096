/* Private to contract/doc: what the two readers share. */
#ifndef PLEACH_CONTRACT_DOC_IMPL_H
#define PLEACH_CONTRACT_DOC_IMPL_H
#include "contract/doc/doc.h"

enum { DOC_LINEAR_MEMBERS = 16, DOC_COUNT_MAX = (1 << 28) - 1 };
/* Copies `count` members into the arena, with a hashed index in front of them where there are more than DOC_LINEAR_MEMBERS, and makes `to` that object.
 * *twice is the position of a member whose key an earlier one has (at *first), or UINT32_MAX. False where the arena is full. */
bool doc_make_object(struct arena *a, struct doc *to, const struct doc_member *members, size_t count, uint32_t *first, uint32_t *twice);
bool doc_make_array(struct arena *a, struct doc *to, const struct doc *items, size_t count);
/* An error of the document at a byte of it; always false. */
bool doc_fail(const struct doc_file *f, struct err *e, size_t offset, const char *what);
bool doc_fail_twice(const struct doc_file *f, struct err *e, const struct doc_member *first, const struct doc_member *second);
bool doc_fail_full(const struct doc_file *f, struct err *e);
/* Each reads f->text and sets f->root. */
bool doc_read_json(struct doc_file *f, struct err *e);
bool doc_read_yaml(struct doc_file *f, struct err *e);
/* What an unquoted scalar of YAML 1.2's core schema is: sets type and number; text where it is nothing else. */
void doc_plain_scalar(struct doc *to, struct str text);
/* As `tag` demands ("tag:yaml.org,2002:int"); false where the tag is none of the core schema or does not fit. */
bool doc_tagged_scalar(struct doc *to, struct str text, struct str tag);
#endif
