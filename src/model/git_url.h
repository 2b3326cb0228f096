/* Addresses of remote git repositories that people write down: https, http, ssh, git, file, or as scp writes them (git@host:path). Never a helper's (`ext::…`), which would run a command. */
#ifndef PLEACH_MODEL_GIT_URL_H
#define PLEACH_MODEL_GIT_URL_H
#include "base/arena.h"
#include "base/err.h"

enum { GIT_URL_MAX = 1024 };
/* It is meant as an address, right or wrong, not as a folder. */
bool git_url_is(struct str text);
/* False with e: git must not be given it. Passwords are refused too, and are not in the message. */
bool git_url_check(struct str url, struct err *e);
/* The repository's name: the last part of its path, without ".git", of letters that a folder may have. */
struct str git_url_name(struct arena *a, struct str url);
/* What git may be asked to speak (GIT_ALLOW_PROTOCOL). */
#define GIT_URL_PROTOCOLS "https:http:ssh:git:file"
#endif
