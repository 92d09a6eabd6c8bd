package guard

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/docex/docex/internal/sqlparse/text"
)

// Fingerprint names a statement in logs without showing it: 16 hexadecimal digits of a SHA-256. Texts that differ only
// in plain constants (numbers, and strings without escapes) or in comments have the same one; constants are not hashed.
// Texts that do not parse have one too. It is for counting and grouping, never for deciding: others may collide with it
// on purpose.
func Fingerprint(sql string) string {
	bare := text.WithoutComments(sql)
	shape, ok := text.Shape(bare)
	if !ok {
		shape = bare
	}
	sum := sha256.Sum256([]byte(shape))
	return hex.EncodeToString(sum[:8])
}
