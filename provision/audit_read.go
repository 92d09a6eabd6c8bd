package provision

import (
	"context"
	"strings"
	"unicode/utf8"
)

// DefaultAuditLimit is how many entries [Provisioner.Audit] returns at most unless AuditOptions.Limit says otherwise.
const DefaultAuditLimit = 1000

// AuditOptions selects entries of the audit log. The zero value means the oldest DefaultAuditLimit of all.
type AuditOptions struct {
	TenantID string  // only about this tenant; empty means about anything
	Action   string  // only this action; empty means any
	Outcome  Outcome // only with this outcome; empty means any
	After    int64   // only entries with a higher ID; for reading page by page
	Limit    int     // at most so many; zero means DefaultAuditLimit
}

// Audit returns entries of the audit log, oldest first. An entry whose action is still being committed may become
// visible after one with a higher ID. Nothing in this package deletes entries. The error matches [ErrNotInitialized],
// [ErrUpgradeRequired], [ErrEnvironmentMismatch], or [ErrInvalidConfig] for a negative limit.
func (p *Provisioner) Audit(ctx context.Context, o AuditOptions) ([]AuditEntry, error) {
	es, err := p.audit(ctx, o)
	return es, wrap("audit", o.TenantID, err)
}

func (p *Provisioner) audit(ctx context.Context, o AuditOptions) ([]AuditEntry, error) {
	if o.Limit < 0 {
		return nil, invalidConfig("limit %d", o.Limit)
	}
	if o.Limit == 0 {
		o.Limit = DefaultAuditLimit
	}
	if _, err := p.readable(ctx, p.db); err != nil {
		return nil, err
	}
	const query = `
SELECT id, at, login_role, actor, action, tenant_id, outcome, detail FROM {{system}}.audit
 WHERE id > $1 AND ($2 = '' OR tenant_id = $2) AND ($3 = '' OR action = $3) AND ($4 = '' OR outcome = $4)
 ORDER BY id LIMIT $5`
	fields := func(e *AuditEntry) []any {
		return []any{&e.ID, &e.At, &e.Login, &e.Actor, &e.Action, &e.TenantID, &e.Outcome, &e.Detail}
	}
	return rowsOf(ctx, p.db, fields, p.system(query), o.After, o.TenantID, o.Action, string(o.Outcome), o.Limit)
}

// clip returns s as text that the server takes, with at most so many bytes.
func clip(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
