package pgserver

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed places.txt
var placesFile string

// UnavailableError says that there is no PostgreSQL to run, what was looked at, and what to do about it.
type UnavailableError struct {
	Reason string   // what is missing
	Tried  []string // each place that was looked at, and what was wrong with it
}

func (e *UnavailableError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "docex: throwaway postgresql: %s", e.Reason)
	for _, t := range e.Tried {
		fmt.Fprintf(&b, "\n\ttried %s", t)
	}
	fmt.Fprintf(&b,
		"\n\tinstall PostgreSQL %d or newer (Debian: apt-get install postgresql; macOS: brew install postgresql@17; or "+
			"run docex's scripts/deps.sh),"+
			" or set %s to the folder of its programs, or set %s to the URL of a server", minMajor, EnvBin, EnvURL)
	return b.String()
}

// search is where server programs are looked for, in the order of its fields.
type search struct {
	named  string   // use this folder or fail; empty: use the others
	path   []string // folders of PATH
	places []string // shell patterns
	cache  string   // the folder that scripts/deps.sh and fetch fill
	fetch  func(ctx context.Context, cache string) error
}

// machine is the search on this machine.
func machine() search {
	return search{
		named:  os.Getenv(EnvBin),
		path:   filepath.SplitList(os.Getenv("PATH")),
		places: places(placesFile),
		cache:  cacheDir(),
		fetch:  fetchBinaries,
	}
}

func places(file string) []string {
	var patterns []string
	for line := range strings.Lines(file) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			patterns = append(patterns, line)
		}
	}
	return patterns
}

// cacheDir is a folder that survives between runs. Root's must not lie in its home, which the server's user cannot
// enter. scripts/npm-postgres.sh has the same rule.
func cacheDir() string {
	if os.Geteuid() == 0 {
		return "/var/cache/docex"
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "docex")
	}
	return filepath.Join(os.Getenv("HOME"), ".cache", "docex")
}

// find returns a folder with usable server programs, or an [*UnavailableError].
func (s search) find(ctx context.Context) (string, error) {
	if s.named != "" {
		dir, err := filepath.Abs(s.named) // the supervisor runs in another folder
		if err == nil {
			err = usable(dir)
		}
		if err != nil {
			return "", &UnavailableError{Reason: fmt.Sprintf("%s=%s: %v", EnvBin, s.named, err)}
		}
		return dir, nil
	}
	bin, tried := s.installed()
	if bin != "" {
		return bin, nil
	}
	if err := s.fetch(ctx, s.cache); err != nil {
		tried = append(tried, "to fetch it: "+err.Error())
	} else if bin, tried = s.installed(); bin != "" {
		return bin, nil
	}
	return "", &UnavailableError{Reason: "no server programs on this machine", Tried: tried}
}

// installed returns the first usable folder, or what was wrong with each.
func (s search) installed() (bin string, tried []string) {
	var all []string
	for _, dir := range s.path {
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
			all = append(all, dir)
		}
	}
	for _, place := range append(all, s.others()...) {
		dirs := newestFirst(place)
		if len(dirs) == 0 {
			tried = append(tried, place+": nothing there")
		}
		for _, dir := range dirs {
			err := usable(dir)
			if err == nil {
				return dir, nil
			}
			tried = append(tried, dir+": "+err.Error())
		}
	}
	return "", tried
}

// others are the shell patterns of folders besides those of PATH.
func (s search) others() []string {
	return append(slices.Clone(s.places), filepath.Join(s.cache, "postgres-*", "bin"))
}

var number = regexp.MustCompile(`\d+`)

// newestFirst expands a pattern whose matches differ by a version number.
func newestFirst(pattern string) []string {
	dirs, _ := filepath.Glob(pattern) // a malformed pattern matches nothing
	fixed := max(strings.IndexByte(pattern, '*'), 0)
	version := func(dir string) int {
		n, _ := strconv.Atoi(number.FindString(dir[fixed:])) // none counts as 0
		return n
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return dirs
}

// usable returns why the server programs of a folder cannot be used, nil if they can.
func usable(dir string) error {
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, program)); err != nil {
			return fmt.Errorf("no program %s", program)
		}
	}
	if os.Geteuid() == 0 && !openToAll(dir) {
		return errors.New("not open to the unprivileged user that the server must run as")
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return fmt.Errorf("postgres --version: %w", err)
	}
	if major, _ := strconv.Atoi(number.FindString(string(out))); major < minMajor {
		return fmt.Errorf("%s is too old", strings.TrimSpace(string(out)))
	}
	return nil
}
