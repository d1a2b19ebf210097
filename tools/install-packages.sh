#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# install-packages.sh PURPOSE...: installs what is missing of debian-packages.txt for these purposes.
# Does nothing, and asks nobody, when all is there.
set -eu

list=$(dirname "$0")/debian-packages.txt

wanted=
for purpose in "$@"; do
  wanted="$wanted $(awk -v purpose="$purpose" '$1 == purpose { print $2 }' "$list")"
done

if ! command -v dpkg-query >/dev/null; then
  echo "This is not Debian. Carrying on; what is needed is what Debian 12 calls:" $wanted >&2
  exit 0
fi

missing=
for package in $wanted; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=
elif command -v sudo >/dev/null; then
  as_root=sudo
else
  echo "Packages are missing, and there is no sudo here. As root, run:" >&2
  echo "  apt-get update && apt-get install --no-install-recommends$missing" >&2
  exit 1
fi

echo "Installing:$missing"
$as_root apt-get update
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install --yes --no-install-recommends $missing </dev/null
