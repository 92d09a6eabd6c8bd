package main

import (
	"reflect"
	"regexp"
	"strings"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/config"
)

// goNames finds settings as Go programs have them.
var goNames = regexp.MustCompile(`\b(?:(?:Policy|Config)\.[A-Z]\w*|KeepPublic|NoTenantRoles)\b`)

// inFile replaces them by their names in docex.yaml, which is what people at the command have.
func inFile(text string) string {
	return goNames.ReplaceAllStringFunc(text, func(name string) string {
		if key := fileNames[name[strings.IndexByte(name, '.')+1:]]; key != "" {
			return key
		}
		return name
	})
}

// fileNames are the settings of docex.yaml by their fields' names, which are the same in package provision and guard.
var fileNames = func() map[string]string {
	names := map[string]string{"Limits": "policy.max_bytes, max_tokens, max_depth and max_chain"}
	for section, fields := range map[string]reflect.Type{
		"provision": reflect.TypeFor[config.Provision](), "policy": reflect.TypeFor[config.Policy](),
	} {
		for field := range fields.Fields() {
			names[field.Name] = section + "." + field.Tag.Get("yaml")
		}
	}
	return names
}()

// forFile is a denial in the words of the command.
func forFile(d *guard.Denial) *guard.Denial {
	words := *d
	words.Reason, words.Hint = inFile(d.Reason), inFile(d.Hint)
	return &words
}
