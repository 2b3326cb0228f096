/* google.api.http of a method: which HTTP requests reach it (google/api/http.proto). */
#ifndef PLEACH_CONTRACT_PROTO_HTTP_RULE_H
#define PLEACH_CONTRACT_PROTO_HTTP_RULE_H
#include "contract/proto/proto.h"

enum { HTTP_RULE_OPTION = 72295728, HTTP_RULES_MAX = 64 /* of one method */ };
/* path: a template, "/v1/{name=shops/<star>}:open" and the like. */
struct http_rule { struct str verb, path, body, response_body; };
/* The rule and its additional bindings; how many there are. Texts live in the arena or the model. */
size_t http_rules(struct arena *a, const struct proto_method *m, struct http_rule to[HTTP_RULES_MAX]);
/* A template's next segment, variables opened: of `{name=projects/`, a star and `}` it gives "projects", then the star. False at the end. inside: false at first. */
bool http_rule_segment(struct str *rest, struct str *segment, bool *inside);
/* The template in OpenAPI's form: "/v1/{1}:open". p NULL where there is none: a variable that takes any number of segments, or a full arena. */
struct str http_rule_path(struct arena *a, struct str template);
#endif
