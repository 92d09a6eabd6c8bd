// Pgfunctions compares package guard's lists of functions and types, guard/functions.tsv, guard/types.tsv and
// guard/extensions.tsv, with a server, and prints what a reviewer must look at: names that the lists lack, and names
// that are allowed but look suspicious in a form that nobody has reviewed. guard/README.md says how to use it.
//
//	go run ./internal/tools/pgfunctions [-update] [-accept NAME,NAME…] [-dir guard] [URL]
//
// Without a URL it starts a throwaway server: see internal/testkit/pgserver, and DOCEX_PG_BIN for which one. It ends
// with status 1 when there are differences, and 2 when it cannot tell.
//
// With -update it adds what pg_catalog has more as refused and unreviewed, and writes down which versions have which
// name. It never makes a name safe, nor accepts a suspicious form: a person does, by editing the file, or with -accept
// for names whose printed forms are reviewed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/docex/docex/internal/testkit/pgserver"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("pgfunctions", flag.ContinueOnError)
	flags.SetOutput(stderr)
	update := flags.Bool("update", false, "write what needs no judgement into the files")
	accept := flags.String("accept", "", "names whose suspicious forms on this server are reviewed")
	dir := flags.String("dir", "guard", "folder of the lists")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	found, err := work(ctx, flags.Args(), *dir, *update, strings.Split(*accept, ","))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	for _, difference := range found {
		fmt.Fprintln(stdout, difference)
	}
	return min(len(found), 1)
}

// work returns the differences, with update those that remain.
func work(ctx context.Context, urls []string, dir string, update bool, accepted []string) ([]string, error) {
	l, err := readLists(dir)
	if err != nil {
		return nil, err
	}
	c, err := readServer(ctx, urls, l.extensions.reviewed())
	if err != nil {
		return nil, err
	}
	if update {
		l.update(c)
	}
	for _, name := range accepted {
		l.accept(c, name)
	}
	if err := l.write(); err != nil {
		return nil, err
	}
	return l.compare(c), nil
}

// readServer reads the server of the URL, or a throwaway one.
func readServer(ctx context.Context, urls, extensions []string) (*catalog, error) {
	switch len(urls) {
	case 0:
		server, err := pgserver.Start(ctx)
		if err != nil {
			return nil, err
		}
		defer func() { _ = server.Stop() }() // what was read counts, however the server ends
		return readCatalog(ctx, server.DSN("template1"), extensions)
	case 1:
		return readCatalog(ctx, urls[0], extensions)
	}
	return nil, fmt.Errorf("pgfunctions: %d arguments, want one URL at most", len(urls))
}
