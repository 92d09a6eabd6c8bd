package migrations

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// golangMigrate takes the files NNN_name.up.sql in the order of their numbers (its MIGRATIONS.md; sqlx-cli's reversible
// migrations are the same).
func (f *folder) golangMigrate() {
	ups := map[string]bool{}
	for _, file := range f.files {
		if m := migrateName.FindStringSubmatch(file.Name); m != nil && m[2] == "up" {
			ups[number(m[1])] = true
		}
	}
	for _, file := range f.files {
		m := migrateName.FindStringSubmatch(file.Name)
		switch {
		case m == nil:
			f.leftOut(file.Name, GolangMigrate)
		case m[2] == "down" && !ups[number(m[1])]:
			f.refuse(file.Name, "there is no file .up.sql of this version", "add it, or take this file out of the folder")
		}
	}
	for _, name := range f.others {
		if otherUp.MatchString(name) {
			f.refuse(name, "golang-migrate runs it, and docex reads files *.sql only", "end its name in .sql")
		}
	}
	f.keep(func(file File) bool { return strings.HasSuffix(file.Name, ".up.sql") })
	f.byNumber(GolangMigrate, numberUnderscore)
}

// otherUp is a migration in a file that is not called .sql, which golang-migrate does not mind.
var otherUp = regexp.MustCompile(`^[0-9]+_.*\.up\.`)

// flyway takes V files in the order of their versions, and R files behind them in the order of their descriptions
// (Flyway documentation, "Migrations").
func (f *folder) flyway() {
	f.noCode(Flyway)
	for _, file := range f.files {
		m := flywayName.FindStringSubmatch(file.Name)
		switch {
		case m != nil && m[1] == "U" && !f.undoes(file):
			f.refuse(file.Name, "it is an undo file by its name, and there is no version that it undoes",
				"add that, or take this file out of the folder; if it makes something, begin its name with V")
		case m == nil:
			f.refuse(file.Name, "the folder is Flyway's, which leaves a file of this name out, or runs it as a callback",
				"give it a name like the others, or move it out of the folder")
		case m[1] == "B":
			f.refuse(file.Name, "it is a baseline, which takes the place of all versions up to its own",
				"give docex a folder in which it is called V"+m[2]+" and the versions up to it are left out")
		case m[1] != "U":
			f.placeholders(file)
		}
	}
	for _, name := range f.others {
		if strings.HasSuffix(name, ".sql.conf") {
			f.refuse(name, "settings for one file change how Flyway runs it, and docex does not read them",
				"see that the file means the same without them, and move them out of the folder")
		}
	}
	if len(f.problems) > 0 {
		return
	}
	f.keep(func(file File) bool { return file.Name[0] != 'U' })
	slices.SortStableFunc(f.files, compareFlyway)
	for i := 1; i < len(f.files); i++ {
		a, b := f.files[i-1], f.files[i]
		if b.Name[0] == 'V' && compareFlyway(a, b) == 0 {
			f.twice(a.Name, b.Name)
		}
	}
}

// undoes reports whether a V file has the version of an undo file. Other tools have names alike, and run U files.
func (f *folder) undoes(undo File) bool {
	return slices.ContainsFunc(f.files, func(v File) bool { return v.Name[0] == 'V' && compareFlyway(v, undo) == 0 })
}

// placeholder is what Flyway replaces anywhere, in constants and comments, too.
var placeholder = regexp.MustCompile(`\$\{[^}]*\}`)

func (f *folder) placeholders(file File) {
	if at := placeholder.FindStringIndex(file.Text); at != nil {
		f.problems = append(f.problems, placed(file, at[0], file.Text[at[0]:at[1]],
			"Flyway puts a value into the statements here, which is not known before they run",
			"write the value; every tenant is made from the same text"))
	}
}

// compareFlyway orders versions part by part as numbers, where a part that is not there is 0, and descriptions behind
// them.
func compareFlyway(a, b File) int {
	va, vb := flywayVersion(a.Name), flywayVersion(b.Name)
	switch {
	case va == nil && vb == nil:
		return strings.Compare(flywayDescription(a.Name), flywayDescription(b.Name))
	case va == nil:
		return 1
	case vb == nil:
		return -1
	}
	for len(va) < len(vb) {
		va = append(va, "")
	}
	for len(vb) < len(va) {
		vb = append(vb, "")
	}
	return slices.CompareFunc(va, vb, compareNumbers)
}

// flywayVersion returns the parts of a version; nil for a file without one.
func flywayVersion(name string) (parts []string) {
	m := flywayName.FindStringSubmatch(name)
	if m == nil || m[2] == "" {
		return nil
	}
	for _, part := range strings.FieldsFunc(m[2], func(r rune) bool { return r == '.' || r == '_' }) {
		parts = append(parts, number(part))
	}
	return parts
}

func flywayDescription(name string) string {
	return strings.ReplaceAll(flywayName.FindStringSubmatch(name)[5], "_", " ")
}

// atlasLine is a directive of Atlas. Those that are named do not change what runs.
var (
	atlasLine = regexp.MustCompile(`(?m)^[ \t]*-- *atlas:([a-z]+).*$`)
	atlasMild = []string{"nolint", "txmode", "sum", "assert"}
)

// atlas takes the files in the order of their names. What a directive turns into something else is refused.
func (f *folder) atlas() {
	for _, file := range f.files {
		for _, at := range atlasLine.FindAllStringSubmatchIndex(file.Text, -1) {
			if name := file.Text[at[2]:at[3]]; !slices.Contains(atlasMild, name) {
				f.problems = append(f.problems, placed(file, at[0], "atlas:"+name,
					"this directive changes what Atlas makes of the file or the folder, and docex does not follow it",
					"give docex a folder that needs none, with plain statements in every file"))
			}
		}
	}
}

// dbmateNames takes the files in the order of their names, as dbmate does: 10 stands before 2 there.
func (f *folder) dbmateNames() {
	seen := map[string]string{}
	for _, file := range f.files {
		m := numberFirst.FindStringSubmatch(file.Name)
		switch {
		case f.alone():
		case m == nil:
			f.leftOut(file.Name, Dbmate)
		case seen[m[1]] != "":
			f.twice(seen[m[1]], file.Name)
		default:
			seen[m[1]] = file.Name
		}
	}
}

// sqlMigrateNames orders by the number in front where both files have one and they differ, names with a number before
// those without, and by name otherwise. sql-migrate knows a migration by its whole name, so a number may repeat.
func (f *folder) sqlMigrateNames() {
	slices.SortStableFunc(f.files, func(a, b File) int {
		ma, mb := numberFirst.FindStringSubmatch(a.Name), numberFirst.FindStringSubmatch(b.Name)
		switch {
		case ma != nil && mb != nil:
			return compareNumbers(number(ma[1]), number(mb[1]))
		case ma != nil:
			return -1
		case mb != nil:
			return 1
		}
		return 0
	})
}

// ternNames orders by number. tern wants all of them, from 1 on.
func (f *folder) ternNames() {
	f.byNumber(Tern, numberUnderscore)
	for i, file := range f.files {
		if len(f.problems) > 0 || f.alone() {
			return
		}
		if n := number(numberUnderscore.FindStringSubmatch(file.Name)[1]); n != fmt.Sprint(i+1) {
			f.refuse(file.Name, fmt.Sprintf("tern wants number %d here: there is a migration missing", i+1),
				"add it, or number the files from 1 on without gaps")
		}
	}
}
