package web

import (
	"database/sql"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/docex/docex/scope/httpscope"
)

// requireTenant is the middleware for gin, which has a handler type of its own.
func (s sessions) requireTenant(c *gin.Context) {
	r, err := httpscope.Enter(c.Request, s.who)
	if err != nil {
		httpscope.WriteError(c.Writer, err)
		c.Abort()
		return
	}
	c.Request = r
}

// newGin passes the request's context, not gin's.
func newGin(db *sql.DB, users sessions) http.Handler {
	router := gin.New()
	router.Use(users.requireTenant)
	router.GET("/documents", func(c *gin.Context) {
		names, err := documents(c.Request.Context(), db) // c itself has no UserContext
		if err != nil {
			httpscope.WriteError(c.Writer, err)
			return
		}
		c.JSON(http.StatusOK, names)
	})
	return router
}
