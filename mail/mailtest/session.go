package mailtest

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Fault is one way in which a mail server fails its clients.
type Fault int

// The faults that FailNext can plan.
const (
	Busy             Fault = iota + 1 // 451 for the recipient: try again later
	UnknownRecipient                  // 550 5.1.1 for the recipient: no such mailbox
	RelayDenied                       // 550 5.7.1 for the recipient: the sender may not use this server
	Spam                              // 554 5.6.0 for the content
	Hang                              // no answer until the client gives up or the sink closes
	LostAnswer                        // the message is kept, but the connection drops before the client is told
)

type plannedFault struct {
	fault Fault
	hit   chan<- struct{}
}

// FailNext makes the next n messages meet the fault. The returned channel receives once for each that has met it.
func (s *Sink) FailNext(n int, fault Fault) <-chan struct{} {
	hit := make(chan struct{}, n)
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.faults = append(s.faults, plannedFault{fault, hit})
	}
	return hit
}

// nextFault is 0 when none is planned.
func (s *Sink) nextFault() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) == 0 {
		return 0
	}
	next := s.faults[0]
	s.faults = s.faults[1:]
	next.hit <- struct{}{}
	return next.fault
}

// session is one client's conversation.
type session struct {
	sink     *Sink
	conn     *smtp.Conn
	signedIn bool
	fault    Fault // of the message being received
}

func (s *Sink) newSession(conn *smtp.Conn) (smtp.Session, error) {
	return &session{sink: s, conn: conn, signedIn: s.opts.Username == ""}, nil
}

func (c *session) AuthMechanisms() []string {
	if c.sink.opts.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		opts := c.sink.opts
		if username != opts.Username || subtle.ConstantTimeCompare([]byte(password), []byte(opts.Password)) != 1 {
			return smtp.ErrAuthFailed
		}
		c.signedIn = true
		return nil
	}), nil
}

func (c *session) Mail(string, *smtp.MailOptions) error {
	if !c.signedIn {
		return smtp.ErrAuthRequired
	}
	c.fault = c.sink.nextFault()
	if c.fault == Hang {
		<-c.sink.closing
		return errors.New("the mail sink is closing")
	}
	return nil
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch c.fault {
	case Busy:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Busy, try again later"}
	case UnknownRecipient:
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No mailbox " + to + " here"}
	case RelayDenied:
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Relaying denied"}
	default:
		return nil
	}
}

func (c *session) Data(r io.Reader) error {
	source, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if c.fault == Spam {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "This looks like spam"}
	}
	if err := c.sink.keep(source); err != nil {
		c.sink.opts.Logger.Error("mail sink could not keep a message", "err", err)
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "Could not be stored"}
	}
	if c.fault == LostAnswer {
		if err := c.conn.Close(); err != nil {
			return fmt.Errorf("dropping the connection: %w", err)
		}
	}
	return nil
}

func (c *session) Reset()        { c.fault = 0 }
func (c *session) Logout() error { return nil }
