package provision

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/jackc/pgx/v5"
)

// installationIDLen is the length of an installation's id in hexadecimal digits.
const installationIDLen = 8

// newInstallationID returns a random id that tells the roles of one installation from those of every other one in the
// same server: schemas belong to a database, roles to the whole server.
func newInstallationID() string {
	var b [installationIDLen / 2]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b[:])
}

// sharedRoleName returns the role that holds the rights on the shared schemas, of which each tenant's role is a member.
// It has no second '_', so it is never a tenant's.
func sharedRoleName(installation string) string {
	return "docex_" + installation
}

// hashLen is the number of hexadecimal digits of SHA-256 that end a shortened name: 80 bits.
const hashLen = 20

// tenantRoleName returns the role of a tenant: docex_<installation>_<tenant id>.
func tenantRoleName(installation, tenantID string) string {
	return sharedRoleName(installation) + tenantRoleSuffix(tenantID)
}

// tenantRoleSuffix returns what a tenant's role has after the name of the shared role. Names longer than PostgreSQL
// keeps are cut here, never by the server, and end in '.' and a hash of the whole id instead; '.' is in no id, so a
// shortened name cannot be that of another tenant.
func tenantRoleSuffix(tenantID string) string {
	const most = maxName - len("docex_") - installationIDLen
	suffix := "_" + tenantID
	if len(suffix) <= most {
		return suffix
	}
	sum := sha256.Sum256([]byte(tenantID))
	return suffix[:most-1-hashLen] + "." + hex.EncodeToString(sum[:])[:hashLen]
}

// lockKey returns the advisory lock of a tenant, or of the whole installation for the empty id. Two names share a key
// with a chance of 2^-64, and would then only wait for each other.
func lockKey(systemSchema, tenantID string) int64 {
	sum := sha256.Sum256([]byte("docex\x00" + systemSchema + "\x00" + tenantID))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// quote returns name as a quoted SQL identifier.
func quote(name string) string {
	return pgx.Identifier{name}.Sanitize()
}

// expand puts quoted names where an SQL text has {{key}}. Pairs are key, name, key, name.
func expand(sql string, pairs ...string) string {
	old := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		old = append(old, "{{"+pairs[i]+"}}", quote(pairs[i+1]))
	}
	return strings.NewReplacer(old...).Replace(sql)
}
