package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// systemObjects are the functions and triggers of the system schema as docex init makes them. Of a function it is the
// SHA-256 of its text, with SYSTEM for the schema's name, its settings, whether it runs as its owner, and its language;
// those of provision/sql/system, of which pin decides who works for whom. With other ones every test of this package
// fails.
var systemObjects = map[string]string{
	"active_tenants(after text, most integer)": "de1568718b8a688896f50cfabfb9cd7d" +
		"456350d474823b13bb460c707f397cd9",
	"analyze_tables(VARIADIC tables text[])": "c4169a8861dffc32a11cd70d4d8f519b" +
		"a51d0bab0d384034638cdbc097ebcc8c",
	"append_only()": "86670edd0bfb1b10fecb4c596c30c670" +
		"cb74c5ef2e7bcff2a92c99277c40b6ac",
	"apply_ddl(schema_name text, path text, statements text[])": "f5163e407c9b06ed91b91146f149b238" +
		"2f9f2ee8096c60ecaa920e123c3a4947",
	"channel(name text)": "b5ea7b516e337486b36ca52b3886f8e5" +
		"161e6e604f619c0c5668a6ae354673f1",
	"lock(name text)": "c2cc737c31a666aeeb50e6ec4fe3a53a" +
		"5eb1bd278168a42d8358fc2297c6ec00",
	"lock_tables(schema_name text, first text)": "163d5b4c5e493991fe8d493a624da6b9" +
		"917a1d927b6d44c916bb0412ab567297",
	"notify(channel text, payload text)": "42cbf57d5c301a3bdc93b7d9655b9eba" +
		"c92c78020d312319646d1a939a6d81c8",
	"only_forgotten()": "567c754aa9673b586a6be54a20110cef" +
		"b5bfbb8deecd26cb4f94261d269362ed",
	"own_name(name text)": "91707fd52497194497f43ac7c5fddda4" +
		"63797653bc378416bd8b1231812f00fd",
	"own_relation(name text, kinds text, privilege text)": "5c59f89e6d48efa560074f0bf5eeaa5a" +
		"162fe1f9a88286fedc98178b34fc1d80",
	"own_tenant(OUT id text, OUT schema_name text, OUT role_name text)": "25635209b64758ff67764175f1d56a0c" +
		"ce31b26e806764485ea54f357de9b6b0",
	"pin(tenant_id text, expected_schema text)": "c76394b8c1a673df8eb7f52b7b4b6af1" +
		"66ebb405be5475aa215214c7e2ddc61a",
	"refresh_view(view text, \"concurrently\" boolean)": "4c184195ff611083514c976bdf87866d" +
		"768a2fccee5d871f0b52696453c9c215",
	"refuse(tenant_id text)": "08c9564e097cc4cababaadee8b698de7" +
		"e26ba3b6348391a745ad51268e5d23e1",
	"session_memory()": "7179a21476b715ebaae483a909d96494" +
		"5d4204bbbda74c983866b2ca6e317f0c",
	"trigger append_only of audit":    "O 42 SYSTEM.append_only",
	"trigger only_forgotten of audit": "O 19 SYSTEM.only_forgotten",
	"truncate_tables(VARIADIC tables text[])": "46305fd74dab5bfdfe807c51105676f8" +
		"4920b15366e1dac585ef948917b49fc0",
	"try_lock(name text)": "95c5aea58b26f2758a5a67f7163ba260" +
		"b01c8139117305ffe25411f6cdfa2e1b",
}

// changedSQL lists functions of the system schema, and what else can change what happens to the registry's rows.
//
//	$1 the system schema, $2 its name in quotes
const changedSQL = `
WITH home AS (SELECT oid, nspowner FROM pg_namespace WHERE nspname = $1)
SELECT format('%s(%s)', f.proname, pg_get_function_identity_arguments(f.oid)),
       encode(sha256(convert_to(concat_ws(' ', replace(f.prosrc, $2, 'SYSTEM'), f.proconfig, f.prosecdef, l.lanname,
                                               f.proowner = h.nspowner), 'UTF8')), 'hex')
  FROM home AS h JOIN pg_proc AS f ON f.pronamespace = h.oid JOIN pg_language AS l ON l.oid = f.prolang
UNION ALL
SELECT format('trigger %I of %I', t.tgname, c.relname),
  format('%s %s %s', t.tgenabled, t.tgtype, replace(t.tgfoid::regproc::text, quote_ident($1) || '.', 'SYSTEM.'))
  FROM home AS h JOIN pg_class AS c ON c.relnamespace = h.oid JOIN pg_trigger AS t ON t.tgrelid = c.oid
    AND NOT t.tgisinternal
UNION ALL
SELECT format('rule %I of %I', r.rulename, c.relname), ''
  FROM home AS h JOIN pg_class AS c ON c.relnamespace = h.oid AND c.relkind = 'r' JOIN pg_rewrite AS r
    ON r.ev_class = c.oid
UNION ALL
SELECT format('row security of %I', c.relname), '' FROM home AS h JOIN pg_class AS c ON c.relnamespace = h.oid
  AND c.relrowsecurity
 ORDER BY 1`

// changed compares the system schema's functions and triggers with those that docex init makes.
func (d *doctor) changed(ctx context.Context) ([]Finding, error) {
	missing := maps.Clone(systemObjects)
	var differ []string
	err := d.read(ctx, changedSQL, []any{d.system(), quote(d.system())}, func(scan func(...any) error) error {
		var name, digest string
		err := scan(&name, &digest)
		if want, ok := missing[name]; !ok || want != digest {
			differ = append(differ, name)
		}
		delete(missing, name)
		return err
	})
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		differ = append(differ, name+" is missing")
	}
	if err != nil || len(differ) == 0 {
		return nil, err
	}
	return one(failure(fmt.Sprintf("find out who changed it, and restore schema %s from a backup", quote(d.system())),
		"the registry is not as docex init makes it: %s", some(differ)))
}
