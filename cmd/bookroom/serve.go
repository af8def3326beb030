package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"bookroom/delivery"
	"bookroom/delivery/leaf"
)

type serveCmd struct {
	settings `embed:""`
}

// Run serves the shop until the process is told to stop.
func (c *serveCmd) Run(e *env) error {
	a, err := openApp(e.ctx, c.settings, delivery.Config{Bucket: c.S3Bucket}, leaf.New(compiledPDFium()), time.Now, e.log)
	if err != nil {
		return err
	}
	defer closeStore(a.store)
	l, err := listen(e.ctx, c.Listen)
	if err != nil {
		return err
	}
	e.log.Info("bookroom is open", "url", c.URL, "listening", l.Addr().String(), "livemode", a.stripe.Livemode())
	return serve(e.ctx, l, a.handler, answerTime, a.work, e.log)
}

// listen opens the port, and says what to do when it cannot.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is taken by another program: stop that one, or choose another port with --listen", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be opened by this user: choose a port above 1023 with --listen", address)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w; --listen takes an address such as localhost:8080", address, err)
	}
	return l, nil
}

// answerTime is how long an answer of the shop may take, from the request's end to its last byte; all of them are
// small. Who reads more slowly is let go.
const answerTime = 2 * time.Minute

// grace is how long requests that are under way may take to finish after the stop.
const grace = 25 * time.Second

// serve answers requests and works in the background until the context ends; then it takes no new
// request and returns when those under way and the jobs that had begun are finished. No answer may take longer
// than the longest; 0 is without a limit.
func serve(ctx context.Context, l net.Listener, h http.Handler, longest time.Duration, work func(context.Context), log *slog.Logger) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      longest,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	var background sync.WaitGroup
	background.Go(func() { work(working) })

	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		stopWork()
		background.Wait()
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping: requests and jobs under way are finished first")
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(closing)
	stopWork()
	background.Wait()
	if err != nil {
		return fmt.Errorf("some requests did not finish within %s: %w", grace, err)
	}
	return nil
}
