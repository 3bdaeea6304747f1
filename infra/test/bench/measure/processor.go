package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"foyer/infra/topology"
)

// wholeMB is the memory at which Lambda gives a function one whole processor.
const wholeMB = 1769

// ShareOf returns the part of a processor that Lambda gives to a function.
func ShareOf(function string) float64 {
	for _, f := range topology.Functions {
		if f.Name == function {
			return float64(f.MemoryMB) / wholeMB
		}
	}
	return 1
}

// Processor returns the processor time that this process has used.
func Processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// clockTick is the unit of the kernel's counters in /proc.
const clockTick = 10 * time.Millisecond

// Processors returns the processor time that processes of each function have used so far, by their own counters: those
// that run now, from programs in the folder.
func Processors(binaries string) (map[string]time.Duration, error) {
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return nil, err
	}
	used := map[string]time.Duration{}
	for _, link := range links {
		program, err := os.Readlink(link)
		if err != nil || filepath.Dir(filepath.Dir(program)) != binaries {
			continue
		}
		text, err := os.ReadFile(filepath.Join(filepath.Dir(link), "stat"))
		if err != nil {
			continue // it has ended
		}
		_, counters, _ := strings.Cut(string(text), ") ") // its name may hold anything
		fields := strings.Fields(counters)
		if len(fields) < 13 {
			return nil, fmt.Errorf("%s: %q", link, text)
		}
		for _, field := range fields[11:13] { // in user mode and in the kernel
			n, err := strconv.Atoi(field)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", link, err)
			}
			used[filepath.Base(filepath.Dir(program))] += time.Duration(n) * clockTick
		}
	}
	return used, nil
}
