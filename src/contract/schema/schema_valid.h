/* Private to contract/schema: validation, shared by schema_valid.c (values and combinations) and schema_valid_inside.c (members and items). */
#ifndef PLEACH_CONTRACT_SCHEMA_VALID_H
#define PLEACH_CONTRACT_SCHEMA_VALID_H
#include "contract/schema/schema_impl.h"
#include <stdarg.h>

struct valid_step { const struct valid_step *above; struct str key; uint32_t index; }; /* key.p == NULL: an item */
struct valid_scope { const struct valid_scope *outer; const struct schema_resource *resource; };
struct valid_check {
	struct schema_set *set;
	enum schema_use use;
	struct schema_fault *fault;       /* NULL: nobody asks */
	const struct valid_step *path;
	const struct valid_scope *scope;  /* resources entered, innermost first */
	struct arena scratch;
	uint32_t depth, work;
};
/* seen: a byte for each member or item, set for those that a schema evaluated; NULL where nobody asks. */
enum validity valid_schema(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen);
enum validity valid_quietly(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen);
enum validity valid_array(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen);
enum validity valid_object(struct valid_check *c, const struct schema *s, const struct doc *v, uint8_t *seen);
enum validity valid_and(enum validity a, enum validity b);
/* Keeps the first fault; always VALIDITY_NO. */
enum validity valid_fault(struct valid_check *c, const char *keyword, const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *valid_type_name(unsigned type);
void valid_type_names(unsigned types, struct buf *out);
#endif
