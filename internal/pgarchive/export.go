package pgarchive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/docex/docex/internal/atomicfile"
	"github.com/docex/docex/provision"
)

// ManifestSuffix is what the manifest's name has behind that of the archive.
const ManifestSuffix = ".manifest.json"

// Options are how an export goes.
type Options struct {
	Overwrite bool // archives and manifests that are there
	// Progress is called from time to time with the archive's size so far. Nil means nobody wants to know.
	Progress func(bytes int64)
}

// Export makes an archive of a tenant of p's database, which the tools must log in to as well, and its manifest. On any
// error there is neither. The error matches ErrTools for a pg_dump that is missing or older than the server,
// ErrFileExists, or is one of [provision.Provisioner.Export].
func (t Tools) Export(
	ctx context.Context, p *provision.Provisioner, id, file string, o Options,
) (m provision.Manifest, err error) {
	if !o.Overwrite {
		for _, name := range []string{file, file + ManifestSuffix} {
			if _, err := os.Lstat(name); err == nil {
				return m, fmt.Errorf("%w: %s", ErrFileExists, name)
			} else if !errors.Is(err, os.ErrNotExist) {
				return m, err
			}
		}
	}
	dump, err := t.find(ctx, "pg_dump")
	if err != nil {
		return m, err
	}
	const mode = 0o600 // a tenant's data
	archive, err := atomicfile.Create(file, mode)
	if err != nil {
		return m, err
	}
	defer archive.Discard()
	m, err = p.Export(ctx, id, func(ctx context.Context, d provision.Dump) (provision.ArchiveFile, error) {
		if err := dump.notOlder(d.Server/10000, "the server"); err != nil {
			return provision.ArchiveFile{}, err
		}
		defer watch(archive.Name(), o.Progress)()
		if err := t.dump(ctx, dump, d, archive.Name()); err != nil {
			return provision.ArchiveFile{}, err
		}
		a, err := digest(archive.File)
		a.Tool = dump.version
		return a, err
	})
	if err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	manifest, err := atomicfile.Create(file+ManifestSuffix, mode)
	if err != nil {
		return m, err
	}
	defer manifest.Discard()
	if _, err := manifest.Write(append(text, '\n')); err != nil {
		return m, err
	}
	return m, atomicfile.Commit(archive, manifest)
}

// dump runs pg_dump.
func (t Tools) dump(ctx context.Context, p program, d provision.Dump, file string) error {
	args := append(p.leaveOut(),
		"--dbname="+t.conn.text, "--no-password", "--format=custom", "--file="+file, "--snapshot="+d.Snapshot,
		`--schema="`+d.Schema+`"`, "--strict-names", "--encoding=UTF8", "--no-blobs")
	if t.conn.role != "" {
		args = append(args, "--role="+t.conn.role)
	}
	cmd := command(ctx, p.path, args...)
	if t.conn.password != "" {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+t.conn.password)
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	return failed(ctx, cmd, cmd.Run(), said.String())
}

// digest reads a file from its beginning.
func digest(f *os.File) (provision.ArchiveFile, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return provision.ArchiveFile{}, err
	}
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	return provision.ArchiveFile{SHA256: hex.EncodeToString(hash.Sum(nil)), Bytes: n}, err
}

// watch tells progress how large a file is until the function that it returns is called.
func watch(name string, progress func(int64)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	ended := make(chan struct{})
	go func() {
		ticks := time.NewTicker(200 * time.Millisecond)
		defer ticks.Stop()
		for {
			select {
			case <-ended:
				return
			case <-ticks.C:
				if info, err := os.Stat(name); err == nil {
					progress(info.Size())
				}
			}
		}
	}()
	return func() { close(ended) }
}
