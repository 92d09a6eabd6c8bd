package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/docex/docex/internal/config"
)

// initialized is what docex init has done.
type initialized struct {
	Config        string `json:"config"`
	ConfigCreated bool   `json:"config_created"`
	Result        string `json:"result"` // initialized, upgraded, rehomed or existing
	Database      string `json:"database"`
	Environment   string `json:"environment"`
	SystemSchema  string `json:"system_schema"`
	AppRole       string `json:"app_role"`
	DDL           string `json:"ddl"` // as in docex.yaml: a folder, none, or empty for DocEX's own
	// Warnings are about the DDL; the text shows them on standard error.
	Warnings []denialJSON `json:"warnings"`
}

func (i *installer) done(result string, app login) initialized {
	standard := config.Default()
	return initialized{
		Config: i.path, ConfigCreated: i.isNew, Result: result, Database: app.database,
		Environment:  cmp.Or(i.cfg.Environment, standard.Environment),
		SystemSchema: cmp.Or(i.cfg.Provision.SystemSchema, standard.Provision.SystemSchema),
		AppRole:      app.role, DDL: i.cfg.Provision.DDL,
	}
}

func (i initialized) print(w io.Writer) error {
	file, option := "is there already", ""
	if i.ConfigCreated {
		file = "written"
	}
	if i.Config != config.Name {
		option = " -c " + i.Config
	}
	database := map[string]string{
		"initialized": "initialised", "upgraded": "upgraded to the version of this docex",
		"existing": "is initialised already", "rehomed": "has roles of its own now",
	}[i.Result]
	fmt.Fprintf(w, "%s: %s\n", i.Config, file)
	fmt.Fprintf(w, "database %s: %s (environment %s, schema %s, application role %s)\n",
		i.Database, database, i.Environment, i.SystemSchema, i.AppRole)
	_, err := fmt.Fprintf(w, "tables of a tenant: %s\nnext: docex tenant create ID%s\n", i.tables(), option)
	return err
}

// tables says which ones a tenant gets. Ids are given out once, so it is better known before the first tenant.
func (i initialized) tables() string {
	switch i.DDL {
	case "":
		return "DocEX's own; others are named by provision.ddl in " + i.Config
	case config.NoDDL:
		return "none"
	}
	return "those of " + printableLine(i.DDL)
}
