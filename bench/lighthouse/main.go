// Command lighthouse starts the demo, buys a handbook and lets Lighthouse audit the pages that a buyer
// meets: home, catalog, product and the page of the paid order. It fails where a page is worse than
// tools/lighthouse/run.mjs allows, and writes what it finds as a table.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"bookroom/bench/results"
	"bookroom/web/browsertest/tour"
)

func main() {
	runs := flag.Int("runs", 1, "how often each page is audited")
	out := flag.String("out", "", "file of measurements that the table becomes a part of; standard output if empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *runs, *out); err != nil {
		log.Fatal("lighthouse: ", err)
	}
}

func run(ctx context.Context, runs int, out string) (err error) {
	dir, err := os.MkdirTemp("", "bookroom-lighthouse-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	demo, err := tour.Start(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, demo.Stop()) }()
	order, err := demo.OrderIn(tour.Paid)
	if err != nil {
		return err
	}

	var table bytes.Buffer
	audit := exec.CommandContext(ctx, "node", "tools/lighthouse/run.mjs", strconv.Itoa(runs),
		"home="+demo.URL+"/", "catalog="+demo.URL+"/handbooks", "product="+demo.URL+"/handbooks/"+tour.Handbook, "order="+order.OrderURL)
	if os.Getenv("CHROME_PATH") == "" {
		audit.Env = append(os.Environ(), "CHROME_PATH=/usr/bin/chromium")
	}
	audit.Stdout, audit.Stderr = io.MultiWriter(&table, os.Stdout), os.Stderr
	if err := audit.Run(); err != nil {
		return fmt.Errorf("the pages do not pass: %w", err)
	}
	if out == "" {
		return nil
	}
	return results.Write(out, part(ctx, runs, table.String()))
}

func part(ctx context.Context, runs int, table string) string {
	return fmt.Sprintf("# What Lighthouse says\n\nWritten by `make lighthouse`; do not edit. %s, Lighthouse %s, %d runs of each page of the demo, one after the other.\n"+
		"Performance is the median; of all else the lowest counts. The phone is Lighthouse's own, on a slow 4G line, reckoned from\n"+
		"what was measured on this machine. The page of an order keeps search engines out on purpose, so that audit is left out there.\n\n%s",
		time.Now().UTC().Format("2006-01-02"), version(ctx), runs, table)
}

// version is that of Lighthouse.
func version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "node", "-p", "require('./tools/lighthouse/node_modules/lighthouse/package.json').version").Output()
	if err != nil {
		return "of unknown version"
	}
	return strings.TrimSpace(string(out))
}
