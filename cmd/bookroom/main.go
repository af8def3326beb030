// Command bookroom is the whole shop in one binary: the server, the demo, and what an operator needs
// around them. It reads the settings, opens the parts, wires them and runs a subcommand; it holds no
// rule of the business.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line; its fields are the subcommands.
type cli struct {
	Demo     demoCmd     `cmd:"" help:"Run everything in one process, with a simulated Stripe, an embedded bucket, a mail inbox and the sample catalog."`
	Serve    serveCmd    `cmd:"" help:"Run the shop on your own database, Stripe account, bucket and mail server."`
	Doctor   doctorCmd   `cmd:"" help:"Really check each part that the settings name, and print a table."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database's tables up to date, one step back, or say where they stand."`
	Products productsCmd `cmd:"" help:"Work on the catalog from the shell."`
	Staff    staffCmd    `cmd:"" help:"Say who may into the back office: the first admin, and whoever locked themselves out."`
}

// env is what a subcommand gets from the process that it runs in.
type env struct {
	ctx context.Context // ends when the process is told to stop
	out io.Writer
	log *slog.Logger
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	parsed := kong.Parse(&c, kong.Name("bookroom"),
		kong.Description("The storefront for Big Picture Learning's handbooks. Settings come from the environment; the README lists them."))
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	slog.SetDefault(log)
	if err := parsed.Run(&env{ctx: ctx, out: os.Stdout, log: log}); err != nil {
		fmt.Fprintln(os.Stderr, "bookroom:", err)
		stop()
		os.Exit(1)
	}
}
