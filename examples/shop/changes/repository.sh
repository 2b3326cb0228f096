#!/bin/sh
# Makes a git repository of the shop's files in an empty directory: `main`, and a branch for each patch beside this script, so that there is something to compare.
#   changes/repository.sh DIRECTORY
set -eu
[ $# = 1 ] || { echo "usage: $0 DIRECTORY" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
[ -z "$(ls -A)" ] || { echo "$0: $1 is not empty" >&2; exit 2; }
cp "$here/../pleach.yaml" .
for service in "$here"/../services/*/; do
	name=$(basename "$service")
	mkdir -p "services/$name"
	cp "$service/service.yaml" "services/$name/"
	for contract in "$service"/contract*; do
		[ ! -d "$contract" ] || cp -R "$contract" "services/$name/"
	done
done
commit() { git add -A && git -c user.name="The shop" -c user.email=shop@example.org commit -q -m "$1"; }
git init -q -b main .
commit "The shop"
for patch in "$here"/*.patch; do
	git checkout -q -b "$(basename "$patch" .patch)" main
	git apply "$patch"
	commit "$(sed -n 1p "$patch")"
done
