/* What the files of the pipes' parser share. */
#ifndef PLEACH_STORE_PIPE_IMPL_H
#define PLEACH_STORE_PIPE_IMPL_H
#include "store/pipe.h"
#include "store/query_impl.h"

bool pipe_parse_name(struct parser *p, struct str *name);
/* pipe_pattern.c: the argument of parse, and of regexp. */
bool pipe_parse_pattern(struct parser *p, struct pipe_stage *s);
bool pipe_parse_regexp(struct parser *p, struct pipe_stage *s);
#endif
