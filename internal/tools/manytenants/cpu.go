package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

func ppidTicks(pid string) (ppid string, own, kids int64) {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return "", 0, 0
	}
	s := string(b)
	f := strings.Fields(s[strings.LastIndex(s, ")")+2:])
	n := func(i int) int64 { v, _ := strconv.ParseInt(f[i], 10, 64); return v }
	return f[1], n(11) + n(12), n(13) + n(14)
}

// cpuOf: ms of CPU of the server with that backend, and of this process and its children
func cpuOf(backend int) (server, client float64) {
	post, _, _ := ppidTicks(fmt.Sprint(backend))
	_, own, kids := ppidTicks(post)
	server = float64(own+kids) * 10
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range all {
		pid := filepath.Base(p)
		if pp, _, _ := ppidTicks(pid); pp == post {
			b, _ := os.ReadFile(p + "/schedstat")
			v, _ := strconv.ParseFloat(strings.Fields(string(b) + " 0")[0], 64)
			server += v / 1e6
		}
	}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		syscall.Getrusage(who, &r)
		client += float64(r.Utime.Nano()+r.Stime.Nano()) / 1e6
	}
	return
}
