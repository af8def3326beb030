// Command pgcluster starts a throwaway PostgreSQL cluster, runs a command with BOOKROOM_TEST_POSTGRES
// set to its address, and deletes the cluster afterwards:
//
//	go run ./store/storetest/pgcluster -- go test ./...
//
// It exits as the command does and passes signals on to it. Started by root it runs PostgreSQL as the
// user postgres, since PostgreSQL refuses root.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

func main() {
	durable := flag.Bool("durable", false, "write commits to the disk, as a real server does; tests are quicker without")
	flag.Parse()
	code, err := run(context.Background(), *durable, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgcluster:", err)
		code = 1
	}
	os.Exit(code)
}

// run returns the command's exit code.
func run(ctx context.Context, durable bool, command []string) (code int, err error) {
	if len(command) == 0 {
		return 0, errors.New("give the command to run after --")
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	c, err := newCluster(durable)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.remove()) }()
	if err := c.start(ctx); err != nil {
		return 0, err
	}
	child := exec.CommandContext(ctx, command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Env = append(os.Environ(), "BOOKROOM_TEST_POSTGRES="+c.address())
	if err := child.Start(); err != nil {
		return 0, err
	}
	go func() {
		for s := range signals {
			_ = child.Process.Signal(s) // it may have ended just now
		}
	}()
	err = child.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

// cluster is one PostgreSQL server with its data in a folder of its own. It listens on a socket in that
// folder only.
type cluster struct {
	folder  string
	bin     string
	durable bool
	as      *syscall.Credential // whom the server runs as; nil for ourselves
	server  *exec.Cmd
	ended   chan struct{} // closed when the server has ended
}

func newCluster(durable bool) (*cluster, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin, durable: durable, ended: make(chan struct{})}
	if c.folder, err = os.MkdirTemp("", "pgcluster"); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if c.as, err = credential("postgres"); err != nil {
			return nil, errors.Join(err, c.remove())
		}
		if err := os.Chown(c.folder, int(c.as.Uid), int(c.as.Gid)); err != nil {
			return nil, errors.Join(err, c.remove())
		}
	}
	return c, nil
}

// findPostgres returns the folder of the newest PostgreSQL: Debian keeps it out of the PATH.
func findPostgres() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed (apt install postgresql)")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

func credential(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func (c *cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...)
	command.Dir = c.folder
	// A group of its own: an interrupt from the terminal must not stop the server under the tests.
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Setpgid: true}
	return command
}

// start makes the cluster and waits until it answers.
func (c *cluster) start(ctx context.Context) error {
	data := filepath.Join(c.folder, "data")
	initdb := c.command(ctx, "initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--pgdata="+data)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	args := []string{"-D", data, "-k", c.folder, "-c", "listen_addresses=", "-c", "max_connections=300"}
	if !c.durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	var log bytes.Buffer
	server := c.command(ctx, "postgres", args...)
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		return err
	}
	c.server = server
	var ended error
	go func() {
		ended = server.Wait()
		close(c.ended)
	}()
	if err := c.ready(ctx); !errors.Is(err, errEnded) {
		return err
	}
	return fmt.Errorf("PostgreSQL did not start: %w\n%s", ended, log.String())
}

var errEnded = errors.New("the server has ended")

func (c *cluster) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		connection, err := pgx.Connect(ctx, c.address())
		if err == nil {
			return connection.Close(ctx)
		}
		select {
		case <-c.ended:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		case <-retry.C:
		}
	}
}

func (c *cluster) address() string {
	return "postgres:///postgres?" + url.Values{"host": {c.folder}, "user": {"postgres"}}.Encode()
}

// remove stops the server, at once and without mercy for open connections, and deletes its data.
func (c *cluster) remove() error {
	if c.server != nil {
		if err := c.server.Process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop PostgreSQL: %w", err)
		}
		<-c.ended
	}
	return os.RemoveAll(c.folder)
}
