package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/provision"
)

// errLoginDiffers: the application's DSN does not log in as the application's role.
var errLoginDiffers = errors.New("docex: database.app_dsn does not log in as provision.app_role")

func (c *cli) initialize(cmd *cobra.Command, f *initFlags) error {
	i := installer{c: c, path: c.configPath, flags: f}
	if err := i.settings(cmd, f); err != nil {
		return err
	}
	if !i.isNew {
		c.warnReadable(i.file)
	}
	db, err := openAdmin(i.cfg)
	if err != nil {
		return dsnError{"admin_dsn", err}
	}
	defer db.Close()
	ctx := provision.WithActor(cmd.Context(), actor())
	app, err := checkLogins(ctx, db, i.cfg)
	if err != nil {
		return err
	}
	if err := i.appRole(app.role); err != nil {
		return err
	}
	p, err := newProvisioner(db, i.cfg)
	if i.isNew && errors.Is(err, config.ErrInvalid) {
		return usageError{errors.New("init: " + withoutFile(err))}
	}
	if err != nil {
		return err
	}
	result, err := i.install(ctx, p)
	if err != nil {
		return err
	}
	c.warnPlanner(ctx, db, app.role)
	if err := i.warnOtherDDL(ctx, p); err != nil {
		return err
	}
	done := i.done(result, app)
	done.Warnings = c.warnDDL(p.DDLWarnings())
	return c.emit(done, done.print)
}

// installer is one run of docex init.
type installer struct {
	c     *cli
	path  string
	file  config.Config // as the file has it, or will
	cfg   config.Config // with the values of variables
	isNew bool          // there is no file yet
	flags *initFlags
}

func (i *installer) settings(cmd *cobra.Command, f *initFlags) error {
	file, there, err := f.load(cmd, i.path)
	if err != nil {
		return err
	}
	if !there {
		if err := needDSNs(file); err != nil {
			return err
		}
	}
	i.file, i.isNew = file, !there
	i.cfg, err = file.Expand(i.path)
	return err
}

// needDSNs names the flags to give where variables of a new file's DSNs are not set.
func needDSNs(file config.Config) error {
	var missing []string
	for _, dsn := range []struct {
		text          config.DSN
		setting, flag string
	}{
		{file.Database.AdminDSN, "database.admin_dsn", "--admin-dsn"},
		{file.Database.AppDSN, "database.app_dsn", "--app-dsn"},
	} {
		if _, err := dsn.text.Expand(dsn.setting); err != nil {
			missing = append(missing, fmt.Sprintf("%s; set it, or give %s", withoutFile(err), dsn.flag))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return usageError{errors.New("init: " + strings.Join(missing, "\n  and "))}
}

// withoutFile returns the text of an error of a configuration of which there is no file yet that could be invalid.
func withoutFile(err error) string {
	text := strings.TrimPrefix(err.Error(), config.ErrInvalid.Error()+": ")
	return strings.TrimPrefix(text, config.ErrNoDSN.Error()+": ")
}

// appRole makes who the application logs in as its role, unless the settings name somebody else.
func (i *installer) appRole(login string) error {
	if i.cfg.Provision.AppRole == "" {
		i.file.Provision.AppRole, i.cfg.Provision.AppRole = login, login
	}
	if i.cfg.Provision.AppRole != login {
		return fmt.Errorf("%w: it logs in as %q, the role is %q", errLoginDiffers, login, i.cfg.Provision.AppRole)
	}
	return nil
}

// install writes the file if it is new, and then sets the database up. The file comes first because it can fail: then
// nothing has happened. When the database refuses, the file is taken away again. If the program is killed in between,
// the next docex init finds the file and does the rest.
func (i *installer) install(ctx context.Context, p *provision.Provisioner) (result string, err error) {
	if result, err = i.toDo(ctx, p); err != nil {
		return "", err
	}
	if i.isNew {
		if err := i.file.Create(i.path); err != nil {
			return "", err
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, os.Remove(i.path))
			}
		}()
	}
	for _, step := range []struct {
		wanted bool
		run    func(context.Context) error
	}{
		{i.flags.upgrade, p.Upgrade},
		{i.flags.original, p.ConfirmOriginal},
		{i.flags.rehome, func(ctx context.Context) error { return i.c.rehome(ctx, p) }},
		{true, p.Init},
	} {
		if step.wanted {
			if err := step.run(ctx); err != nil {
				return "", err
			}
		}
	}
	return result, nil
}

// rehome gives a copy of a database roles of its own.
func (c *cli) rehome(ctx context.Context, p *provision.Provisioner) error {
	bar := c.newProgress(0, "tenants")
	defer bar.clear()
	return p.Rehome(ctx, bar.of)
}

// toDo asks the database what there is to be done, in the words of the result: its errors come before anything is
// written.
func (i *installer) toDo(ctx context.Context, p *provision.Provisioner) (string, error) {
	isCopy := p.CheckCopy(ctx)
	_, err := p.List(ctx, provision.ListOptions{Limit: 1})
	switch {
	case errors.Is(isCopy, provision.ErrCopy) && i.flags.rehome: // whatever it was before
		return "rehomed", nil
	case err == nil && isCopy != nil && !i.flags.original:
		return "", isCopy
	case err == nil:
		return "existing", nil
	case errors.Is(err, provision.ErrNotInitialized) && !i.flags.upgrade:
		return "initialized", nil
	case errors.Is(err, provision.ErrUpgradeRequired) && i.flags.upgrade:
		return "upgraded", nil
	}
	return "", err
}
