#!/bin/sh
# Gets the peers that bench/store/run.py measures beside Pleach, into a folder of their own: nothing is installed into the system, nothing is part of
# Pleach. What cannot be had is named with how to get it, and left out.
#   bench/store/peers.sh FOLDER [victorialogs clickhouse jaeger]
# VictoriaLogs and Jaeger are compiled by Go (1.25 or newer) from their published modules; ClickHouse 18.16 is Debian's, unpacked.
set -u
folder=${1:?usage: bench/store/peers.sh FOLDER [PEER…]}
shift
[ $# -gt 0 ] || set -- victorialogs clickhouse jaeger
mkdir -p "$folder/bin"
folder=$(cd "$folder" && pwd)
say() { printf 'peers: %s\n' "$*" >&2; }

victorialogs() {
	[ ! -x "$folder/bin/victoria-logs" ] || return 0
	GOBIN=$folder/bin nice go install github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs@v1.52.1
}
# A tool of a module of our own, because its own module replaces some of its parts.
jaeger() {
	[ ! -x "$folder/bin/jaeger" ] || return 0
	mkdir -p "$folder/jaeger-module"
	(cd "$folder/jaeger-module" && { [ -e go.mod ] || go mod init peer; } && go get -tool github.com/jaegertracing/jaeger/cmd/jaeger@v1.76.0 &&
		nice go build -o "$folder/bin/jaeger" github.com/jaegertracing/jaeger/cmd/jaeger)
}
clickhouse() {
	[ ! -x "$folder/clickhouse/usr/sbin/clickhouse-server" ] || return 0
	mkdir -p "$folder/debs" "$folder/clickhouse"
	# Its libraries that are not installed here, found by asking what an installation would bring.
	packages=$(apt-get install -s --no-install-recommends clickhouse-server clickhouse-client 2>/dev/null | awk '/^Inst/{print $2}')
	[ -n "$packages" ] || return 1
	# shellcheck disable=SC2086
	(cd "$folder/debs" && apt-get download -qq $packages 2>/dev/null) || return 1
	for deb in "$folder"/debs/*.deb; do
		dpkg -x "$deb" "$folder/clickhouse" || return 1
	done
}

status=0
for peer in "$@"; do
	if "$peer" >"$folder/$peer.log" 2>&1; then
		say "$peer is there"
	else
		status=1
		say "$peer could not be had (whole log: $folder/$peer.log): $(tail -n 1 "$folder/$peer.log")"
		case $peer in
		victorialogs) say "  get it by hand: go install github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs@latest, then put the program at $folder/bin/victoria-logs" ;;
		jaeger) say "  get it by hand: https://www.jaegertracing.io/download, then put the program at $folder/bin/jaeger" ;;
		clickhouse) say "  get it by hand: Debian 12's packages clickhouse-server and clickhouse-client, unpacked with dpkg -x into $folder/clickhouse" ;;
		esac
	fi
done
say "Tempo is not fetched by this script: https://grafana.com/docs/tempo has programs and containers; put one at $folder/bin/tempo to have it named"
exit $status
