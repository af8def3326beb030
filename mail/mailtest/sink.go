// Package mailtest is a mail server that keeps what it is sent and shows it on a page.
//
// The demo uses it as the buyer's mailbox, tests as the server at the other end of a real SMTP conversation.
// It delivers nothing to anybody, and knows nothing of orders or of the shop.
package mailtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Options say where the sink listens, what it asks of its clients and where it keeps messages.
type Options struct {
	Dir  string // where messages are kept as .eml files; "" keeps them in memory
	Addr string // "" is 127.0.0.1 at a free port

	TLS      *tls.Config // nil offers no encryption
	Implicit bool        // TLS from the first byte (smtps) instead of STARTTLS

	Username, Password string // "" asks for no sign-in

	Logger *slog.Logger // nil is silent
}

// Sink is a running mail server. It is safe for use by several goroutines.
type Sink struct {
	opts     Options
	listener net.Listener
	server   *smtp.Server
	closing  chan struct{}
	serving  sync.WaitGroup

	mu      sync.Mutex
	letters []*letter          // in order of arrival, each Message-ID and recipient once
	last    int                // number of the newest letter that was received
	arrived chan struct{}      // closed and replaced at each arrival
	byID    map[string]*letter // by Message-ID and recipient
	faults  []plannedFault
}

// maxMessageBytes is far above what the shop sends; it keeps a mistake from filling the disk.
const maxMessageBytes = 10 << 20

// Open starts a mail server with the messages that opts.Dir already holds. The caller closes it.
func Open(opts Options) (*Sink, error) {
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Sink{
		opts:    opts,
		closing: make(chan struct{}),
		arrived: make(chan struct{}),
		byID:    map[string]*letter{},
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("mail sink: %w", err)
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(context.Background(), "tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("mail sink: %w", err)
	}
	s.listener = listener
	s.server = s.newServer()
	s.serving.Go(func() {
		if err := s.server.Serve(s.accepting()); err != nil {
			opts.Logger.Error("mail sink stopped", "err", err)
		}
	})
	return s, nil
}

func (s *Sink) newServer() *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(s.newSession))
	server.Domain = "inbox.localhost"
	server.MaxMessageBytes = maxMessageBytes
	server.ReadTimeout = time.Minute
	server.WriteTimeout = time.Minute
	server.EnableSMTPUTF8 = true
	server.AllowInsecureAuth = s.opts.TLS == nil
	server.ErrorLog = slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelWarn)
	if !s.opts.Implicit {
		server.TLSConfig = s.opts.TLS
	}
	return server
}

func (s *Sink) accepting() net.Listener {
	if s.opts.Implicit {
		return tls.NewListener(s.listener, s.opts.TLS)
	}
	return s.listener
}

// URL is the sink's address as SMTP_URL wants it, without a sign-in: smtp://127.0.0.1:1025.
func (s *Sink) URL() string {
	scheme := "smtp"
	if s.opts.Implicit {
		scheme = "smtps"
	}
	return scheme + "://" + s.listener.Addr().String()
}

// Close ends every conversation, hanging ones included. It must be called once.
func (s *Sink) Close() error {
	close(s.closing)
	err := s.server.Close()
	// The server knows its listener only once it has begun to serve.
	if listenerErr := s.listener.Close(); !errors.Is(listenerErr, net.ErrClosed) {
		err = errors.Join(err, listenerErr)
	}
	s.serving.Wait()
	return err
}

// Messages are all messages, newest first. A message that arrived again is listed once and counted in Received.
func (s *Sink) Messages() ([]Message, error) {
	return s.openAll(s.newestFirst())
}

func (s *Sink) newestFirst() []*letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	letters := slices.Clone(s.letters)
	slices.Reverse(letters)
	return letters
}

func (s *Sink) openAll(letters []*letter) ([]Message, error) {
	messages := make([]Message, 0, len(letters))
	for _, l := range letters {
		m, err := s.open(l)
		if err != nil {
			return nil, err
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// WaitFor returns as soon as there are at least n messages, newest first, or with ctx's error.
func (s *Sink) WaitFor(ctx context.Context, n int) ([]Message, error) {
	for {
		s.mu.Lock()
		have, arrived := len(s.letters), s.arrived
		s.mu.Unlock()
		if have >= n {
			return s.Messages()
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return nil, fmt.Errorf("mail sink has %d of %d messages: %w", have, n, ctx.Err())
		}
	}
}
