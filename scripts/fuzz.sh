#!/bin/sh
# Runs every fuzz target for a while, one after the other: `go test -fuzz` takes one package and one target at a time.
# Usage: fuzz.sh BUDGET, a duration (30s) or a number of executions (50000x). Up to Go 1.26 a duration sometimes ends in
# "context deadline exceeded" with no failing input (https://go.dev/issue/75804); a number does not, so CI gives one.
set -eu
cd "$(dirname "$0")/.."
time=${1:?usage: fuzz.sh BUDGET}
for package in $(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n 1 dirname | sort -u | sed 's|^|./|'); do
	listed=$(go test -list '^Fuzz' "$package")
	for target in $(printf '%s\n' "$listed" | grep '^Fuzz' || true); do
		echo "fuzz: $package $target for $time"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
	done
done
