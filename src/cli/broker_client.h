/* The broker of pacts that a command speaks to: --broker URL, $PACT_BROKER_BASE_URL, or that of the running fleet. */
#ifndef PLEACH_CLI_BROKER_CLIENT_H
#define PLEACH_CLI_BROKER_CLIENT_H
#include "cli/command.h"
#include "contract/verify/remote.h"

struct broker_client { struct cli *cli; struct loop *loop; struct remote remote; bool open; };
/* Its URL. False with e: no broker is named and no fleet runs here. */
bool broker_client_url(struct cli *c, struct str *url, struct err *e);
/* False with e: no broker is named and no fleet runs here, or the URL is wrong. Always to be closed. */
bool broker_client_open(struct broker_client *b, struct cli *c, struct err *e);
void broker_client_close(struct broker_client *b);
/* A path below the broker's URL, piece by piece: text as it is, then values percent-encoded. Into the client's arena. format knows %s only; each a struct str. */
struct str broker_target(struct broker_client *b, const char *format, size_t count, const struct str *values);
#endif
