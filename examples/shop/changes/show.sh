#!/bin/sh
# Shows how the change on the branch remove-total is caught before the merge: by comparison with main, by the check that CI runs, and by the lock.
# pleach must be in the PATH.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/repository.sh" "$work/shop"
cd "$work/shop"
git checkout -q remove-total

# Each is caught, so each ends with exit status 1; anything else is a fault of the demonstration.
caught() {
	status=0
	printf '$ %s\n' "$*"
	"$@" >output 2>&1 || status=$?
	cut -c 1-160 output # annotations are one long line each
	printf '(exit status %s)\n\n' "$status"
	[ "$status" = 1 ] || exit 1
}
caught pleach contract diff main: . --level breaking # what a person reads
caught pleach check --against main --format github
pleach check --against main --format sarif --output contracts.sarif || true
printf '(as SARIF, for code scanning: %s results)\n\n' "$(grep -c '"ruleId"' contracts.sarif)"
caught pleach contract lock --check --format github
