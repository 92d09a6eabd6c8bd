package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Where the audit log keeps which archives were made of a tenant, and which one it was made of. Details begin with the
// archive's SHA-256; that of an export goes on with the tenant's state and the time of the snapshot.

func exportDetail(m Manifest) string {
	return fmt.Sprintf("sha256:%s, %s, %s, rows: %d", m.Archive.SHA256, m.Tenant.State,
		m.TakenAt.Format(time.RFC3339Nano), m.Rows())
}

func importDetail(m Manifest) string {
	return fmt.Sprintf("sha256:%s, rows: %d, tenant %q of installation %s", m.Archive.SHA256, m.Rows(), m.Tenant.ID,
		m.Installation)
}

const lastDetail = `
SELECT detail FROM {{system}}.audit
 WHERE tenant_id = $1 AND action = $2 AND outcome = 'done' AND starts_with(detail, $3) ORDER BY id DESC LIMIT 1`

// exported reports whether Export has made the archive with that SHA-256 of a tenant, and returns the detail.
func (p *Provisioner) exported(ctx context.Context, q queryer, id, sha256 string) (detail string, ok bool, err error) {
	err = q.QueryRowContext(ctx, p.system(lastDetail), id, "export", "sha256:"+sha256+",").Scan(&detail)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return detail, err == nil, err
}

// ArchiveOf returns the SHA-256, in hexadecimal digits, of the archive that Import made a tenant of, at last if it did
// so more than once; it is empty when it never did. The errors are those of [Provisioner.Get].
func (p *Provisioner) ArchiveOf(ctx context.Context, id string) (string, error) {
	if _, err := p.get(ctx, id); err != nil {
		return "", wrap("archive of", id, err)
	}
	var detail string
	err := p.db.QueryRowContext(ctx, p.system(lastDetail), id, "import", "sha256:").Scan(&detail)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	sha256, _, _ := strings.Cut(strings.TrimPrefix(detail, "sha256:"), ",")
	return sha256, wrap("archive of", id, err)
}

// HoldsAll reports whether the archive with that SHA-256 has all that there ever was of a tenant of this database: it
// was exported from it while it was suspended, and the tenant was not resumed since. The errors are those of
// [Provisioner.Get].
func (p *Provisioner) HoldsAll(ctx context.Context, id, sha256 string) (bool, error) {
	t, err := p.get(ctx, id)
	if err != nil {
		return false, wrap("holds all", id, err)
	}
	detail, ok, err := p.exported(ctx, p.db, id, sha256)
	if err != nil || !ok || t.State == Active {
		return false, wrap("holds all", id, err)
	}
	fields := strings.Split(detail, ", ")
	if len(fields) < 3 || fields[1] != string(Suspended) {
		return false, nil
	}
	taken, err := time.Parse(time.RFC3339Nano, fields[2])
	return err == nil && !t.SuspendedAt.After(taken), nil
}
