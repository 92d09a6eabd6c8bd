package guard

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// Policy says what tenants may use besides their own schema. The zero value is the strictest. Names are as PostgreSQL
// stores them: unquoted, folded to lower case unless created with quotes.
type Policy struct {
	// SharedSchemas hold tables that every tenant may read and none may write. They follow the tenant's schema on the
	// search_path in this order.
	SharedSchemas []string
	// SharedRelations are the names of the tables, views and sequences in SharedSchemas. Without a schema's name, a
	// statement reaches a shared table wherever the tenant has none of that name; the guard cannot see which, so names
	// listed here are refused as unqualified targets of writes and locks. Left empty, only the server's privileges stop
	// those.
	SharedRelations []string
	// ExtensionSchemas hold extensions. They follow the shared schemas on the search_path; their types and operators may
	// be used, their functions when Extensions or AllowFunctions opens them, their tables not at all. Keep only extensions
	// in them of which every function and every view is harmless: an argument's field (x.f) can call a function, and a
	// bare name can reach a view, that no list can know.
	ExtensionSchemas []string
	// Extensions are the names of extensions, such as "pg_trgm", whose harmless functions may be called, without a
	// schema's name or with that of one of ExtensionSchemas. extensions.tsv says which functions these are, of
	// PostgreSQL's contrib extensions and of pgvector, and which versions were reviewed. New refuses the name of any other
	// extension.
	Extensions []string
	// TenantFunctions are the functions, procedures and aggregates of the tenant's own DDL that may be called without
	// their schema's name; with it, they always may. The driver asks the server which a tenant has ([Guard.WithFunctions])
	// and needs the list only for a base driver other than pgx, and for names that SharedSchemas or ExtensionSchemas have,
	// too. provision.Functions lists those of a DDL.
	TenantFunctions []string
	// AllowFunctions are more functions that may be called without a schema's name, such as those of extensions that
	// Extensions does not take, or with the name of one of ExtensionSchemas. Every argument is allowed, so name none that
	// runs a string as SQL (crosstab, dblink) or takes the name of an object (pgstattuple). Of PostgreSQL's own refused
	// functions it may name pg_notify and the advisory locks that end with the transaction: tenants can then hear and
	// block one another, so see the functions in SystemSchema first.
	AllowFunctions []string
	// AllowSettings are settings that SET, SET LOCAL, RESET and SHOW may name. None by default; SET TRANSACTION and SHOW
	// of the transaction's own characteristics need no entry. Those that RESET ALL does not reset stay refused.
	AllowSettings []string
	// SystemSchema is the schema of the functions that docex has for all tenants, such as docex_system.try_lock. "" means
	// docex_system. The driver takes the name from its own configuration.
	SystemSchema string
	// Catalog says how much of the system catalogs may be read.
	Catalog CatalogLevel
	// MultiStatement allows several statements in one text, each checked. Transaction control among them stays refused.
	MultiStatement bool
	// Limits bound the texts that are parsed. The zero value stands for defaults that are safe everywhere.
	Limits Limits
}

// CatalogLevel says how much of pg_catalog and information_schema statements may read. Other tenants' names and
// statistics are in there, so every level but CatalogNone shows them to a tenant whose role may see them.
//
// No level opens what PostgreSQL shows to the owners of tables only: a tenant's role owns none, and would be told by
// information_schema.constraint_column_usage that there are no keys.
type CatalogLevel uint8

const (
	CatalogNone CatalogLevel = iota // nothing
	CatalogORM                      // the relations and functions that object-relational mappers' migrators read
	CatalogAll                      // every relation, name lookups by reg* types and functions that describe objects
)

// maxIdentifier is the longest name PostgreSQL keeps, in bytes.
const maxIdentifier = 63

// New compiles a policy, or says what is wrong with it.
func New(p Policy) (*Guard, error) {
	g := &Guard{
		system: cmp.Or(p.SystemSchema, "docex_system"), catalog: p.Catalog, multi: p.MultiStatement,
		limits: text.Limits(p.Limits),
	}
	if err := sqlparse.ValidateLimits(g.limits); err != nil {
		return nil, fmt.Errorf("docex: guard: policy: Limits: %w", err)
	}
	if p.Catalog > CatalogAll {
		return nil, fmt.Errorf("docex: guard: policy: Catalog: unknown level %d", p.Catalog)
	}
	var errs [8]error
	g.shared, errs[0] = compile("SharedSchemas", p.SharedSchemas, sharableSchema)
	g.extensions, errs[1] = compile("ExtensionSchemas", p.ExtensionSchemas, sharableSchema)
	g.functions, errs[2] = compile("TenantFunctions", p.TenantFunctions, tenantFunction)
	allowed, err := compile("AllowFunctions", p.AllowFunctions, allowableFunction)
	errs[3] = err
	g.settings, errs[4] = compile("AllowSettings", lower(p.AllowSettings), allowableSetting)
	g.sharedRelations, errs[5] = compile("SharedRelations", p.SharedRelations, validName)
	g.verdicts, errs[6] = newVerdicts(p.Limits.MaxBytes)
	g.opened, errs[7] = compile("Extensions", p.Extensions, allowableExtension)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	for name := range allowed {
		g.functions[name] = true
	}
	for name := range g.extensions {
		if g.shared[name] {
			return nil, fmt.Errorf("docex: guard: policy: schema %q is both shared and of extensions", name)
		}
	}
	return g, nil
}

