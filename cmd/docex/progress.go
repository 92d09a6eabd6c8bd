package main

import (
	"context"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/docex/docex/provision"
)

// progress shows how far a command is, on a terminal. Elsewhere it shows nothing.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress is for so many steps of a kind, such as tenants; 0 where grow or of says how many.
func (c *cli) newProgress(steps int, kind string) progress {
	if !isTerminal(c.err) {
		return progress{}
	}
	return progress{progressbar.NewOptions(steps, progressbar.OptionSetWriter(c.err),
		progressbar.OptionSetDescription(kind),
		progressbar.OptionShowCount(), progressbar.OptionFullWidth(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())}
}

// progressOfAll is for every tenant. Where nobody sees it, they are not counted.
func (c *cli) progressOfAll(ctx context.Context, p *provision.Provisioner) (progress, error) {
	if !isTerminal(c.err) {
		return progress{}, nil
	}
	tenants, err := p.List(ctx, provision.ListOptions{})
	return c.newProgress(len(tenants), "tenants"), err
}

// step is one more done. What a terminal does not take is no reason to stop.
func (p progress) step() {
	if p.bar != nil {
		_ = p.bar.Add(1)
	}
}

// set shows that n of all steps are done.
func (p progress) set(n int) {
	if p.bar != nil {
		_ = p.bar.Set(n)
	}
}

// grow says how many steps there are by now.
func (p progress) grow(steps int) {
	if p.bar != nil {
		p.bar.ChangeMax(steps)
	}
}

// of shows that done steps are done, and how many are left.
func (p progress) of(done, left int) {
	p.grow(done + left)
	p.set(done)
}

// clear takes the bar away, to print something or at the end; the next step shows it again.
func (p progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
