package driver_test

import (
	"database/sql"
	sqldriver "database/sql/driver"
	"encoding/json"
	"math/big"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// argumentsDDL has a column of each type that arguments are stored in, and one of the tenant's own beside them.
const argumentsDDL = `CREATE TABLE args (tag mood,
	"timestamp" timestamp, "timestamptz" timestamptz, "date" date, "time" time, "interval" interval,
	"text" text, "xml" xml, "json" json, "jsonb" jsonb, "uuid" uuid, "bytea" bytea, "text[]" text[], "boolean" boolean,
	"int" int, "bigint" bigint, "real" real, "double" double precision, "numeric" numeric,
	"mood" mood, "short" short, "mood[]" mood[]);`

// argument is a value that is stored in a column.
type argument struct {
	what   string
	value  any
	column string
}

// into stores a value in each of the columns.
func into(what string, value any, columns ...string) []argument {
	all := make([]argument, len(columns))
	for i, column := range columns {
		all[i] = argument{what, value, column}
	}
	return all
}

// bytesValuer is a type of the program's own, as for JSON.
type bytesValuer string

func (v bytesValuer) Value() (sqldriver.Value, error) { return []byte(v), nil }

// feeling is a type of the program's own, as for an enum.
type feeling string

type point3 struct{ X, Y, Z int }

const argumentUUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"

var (
	uuidBytes = [16]byte{0xa0, 0xee, 0xbc, 0x99, 0x9c, 0x0b, 0x4e, 0xf8, 0xbb, 0x6d, 0x6b, 0xb9, 0xbd, 0x38, 0x0a, 0x11}
	nowhere   *string
	nine      = 9
)

// arguments are what programs store, and in which columns. Some are to be refused.
var arguments = slices.Concat(
	into("time with a zone", halfPastTen, "timestamp", "timestamptz", "date", "time", "text"),
	into("time in UTC", halfPastTen.UTC(), "timestamp", "timestamptz", "date", "time", "text"),
	into("sql.NullTime", sql.NullTime{Time: halfPastTen, Valid: true}, "timestamp", "timestamptz"),
	into("*time.Time", &halfPastTen, "timestamp", "text"),
	into("duration", 90*time.Minute, "bigint", "text", "interval", "time"),

	into("[]byte", []byte("abcdef"), "text", "bytea", "short"),
	into("[]byte", []byte("sad"), "mood"),
	into("[]byte", []byte("<a>b</a>"), "xml"),
	into("[]byte", []byte(`{"a": 1}`), "json", "jsonb"),
	into("Valuer of []byte", bytesValuer("abcdef"), "text", "bytea"),
	into("Valuer of []byte", bytesValuer("<a>b</a>"), "xml"),
	into("Valuer of []byte", bytesValuer(`{"a": 1}`), "json", "jsonb"),
	into("json.RawMessage", json.RawMessage(`{"a": 1}`), "json", "jsonb", "text"),

	into("map", map[string]any{"a": []int{1}}, "json", "jsonb", "text"),
	into("struct", point3{1, 2, 3}, "json", "jsonb"),
	into("slice of struct", []point3{{1, 2, 3}}, "json", "jsonb"),
	into("[]string", []string{"glad", "sad"}, "json", "jsonb", "text[]", "mood[]", "text"),

	into("[16]byte", uuidBytes, "uuid"),
	into("16 bytes", uuidBytes[:], "uuid", "bytea"),
	into("pgtype.UUID", pgtype.UUID{Bytes: uuidBytes, Valid: true}, "uuid", "text"),

	into("float32", float32(0.1), "real", "double", "numeric", "text"),
	into("float64", 0.1, "real", "double", "numeric"),
	into("float64 with a fraction", 1.5, "int", "bigint", "text"),
	into("int", 7, "int", "bigint", "real", "double", "numeric", "text", "boolean"),
	into("int too large", int64(5_000_000_000), "int", "bigint"),
	into("bool", true, "boolean", "text", "int"),
	into("pgtype.Numeric", pgtype.Numeric{Int: big.NewInt(125), Exp: -2, Valid: true}, "numeric", "double", "text"),
	into("pgtype.Interval", pgtype.Interval{Days: 3, Microseconds: 1_000_000, Valid: true}, "interval", "text"),
	into("sql.NullInt64", sql.NullInt64{Int64: 3, Valid: true}, "int", "text"),
	into("*int", &nine, "int", "bigint"),

	into("string", "2024-02-29 22:30:05", "timestamp", "timestamptz", "date"),
	into("string", "22:30:05", "time"),
	into("string", "abcdef", "text", "bytea", "short"),
	into("string", "<a>b</a>", "xml"),
	into("string", `{"a": 1}`, "json", "jsonb"),
	into("string", argumentUUID, "uuid"),
	into("string", "7", "int", "bigint", "real", "double", "numeric"),
	into("string", "true", "boolean"),
	into("string", "3 days", "interval"),
	into("string", "{a,b}", "text[]"),
	into("string", "sad", "mood"),
	into("string that does not fit", "no such thing", "timestamp", "int", "jsonb", "uuid", "mood", "short"),
	into("named string", feeling("sad"), "mood", "text"),

	into("nil", nil, "timestamp", "text", "jsonb", "uuid", "int", "bytea", "text[]", "mood"),
	into("nil *string", nowhere, "text", "mood"),
)
