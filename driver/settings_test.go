package driver

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/dsnvalue"
	"github.com/google/go-cmp/cmp"
)

// notInDSN holds, with the reason, the fields of Config that cannot be given as text.
var notInDSN = map[string]string{
	"Observer": "it is code", "BeforeConnect": "it is code", "AfterConnect": "it is code",
	"Policy.SystemSchema": "it is SystemSchema",
}

// leaves calls f for each field of a struct, and of the structs in it, that is not a struct itself.
func leaves(v reflect.Value, path string, f func(path string, field reflect.Value)) {
	for i := range v.NumField() {
		name := path + v.Type().Field(i).Name
		if v.Field(i).Kind() == reflect.Struct {
			leaves(v.Field(i), name+".", f)
		} else {
			f(name, v.Field(i))
		}
	}
}

// TestEveryFieldHasASetting fails when a field is added to Config or to the policy and the DSN cannot give it.
func TestEveryFieldHasASetting(t *testing.T) {
	var fields []string
	leaves(reflect.ValueOf(Config{}), "", func(path string, _ reflect.Value) {
		if reason, ok := notInDSN[path]; !ok {
			fields = append(fields, path)
		} else if reason == "" {
			t.Errorf("%s: no reason why a DSN cannot give it", path)
		}
	})
	var given []string
	for _, s := range settings {
		given = append(given, s.field)
	}
	slices.Sort(fields)
	slices.Sort(given)
	if diff := cmp.Diff(fields, given); diff != "" {
		t.Errorf("fields of Config (-) and of the settings (+); add a setting, or a reason to notInDSN:\n%s", diff)
	}
}

// samples are two values for each kind of setting, as text and as they are in Config.
var samples = map[string][2]struct {
	text  string
	value any
}{
	strings.Join(pinModes, ", "):      {{"session", PinSession}, {"transaction", PinTransaction}},
	strings.Join(catalogLevels, ", "): {{"orm", guard.CatalogORM}, {"all", guard.CatalogAll}},
	strings.Join(affinities, ", "):    {{"off", AffinityOff}, {"on", AffinityOn}},
	dsnvalue.Bool.Values:              {{"true", true}, {"false", false}},
	"a name":                          {{"sys", "sys"}, {`"Sys tem"`, "Sys tem"}},
	"a number":                        {{"7", 7}, {"12", 12}},
	dsnvalue.Names.Values:             {{`ref, "B ""c"""`, []string{"ref", `B "c"`}}, {"ref", []string{"ref"}}},
}

// TestSettingSetsItsField: a setting sets the field it names and no other; the same value in Config is welcome, another
// is refused.
func TestSettingSetsItsField(t *testing.T) {
	for _, s := range settings {
		sample, ok := samples[s.Values]
		if !ok {
			t.Errorf("%s: no sample of %q", s.name, s.Values)
			continue
		}
		var got Config
		for range 2 { // the second finds the first one's value
			if err := s.set(&got, sample[0].text); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
		}
		leaves(reflect.ValueOf(got), "", func(path string, field reflect.Value) {
			if path != s.field {
				if !field.IsZero() {
					t.Errorf("%s sets %s", s.name, path)
				}
			} else if diff := cmp.Diff(sample[0].value, field.Interface()); diff != "" {
				t.Errorf("%s: %s", s.name, diff)
			}
		})
		if err := s.set(&got, sample[1].text); err != dsnvalue.ErrDiffers {
			t.Errorf("%s: another value than in Config: got %v", s.name, err)
		}
	}
}

// What a DSN gives counts even where it is the default: Config may not say otherwise.
func TestDefaultsInDSNContradict(t *testing.T) {
	for _, s := range settings {
		var c Config
		if err := s.set(&c, samples[s.Values][0].text); err != nil {
			t.Fatal(err)
		}
		explicit := map[string]string{
			strings.Join(pinModes, ", "): "auto", strings.Join(affinities, ", "): "on", strings.Join(catalogLevels, ", "): "none", dsnvalue.Bool.Values: "false", "a name": DefaultSystemSchema,
			"a number": "0", dsnvalue.Names.Values: "",
		}[s.Values]
		if err := s.set(&c, explicit); err != dsnvalue.ErrDiffers {
			t.Errorf("%s=%s: got %v", s.name, explicit, err)
		}
		if err := s.set(new(Config), explicit); err != nil {
			t.Errorf("%s=%s alone: %v", s.name, explicit, err)
		}
	}
}

func TestMalformedValues(t *testing.T) {
	malformed := map[string][]string{
		strings.Join(pinModes, ", "):      {"", "Session", "1", "auto ", "hunter2"},
		strings.Join(catalogLevels, ", "): {"", "ORM", "2", "hunter2"},
		dsnvalue.Bool.Values:              {"", "on", "yes", "1", "TRUE", "hunter2"},
		"a name":                          {"", " ", "a,b", "a b", `"a`, `""`, "1a", "a.b", "hunter2 x"},
		"a number":                        {"", "-1", "+1", "1e3", "0x10", "1_000", " 1", "99999999999999999999", "hunter2"},
		dsnvalue.Names.Values:             {",", "a,", ",a", "a,,b", "a b", `"a`, `"a"b`, `a"b"`, `""`, "1a", "a-b", "$user", "a;b", "hunter2 x"},
	}
	for _, s := range settings {
		for _, value := range malformed[s.Values] {
			err := s.set(new(Config), value)
			if err == nil {
				t.Errorf("%s=%q is accepted", s.name, value)
			} else if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: the message repeats the value: %v", s.name, err)
			}
		}
	}
}

// Case has no meaning in the names of server settings, and they may have a dot.
func TestAllowSettings(t *testing.T) {
	c := Config{Policy: guard.Policy{AllowSettings: []string{"TimeZone", "MyApp.user"}}}
	set := settings[slices.IndexFunc(settings, func(s setting) bool { return s.name == "docex_allow_settings" })].set
	if err := set(&c, "timezone,myapp.user"); err != nil {
		t.Error(err)
	}
}

// TestValuesHaveNames: one value more than the names is none that the guard knows.
func TestValuesHaveNames(t *testing.T) {
	if _, err := guard.New(guard.Policy{Catalog: guard.CatalogLevel(len(catalogLevels))}); err == nil {
		t.Error("the guard knows a catalog level that has no name in a DSN")
	}
	for i, name := range pinModes {
		if got := PinMode(i).String(); got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	}
	for _, m := range []PinMode{-1, PinMode(len(pinModes))} {
		if got := m.String(); !strings.HasPrefix(got, "PinMode(") {
			t.Errorf("%d: %s", int(m), got)
		}
	}
}

func TestSessionMemory(t *testing.T) {
	for megabytes, want := range map[int]int64{0: DefaultSessionMemory << 20, 7: 7 << 20} {
		c, err := NewConnector("postgres://", Config{SessionMemory: megabytes})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.shared.SessionMemory; got != want {
			t.Errorf("%d: got %d bytes, want %d", megabytes, got, want)
		}
	}
}
