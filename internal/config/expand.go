package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
)

// variable is ${NAME}, or with one more $ in front the escape for it.
var variable = regexp.MustCompile(`\$?\$\{([^}]*)\}?`)

var errNotSet = errors.New("is not set")

// expand puts environment variables in the place of ${NAME}. One that is not set is an error; an empty one is not.
func expand(s string) (string, error) {
	var failed error
	text := variable.ReplaceAllStringFunc(s, func(match string) string {
		if match[1] == '$' {
			return match[1:]
		}
		name := variable.FindStringSubmatch(match)[1]
		if match[len(match)-1] != '}' || name == "" {
			failed = fmt.Errorf("${ without a name and }; write $${ for a plain ${")
			return ""
		}
		value, ok := os.LookupEnv(name)
		if !ok {
			failed = fmt.Errorf("environment variable %s %w", name, errNotSet)
		}
		return value
	})
	return text, failed
}

// expandAll expands every string below v but DSNs, which are expanded when they are used: a command that does not
// connect needs no password.
func expandAll(v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name, ok := v.Type().Field(i).Tag.Lookup("yaml")
			if !ok {
				continue
			}
			if err := expandAll(v.Field(i), joinPath(path, name)); err != nil {
				return err
			}
		}
	case reflect.Slice:
		if v.Len() == 0 { // nil and empty may be different
			return nil
		}
		v.Set(reflect.AppendSlice(reflect.Zero(v.Type()), v)) // other copies of the configuration share it
		for i := range v.Len() {
			if err := expandAll(v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[DSN]() {
			return nil
		}
		text, err := expand(v.String())
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		v.SetString(text)
	}
	return nil
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
