//go:build !cgo

package needcgo

// PostgreSQL's parser is C. Set CGO_ENABLED=1, with a C compiler such as gcc or clang in the path.
var _ = docex_needs_cgo_and_a_C_compiler__set_CGO_ENABLED_to_1
