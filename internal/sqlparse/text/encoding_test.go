package text

import (
	"errors"
	"testing"
)

func TestCheckEncoding(t *testing.T) {
	for sql, want := range map[string]EncodingError{
		"SELECT 1\x00; x":         {Offset: 8, NUL: true},
		"\xff\x00":                {Offset: 1, NUL: true},
		"SELECT '\uFFFD', '\xff'": {Offset: 15},
		"\xe2\x82":                {Offset: 0},
	} {
		var got *EncodingError
		if err := CheckEncoding(sql); !errors.As(err, &got) || *got != want {
			t.Errorf("%q: %v", sql, err)
		}
	}
	if err := CheckEncoding("SELECT 'é\uFFFD'"); err != nil {
		t.Error(err)
	}
}
