package provision

import "strings"

// named puts the names of roles into differences. Descriptions hold marks in their place, so that those of two tenants
// can be compared.
func (in installation) named(t Tenant, ds []Difference) []Difference {
	names := strings.NewReplacer("{{role}}", in.grantee(t), "{{app}}", in.holder(), "{{shared}}", in.sharedRole,
		"{{administrator}}", "the administrator")
	for i, d := range ds {
		d.Object, d.Want, d.Got = names.Replace(d.Object), names.Replace(d.Want), names.Replace(d.Got)
		ds[i] = d
	}
	return ds
}
