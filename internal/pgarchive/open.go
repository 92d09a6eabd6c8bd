package pgarchive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/docex/docex/provision"
)

// Archive is an archive with its manifest. It is for one goroutine at a time.
type Archive struct {
	Manifest provision.Manifest

	file    *os.File
	restore program
}

// Open opens an archive and its manifest, and reads all of the archive to see that it is the manifest's. The error
// matches ErrTools for a pg_restore that is missing or older than the pg_dump that made the archive,
// provision.ErrArchive, or os.ErrNotExist.
func (t Tools) Open(ctx context.Context, file string) (a *Archive, err error) {
	a = &Archive{}
	if a.restore, err = t.find(ctx, "pg_restore"); err != nil {
		return nil, err
	}
	if a.file, err = os.Open(file); err != nil {
		return nil, err
	}
	if err := a.check(file); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (a *Archive) check(file string) error {
	manifest, err := os.Open(file + ManifestSuffix)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: it has no manifest: %v", provision.ErrArchive, err) // not one that the caller named
	}
	if err != nil {
		return err
	}
	defer manifest.Close()
	if a.Manifest, err = provision.ReadManifest(manifest); err != nil {
		return err
	}
	if found := versionNumber.FindStringSubmatch(a.Manifest.Archive.Tool); found != nil {
		major, err := strconv.Atoi(found[1])
		if err := errors.Join(err, a.restore.notOlder(major, "the pg_dump that made the archive")); err != nil {
			return err
		}
	}
	got, err := digest(a.file)
	if err != nil {
		return err
	}
	if want := a.Manifest.Archive; got.SHA256 != want.SHA256 || got.Bytes != want.Bytes {
		return fmt.Errorf("%w: it is not the one of its manifest: it has %d bytes and SHA-256 %s, want %d and %s",
			provision.ErrArchive, got.Bytes, got.SHA256, want.Bytes, want.SHA256)
	}
	return nil
}

// Close closes the archive.
func (a *Archive) Close() error { return a.file.Close() }

// Section is a [provision.SectionFunc]. It runs pg_restore, which logs in nowhere.
func (a *Archive) Section(
	ctx context.Context, schema string, s provision.Section, read func(io.Reader) error,
) error {
	if _, err := a.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := command(ctx, a.restore.path,
		append(a.restore.leaveOut(), "--file=-", "--section="+string(s), "--schema="+schema)...)
	cmd.Stdin = a.file
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	readErr := read(out)
	if readErr != nil {
		cancel() // nobody reads on
		_ = cmd.Wait()
		if said.Len() == 0 {
			return readErr
		}
		return fmt.Errorf("%w; pg_restore: %s", readErr, bytes.TrimSpace(said.Bytes()))
	}
	if err := failed(ctx, cmd, cmd.Wait(), said.String()); err != nil {
		return fmt.Errorf("%w: %w", provision.ErrArchive, err)
	}
	return nil
}
