package migrations

import "strings"

// gooseFile reads by the rules of goose's parser (pressly/goose, internal/sqlparser): -- +goose Up, then, if at all,
// -- +goose Down, each once.
type gooseFile struct {
	part  part
	block block
}

func (g *gooseFile) line(s string) (string, bool, *complaint) {
	if !strings.HasPrefix(strings.TrimSpace(s), "--") || !strings.Contains(s, "+goose") {
		if g.part == before && !idle(s) {
			return "", false, &complaint{0, "", "goose wants -- +goose Up in front of the first statement", "put it there"}
		}
		g.block.add(s)
		return s, g.part != down, nil
	}
	annotation := strings.ToUpper(strings.TrimSpace(strings.Replace(strings.ReplaceAll(s, "--", ""), "+goose", "", 1)))
	if s != strings.TrimLeft(s, " \t") {
		return "", false, &complaint{0, "+goose " + annotation, "goose refuses an annotation behind white space",
			"write it at the beginning of the line"}
	}
	return g.annotation(s, annotation)
}

func (g *gooseFile) annotation(line, annotation string) (string, bool, *complaint) {
	refuse := func(reason, remedy string) (string, bool, *complaint) {
		return "", false, &complaint{0, "+goose " + annotation, reason, remedy}
	}
	switch annotation {
	case "UP":
		if g.part != before {
			return refuse("goose wants one -- +goose Up in a file, in front of -- +goose Down", "take this one out")
		}
		g.part = up
	case "DOWN":
		if g.part != up || g.block.open {
			return refuse("goose wants one -- +goose Down in a file, behind -- +goose Up and its statements",
				"take this one out, or put it behind")
		}
		g.part = down
	case "STATEMENTBEGIN":
		if g.part == before || g.block.open {
			return refuse("goose wants it behind -- +goose Up, and blocks beside each other", "put it there")
		}
		g.block.open = true
	case "STATEMENTEND":
		switch {
		case !g.block.open:
			return refuse("there is no -- +goose StatementBegin in front of it", "take it out")
		case g.block.empty():
			return refuse("behind a block without a statement goose leaves out the next one", "take the block out")
		}
		line = g.block.close(line)
	case "ENVSUB ON":
		if g.part != down {
			return refuse("goose puts text of the environment into the statements, which is not known before they run",
				"write the values, and take the annotation out; every tenant is made from the same text")
		}
	case "ENVSUB OFF", "NO TRANSACTION":
	default:
		return refuse("goose has no such annotation", "correct it")
	}
	return line, g.part != down, nil
}

func (g *gooseFile) end() *complaint {
	switch {
	case g.part == before:
		return &complaint{0, "", "the folder is goose's, and -- +goose Up is missing in this file",
			"put it in front of the first statement, or move the file out of the folder"}
	case g.block.open:
		return &complaint{0, "", "-- +goose StatementEnd is missing", "put it behind the statement"}
	}
	return nil
}
