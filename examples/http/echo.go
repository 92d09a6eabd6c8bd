package web

import (
	"database/sql"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/docex/docex/scope/httpscope"
)

// newEcho takes the middleware by echo's own adapter.
func newEcho(db *sql.DB, users sessions) http.Handler {
	router := echo.New()
	router.Use(echo.WrapMiddleware(httpscope.Require(users.who)))
	router.GET("/documents", func(c *echo.Context) error {
		names, err := documents(c.Request().Context(), db)
		if err != nil {
			httpscope.WriteError(c.Response(), err)
			return nil
		}
		return c.JSON(http.StatusOK, names)
	})
	return router
}
