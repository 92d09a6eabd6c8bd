package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/docex/docex/examples/sqlx/before/web"
)

// Config is the configuration file.
type Config struct {
	Listen   string       `json:"listen"`
	DSN      string       `json:"dsn"`
	MaxConns int          `json:"max_conns"`
	Sessions web.Sessions `json:"sessions"`
	// Customers are all databases, for jobs. Each customer's server has its own in DSN.
	Customers map[string]string `json:"customers"`
}

// ReadConfig reads the configuration file. ${NAME} in it stands for an environment variable.
func ReadConfig(name string) (Config, error) {
	cfg := Config{Listen: "127.0.0.1:8080", MaxConns: 10}
	text, err := os.ReadFile(name)
	if err != nil {
		return cfg, fmt.Errorf("config: %w", err)
	}
	if err := json.Unmarshal([]byte(os.ExpandEnv(string(text))), &cfg); err != nil {
		return cfg, fmt.Errorf("config: %s: %w", name, err)
	}
	if cfg.DSN == "" {
		return cfg, errors.New("config: dsn is missing")
	}
	return cfg, nil
}
