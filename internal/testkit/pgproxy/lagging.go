package pgproxy

import (
	"net"
	"runtime"
	"time"
)

// lagging is a connection that delivers what it reads some time later. It delays, it does not slow down: pieces that
// arrive together are delivered together. Read is for one goroutine.
type lagging struct {
	net.Conn
	pieces <-chan piece
	wait   func(until time.Time)
	rest   []byte
	err    error // what ended it
}

type piece struct {
	due  time.Time
	data []byte
	err  error
}

func newLagging(c net.Conn, delay time.Duration, wait func(until time.Time)) *lagging {
	pieces := make(chan piece, 64)
	go func() {
		defer close(pieces)
		buf := make([]byte, 1<<16)
		for {
			n, err := c.Read(buf)
			pieces <- piece{due: time.Now().Add(delay), data: append([]byte(nil), buf[:n]...), err: err}
			if err != nil {
				return
			}
		}
	}()
	return &lagging{Conn: c, pieces: pieces, wait: wait}
}

func (l *lagging) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		next := <-l.pieces
		l.wait(next.due)
		l.rest, l.err = next.data, next.err
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// sleepUntil is late by a good part of a millisecond.
func sleepUntil(due time.Time) { time.Sleep(time.Until(due)) }

// spinUntil is for benchmarks, which would take being late for work: also a machine that fell asleep meanwhile is slow
// to go on. It keeps a core busy that tests have a use for.
func spinUntil(due time.Time) {
	for time.Now().Before(due) {
		runtime.Gosched()
	}
}

// Close also waits for the reading goroutine, which must not outlive the proxy.
func (l *lagging) Close() error {
	err := l.Conn.Close()
	for range l.pieces { // until it is closed
	}
	return err
}
