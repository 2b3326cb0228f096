/* The catalogue for people (schemas "Catalog" and "CatalogService"). */
#ifndef PLEACH_CLI_CATALOG_SHOW_H
#define PLEACH_CLI_CATALOG_SHOW_H
#include "base/json.h"
#include "cli/command.h"
void catalog_show_services(struct cli *c, const struct json *answer, bool orphans);
void catalog_show_teams(struct cli *c, const struct json *answer);
void catalog_show_alike(struct cli *c, const struct json *answer); /* schema "Duplicates" */
void catalog_show_copies(struct cli *c, const struct json *answer);
void catalog_show_libraries(struct cli *c, const struct json *answer); /* schema "Libraries" */
void catalog_show_radar(struct cli *c, const struct json *answer); /* schema "Radar" */
void catalog_show_decisions(struct cli *c, const struct json *answer); /* schema "Decisions" */
void catalog_show_scores(struct cli *c, const struct json *answer);
void catalog_show_service(struct cli *c, const struct json *answer);
#endif
