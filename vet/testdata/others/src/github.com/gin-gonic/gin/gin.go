// Package gin has the names of gin.
package gin

import (
	"context"
	"net/http"
)

type Context struct {
	context.Context
	Request *http.Request
}
