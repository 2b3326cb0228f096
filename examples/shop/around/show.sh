#!/bin/bash
# Shows what the catalogue finds in the repositories around the shop (around/repositories.sh), which nobody has registered anywhere: an orphan, a team that is gone, a contradiction, a runbook that
# cannot be read, an interface and code that were built twice, libraries
# that do the same, decisions that differ.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/work"
"$here/repositories.sh" "$folder/work"
mkdir -p "$folder/work/orders/contract"
cp "$here/../services/orders/service.yaml" "$folder/work/orders/"
cp "$here/../services/orders/contract/openapi.yaml" "$folder/work/orders/contract/"
(cd "$folder/work/orders" && export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 && git init -q -b main . && git add -A &&
	git -c user.name='Sam Sung' -c user.email=sam@shop.example commit -q -m 'orders')

say() { printf '\n$ pleach %s --in ~/work\n' "$*"; pleach "$@" --in "$folder/work" | sed "s#$folder/work/##g; s#$folder/work#~/work#g"; }
say catalog
say catalog --orphans
say catalog --alike
say catalog --copies
say catalog --libraries
say catalog --decisions
