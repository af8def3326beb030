package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"bookroom/shop"
)

// security is how the line to the mail server is kept private.
type security int

const (
	startTLS security = iota
	implicitTLS
	unencrypted
)

// server is the mail server as SMTP_URL names it.
type server struct {
	host               string
	port               int
	username, password string
	security           security
	rootCAs            *x509.CertPool
}

const howURLLooks = "; it should look like smtp://user:password@mail.example.org:587 or smtps://user:password@mail.example.org:465"

// parseURL never puts the address into an error, since it holds the password.
func parseURL(text string) (server, error) {
	if text == "" {
		return server{}, errors.New("SMTP_URL is not set" + howURLLooks)
	}
	u, err := url.Parse(text)
	if err != nil {
		return server{}, errors.New("SMTP_URL cannot be read: a special character in the user or password must be written as %XX, # as %23" + howURLLooks)
	}
	if u.Scheme != "smtp" && u.Scheme != "smtps" {
		return server{}, errors.New("SMTP_URL must begin with smtp:// or smtps://" + howURLLooks)
	}
	if u.Hostname() == "" {
		return server{}, errors.New("SMTP_URL names no host" + howURLLooks)
	}
	if (u.Path != "" && u.Path != "/") || u.Fragment != "" {
		return server{}, errors.New("SMTP_URL has something after the host: a / or # in the password must be written as %2F or %23" + howURLLooks)
	}
	s := server{host: u.Hostname(), username: u.User.Username()}
	s.password, _ = u.User.Password()
	if (s.username == "") != (s.password == "") {
		return server{}, errors.New("SMTP_URL needs both a user and a password, or neither" + howURLLooks)
	}
	if s.port, err = parsePort(u); err != nil {
		return server{}, err
	}
	if s.security, err = parseSecurity(u); err != nil {
		return server{}, err
	}
	return s, nil
}

func parsePort(u *url.URL) (int, error) {
	if u.Port() == "" {
		if u.Scheme == "smtps" {
			return 465, nil
		}
		return 587, nil
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil || port < 1 || port > 65535 {
		return 0, errors.New("SMTP_URL has a port that is not a number from 1 to 65535" + howURLLooks)
	}
	return port, nil
}

func parseSecurity(u *url.URL) (security, error) {
	query := u.Query()
	choice := query.Get("tls")
	query.Del("tls")
	if len(query) > 0 {
		return 0, errors.New("SMTP_URL has a setting that is not known after the ?: there is only tls=none and tls=starttls")
	}
	switch {
	case u.Scheme == "smtps" && choice == "":
		return implicitTLS, nil
	case u.Scheme == "smtps":
		return 0, errors.New("SMTP_URL begins with smtps://, which is always encrypted: leave ?tls= out")
	case choice == "starttls":
		return startTLS, nil
	case choice == "none":
		return unencrypted, nil
	case choice != "":
		return 0, errors.New("SMTP_URL has a ?tls= that is not known: there is only tls=none and tls=starttls")
	case isThisMachine(u.Hostname()):
		return unencrypted, nil
	default:
		return startTLS, nil
	}
}

func isThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

// address is the server's host and port, without the sign-in.
func (s server) address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// conversation is an open line to the server. hangUp ends it, whatever state it is in.
type conversation struct {
	sender *gomail.Client
	client *smtp.Client
	hangUp func()
}

// dial connects, secures the line and signs in. The line is cut when ctx ends.
func (s server) dial(ctx context.Context) (conversation, error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return conversation{}, s.failed(ctx, err)
	}
	cut := func() { conn.Close() } //nolint:errcheck // whatever mattered was said before
	stopWatching := context.AfterFunc(ctx, cut)
	hangUp := func() {
		stopWatching()
		cut()
	}
	sender, err := gomail.NewClient(s.host, s.options(conn)...)
	if err != nil {
		hangUp()
		return conversation{}, s.failed(ctx, err)
	}
	client, err := sender.DialToSMTPClientWithContext(ctx)
	if err != nil {
		hangUp()
		return conversation{}, s.failed(ctx, err)
	}
	return conversation{sender: sender, client: client, hangUp: hangUp}, nil
}

func (s server) connect(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, gomail.DefaultTimeout)
	defer cancel()
	if s.security == implicitTLS {
		dialer := tls.Dialer{Config: s.tlsConfig()}
		return dialer.DialContext(ctx, "tcp", s.address())
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", s.address())
}

func (s server) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.host, RootCAs: s.rootCAs, MinVersion: tls.VersionTLS12}
}

// options make go-mail speak over conn, which is encrypted already where the scheme is smtps.
func (s server) options(conn net.Conn) []gomail.Option {
	policy := gomail.NoTLS
	if s.security == startTLS {
		policy = gomail.TLSMandatory
	}
	options := []gomail.Option{
		gomail.WithPort(s.port),
		gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(s.tlsConfig()),
		gomail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil }),
	}
	if s.username == "" {
		return options
	}
	mechanisms := []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin}
	if s.security == unencrypted {
		mechanisms = []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc}
	}
	return append(options, gomail.WithUsername(s.username), gomail.WithPassword(s.password), gomail.WithOpportunisticSMTPAuth(mechanisms...))
}

// deliver returns nil as soon as the server has taken the letter, however the goodbye goes.
func (s server) deliver(ctx context.Context, letter *gomail.Msg) error {
	talk, err := s.dial(ctx)
	if err != nil {
		return unreachable.Because(err)
	}
	defer talk.hangUp()
	if err := talk.sender.SendWithSMTPClient(talk.client, letter); err != nil && !letter.IsDelivered() {
		return s.refusal(ctx, err)
	}
	talk.client.Quit() //nolint:errcheck // the letter is the server's now; a broken goodbye changes nothing
	return nil
}

// failed names the server, and says that it was we who gave up when that is so.
func (s server) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("mail server %s did not answer in time: %w", s.address(), errors.Join(ctx.Err(), err))
	}
	return fmt.Errorf("mail server %s: %w", s.address(), err)
}

var (
	unreachable = shop.NewError(shop.Unavailable, "mail_unavailable",
		"The mail server did not take the mail. It will be tried again.")
	refused = shop.NewError(shop.Invalid, "mail_refused",
		"The mail server refuses this address or this mail for good. Check the address and send the mail again.")
)

// refusal tells a refusal for good from one that may pass. Its cause is the server's codes without its words: those
// often name the recipient, and causes are logged and kept.
func (s server) refusal(ctx context.Context, err error) error {
	var answer *gomail.SendError
	if !errors.As(err, &answer) {
		return unreachable.Because(s.failed(ctx, errors.New("the conversation broke off")))
	}
	said := "no answer"
	if answer.ErrorCode() != 0 {
		said = strings.TrimSpace(fmt.Sprintf("%d %s", answer.ErrorCode(), answer.EnhancedStatusCode()))
	}
	cause := s.failed(ctx, fmt.Errorf("%s: %s", answer.Reason, said))
	if isForGood(answer) {
		return refused.Because(cause)
	}
	return unreachable.Because(cause)
}

// isForGood: the server refuses the recipient or the content with a 5xx. A 5.7.x (policy: relaying denied, sender
// not trusted) is about us, not about the recipient, and passes once the operator has put it right; so does
// anything that is refused before a recipient is named.
func isForGood(answer *gomail.SendError) bool {
	if answer.ErrorCode()/100 != 5 || strings.HasPrefix(answer.EnhancedStatusCode(), "5.7.") {
		return false
	}
	switch answer.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return true
	default:
		return false
	}
}
