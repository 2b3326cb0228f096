/* Findings of a picture, for control's list of them. */
#ifndef PLEACH_PART_CATALOG_JUDGE_H
#define PLEACH_PART_CATALOG_JUDGE_H
#include "model/finding.h"
#include "part/catalog_alike.h"

enum { CATALOG_FINDINGS_MAX = 256 /* services and pairs that are told of; the catalogue has all */ };
/* alike: NULL, not compared (yet). */
void catalog_judge(const struct picture *p, const struct catalog_alike *alike, const struct finding_sink *to);
#endif
