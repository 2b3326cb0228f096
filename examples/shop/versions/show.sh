#!/bin/sh
# Shows two versions of notification side by side while the shop runs with customers (./demo): who still calls the first one, the headers that they get, and how
# the verdict changes when the last caller has moved. invoicing is moved for that, and put back at the end. pleach must be in the PATH.
set -eu
cd "$(dirname "$0")/.."
file=services/invoicing/service.yaml
kept=$(mktemp)
cp "$file" "$kept"
trap 'cp "$kept" "$file"; rm -f "$kept"' EXIT

say() { printf '\n%s\n\n' "$*"; }
state() { pleach contract migrations --json | sed -n 's/.*"service":"notification"[^{]*"state":"\([a-z]*\)".*/\1/p'; }
# Waits for a line of the migrations' text.
until_shown() {
	for _ in $(seq 150); do
		if pleach contract migrations notification | grep -q "$1"; then return 0; fi
		sleep 0.2
	done
	echo "versions: did not happen within 30 s: $1" >&2
	exit 1
}
until_shown 'calls it invoicing'
until_shown 'must  .*customer'
say "Who still calls the first version of notification, and what they must change:"
pleach contract migrations notification

say "What the gateway adds to each answer that they get:"
address=$(sed -n 's/.*"callee":"notification","listen":"\([^"]*\)".*/\1/p' .pleach/snapshot.json | head -1)
curl -s -o /dev/null -D - "http://$address/v1/notifications?limit=1" | grep -i -E '^(deprecation|sunset|link):'

say "invoicing moves: NOTIFICATION_API=v2. Some seconds later:"
sed 's/^  health: \/healthz$/&\n  env: { NOTIFICATION_API: v2 }/' "$kept" >"$file"
until_shown 'moved    invoicing'
pleach contract migrations notification
say "And the finding that its owner gets:"
for _ in $(seq 100); do
	if pleach findings notification | grep -q 'Nobody calls'; then break; fi
	sleep 0.2
done
pleach findings notification | grep -A 3 'Nobody calls'
