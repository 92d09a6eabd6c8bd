package config

import "testing"

// Expand returns a copy: what it was called on can still be written to a file with its variables.
func TestExpandLeavesOriginal(t *testing.T) {
	t.Setenv("NAME", "audit")
	c := Config{Environment: "${NAME}", Policy: Policy{SharedSchemas: []string{"${NAME}"}}}
	got, err := c.Expand("docex.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got.Environment != "audit" || got.Policy.SharedSchemas[0] != "audit" {
		t.Errorf("expanded: %+v", got)
	}
	if c.Environment != "${NAME}" || c.Policy.SharedSchemas[0] != "${NAME}" {
		t.Errorf("the original was changed: %+v", c)
	}
}
