package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// table is what was measured on one database.
type table struct {
	database string
	rows     []row
}

// row is a result and what it is compared with; share is 0 where there is nothing to compare.
type row struct {
	result
	share float64
	of    string
}

func write(ctx context.Context, w io.Writer, tables []table, span time.Duration) {
	fmt.Fprintf(w, "# How fast the shop is\n\nWritten by `make bench`; do not edit. %s, commit %s, %s, %d cores.\n", time.Now().UTC().Format("2006-01-02"), commit(ctx), cpu(), runtime.NumCPU())
	fmt.Fprintf(w, "%d connections, %s for each row, the load generator on the same cores, and so are the simulated\nStripe, the bucket and the mail server: while payments are measured, their receipts are written and sent beside them.\nRequests per second vary with the machine; the shares within one table are what to compare.\n", connections, span)
	for _, t := range tables {
		fmt.Fprintf(w, "\n## %s\n\n| route | requests/s | p50 | p99 | beside |\n|---|---:|---:|---:|---|\n", t.database)
		for _, r := range t.rows {
			beside := ""
			if r.share > 0 {
				beside = fmt.Sprintf("%.0f%% of %s", r.share*100, r.of)
			}
			fmt.Fprintf(w, "| %s | %.0f | %s | %s | %s |\n", r.name, r.rate(), short(r.p50), short(r.p99), beside)
		}
	}
}

func short(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}

func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// cpu is the processor's name as Linux tells it.
func cpu() string {
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(raw)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}
