// Command bench measures the built shop over HTTP, one route beside the other in one run, and writes
// what it finds as a table. It plays Stripe, the bucket and the mail server itself, without latency.
//
// Requests per second say little on a shared machine; the ratios within one run do.
package main

import (
	"bytes"
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"time"

	"bookroom/bench/results"
)

func main() {
	binary := flag.String("binary", "bin/bookroom", "the built shop")
	out := flag.String("out", "", "file for the table; standard output if empty")
	postgres := flag.String("postgres", os.Getenv("BOOKROOM_TEST_POSTGRES"), "a PostgreSQL server to measure on as well")
	span := flag.Duration("span", 4*time.Second, "how long each route is measured")
	static := flag.String("static", "", "serve the static route that the others are compared with on this address; for the bench itself")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *static != "" {
		log.Fatal(serveStatic(*static))
	}
	if err := run(ctx, *binary, *out, *postgres, *span); err != nil {
		log.Fatal("bench: ", err)
	}
}

func run(ctx context.Context, binary, out, postgres string, span time.Duration) error {
	databases := []string{""}
	if postgres != "" {
		databases = append(databases, postgres)
	}
	var tables []table
	for _, server := range databases {
		t, err := measureShop(ctx, binary, server, span)
		if err != nil {
			return err
		}
		tables = append(tables, t)
	}
	var page bytes.Buffer
	write(ctx, &page, tables, span)
	if out == "" {
		_, err := page.WriteTo(os.Stdout)
		return err
	}
	return results.Write(out, page.String())
}
