/* Evidence that people and jobs bring (catalog/score/evidence.h): taken by POST /api/catalog/{service}/evidence, kept in .pleach/catalog/evidence.json, read once a round. */
#ifndef PLEACH_PART_CATALOG_EVIDENCE_H
#define PLEACH_PART_CATALOG_EVIDENCE_H
#include "catalog/picture/picture.h"
#include "catalog/score/evidence.h"
#include "net/http_server.h"

/* From disk, in the arena; nothing where there is no file, or a strange one. */
void catalog_evidence_read(struct evidence_list *l, struct arena *a, struct str folder);
/* Who was tried to be reached, for a picture: in the arena, texts the list's. */
const struct picture_contact *catalog_evidence_contacts(const struct evidence_list *l, struct arena *a, size_t *count);
/* Answers. False: nothing has changed. picture: NULL, not yet known. service: as in the path. On the loop's thread; the file is small. */
bool catalog_evidence_post(struct http_exchange *x, const struct picture *p, struct str service, struct str folder);
#endif
