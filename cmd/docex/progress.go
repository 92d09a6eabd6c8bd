package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress is a bar on a terminal, and nothing elsewhere. It is for one goroutine at a time.
type progress struct {
	c     *cli
	title string
	bar   *progressbar.ProgressBar
}

func (c *cli) newProgress(title string) *progress { return &progress{c: c, title: title} }

// set shows that n of total are done. It has the form of the callbacks that report progress.
func (p *progress) set(n, total int) {
	if !isTerminal(p.c.err) {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetDescription(p.title), progressbar.OptionSetWriter(p.c.err),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	_ = p.bar.Set(n) // a terminal that is gone is no reason to stop
}

// done takes the bar away, before something else is printed.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
