package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

// standardConcurrency is how many tenants are worked on at a time unless a flag says otherwise.
const standardConcurrency = 4

func tenantVerify(c *cli) *cobra.Command {
	var all, behindFails bool
	var concurrency int
	cmd := &cobra.Command{
		Use:   "verify ID… | --all",
		Short: "Compare tenants with what they were made as",
		Long: `verify compares every table, column, index, function, right and so on of a tenant's schema, and its role, with
what they were when the tenant was made, or resealed. It prints a line for each difference, and changes nothing.

The exit code is 1 when there is a difference. To put it right change the schema, as the administrator, or accept it:
docex tenant reseal.

A tenant that an older DDL made than the one of docex.yaml is compared with its own record. It is reported as behind,
which is no difference; with --behind-fails the exit code is 1 then, too. docex tenant upgrade brings it up.

With --json tenants lists those that differ, and behind the ids of those that are behind.`,
		Example: `  docex tenant verify acme
  docex tenant verify --all --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return errors.New("give the ids of tenants, or --all")
			}
			return nil
		},
		ValidArgsFunction: c.tenantIDs(math.MaxInt),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				c.warnCopy(ctx, p)
				v := verification{c: c, p: p, each: !all, behindFails: behindFails}
				if all {
					return v.all(ctx, p, concurrency)
				}
				return v.some(ctx, p, args)
			})
		},
	}
	c.jsonFlag(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "every tenant")
	cmd.Flags().BoolVar(&behindFails, "behind-fails", false, "exit code 1 for tenants of an older DDL")
	cmd.Flags().IntVar(&concurrency, "concurrency", standardConcurrency, "with --all, so many tenants at a time")
	return cmd
}

// verification is one run of docex tenant verify.
type verification struct {
	c           *cli
	p           *provision.Provisioner
	each        bool // a line for tenants that are in order, too
	behindFails bool
	progress    progress
	result      verified

	unwritten error // why a line could not be printed
}

// verified is how --json prints it.
type verified struct {
	Verified int           `json:"verified"`
	OK       int           `json:"ok"`
	Tenants  []tenantDrift `json:"tenants"` // those that are not
	Behind   []string      `json:"behind"`  // ids of those that an older DDL made, whether they differ from it or not
}

type tenantDrift struct {
	ID          string           `json:"id"`
	Differences []differenceJSON `json:"differences"`
	Error       string           `json:"error,omitempty"` // why it could not be verified
}

type differenceJSON struct {
	Change string `json:"change"`
	Kind   string `json:"kind"`
	Object string `json:"object"`
	Want   string `json:"want"`
	Got    string `json:"got"`
}

func differencesJSON(ds []provision.Difference) []differenceJSON {
	data := make([]differenceJSON, len(ds))
	for i, d := range ds {
		data[i] = differenceJSON{string(d.Change), d.Kind, d.Object, d.Want, d.Got}
	}
	return data
}

func (v *verification) some(ctx context.Context, p *provision.Provisioner, ids []string) error {
	var failed worst
	for _, id := range ids {
		err := p.Verify(ctx, id)
		if err == nil || errors.Is(err, provision.ErrDrift) {
			t, getErr := p.Get(ctx, id)
			if getErr != nil {
				return getErr
			}
			v.add(t, err)
			continue
		}
		if len(ids) == 1 || ctx.Err() != nil || meetsAll(err) {
			return err
		}
		v.c.printError(err)
		failed.add(ctx, err)
		v.result.Verified++
		v.result.Tenants = append(v.result.Tenants, tenantDrift{ID: id, Error: printable(err.Error())})
	}
	err := v.end(func(io.Writer) error { return nil })
	return cmp.Or(failed.err(), err)
}

func (v *verification) all(ctx context.Context, p *provision.Provisioner, workers int) (err error) {
	if v.progress, err = v.c.progressOfAll(ctx, p); err != nil {
		return err
	}
	err = p.VerifyAll(ctx, workers, v.add)
	v.progress.clear()
	if err != nil {
		return err
	}
	return v.end(func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s verified, %s%s\n", plural.Count(v.result.Verified, "tenant"),
			plural.Verb(len(v.result.Tenants), "differ"), v.behindText())
		return err
	})
}

// add takes the result of one tenant, and prints it unless that waits for JSON.
func (v *verification) add(t provision.Tenant, err error) {
	v.result.Verified++
	id, ok := t.ID, "ok"
	if v.p.Behind(t) {
		v.result.Behind = append(v.result.Behind, id)
		ok = "behind: " + behindText(t)
	}
	d := tenantDrift{ID: id}
	var drift *provision.DriftError
	var lines []string
	switch {
	case err == nil:
		v.result.OK++
		if v.each {
			lines = []string{ok}
		}
	case errors.As(err, &drift):
		d.Differences = differencesJSON(drift.Differences)
		lines = differenceLines(drift.Differences)
	default:
		d.Error = err.Error()
		lines = []string{printableLine(d.Error)}
	}
	if err != nil {
		v.result.Tenants = append(v.result.Tenants, d)
	}
	if len(lines) > 0 && !v.c.json {
		v.progress.clear()
		for _, line := range lines {
			if _, err := fmt.Fprintf(v.c.out, "%s: %s\n", id, line); err != nil {
				v.unwritten = err
			}
		}
	}
	v.progress.step()
}

// behindText says what a tenant is instead of what docex.yaml says.
func behindText(t provision.Tenant) string {
	text := versionText(t.DDLVersion, t.DDLDigest)
	if t.NextDDL != "" {
		text += ", the second part of its upgrade is to do"
	}
	return printableLine(text)
}

func (v *verification) behindText() string {
	if len(v.result.Behind) == 0 {
		return ""
	}
	return fmt.Sprintf(", %d behind", len(v.result.Behind))
}

func differenceLines(ds []provision.Difference) []string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = printableLine(d.String())
	}
	return lines
}

// end prints the JSON or the summary, and ends with errFound when something differs.
func (v *verification) end(summary func(io.Writer) error) error {
	if v.result.Tenants == nil {
		v.result.Tenants = []tenantDrift{}
	}
	if v.result.Behind == nil {
		v.result.Behind = []string{}
	}
	slices.Sort(v.result.Behind)
	if err := v.c.emit(v.result, summary); err != nil {
		return err
	}
	switch {
	case v.unwritten != nil:
		return v.unwritten
	case len(v.result.Tenants) > 0, v.behindFails && len(v.result.Behind) > 0:
		return errFound
	}
	return nil
}
