#!/bin/bash
# Runs each libFuzzer program on its kept corpus for SECONDS (default 60), two at a time: tests/fuzz/run.sh [SECONDS [NAME…]]
# PLEACH_FUZZ_SEED makes the draws the same each time (./test does: what is not found today is not found tomorrow by chance; campaigns draw anew).
# PLEACH_FUZZ_BUILD is the build to use (./test has one with the sanitizers already). What it finds lies in build/fuzz/found/; put the input into tests/fuzz/corpus/NAME/ with the fix. A long campaign: tests/fuzz/run.sh 3600
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
root=$PWD build=$PWD/${PLEACH_FUZZ_BUILD:-build/fuzz}
tests/fuzz/build.sh "$build" || exit 1
if [ $# -gt 0 ]; then
	names=("$@")
else
	mapfile -t names < <(cd tests/fuzz && for f in fuzz_*.c; do f=${f#fuzz_}; echo "${f%.c}"; done)
fi
targets=()
for n in "${names[@]}"; do targets+=("tests/fuzz/fuzz_$n"); done
ninja -C "$build" "${targets[@]}" || exit 1
mkdir -p "$build/found" "$build/new"

fuzz() { # name
	local n=$1 log=$build/$1.log
	# libfyaml 0.7.12 itself leaks on some texts that it refuses; leaks of ours show in the replays under the sanitizers.
	local leaks=1
	case $n in yaml | fleet | doc | lock | schema | review | crawl | packages) leaks=0 ;; esac
	mkdir -p "$build/new/$n"
	# The kept corpus is read, never written to: new inputs go to a folder of their own.
	(cd "$build/found" && "$build/tests/fuzz/fuzz_$n" -max_total_time="$seconds" -seed="${PLEACH_FUZZ_SEED:-0}" -rss_limit_mb=2048 -timeout=10 -max_len=65536 -print_final_stats=1 -detect_leaks=$leaks \
		-artifact_prefix="$n-" "$build/new/$n" "$root/tests/fuzz/corpus/$n") >"$log" 2>&1
	local result=$?
	if [ $result = 0 ]; then
		echo "$n: $(awk '/stat::number_of_executed_units/{print $2}' "$log") runs in $seconds s, nothing found"
	else
		echo "$n: FOUND something, see $log"
		tail -n 60 "$log"
	fi
	return $result
}
bad=0
for ((i = 0; i < ${#names[@]}; i += 2)); do
	pids=()
	for n in "${names[@]:i:2}"; do fuzz "$n" & pids+=($!); done
	for p in "${pids[@]}"; do wait "$p" || bad=$((bad + 1)); done
done
echo "$((${#names[@]} - bad)) passed, $bad failed"
[ $bad = 0 ]
