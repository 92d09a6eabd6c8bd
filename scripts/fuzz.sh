#!/bin/sh
# Runs every fuzz target for a while, one after the other: a test program is built for each package, and fuzzes one target at
# a time. Usage: fuzz.sh BUDGET, a duration (30s) or a number of executions (50000x). Up to Go 1.26 a duration sometimes ends
# in "context deadline exceeded" with no failing input (https://go.dev/issue/75804); a number does not, so CI gives one.
#
# Inputs are not made shorter, neither those that fail nor those that reach new code: that would take most of the executions
# (of 50,000 of FuzzParseDSN 300 reach something new, and with it 20).
set -eu
cd "$(dirname "$0")/.."
time=${1:?usage: fuzz.sh BUDGET}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM HUP
case $time in
*x) inputs=$scratch/inputs ;; # from the committed inputs alone: it takes as long on each machine
*) inputs=$(go env GOCACHE)/fuzz ;; # where the go command keeps those that reached new code
esac
for package in $(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n 1 dirname | sort -u); do
	go test -c -fuzz . -o "$scratch/test" "./$package"
	listed=$("$scratch/test" -test.list '^Fuzz')
	for target in $listed; do
		echo "fuzz: ./$package $target for $time"
		(cd "$package" && "$scratch/test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$time" \
			-test.fuzzminimizetime 0x -test.fuzzcachedir "$inputs/$(go list)")
	done
done
