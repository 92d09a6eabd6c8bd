package sqlfile

import (
	"regexp"
	"strings"
)

// command takes a command of psql's at a backslash, with its arguments (psql's manual page, "Meta-Commands").
func (r *reader) command(at int) {
	name := r.text[at+1:]
	if strings.HasPrefix(name, ";") { // sends nothing yet, but a statement ends
		r.close(at, at+2)
		r.skip(at + 2)
		return
	}
	if i := strings.IndexAny(name, " \t\n\r\f\v\\"); i >= 0 {
		name = name[:i]
	}
	from := at + 1 + len(name)
	if strings.EqualFold(name, "copy") { // the only one that psql knows in upper case, too
		name = "copy"
	}
	end, args := r.commandEnd(name, from)
	r.meet(name, at, end)
	if p := commandProblem(name, args, commands[name]); p != nil && !r.open {
		p.Offset = at
		r.problem(*p)
	}
	r.vars.command(name, args)
	if name == "copy" && copyRows.MatchString(args) {
		if rows, ok := r.rowsBehind(end); ok {
			end = rows
		}
	}
	if r.open {
		r.scan.Seek(end)
		return
	}
	r.skip(end)
}

// meet says what the command at [at, end) means to the statement under way.
func (r *reader) meet(name string, at, end int) {
	if !r.open && strings.Contains(r.text[r.end:at], "/*+") { // psql sends the comment with what follows
		r.begin(at)
	}
	switch kind := commands[name]; {
	case kind == sends:
		r.close(at, end)
		r.vars.sent(name)
	case kind == binds && r.open:
		r.edits = append(r.edits, edit{at, end, "", ""})
	case r.open:
		r.problem(Problem{at, `\` + name, "a psql command inside a statement: it is not known what psql sends",
			"put it in front of the statement"})
	}
}

// commandEnd returns where the arguments of a command end, and the arguments: at the end of the line, or before the
// next backslash outside quotes. Two backslashes end them, and SQL follows.
func (r *reader) commandEnd(name string, from int) (end int, args string) {
	line := r.lineEnd(from)
	if wholeLine[name] {
		return line, r.text[from:line]
	}
	quote := byte(0)
	for i := from; i < line; i++ {
		switch c := r.text[i]; {
		case c == '\\' && quote == '\'':
			i++
		case c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"' || c == '`'):
			quote = c
		case c == '\\' && quote == 0:
			if strings.HasPrefix(r.text[i:line], `\\`) {
				return i + 2, r.text[from:i]
			}
			return i, r.text[from:i]
		}
	}
	return line, r.text[from:line]
}

// lineEnd returns where the line of an offset ends. A line may hold very many commands.
func (r *reader) lineEnd(from int) int {
	if from > r.line {
		r.line = len(r.text)
		if i := strings.IndexAny(r.text[from:], "\r\n"); i >= 0 {
			r.line = from + i
		}
	}
	return r.line
}

// kind is what a command means here; the zero value is one that is reported.
type kind uint8

const (
	reported kind = iota
	harmless      // shows something, sets a variable of psql's, or chooses what runs
	sends         // ends the statement in front of it
	binds         // passes arguments to it
)

// commands are those that reach no table by themselves. All others are reported.
var commands = func() map[string]kind {
	all := map[string]kind{"bind": binds}
	for _, name := range strings.Fields(`set unset prompt getenv if elif else endif echo qecho warn timing pset x a t f H C
		T q quit conninfo errverbose copyright ? h help restrict unrestrict sleep`) {
		all[name] = harmless
	}
	for _, name := range strings.Fields("g gx gset gdesc gexec watch crosstabview") {
		all[name] = sends
	}
	return all
}()

// wholeLine are the commands whose arguments hold backslashes.
var wholeLine = map[string]bool{
	"copy": true, "!": true, "h": true, "help": true, "ef": true, "ev": true, "sf": true, "sv": true,
}

// commandProblem says why a command is reported; nil when it is not.
func commandProblem(name, args string, k kind) *Problem {
	p := &Problem{Object: `\` + name}
	switch {
	case k != reported && strings.Contains(args, "`"), name == "!":
		p.Reason, p.Hint = "it runs a program, which can do anything", "take it out of the script"
	case (name == "set" || name == "prompt" || name == "getenv") && strings.Contains(args, "SINGLELINE"):
		p.Reason, p.Hint = "the end of a line would end a statement", "end statements with a semicolon"
	case name == "set" && strings.TrimSpace(args) != "" && !plainName.MatchString(strings.Fields(args)[0]):
		p.Reason, p.Hint = "it is not known which variable it sets", "write the name as it is"
	case name == "gexec":
		p.Reason, p.Hint = "what the query returns runs as SQL, and is not known before", "write the statements out"
	case (name == "g" || name == "gx") && strings.TrimSpace(args) != "" &&
		!strings.HasPrefix(strings.TrimSpace(args), "("):
		p.Reason, p.Hint = "the result goes to a file or a program", `use \g without arguments`
	case k != reported:
		return nil
	case name == "i" || name == "ir" || name == "include" || name == "include_relative":
		p.Reason, p.Hint = "the file that it includes is not read",
			"check that file as well; run it by itself, or write its statements here"
	case name == "c" || name == "connect":
		p.Reason, p.Hint = "what follows runs on another connection", "use a script for each connection"
	case name == "copy":
		p.Reason, p.Hint = "it copies rows past the guard", "load rows with driver.CopyFrom, and read them with select"
	case strings.HasPrefix(name, "d") || name == "l" || strings.HasPrefix(name, "l+"):
		p.Reason, p.Hint = "it reads the system catalogs, which show other tenants' names", "leave it out"
	default:
		p.Reason, p.Hint = "it is not known what this psql command does to tenants", "leave it out"
	}
	return p
}

// copyRows finds a copy that reads the script's own lines.
var copyRows = regexp.MustCompile(`(?i)\bfrom\s+std(in|out)\b`)

// rowsBehind returns where the rows after a COPY … FROM STDIN end: after the line that holds \. alone. ok is false when
// there is no such line, or more than a comment stands on the line of offset. Under a condition the COPY may not run,
// and psql takes the rows for SQL.
func (r *reader) rowsBehind(offset int) (end int, ok bool) {
	if r.bare || r.vars.inIf > 0 {
		return 0, false
	}
	line := strings.TrimLeft(r.text[offset:], " \t\r\f\v")
	if line != "" && line[0] != '\n' && !strings.HasPrefix(line, "--") {
		return 0, false
	}
	rest, after, _ := strings.Cut(r.text[offset:], "\n")
	at := offset + len(rest) + 1
	for more := true; more; {
		var line string
		line, after, more = strings.Cut(after, "\n")
		if strings.TrimSuffix(line, "\r") == `\.` {
			return min(at+len(line), len(r.text)), true
		}
		at += len(line) + 1
	}
	r.bare = true // also from any later place
	return 0, false
}
