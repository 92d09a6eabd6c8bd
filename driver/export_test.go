package driver

import "github.com/docex/docex/guard"

// DisableGuard lets every statement through, so that a test can see what the server's own wall stops.
func (c *Connector) DisableGuard() { c.shared.Guard = noGuard{} }

type noGuard struct{}

func (noGuard) Inspect(string, string) (guard.Effects, error) {
	return guard.Effects{Statements: 1}, nil
}

// SetWorkerConnections has a test reach the bound of connections to workers of Citus.
func (c *Connector) SetWorkerConnections(n int) { c.shared.WorkerConnections = n }
