package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/benchmark/parse"
)

// minRounds is what a median needs here.
const minRounds = 5

// results are the rounds of each benchmark, by name.
type results struct {
	rounds map[string][]*parse.Benchmark
	config []string // "cpu: …" and the like, each once
}

func newResults() *results { return &results{rounds: map[string][]*parse.Benchmark{}} }

var (
	// round is what Go appends to the name when a benchmark runs again, and the number of processors.
	round  = regexp.MustCompile(`(#\d+)?(-\d+)?$`)
	config = regexp.MustCompile(`^(cpu|postgresql): `)
)

// read takes a line of output.
func (r *results) read(line string) {
	if config.MatchString(line) && !slices.Contains(r.config, line) {
		r.config = append(r.config, line)
	}
	if b, err := parse.ParseLine(line); err == nil {
		name := round.ReplaceAllString(b.Name, "")
		r.rounds[name] = append(r.rounds[name], b)
	}
}

func (r *results) environment() string { return strings.Join(r.config, ", ") }

// table renders every row, in Markdown.
func (r *results) table() (string, error) {
	var t strings.Builder
	t.WriteString("| | docex | baseline | ratio | target | |\n|---|---|---|---|---|---|\n")
	for _, row := range rows {
		docex, baseline := r.rounds[row.docex()], r.rounds[row.name(row.baseline)]
		if len(docex) != len(baseline) || len(docex) < minRounds {
			return "", fmt.Errorf("%s: %d rounds of docex and %d of %s, want %d or more of both",
				row.bench, len(docex), len(baseline), row.baseline, minRounds)
		}
		if row.allocs {
			t.WriteString(row.allocations(docex, baseline))
		} else {
			t.WriteString(row.throughput(docex, baseline))
		}
	}
	return t.String(), nil
}

// throughput compares times, each round's with the same round's.
func (r row) throughput(docex, baseline []*parse.Benchmark) string {
	time := func(b *parse.Benchmark) float64 { return b.NsPerOp }
	ratios := make([]float64, len(docex))
	for i := range docex {
		ratios[i] = time(baseline[i]) / time(docex[i])
	}
	ratio := median(ratios)
	target := "| |"
	if r.target > 0 {
		target = fmt.Sprintf("| ≥ %v | %s |", r.target, verdict(ratio >= r.target))
	}
	return fmt.Sprintf("| %s | %.0f µs | %.0f µs | %.2f %s\n", r.what,
		medianOf(docex, time)/1e3, medianOf(baseline, time)/1e3, ratio, target)
}

func (r row) allocations(docex, baseline []*parse.Benchmark) string {
	allocs := func(b *parse.Benchmark) float64 { return float64(b.AllocsPerOp) }
	d, b := medianOf(docex, allocs), medianOf(baseline, allocs)
	return fmt.Sprintf("| %s | %.0f | %.0f | %+.0f | ≤ %v | %s |\n", r.what, d, b, d-b, r.target, verdict(d-b <= r.target))
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

func medianOf(rounds []*parse.Benchmark, of func(*parse.Benchmark) float64) float64 {
	values := make([]float64, len(rounds))
	for i, b := range rounds {
		values[i] = of(b)
	}
	return median(values)
}

func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
