// Package require stands in for the two assertion packages that pgx's tests use, which docex does not depend on. It has
// what they use of them. Every failure ends the test.
package require

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"
)

// Fail ends the test.
func Fail(t testing.TB, message string) {
	t.Helper()
	t.Fatal(message)
}

// Failf ends the test.
func Failf(t testing.TB, message, format string, args ...any) {
	t.Helper()
	t.Fatal(message + ": " + fmt.Sprintf(format, args...))
}

// NoError wants nil.
func NoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("error: %v", err)
	}
}

// Error wants an error.
func Error(t testing.TB, err error) {
	t.Helper()
	True(t, err != nil, "no error")
}

// ErrorIs wants errors.Is.
func ErrorIs(t testing.TB, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("error: %v, want %v", err, target)
	}
}

// ErrorAs wants errors.As.
func ErrorAs(t testing.TB, err error, target any) {
	t.Helper()
	if !errors.As(err, target) {
		t.Fatalf("error: %v, want a %T", err, target)
	}
}

// Equal wants values of one type that are deeply equal.
func Equal(t testing.TB, want, got any) {
	t.Helper()
	if !equal(want, got) {
		t.Fatalf("got %#v, want %#v", got, want)
	}
}

// EqualValues is Equal after a conversion to the wanted type, if there is one.
func EqualValues(t testing.TB, want, got any) {
	t.Helper()
	if v := reflect.ValueOf(got); v.IsValid() && want != nil && v.CanConvert(reflect.TypeOf(want)) {
		got = v.Convert(reflect.TypeOf(want)).Interface()
	}
	Equal(t, want, got)
}

// NotEqual wants values that differ.
func NotEqual(t testing.TB, unwanted, got any) {
	t.Helper()
	if equal(unwanted, got) {
		t.Fatalf("got %#v", got)
	}
}

func equal(want, got any) bool {
	w, ok := want.([]byte)
	if !ok || w == nil {
		return reflect.DeepEqual(want, got)
	}
	g, ok := got.([]byte)
	return ok && g != nil && bytes.Equal(w, g)
}

// Len wants a string, slice, array, map or channel of n elements.
func Len(t testing.TB, list any, n int) {
	t.Helper()
	if got := reflect.ValueOf(list).Len(); got != n {
		t.Fatalf("%d elements, want %d", got, n)
	}
}

// Nil wants nil, typed or not.
func Nil(t testing.TB, v any) {
	t.Helper()
	if !isNil(v) {
		t.Fatalf("got %#v, want nil", v)
	}
}

// NotNil wants anything but nil, typed or not.
func NotNil(t testing.TB, v any) {
	t.Helper()
	True(t, !isNil(v), "nil")
}

func isNil(v any) bool {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice, reflect.UnsafePointer:
		return r.IsNil()
	default:
		return false
	}
}

// Same wants two pointers to one thing.
func Same(t testing.TB, want, got any) {
	t.Helper()
	True(t, want == got, "different pointers")
}

// NotSame wants two pointers to two things.
func NotSame(t testing.TB, unwanted, got any) {
	t.Helper()
	True(t, unwanted != got, "the same pointer")
}

// True wants true; the message is for when it is not.
func True(t testing.TB, ok bool, message ...any) {
	t.Helper()
	if !ok {
		t.Fatal(append(message, "not as it should be")...)
	}
}

// False wants false; the message is for when it is not.
func False(t testing.TB, notOK bool, message ...any) {
	t.Helper()
	True(t, !notOK, message...)
}
