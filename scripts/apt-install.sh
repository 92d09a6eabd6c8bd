#!/bin/sh
# Installs Debian packages, as root, without leaving a PostgreSQL server behind: a first install of the package
# postgresql creates a cluster and starts it, and docex's servers are throwaway ones. Clusters that are there already
# are not touched.
# Usage: apt-install.sh PACKAGE...
set -eu
export DEBIAN_FRONTEND=noninteractive
config=/etc/postgresql-common/createcluster.conf

install() { apt-get install -y -qq --no-install-recommends "$@" >&2; }

apt-get update -qq >&2
case " $* " in
*" postgresql "*)
	install postgresql-common # brings the configuration file that the next step is about
	cp -p "$config" "$config.docex"
	trap 'mv "$config.docex" "$config"' EXIT
	trap 'exit 1' INT TERM HUP
	echo 'create_main_cluster = false' >>"$config"
	;;
esac
install "$@"
