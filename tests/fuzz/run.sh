#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh BUILD SECONDS: fuzzes each target of a build with -Dfuzz=true for that long, from its seeds.
# What is found lies in BUILD/findings.
set -eu
build=$1
seconds=$2
here=$(dirname "$0")

export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

status=0
for program in "$build"/tests/fuzz/fuzz-*; do
  [ -f "$program" ] || continue
  target=${program##*/fuzz-}
  mkdir -p "$build/findings" "$build/corpus/$target"
  echo "fuzz-$target, $seconds s"
  "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -verbosity=0 -artifact_prefix="$build/findings/$target-" \
    "$build/corpus/$target" "$here/corpus/$target" || status=1
done
exit $status
