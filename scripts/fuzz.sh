#!/bin/sh
# Runs every fuzz target for a while, one after the other: `go test -fuzz` takes one package and one target at a time.
# Usage: fuzz.sh DURATION
set -eu
cd "$(dirname "$0")/.."
time=${1:?usage: fuzz.sh DURATION}
for package in $(go list ./...); do
	listed=$(go test -list '^Fuzz' "$package")
	for target in $(printf '%s\n' "$listed" | grep '^Fuzz' || true); do
		echo "fuzz: $package $target for $time"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
	done
done
