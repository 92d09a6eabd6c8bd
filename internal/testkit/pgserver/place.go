package pgserver

import (
	"os"
	"syscall"
)

const (
	// memory is Linux's file system in memory. On it a database is made ten times faster than on a disk.
	memory = "/dev/shm"
	// memoryNeeded is what must be free in it. Containers often have 64 MB.
	memoryNeeded = 2 << 30
)

// tempRoot returns the folder for the server's directory: TMPDIR if that is set, else memory if there is enough, else
// the usual folder for temporary files.
func tempRoot(owner *syscall.Credential) string {
	if dir := os.Getenv("TMPDIR"); dir != "" && suits(dir, owner) {
		return dir
	}
	if suits(memory, owner) && free(memory) >= memoryNeeded {
		return memory
	}
	return "/tmp"
}

// suits reports whether the server's user can make its directory in a folder, and remove it at the end. Root's TMPDIR
// can lie in root's home, which nobody else may enter.
func suits(dir string, owner *syscall.Credential) bool {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	return owner == nil || info.Mode().Perm()&0o002 != 0 && openToAll(dir)
}

// free returns the bytes that are free in a folder's file system; 0 if nobody knows.
func free(dir string) uint64 {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0
	}
	return uint64(fs.Bavail) * uint64(fs.Bsize)
}
