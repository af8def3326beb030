package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"bookroom/delivery/s3test"
	"bookroom/mail/mailtest"
	"bookroom/payments/stripetest"

	_ "github.com/glebarez/sqlite" // the driver that the shop uses
	_ "github.com/jackc/pgx/v5/stdlib"
)

const (
	webhookSecret = "whsec_of_the_bench"
	bucketName    = "files-of-the-bench"
	bucketKey     = "key-of-the-bench"
	bucketSecret  = "secret-of-the-bench"
)

// world is a running shop with everything around it.
type world struct {
	url      string // of the shop
	database string // its address
	command  func(arguments ...string) error
	closers  []func()
}

func (w *world) close() {
	for i := len(w.closers) - 1; i >= 0; i-- {
		w.closers[i]()
	}
}

// open starts the built shop on a fresh database, with the sample catalog and what prepare adds to it. server is a
// PostgreSQL server to make the database on; empty is SQLite.
func open(ctx context.Context, binary, server string, prepare func(w *world) error) (*world, error) {
	w := &world{}
	if err := w.start(ctx, binary, server, prepare); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) start(ctx context.Context, binary, server string, prepare func(w *world) error) error {
	dir, err := os.MkdirTemp("", "bookroom-bench")
	if err != nil {
		return err
	}
	w.closers = append(w.closers, func() { _ = os.RemoveAll(dir) })
	if err := w.makeDatabase(ctx, dir, server); err != nil {
		return err
	}
	stripe, err := stripetest.New(stripetest.Options{})
	if err != nil {
		return err
	}
	w.closers = append(w.closers, func() { _ = stripe.Close(context.Background()) })
	bucket, err := s3test.New(s3test.Options{Dir: filepath.Join(dir, "bucket"), Bucket: bucketName, AccessKey: bucketKey, SecretKey: bucketSecret})
	if err != nil {
		return err
	}
	inbox, err := mailtest.Open(mailtest.Options{})
	if err != nil {
		return err
	}
	w.closers = append(w.closers, func() { _ = inbox.Close() })
	stripeURL, err := w.serve(ctx, stripe)
	if err != nil {
		return err
	}
	bucketURL, err := w.serve(ctx, bucket)
	if err != nil {
		return err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	w.url = "http://" + address
	environ := append(os.Environ(),
		"DATABASE_URL="+w.database, "STRIPE_SECRET_KEY=sk_test_bench", "STRIPE_WEBHOOK_SECRET="+webhookSecret, "STRIPE_API_BASE="+stripeURL,
		"S3_BUCKET="+bucketName, "AWS_ENDPOINT_URL_S3="+bucketURL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID="+bucketKey,
		"AWS_SECRET_ACCESS_KEY="+bucketSecret, "SMTP_URL="+inbox.URL(), "BOOKROOM_MAIL_FROM=orders@bookroom.example", "BOOKROOM_URL="+w.url,
		"BOOKROOM_SECRET=0123456789abcdef0123456789abcdef", "BOOKROOM_LISTEN="+address, "BOOKROOM_TRUSTED_PROXIES=127.0.0.1")
	w.command = func(step ...string) error {
		cmd := exec.CommandContext(ctx, binary, step...)
		cmd.Env = environ
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("bookroom %s: %w: %s", step, err, out)
		}
		return nil
	}
	for _, step := range []func() error{
		func() error { return w.command("migrate", "up") },
		func() error { return w.command("products", "import", "catalog/sample") },
		func() error { return prepare(w) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	shop := exec.CommandContext(ctx, binary, "serve")
	shop.Env = environ
	if err := shop.Start(); err != nil {
		return fmt.Errorf("start the shop: %w", err)
	}
	w.closers = append(w.closers, func() { _ = shop.Process.Kill(); _ = shop.Wait() })
	return awaitOpen(ctx, address)
}

func (w *world) makeDatabase(ctx context.Context, dir, server string) error {
	if server == "" {
		w.database = "sqlite://" + filepath.Join(dir, "bookroom.db")
		return nil
	}
	u, err := url.Parse(server)
	if err != nil {
		return fmt.Errorf("read the PostgreSQL address: %w", err)
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // it was used once, and that was checked
	name := fmt.Sprintf("bench_%d", time.Now().UnixNano())
	if _, err := db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	u.Path = "/" + name
	w.database = u.String()
	return nil
}

func (w *world) serve(ctx context.Context, h http.Handler) (string, error) {
	l, err := listen(ctx)
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // ends with the listener
	w.closers = append(w.closers, func() { _ = server.Close() })
	return "http://" + l.Addr().String(), nil
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := listen(ctx)
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// listen opens a port that is free.
func listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", "127.0.0.1:0")
}

// awaitOpen returns when somebody listens at the address.
func awaitOpen(ctx context.Context, address string) error {
	var d net.Dialer
	for range 1000 {
		c, err := d.DialContext(ctx, "tcp", address)
		if err == nil {
			return c.Close()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("nobody listens at " + address)
}
