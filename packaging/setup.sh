#!/bin/sh
# Installs what this project needs from Debian (and, for the console, npm), if it is missing. Run by ./demo, ./test and bench/run.
#   packaging/setup.sh build | test | bench
set -eu
cd "$(dirname "$0")/.."

build="build-essential pkg-config meson ninja-build libsimdjson-dev libfyaml-dev zlib1g-dev libzstd-dev libsnappy-dev libxxhash-dev libpcre2-dev libcmocka-dev
 libnghttp2-dev libmsgpack-dev libssl-dev libmicrohttpd-dev libcurl4-openssl-dev libc-ares-dev libsqlite3-dev libexpat1-dev libjansson-dev curl ca-certificates"
tests="git python3 python3-pytest python3-zstandard python3-xxhash python3-jsonschema python3-yaml python3-grpcio python3-h2 python3-protobuf protobuf-compiler libprotobuf-dev chromium scdoc man-db clang-14 lld-14 libclang-rt-14-dev node-llhttp wrk
 nghttp2-client procps bsdutils rsyslog rsyslog-elasticsearch etcd-server python3-confluent-kafka python3-requests"
bench="nginx-light haproxy wrk nghttp2-client runit valgrind"

say() { printf '%s\n' "$*" >&2; }
fail() { say "setup: $*"; exit 1; }

packages=$build
case "${1:-build}" in
build) ;;
test) packages="$packages $tests" ;;
bench) packages="$packages $tests $bench" ;;
*) fail "usage: packaging/setup.sh build | test | bench" ;;
esac
# Debian's own nodejs is enough where no other node is installed.
command -v node >/dev/null && command -v npm >/dev/null || packages="$packages nodejs npm"

command -v dpkg-query >/dev/null || fail "this script knows Debian 12 only; install by hand: $packages"
missing=""
for p in $packages; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $p"
done
if [ -n "$missing" ]; then
	say "setup: installing$missing"
	as_root=""
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || fail "not root and no sudo; as root run: apt-get install$missing"
		as_root=sudo
	fi
	$as_root apt-get update -qq || fail "apt-get update failed"
	# A package's daemon must not start: only its programs are wanted.
	policy=""
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		policy=/usr/sbin/policy-rc.d
		printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
		$as_root chmod +x "$policy"
	fi
	result=0
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null || result=$?
	[ -z "$policy" ] || $as_root rm -f "$policy"
	[ "$result" = 0 ] || fail "apt-get install failed for:$missing"
fi

# The console: its libraries, and a build newer than its sources.
if [ ! -d ui/node_modules ] || [ ui/package-lock.json -nt ui/node_modules/.package-lock.json ]; then
	say "setup: installing the console's libraries"
	(cd ui && npm ci --no-audit --no-fund --loglevel=error) >&2 || fail "npm ci failed in ui/"
fi
if [ ! -e ui/dist/index.html ] || [ -n "$(find ui/src ui/build.mjs ui/package-lock.json -newer ui/dist/index.html -print -quit 2>/dev/null)" ]; then
	say "setup: building the console"
	(cd ui && node build.mjs) >&2 || fail "the console did not build"
fi
if [ "${1:-build}" != build ] && [ -d tests/clients ] && { [ ! -d tests/clients/node_modules ] || [ tests/clients/package-lock.json -nt tests/clients/node_modules/.package-lock.json ]; }; then
	say "setup: installing the real clients for tests"
	(cd tests/clients && npm ci --no-audit --no-fund --loglevel=error) >&2 || fail "npm ci failed in tests/clients/"
fi
# Prometheus for the scrape test, unpacked beside the build rather than installed: its package would start a server.
if [ "${1:-build}" != build ] && [ ! -x build/peers/usr/bin/prometheus ] && ! command -v prometheus >/dev/null; then
	say "setup: unpacking Debian's Prometheus"
	mkdir -p build/peers
	(cd build/peers && apt-get download -qq prometheus && dpkg -x prometheus_*.deb . && rm -f prometheus_*.deb) || fail "Prometheus could not be unpacked"
fi
# syslog-ng likewise: its package and rsyslog's exclude each other.
if [ "${1:-build}" != build ] && [ ! -x build/peers/usr/sbin/syslog-ng ] && ! command -v syslog-ng >/dev/null; then
	say "setup: unpacking Debian's syslog-ng"
	mkdir -p build/peers
	needs="syslog-ng-core"
	for p in libivykis0 libnet1 libpcre3 libwrap0; do
		dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || needs="$needs $p"
	done
	# shellcheck disable=SC2086
	(cd build/peers && apt-get download -qq $needs && for p in *.deb; do dpkg -x "$p" . || exit 1; done && rm -f ./*.deb) || fail "syslog-ng could not be unpacked"
fi
