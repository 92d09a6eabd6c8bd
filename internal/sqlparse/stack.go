package sqlparse

/*
#include <pthread.h>
#include <stddef.h>

// The size that a thread gets when nobody asks for another, or 0. Go's runtime takes it too for the threads that run
// cgo calls: RLIMIT_STACK at start with glibc (8 MiB for most users), 128 KiB with musl.
static size_t docex_thread_stack(void) {
	pthread_attr_t attr;
	size_t size = 0;
	if (pthread_attr_init(&attr) != 0)
		return 0;
	if (pthread_attr_getstacksize(&attr, &size) != 0)
		size = 0;
	pthread_attr_destroy(&attr);
	return size;
}

// CGO_CFLAGS reach the parser as they reach this file.
#ifdef __OPTIMIZE__
enum { docex_level_bytes = 200 };
#else
enum { docex_level_bytes = 1100 };
#endif
*/
import "C"

import (
	"cmp"
	"fmt"

	"github.com/docex/docex/internal/sqlparse/text"
)

const (
	// stackPerLevel is what one level of the tree costs the C code, in bytes. Measured with gcc 12 on amd64: 160 with
	// -Os, 186 to 196 with cgo's own -O2, 1,074 with -O0.
	stackPerLevel = C.docex_level_bytes
	// stackBase is what the call needs before it recurses: the parser's tables, cgo, the thread's own data.
	stackBase = 24 << 10
)

// ValidateLimits returns an error when a field is negative or above its ceiling, or when MaxChain needs more C stack
// than the threads of this process have. Callers check a configuration with it once. Parse does not.
func ValidateLimits(l text.Limits) error {
	if err := l.Validate(); err != nil {
		return err
	}
	return checkStack(cmp.Or(l.MaxChain, text.DefaultMaxChain), threadStackSize())
}

// threadStackSize returns the stack size of the threads that C code runs on, in bytes.
func threadStackSize() int { return int(C.docex_thread_stack()) }

// checkStack reports whether maxChain levels fit a stack of that size.
func checkStack(maxChain, size int) error {
	if need := stackBase + maxChain*stackPerLevel; need > size {
		return fmt.Errorf("MaxChain is %d, which takes %d bytes of stack; threads of this process have %d",
			maxChain, need, size)
	}
	return nil
}
