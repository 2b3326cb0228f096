#!/bin/sh
# Runs the shop by itself, as anybody would before there is a platform: builds it, starts the services on fixed ports,
# tells each where its dependency is, and calls them until Ctrl-C. Log lines of all of them come out here.
# Only one instance of invoicing, for there is nothing here to share the calls between two.
set -eu
cd "$(dirname "$0")"
make -s

SHOP_DATA=$(pwd)/alone-data
NOTIFICATION_URL=http://127.0.0.1:8103
INVOICING_URL=http://127.0.0.1:8102
export SHOP_DATA NOTIFICATION_URL INVOICING_URL

children=
start() {
	(cd "services/$1" && exec "./$1" --port "$2") &
	children="$children $!"
}
trap 'trap - INT TERM EXIT; kill $children 2>/dev/null; wait' INT TERM EXIT

start notification 8103
start invoicing 8102
start orders 8101
tries=0
until curl -fs --noproxy '*' http://127.0.0.1:8101/healthz >/dev/null; do
	tries=$((tries + 1))
	if [ "$tries" -gt 100 ]; then
		echo "alone.sh: orders did not become healthy within 10 s; its log lines above say why" >&2
		exit 1
	fi
	sleep 0.1
done
load/load --orders http://127.0.0.1:8101 --invoicing "$INVOICING_URL" "$@"
