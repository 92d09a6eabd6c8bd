package text

import "testing"

func TestBeginning(t *testing.T) {
	for statement, want := range map[string]string{
		"/* x */ CREATE  OR REPLACE\nFUNCTION total_of(a int) AS 'x'": "CREATE OR REPLACE FUNCTION total_of",
		"create table s.\"T x\" as select 1":                          "create table s.\"T x\"",
		"INSERT INTO note VALUES ('secret')":                          "INSERT INTO note VALUES",
		"SELECT 'secret'":                                             "SELECT",
		"CREATE OPERATOR === (LEFTARG = int)":                         "CREATE OPERATOR ===",
		"COMMENT ON TABLE note IS 'secret'":                           "COMMENT ON TABLE note IS",
		"ALTER TABLE a;":                                              "ALTER TABLE a",
		"ALTER TABLE only_a_long_name_of_thirty_one ADD COLUMN another_long_one int"://
		"ALTER TABLE only_a_long_name_of_thirty_one ADD COLUMN",
		"'secret'": "", "": "", "(SELECT 1)": "", "\\": "",
	} {
		if got := Beginning(statement); got != want {
			t.Errorf("%s: %q, want %q", statement, got, want)
		}
	}
}
