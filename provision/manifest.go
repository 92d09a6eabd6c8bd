package provision

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// manifestFormat is the version of [Manifest] that this code writes and reads.
const manifestFormat = 1

// Manifest says what an archive of one tenant holds. [Provisioner.Export] makes it, its JSON is kept beside the
// archive, and [Provisioner.Import] holds what it has restored against it.
type Manifest struct {
	Format       int                 `json:"format"`       // version of this type
	TakenAt      time.Time           `json:"taken_at"`     // by the server's clock
	Installation string              `json:"installation"` // id of the installation that it is from
	Environment  string              `json:"environment"`  // Config.Environment there
	Tenant       ManifestTenant      `json:"tenant"`       // what the registry had about it
	Server       int                 `json:"server"`       // server_version_num
	Archive      ArchiveFile         `json:"archive"`      // the file that the manifest is about
	Tables       []ManifestTable     `json:"tables"`       // by name; partitioned tables are counted as their partitions
	Sequences    []ManifestSequence  `json:"sequences"`    // by name
	Extensions   []ManifestExtension `json:"extensions"`   // that its objects need; by name

	// Description is of the schema as it was then, and Describer the digest of the queries that made it. Recorded is the
	// description that Verify compared the tenant with, where that differed.
	Describer   string `json:"describer"`
	Description string `json:"description"`
	Recorded    string `json:"recorded,omitempty"`
}

// ManifestTenant is what the registry had about the tenant. ID, DisplayName, State, Schema, DDLDigest, DDLVersion and
// Catalog are as in [Tenant].
type ManifestTenant struct {
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	State       State  `json:"state"`
	Schema      string `json:"schema"`
	DDLDigest   string `json:"ddl_digest"`
	DDLVersion  string `json:"ddl_version,omitempty"`
	Catalog     string `json:"catalog_digest,omitempty"`

	// Of an upgrade that has its second part to do: NextDDL is the digest that it leads to, NextScript that of the second
	// part, and NextDone how many of its statements are done.
	NextDDL    string `json:"next_ddl_digest,omitempty"`
	NextScript string `json:"next_script_digest,omitempty"`
	NextDone   int    `json:"next_done,omitempty"`
}

// ArchiveFile is an archive of pg_dump's as a whole.
type ArchiveFile struct {
	SHA256 string `json:"sha256"` // of its bytes, in hexadecimal digits
	Bytes  int64  `json:"bytes"`  // its length
	Tool   string `json:"tool"`   // what made it, such as "pg_dump (PostgreSQL) 15.4"
}

// ManifestTable is a table with the number of its rows.
type ManifestTable struct {
	Name string `json:"name"` // without the schema, unquoted
	Rows int64  `json:"rows"` // at the time of the snapshot
}

// ManifestSequence is where a sequence stood when the snapshot was taken. Sequences are in no transaction, so the
// archive may have it further on.
type ManifestSequence struct {
	Name      string `json:"name"`            // without the schema, unquoted
	LastValue int64  `json:"last_value"`      // that was given out, or the first one where none was
	Increment int64  `json:"increment"`       // negative for one that falls
	Cycle     bool   `json:"cycle,omitempty"` // it begins anew at its end
}

// ManifestExtension is an extension and the schema that it is in, which objects name.
type ManifestExtension struct {
	Name   string `json:"name"`   // unquoted, as the schema's
	Schema string `json:"schema"` // in the database that it is from
}

// Rows returns the number of rows of all tables.
func (m Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// ReadManifest reads the JSON of a Manifest. The error matches [ErrArchive].
func ReadManifest(r io.Reader) (Manifest, error) {
	var m Manifest
	if err := json.NewDecoder(r).Decode(&m); err != nil {
		return Manifest{}, wrap("manifest", "", fmt.Errorf("%w: the manifest cannot be read: %w", ErrArchive, err))
	}
	return m, wrap("manifest", m.Tenant.ID, m.check())
}

// check refuses what Import could not rely on.
func (m Manifest) check() error {
	_, err := parseShape(m.Description)
	_, recorded := parseShape(m.Recorded)
	switch {
	case m.Format != manifestFormat:
		return archiveError("the manifest has format %d, this docex knows format %d", m.Format, manifestFormat)
	case m.Tenant.ID == "" || m.Tenant.Schema == "" || m.Tenant.DDLDigest == "" || m.Description == "" ||
		len(m.Archive.SHA256) != hex.EncodedLen(sha256.Size):
		return archiveError("the manifest is incomplete")
	case err != nil || recorded != nil:
		return archiveError("the description in the manifest is malformed")
	}
	return nil
}

// archiveError returns an error that matches ErrArchive.
func archiveError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrArchive, fmt.Errorf(format, args...))
}

// describer returns what Manifest.Describer is for this version of docex.
func describer() string {
	sum := sha256.Sum256([]byte(describeQuery()))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// takesNoPart are the kinds of a description that belong to an installation: owners and rights are the new one's.
var takesNoPart = []string{"owner", "grant"}

// Depth is how closely Import could compare what it restored with the manifest. The zero Depth is none of them.
type Depth string

const (
	// DepthDefinitions: every definition is the same.
	DepthDefinitions Depth = "definitions"
	// DepthNames: every object is there, and nothing else. Servers of different major versions print some definitions
	// differently.
	DepthNames Depth = "names"
	// DepthRowCounts: every table has as many rows. Another version of docex described the tenant, and in another way.
	DepthRowCounts Depth = "row counts"
)

// compare holds a restored schema, in which tables of the names in readOnly are so, against the manifest. lost are
// rights that belonged to the old installation.
func (m Manifest) compare(
	got shape, server int, readOnly []string,
) (wrong, lost []Difference, depth Depth, err error) {
	want, err := parseShape(m.Description)
	want = want.readOnly(readOnly)
	maps.DeleteFunc(want, func(o object, definition string) bool { // pg_dump leaves it out
		return o.kind == "index" && strings.HasSuffix(definition, invalidIndex) && !has(got, o)
	})
	switch {
	case err != nil:
		return nil, nil, "", err
	case m.Describer != describer():
		return nil, nil, DepthRowCounts, nil
	case m.Server/10000 == server/10000:
		depth = DepthDefinitions
	default:
		want, got, depth = want.names(), got.names(), DepthNames
	}
	for _, d := range diff(want, got) {
		switch {
		case !slices.Contains(takesNoPart, d.Kind):
			wrong = append(wrong, d)
		case d.Change != Extra:
			lost = append(lost, d)
		}
	}
	return wrong, lost, depth, nil
}

// names returns s without definitions.
func (s shape) names() shape {
	n := make(shape, len(s))
	for o := range s {
		n[o] = ""
	}
	return n
}
