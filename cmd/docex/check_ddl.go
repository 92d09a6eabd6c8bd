package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/migrations"
	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

// errNoDDL: docex check --ddl was not told what to check.
var errNoDDL = errors.New("check: --ddl needs files, folders, or a docex.yaml that names them: --policy FILE")

// ddlSource is one DDL, or a seed: a folder, or single files.
type ddlSource struct {
	name string // as the user calls it
	fsys fs.FS
	path func(name string) string // of a file of it
}

// sourceError is about a source as a whole.
type sourceError struct {
	name string
	err  error
}

func (e sourceError) Error() string {
	return fmt.Sprintf("check: %s: %s", e.name, strings.TrimPrefix(e.err.Error(), "docex: "))
}

func (e sourceError) Unwrap() error { return e.err }

// checkDDL is docex check --ddl. Each folder is a DDL, and so are all single files together.
func (c *cli) checkDDL(cmd *cobra.Command, o checkOptions, args []string) error {
	file, err := o.configFile(cmd)
	if err != nil {
		return err
	}
	seedArg := o.seed
	if ddl := file.Provision.DDL; len(args) == 0 && ddl != "" && ddl != config.NoDDL {
		args = []string{file.Folder(ddl)}
		if seedArg == "" && file.Provision.Seed != "" {
			seedArg = file.Folder(file.Provision.Seed)
		}
	}
	file.Provision.DDL, file.Provision.Seed = "", ""
	cfg, err := file.Provisioner()
	if err != nil {
		return err
	}
	sources, err := c.ddlSources(args)
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		return usageError{errNoDDL}
	}
	var seed ddlSource
	if seedArg != "" {
		if len(sources) > 1 {
			return usageError{errors.New("check: --seed goes with one DDL: one folder, or files")}
		}
		seeds, err := c.ddlSources([]string{seedArg})
		if err != nil {
			return err
		}
		seed = seeds[0]
		cfg.Seed = seed.fsys
	}
	run := checkRun{denied: []denialJSON{}}
	for _, source := range sources {
		cfg.DDL = source.fsys
		if err := run.ddl(cfg, source, seed); err != nil {
			return err
		}
	}
	if err := c.emit(run.denied, run.print); err != nil {
		return err
	}
	fmt.Fprintln(c.err, run.ddlSummary())
	if run.refused > 0 {
		return errFound
	}
	return nil
}

// ddlSources returns what arguments name. Files of one name in several folders cannot be one DDL.
func (c *cli) ddlSources(args []string) (sources []ddlSource, err error) {
	single, paths := fstest.MapFS{}, map[string]string{}
	for _, arg := range args {
		info, err := os.Stat(arg)
		if arg != "-" && err != nil {
			return nil, err
		}
		if arg != "-" && info.IsDir() {
			path := func(name string) string { return filepath.Join(arg, name) }
			sources = append(sources, ddlSource{arg, os.DirFS(arg), path})
			continue
		}
		text, err := c.readInput(arg)
		if err != nil {
			return nil, err
		}
		name, path := filepath.Base(arg), arg
		if arg == "-" {
			name, path = "stdin.sql", "<stdin>"
		}
		if paths[name] != "" {
			return nil, usageError{fmt.Errorf("check: %s and %s have the same name; check one at a time", paths[name], path)}
		}
		if !strings.HasSuffix(name, ".sql") {
			return nil, usageError{fmt.Errorf("check: %s: a DDL is made of files *.sql", path)}
		}
		single[name], paths[name] = &fstest.MapFile{Data: text}, path
	}
	if len(single) > 0 {
		names := slices.Sorted(maps.Values(paths))
		path := func(name string) string { return paths[name] }
		sources = append(sources, ddlSource{strings.Join(names, ", "), single, path})
	}
	return sources, nil
}

// ddl checks one DDL and its seed.
func (r *checkRun) ddl(cfg provision.Config, source, seed ddlSource) error {
	warnings, err := provision.CheckDDL(cfg)
	var refused *provision.DDLError
	if err != nil && !errors.As(err, &refused) {
		var e *provision.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return sourceError{source.name, err}
	}
	if refused != nil {
		r.refused += len(refused.Problems)
		r.problems(refused.Problems, source, seed, false)
	}
	r.problems(warnings, source, seed, true)
	r.count(source)
	if seed.fsys != nil {
		r.count(seed)
	}
	return nil
}

// count notes how many files run, and the tool whose they are.
func (r *checkRun) count(source ddlSource) {
	folder, err := migrations.Read(source.fsys, ".")
	if err != nil { // which has been reported
		return
	}
	r.files += len(folder.Files)
	if folder.Tool != migrations.Plain {
		r.tools = append(r.tools, string(folder.Tool))
	}
}

func (r *checkRun) problems(all []provision.DDLProblem, source, seed ddlSource, warning bool) {
	for _, p := range all {
		from, name := source, p.File
		if rest, ok := strings.CutPrefix(name, "seed/"); ok && seed.fsys != nil {
			from, name = seed, rest
		}
		d := denialOf(p)
		d.File, d.Warning, d.excerpt = from.path(name), warning, from.excerpt(name, p.Line, p.Column)
		r.denied = append(r.denied, d)
	}
}

// denialOf is how a problem of a DDL is printed.
func denialOf(p provision.DDLProblem) denialJSON {
	return denialJSON{File: p.File, Line: p.Line, Column: p.Column, Rule: p.Rule, Object: p.Object,
		Reason: inFile(p.Reason), Hint: inFile(p.Remedy)}
}

// excerpt is empty for a file that cannot be read.
func (s ddlSource) excerpt(name string, line, column int) excerpt {
	text, err := fs.ReadFile(s.fsys, name)
	if err != nil {
		return excerpt{}
	}
	file := strings.TrimPrefix(string(text), "\uFEFF")
	at := 0
	for ; line > 1; line-- {
		at += strings.IndexByte(file[at:], '\n') + 1
	}
	for i := range file[at:] {
		if column--; column == 0 {
			at += i
			break
		}
	}
	return excerptAt(file, at)
}

func (r *checkRun) ddlSummary() string {
	s := plural.Count(r.files, "file")
	if len(r.tools) > 0 {
		s += " of " + strings.Join(r.tools, " and ")
	}
	s = fmt.Sprintf("%s as a DDL, %d refused", s, r.refused)
	if warnings := len(r.denied) - r.refused; warnings > 0 {
		s += ", " + plural.Count(warnings, "warning")
	}
	return s
}

// configFile returns what --policy, or else --config, names: what lies around does not count.
func (f policyFlags) configFile(cmd *cobra.Command) (config.Config, error) {
	name := f.name(cmd)
	if name == "" {
		return config.Default(), nil
	}
	return config.Load(name)
}
