package config

import (
	"fmt"
	"os"

	"github.com/docex/docex/internal/atomicfile"
)

// Create writes c as a new file, readable by its owner alone when it holds a password. The file is there whole or not
// at all, whatever happens meanwhile. The error matches fs.ErrExist when there is a file.
func (c Config) Create(path string) error {
	text, err := c.Render()
	if err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if c.Secret() {
		mode = 0o600
	}
	f, err := atomicfile.Create(path, mode)
	if err == nil {
		defer f.Discard()
		_, err = f.Write(text)
	}
	if err == nil {
		err = f.CommitNew()
	}
	if err != nil {
		return fmt.Errorf("docex: configuration: %w", err)
	}
	return nil
}
