package driver_test

import (
	"slices"
	"testing"
	"time"
)

// turns is how often each of two ways runs in one iteration of inTurns, so that a median of one iteration means
// something.
const turns = 20

// inTurns runs two ways alternately, so that what else the machine does hits both, and returns the median time of each.
// Its caller reports what it makes of them; the time of an iteration says nothing and is left out.
func inTurns(b *testing.B, first, second func(i int) time.Duration) (time.Duration, time.Duration) {
	b.Helper()
	var firsts, seconds []time.Duration
	for n := 0; b.Loop(); {
		for range turns {
			firsts, seconds = append(firsts, first(n)), append(seconds, second(n))
			n++
		}
	}
	b.ReportMetric(0, "ns/op")
	return median(firsts), median(seconds)
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func timed(do func()) time.Duration {
	begin := time.Now()
	do()
	return time.Since(begin)
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
