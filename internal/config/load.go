package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"

	"go.yaml.in/yaml/v4"
)

// Load reads the file and puts environment variables in. The error matches ErrNoFile or ErrInvalid.
func Load(path string) (Config, error) {
	c, err := LoadRaw(path)
	if err != nil {
		return Config{}, err
	}
	return c.Expand(path)
}

// Expand returns what Load would if c were in the file of that path. The error matches ErrInvalid.
func (c Config) Expand(path string) (Config, error) {
	if err := expandAll(reflect.ValueOf(&c).Elem(), ""); err != nil {
		return Config{}, fmt.Errorf("%w: %s: %w", ErrInvalid, path, err)
	}
	c.dir = filepath.Dir(path)
	return c, nil
}

// LoadRaw is Load without the environment: ${VAR} stays as it is.
func LoadRaw(path string) (Config, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Config{}, fmt.Errorf("%w: %s", ErrNoFile, path)
	case err != nil:
		return Config{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	c, err := parse(text)
	if err != nil {
		return Config{}, fmt.Errorf("%w: %s:%w", ErrInvalid, path, err)
	}
	c.dir = filepath.Dir(path)
	return c, nil
}

// parse reads the text of a file. Its error begins with the line where there is one, and does not match ErrInvalid.
func parse(text []byte) (Config, error) {
	if err := checkVersion(text); err != nil {
		return Config{}, err
	}
	var c Config
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithKnownFields(), yaml.WithUniqueKeys())
	if err != nil {
		return Config{}, err
	}
	if err := loader.Load(&c); err != nil {
		return Config{}, withoutValues(err)
	}
	if err := loader.Load(new(any)); !errors.Is(err, io.EOF) {
		return Config{}, errors.New(" it holds more than one document")
	}
	return c, nil
}

// checkVersion comes first: a file of another version has other keys, each of which would be an error.
func checkVersion(text []byte) error {
	var v struct {
		Version any `yaml:"version"`
	}
	err := yaml.Load(text, &v, yaml.WithSingleDocument())
	switch {
	case err != nil:
		return withoutValues(err)
	case v.Version == nil:
		return fmt.Errorf(" it says no version; this docex reads version: %d, and `docex config migrate` older files",
			Version)
	case v.Version != Version:
		return fmt.Errorf(" it is of version %v; this docex reads version: %d, and `docex config migrate` older files",
			scalar(v.Version), Version)
	}
	return nil
}

// scalar returns a value that may be shown: a list or a mapping may hold anything, where a line is indented wrongly.
func scalar(v any) any {
	switch v.(type) {
	case int, float64, string:
		return v
	}
	return "another kind"
}

// quoted is how the YAML package shows values, which may be passwords.
var quoted = regexp.MustCompile("`[^`]*`|'[^']*'")

// unknownField is how it says that a key is none of docex.yaml's.
var unknownField = regexp.MustCompile(`^field (\S+) not found in type .*$`)

// withoutValues returns a YAML error with its place and without the file's values.
func withoutValues(err error) error {
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &many) && len(many.Errors) > 0:
		one = many.Errors[0]
	case errors.As(err, &one):
	default:
		return errors.New(" not YAML")
	}
	message := quoted.ReplaceAllString(unknownField.ReplaceAllString(one.Message, "there is no setting $1 here"), "…")
	if one.Mark.Line == 0 {
		return errors.New(" " + message)
	}
	return fmt.Errorf("%d:%d: %s", one.Mark.Line, one.Mark.Column, message)
}
