#!/bin/sh
# Puts PostgreSQL's client programs pg_dump, pg_restore and psql beside the server programs of npm-postgres.sh, of the
# same major version, and prints the folder of both. They come from a newer Debian than the machine's, with the C
# library and all else that they load, and nothing outside of the cache folder changes. It needs apt-get and Debian's
# keys, but no root. Silent when they are there.
# Usage: apt-client.sh
set -eu
cd "$(dirname "$0")"
suite=forky # the Debian that has that version

bin=$(./npm-postgres.sh)
home=$(dirname "$bin")
major=$("$bin/postgres" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')

if [ ! -d "$home/client" ]; then
	echo "apt-client: fetching postgresql-client-$major of Debian $suite into $home/client" >&2
	umask 022
	scratch=$(mktemp -d "$home/client-XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	trap 'exit 1' INT TERM HUP
	cd "$scratch"
	mkdir -p lists/partial cache/archives/partial sources client
	# The machine's own sources of its Debian, asked for the newer one.
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -f "$list" ] || sed -n "s/^\(deb \(\[.*\] \)\{0,1\}[^ ]*\) $codename main\( .*\)\{0,1\}$/\1 $suite main/p" "$list" |
			sort -u >"sources/$(basename "$list" .list).list"
	done
	for list in /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$list" ] || awk -v RS= -v ORS='\n\n' -v codename="$codename" -v suite="$suite" '
			$0 ~ "(^|\n)Suites:([^\n]* )?" codename "( |\n|$)" && /(^|\n)Components:[^\n]* main( |\n|$)/ {
				sub(/Types:[^\n]*/, "Types: deb")
				sub(/Suites:[^\n]*/, "Suites: " suite)
				sub(/Components:[^\n]*/, "Components: main")
				print
			}' "$list" >"sources/$(basename "$list")"
	done
	# Nothing counts as installed, so that all libraries are fetched, but Debian's Perl scripts around the programs.
	printf '%s\n' 'Package: postgresql-client-common' 'Status: install ok installed' 'Version: 999' \
		'Architecture: all' 'Maintainer: nobody' 'Description: not needed' >status
	apt() {
		apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$scratch/sources" \
			-o "Dir::State::lists=$scratch/lists" -o "Dir::State::status=$scratch/status" -o "Dir::Cache=$scratch/cache" \
			-o APT::Sandbox::User= "$@" >&2
	}
	apt update || echo "apt-client: not all of the machine's sources have $suite" >&2
	apt install --yes --no-install-recommends --download-only "postgresql-client-$major"
	for package in cache/archives/*.deb; do
		dpkg -x "$package" client
	done
	loader=$(cd client && echo usr/lib/*/ld-linux-*.so.*)
	cat >client/run <<-END
		#!/bin/sh
		# Runs the program whose name it is called by, with the C library and all others that lie beside it.
		client=\${0%/*}/../client
		exec "\$client/$loader" --library-path "\$client/${loader%/*}" "\$client/usr/lib/postgresql/$major/bin/\${0##*/}" "\$@"
	END
	chmod +x client/run
	mkdir bin
	ln -s ../client/run bin/psql
	bin/psql --version >&2 # it must run here before it counts
	mv -T client "$home/client" 2>/dev/null || [ -x "$home/client/run" ] # another process may have been faster
	cd /
fi
for program in pg_dump pg_restore psql; do
	[ -x "$bin/$program" ] || ln -sf ../client/run "$bin/$program"
done
echo "$bin"
