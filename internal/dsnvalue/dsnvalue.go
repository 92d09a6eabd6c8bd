// Package dsnvalue reads the values that a DSN gives to settings into the fields of a configuration. [Kind] is the
// entry point.
//
// Promise: no error repeats a value. A quote at the wrong place in a DSN can make a password part of it. Not promised:
// that a value makes sense, which the configuration checks when it is whole.
package dsnvalue

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Kind is what the values of a setting may be.
type Kind struct {
	Values string // in words, or those that there are, with commas between them
	// Set reads a value into a field, to which it gets a pointer, unless it contradicts what is there.
	Set func(field any, value string) error
}

var truths = []string{"false", "true"}

// The kinds, beside those of [OneOf].
var (
	Bool         = one(strings.Join(truths, ", "), truth)
	Name         = one("a name", oneName)
	Number       = one("a number", number)
	Names        = list(false)
	SettingNames = list(true) // of the server
)

// OneOf reads the name of one of the values 0, 1, 2, ….
func OneOf[T ~int | ~uint8](names []string) Kind {
	return one(strings.Join(names, ", "), func(value string) (T, error) {
		i, err := choose(names, value)
		return T(i), err
	})
}

// ErrDiffers: the configuration has another value for the setting than the DSN.
var ErrDiffers = errors.New("it differs from the value in Config; give it in one place")

// one is a single value. What is in the field already must be the same; its zero value is no value.
func one[T comparable](values string, parse func(string) (T, error)) Kind {
	return Kind{values, func(field any, value string) error {
		v, err := parse(value)
		if err != nil {
			return err
		}
		var zero T
		if p := field.(*T); *p == zero {
			*p = v
		} else if *p != v {
			return ErrDiffers
		}
		return nil
	}}
}

// list is a list of names; an empty list in Config is no value, in the DSN it is one. The names of server settings may
// have a dot, and case has no meaning in them.
func list(ofSettings bool) Kind {
	same := func(a, b string) bool { return a == b || ofSettings && strings.EqualFold(a, b) }
	return Kind{"names", func(field any, value string) error {
		v, err := splitNames(value, ofSettings)
		if err != nil {
			return err
		}
		if p := field.(*[]string); len(*p) == 0 {
			*p = v
		} else if !slices.EqualFunc(*p, v, same) {
			return ErrDiffers
		}
		return nil
	}}
}

func choose(names []string, value string) (int, error) {
	i := slices.Index(names, value)
	if i < 0 {
		return 0, errors.New("it must be one of " + strings.Join(names, ", "))
	}
	return i, nil
}

func truth(value string) (bool, error) {
	i, err := choose(truths, value)
	return i == 1, err
}

func number(value string) (int, error) {
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, errors.New("it must be a whole number, 0 (for the default) or more")
	}
	return int(n), nil
}

func oneName(value string) (string, error) {
	v, err := splitNames(value, false)
	if err == nil && len(v) != 1 {
		err = errors.New("it must be one name")
	}
	if err != nil {
		return "", err
	}
	return v[0], nil
}