// compile checks each name of a list and refuses a name that comes twice, which is a mistake of whoever wrote the
// policy.
func compile(list string, names []string, check func(string) error) (map[string]bool, error) {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		err := check(name)
		if err == nil && set[name] {
			err = errors.New("comes twice")
		}
		if err != nil {
			return nil, fmt.Errorf("docex: guard: policy: %s: %q %w", list, name, err)
		}
		set[name] = true
	}
	return set, nil
}

func lower(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ToLower(n)
	}
	return out
}

// validName refuses what cannot be the name of an object.
func validName(name string) error {
	switch {
	case name == "":
		return errors.New("is empty")
	case len(name) > maxIdentifier:
		return fmt.Errorf("is longer than %d bytes", maxIdentifier)
	case !utf8.ValidString(name) || strings.IndexByte(name, 0) >= 0:
		return errors.New("is not valid UTF-8 text")
	}
	return nil
}

// validSchema refuses the schemas of the server itself.
func validSchema(name string) error {
	if err := validName(name); err != nil {
		return err
	}
	if strings.HasPrefix(name, "pg_") || name == "information_schema" {
		return errors.New("is a schema of the system")
	}
	return nil
}

// sharableSchema refuses schemas that must never be open to all: the system's, tenants', and "$user", which search_path
// replaces with the role's name.
func sharableSchema(name string) error {
	switch err := validSchema(name); {
	case err != nil:
		return err
	case strings.HasPrefix(name, "tenant_"):
		return errors.New("is a tenant's schema")
	case strings.HasPrefix(name, "$"):
		return errors.New("is not a fixed name")
	}
	return nil
}

// allowableFunction refuses names that mean a function of pg_catalog which is refused or checked: pg_catalog comes
// first on every search_path, so the name would open that one.
func allowableFunction(name string) error {
	if err := validName(name); err != nil {
		return err
	}
	if strings.ContainsRune(name, '.') {
		return errors.New("is qualified (give the bare name)")
	}
	if f, ok := builtins()[name]; ok && f.class != safe && !sharedByDesign[name] {
		return errPgCatalog
	}
	if refusedCast(name) {
		return errors.New("is a type of pg_catalog that stays refused")
	}
	return nil
}

var errPgCatalog = errors.New("is a function of pg_catalog that stays refused")

// tenantFunction refuses what only AllowFunctions opens as well: who lists a DDL's functions means those.
func tenantFunction(name string) error {
	if sharedByDesign[name] {
		return errPgCatalog
	}
	return allowableFunction(name)
}

// pinnedSettings decide which schema or role a statement runs in, or how the server reads its text; no policy may open
// them.
var pinnedSettings = map[string]bool{
	"search_path": true, "role": true, "session_authorization": true, "is_superuser": true, "all": true,
	"standard_conforming_strings": true, "client_encoding": true, "backslash_quote": true,
	"row_security": true, "session_replication_role": true, "default_text_search_config": true,
	"session_preload_libraries": true, "local_preload_libraries": true, "dynamic_library_path": true,
	"default_tablespace": true, "temp_tablespaces": true, "default_table_access_method": true,
	"docex.tenant_id": true, "docex.user_id": true, // which triggers trust
}

// lastingSettings are those that RESET ALL leaves as they are, with which the driver clears a session
// (pg_settings_get_flags, NO_RESET_ALL). pinnedSettings has the rest of them.
var lastingSettings = setOf("seed transaction_isolation transaction_read_only transaction_deferrable")

func allowableSetting(name string) error {
	if err := validName(name); err != nil {
		return err
	}
	if pinnedSettings[name] {
		return errors.New("stays refused: the isolation depends on it")
	}
	if lastingSettings[name] {
		return errors.New("stays refused: RESET ALL, which clears a connection for the next tenant, does not reset it")
	}
	return nil
}
