package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

func init() { commands = append(commands, tenantCommand) }

func tenantCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tenant",
		Short: "Create, look at and end tenants",
	}
	cmd.AddCommand(
		tenantCreate(c), tenantAdopt(c), tenantList(c), tenantShow(c), tenantRename(c),
		tenantSuspend(c), tenantResume(c), tenantDrop(c), tenantVerify(c), tenantReseal(c), tenantUpgrade(c),
		tenantExport(c), tenantImport(c), tenantMove(c),
	)
	return cmd
}

// tenantJSON is how --json prints a tenant.
type tenantJSON struct {
	ID          string     `json:"id"`
	DisplayName string     `json:"display_name"`
	State       string     `json:"state"`
	Schema      string     `json:"schema"`
	Role        string     `json:"role,omitempty"`
	Strategy    string     `json:"strategy"`
	DDLVersion  string     `json:"ddl_version,omitempty"`
	DDLDigest   string     `json:"ddl_digest"`
	Catalog     string     `json:"catalog_digest"`
	CreatedAt   time.Time  `json:"created_at"`
	SuspendedAt *time.Time `json:"suspended_at,omitempty"`
	DroppedAt   *time.Time `json:"dropped_at,omitempty"`
	NextDDL     string     `json:"next_ddl_digest,omitempty"` // the second part of an upgrade is to do
}

func asJSON(t provision.Tenant) tenantJSON {
	optional := func(at time.Time) *time.Time {
		if at.IsZero() {
			return nil
		}
		return &at
	}
	return tenantJSON{
		ID: t.ID, DisplayName: t.DisplayName, State: string(t.State), Schema: t.Schema, Role: t.Role,
		Strategy: string(t.Strategy), DDLVersion: t.DDLVersion, DDLDigest: t.DDLDigest, Catalog: t.Catalog,
		CreatedAt: t.CreatedAt, SuspendedAt: optional(t.SuspendedAt), DroppedAt: optional(t.DroppedAt),
		NextDDL: t.NextDDL,
	}
}
