# Runs one throwaway server and outlives the program that asked for it by just long enough to clean up.
#
# Arguments: the directory of the server's programs, the server's own directory, its port, more arguments of the server's.
# Standard input is the leash: a pipe that the program holds open and never writes to. However that program ends
# (also by kill -9), the kernel closes the pipe, the read below returns, and the server goes.
# Nobody may be left to read what this shell writes; it must not die of that before the directory is gone.
trap '' PIPE
bin=$1 dir=$2 port=$3
shift 3
cd / || exit 1
exec 9<&0 </dev/null

# The log's last lines are all that stays: the program shows them when the server did not come up.
# The directory goes first: nobody may be left to read the words.
finish() {
	words=$(tail -n 20 "$dir/log" 2>/dev/null)
	rm -rf "$dir"
	printf '%s\n' "$words" >&2
	exit
}

"$bin/initdb" -D "$dir/data" -U postgres -A scram-sha-256 --pwfile="$dir/password" \
	-E UTF8 --locale=C --no-sync --no-instructions >"$dir/log" 2>&1 || finish
rm -f "$dir/password"

# Nothing here has to survive a crash of the machine, so nothing is flushed to disk. Queries are not compiled: on so little
# data that takes longer than they do. While there is a file restart, a server that has ended is started again: that is how
# the program has one killed. What the kernel was given survives that.
#
# QUIT stops a running server at once. One that has not installed its signal handlers yet ignores QUIT, as background
# jobs do, and dies of TERM.
while :; do
	"$bin/postgres" -D "$dir/data" -p "$port" \
		-c listen_addresses=127.0.0.1 -c unix_socket_directories="$dir" -c max_connections=200 \
		-c jit=off -c fsync=off -c full_page_writes=off -c synchronous_commit=off "$@" \
		>>"$dir/log" 2>&1 9<&- &
	server=$!
	{
		read -r _ <&9
		rm -f "$dir/restart"
		kill -TERM "$server"
		kill -QUIT "$server"
	} 2>/dev/null &
	watcher=$!
	wait "$server"
	kill "$watcher" 2>/dev/null
	wait
	[ -e "$dir/restart" ] || finish
done
