#!/bin/sh
# Puts the SQL of PostgreSQL's own regression tests into a cache folder, from Debian's source package, and prints the
# folder. It needs apt-get and the keys of Debian's archive, but no root: lists and packages stay in the cache.
# Usage: regress-sql.sh
set -eu
cd "$(dirname "$0")"
cache=$(./npm-postgres.sh --cache)
home=$cache/postgresql-15-sql

if [ ! -d "$home" ]; then
	echo "regress-sql: fetching Debian's source package postgresql-15 into $home" >&2
	umask 022
	mkdir -p "$cache"
	scratch=$(mktemp -d "$cache/sql-XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	trap 'exit 1' INT TERM HUP
	cd "$scratch"
	mkdir -p lists/partial cache/archives/partial sources out
	# The machine's own package sources, asked for source packages; the security archive holds the newest only in part.
	for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -f "$list" ] || sed -n '/security/d; s/^deb\(-src\)\{0,1\} /deb-src /p' "$list" | sort -u >"sources/$(basename "$list" .list).list"
	done
	for list in /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$list" ] || awk -v RS= -v ORS='\n\n' '!/security/ { sub(/Types:[^\n]*/, "Types: deb-src"); print }' "$list" >"sources/$(basename "$list")"
	done
	apt() {
		apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$scratch/sources" \
			-o "Dir::State::lists=$scratch/lists" -o "Dir::Cache=$scratch/cache" -o APT::Sandbox::User= "$@" >&2
	}
	apt update
	apt source --download-only postgresql-15
	tar -xjf postgresql-15_*.orig.tar.bz2 -C out --strip-components=1 --wildcards '*/sql/*.sql'
	mv out "$home"
fi
echo "$home"
