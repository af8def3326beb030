// Command bench measures the built shop over HTTP, one route beside the other in one run, and writes
// what it finds as a table. It plays Stripe, the bucket and the mail server itself, without latency.
//
// It also fills a shop with orders and measures the pages that staff work with.
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
	orders := flag.Int("orders", 1_000_000, "how many orders the order desk is measured on; 0 leaves it out")
	only := flag.Bool("desk", false, "measure the order desk alone")
	span := flag.Duration("span", 4*time.Second, "how long each route is measured")
	static := flag.String("static", "", "serve the static route that the others are compared with on this address; for the bench itself")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *static != "" {
		log.Fatal(serveStatic(*static))
	}
	servers := []string{""} // SQLite
	if *postgres != "" {
		servers = append(servers, *postgres)
	}
	if !*only {
		if err := measureRoutes(ctx, *binary, *out, servers, *span); err != nil {
			log.Fatal("bench: ", err)
		}
	}
	if *orders > 0 {
		if err := measureDesks(ctx, *binary, *out, servers, *orders); err != nil {
			log.Fatal("bench: ", err)
		}
	}
}

func measureRoutes(ctx context.Context, binary, out string, servers []string, span time.Duration) error {
	var tables []table
	for _, server := range servers {
		t, err := measureShop(ctx, binary, server, span)
		if err != nil {
			return err
		}
		tables = append(tables, t)
	}
	var page bytes.Buffer
	write(ctx, &page, tables, span)
	return publish(out, page.String())
}

// publish writes a part of the results into a file, or to the standard output.
func publish(out, part string) error {
	if out == "" {
		_, err := os.Stdout.WriteString(part + "\n")
		return err
	}
	return results.Write(out, part)
}
