#!/bin/sh
# The peers of the pact benches into the folder given: Prism from npm (Pact's own come with tests/clients).
set -eu
mkdir -p "$1"
cd "$1"
[ -x node_modules/.bin/prism ] || npm install --no-audit --no-fund --loglevel=error @stoplight/prism-cli@5.14.2
