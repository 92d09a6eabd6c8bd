package scope

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// SchemaPrefix starts the name of every schema that docex derives from a tenant id.
const SchemaPrefix = "tenant_"

// maxIdentifier is the longest name PostgreSQL keeps, in bytes: NAMEDATALEN - 1 of a default build (PostgreSQL manual,
// 4.1.1 "Identifiers and Key Words"). It cuts a longer one with no more than a NOTICE, and the cut name can be another
// tenant's.
const maxIdentifier = 63

// MaxTenantIDLen is the longest tenant id, in bytes: what SchemaPrefix leaves of an identifier.
const MaxTenantIDLen = maxIdentifier - len(SchemaPrefix)

// SystemTenantID is the default id of the system tenant. Ids that begin with '$' are reserved for system tenants and
// never match the grammar, so that no UserContext can name one.
const SystemTenantID = "$system"

// ErrInvalidTenantID is matched by every error of [ValidateTenantID].
var ErrInvalidTenantID = errors.New("docex: invalid tenant id")

// ValidateTenantID accepts 1 to [MaxTenantIDLen] lower-case ASCII letters, digits, '-' and '_', the first of them a
// letter or a digit. Any other id gives an error that matches [ErrInvalidTenantID]; one that begins with '$' matches
// [ErrSystemTenant] too.
func ValidateTenantID(id string) error {
	if id == "" {
		return fmt.Errorf("%w: empty", ErrInvalidTenantID)
	}
	if id[0] == '$' {
		return &failure{
			msg: ErrInvalidTenantID.Error() + ": ids that begin with '$' are reserved for system tenants",
			is:  []error{ErrInvalidTenantID, ErrSystemTenant},
		}
	}
	if len(id) > MaxTenantIDLen {
		return fmt.Errorf("%w: %d bytes, the most is %d", ErrInvalidTenantID, len(id), MaxTenantIDLen)
	}
	for i := range len(id) {
		if !validAt(id[i], i) {
			return fmt.Errorf("%w: %s at offset %d (lower-case a-z, 0-9, '-' and '_'; a letter or digit first)",
				ErrInvalidTenantID, character(id[i:]), i)
		}
	}
	return nil
}

// character names what s begins with: a byte that begins no character, too.
func character(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size <= 1 {
		return fmt.Sprintf("byte %#x", s[0])
	}
	return strconv.QuoteRune(r)
}

func validAt(b byte, offset int) bool {
	switch {
	case 'a' <= b && b <= 'z', '0' <= b && b <= '9':
		return true
	default:
		return offset > 0 && (b == '-' || b == '_')
	}
}

// SchemaName returns the schema of the tenant with that id, unquoted. Two different valid ids never share one: the
// mapping only puts [SchemaPrefix] before the id, and the result never exceeds the 63 bytes PostgreSQL keeps. The error
// is that of [ValidateTenantID].
func SchemaName(tenantID string) (string, error) {
	if err := ValidateTenantID(tenantID); err != nil {
		return "", err
	}
	return SchemaPrefix + tenantID, nil
}
