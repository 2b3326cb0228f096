#!/bin/bash
# Sets up a build with clang, the sanitizers and the fuzzers in it, where there is none yet: tests/fuzz/build.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -e "$1/build.ninja" ] ||
	CC=clang-14 CXX=clang++-14 CC_LD=lld CXX_LD=lld CFLAGS="-fsanitize=fuzzer-no-link -g1" CXXFLAGS="-fsanitize=fuzzer-no-link -g1" \
		meson setup "$1" -Dfuzzers=true -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=custom -Doptimization=1 -Ddebug=true
