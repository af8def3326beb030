package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"bookroom/delivery"
	"bookroom/mail"
	"bookroom/payments"
	"bookroom/shop"
	"bookroom/store"
)

type doctorCmd struct {
	settings `embed:""`
}

// finding is one line of the doctor's table.
type finding struct {
	part   string
	what   string
	err    error
	advice string // what to do about err
	note   string // what to know where nothing is wrong
}

func (f finding) result() string {
	switch {
	case f.err != nil && f.advice != "":
		return "FAILED: " + strings.Join(strings.Fields(f.err.Error()), " ") + " → " + f.advice
	case f.err != nil:
		return "FAILED: " + strings.Join(strings.Fields(f.err.Error()), " ")
	case f.note != "":
		return "note: " + f.note
	default:
		return "ok"
	}
}

// patience is how long the doctor waits for each part.
const patience = 30 * time.Second

// Run checks each part by using it, whatever the others say.
func (c *doctorCmd) Run(e *env) error {
	var all []finding
	for _, examine := range []func(context.Context) []finding{
		c.examineSettings, c.examineDatabase, c.examineBucket, c.examineStripe, c.examineMail,
	} {
		ctx, cancel := context.WithTimeout(e.ctx, patience)
		all = append(all, examine(ctx)...)
		cancel()
	}
	table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PART\tCHECK\tRESULT")
	ill := 0
	for _, f := range all {
		if f.err != nil {
			ill++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.part, f.what, f.result())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if ill > 0 {
		return fmt.Errorf("%d of %d checks failed", ill, len(all))
	}
	return nil
}

func (c *doctorCmd) examineSettings(context.Context) []finding {
	formed := finding{part: "settings", what: "the shop's own are well formed", err: c.check()}
	if formed.err != nil {
		return []finding{formed}
	}
	secure := finding{part: "settings", what: "nobody can listen in", advice: "put TLS in front, and let BOOKROOM_URL begin with https://"}
	if u, err := url.Parse(c.URL); err != nil || (u.Scheme == "http" && !isThisMachine(u.Hostname())) {
		secure.err = fmt.Errorf("order links and carts go to %s unencrypted", c.URL)
	}
	return []finding{formed, secure}
}

func (c *doctorCmd) examineDatabase(ctx context.Context) []finding {
	if c.DatabaseURL == "" {
		return []finding{{part: "database", what: "can be opened", err: missing(aboutDatabase)}}
	}
	if path, sqlite := strings.CutPrefix(c.DatabaseURL, "sqlite://"); sqlite {
		if _, err := os.Stat(path); err != nil { // to open it would make it
			return []finding{{part: "database", what: "is there", err: err, advice: "run `bookroom migrate up`, which makes it"}}
		}
	}
	s, err := store.Open(ctx, c.DatabaseURL)
	if err != nil {
		return []finding{{part: "database", what: "can be opened", err: err}}
	}
	defer closeStore(s)
	opened := finding{part: "database", what: "answers (" + s.Dialect() + ")", err: s.Ping(ctx)}
	migrations := finding{part: "database", what: "migrations are applied", advice: "run `bookroom migrate up`"}
	all, err := s.MigrationStatus(ctx)
	migrations.err = err
	for _, m := range all {
		if m.AppliedAt.IsZero() && migrations.err == nil {
			migrations.err = fmt.Errorf("%s is missing", m.Name)
		}
	}
	if migrations.err != nil {
		return []finding{opened, migrations}
	}
	return append([]finding{opened, migrations, examineAudit(ctx, s)}, c.examineStaffSettings(ctx, s)...)
}

// examineAudit works out every hash of the trail anew. The last one, noted elsewhere, proves later that nothing up to it was changed.
func examineAudit(ctx context.Context, s *store.Store) finding {
	records, head, err := s.VerifyAudit(ctx)
	f := finding{part: "database", what: "the audit trail is whole", err: err, advice: "compare it with a backup: somebody changed it beside the program"}
	if err == nil && records > 0 {
		f.note = fmt.Sprintf("%d records up to %s", records, head)
	}
	return f
}

// examineStaffSettings says of each setting that staff may set where its value comes from.
func (c *doctorCmd) examineStaffSettings(ctx context.Context, s *store.Store) []finding {
	values, _, err := s.SettingValues(ctx)
	if err == nil {
		_, err = shop.DefaultSettings().With(values)
	}
	if err != nil {
		return []finding{{part: "settings", what: "of the back office are well formed", err: err, advice: "save them anew at " + c.URL + "/staff/settings"}}
	}
	var all []finding
	for _, key := range shop.SettingKeys() {
		f := finding{part: "settings", what: string(key), note: "default"}
		if _, set := values[key]; set {
			f.note = "set in the back office"
		} else if variable := key.Variable(); variable != "" && os.Getenv(variable) != "" {
			f.note = "from " + variable
		}
		all = append(all, f)
	}
	return all
}

func (c *doctorCmd) examineBucket(ctx context.Context) []finding {
	if c.S3Bucket == "" {
		return []finding{{part: "bucket", what: "can be reached", err: missing(aboutBucket)}}
	}
	b, err := delivery.Open(ctx, delivery.Config{Bucket: c.S3Bucket})
	if err != nil {
		return []finding{{part: "bucket", what: "can be reached", err: err}}
	}
	var all []finding
	steps := b.Probe(ctx)
	if origin, err := originOf(c.URL); err == nil && c.checkURL() == nil && steps[len(steps)-1].Err == nil {
		steps = append(steps, b.TakesFromBrowsers(ctx, origin))
	}
	for _, step := range steps {
		all = append(all, finding{part: "bucket", what: step.Name, err: step.Err, advice: step.Advice})
	}
	return all
}

// Signatures are refused when the clocks are further apart than minutes; the doctor warns long before.
const clockMayBeOff = 30 * time.Second

func (c *doctorCmd) examineStripe(ctx context.Context) []finding {
	s, err := payments.New(payments.Config{SecretKey: c.StripeKey, WebhookSecrets: c.webhookSecrets(), APIBase: c.StripeBase, Now: time.Now})
	if err != nil {
		return []finding{{part: "stripe", what: "key and webhook secret", err: err}}
	}
	mode := "test mode, no money moves"
	if s.Livemode() {
		mode = "LIVE, real money"
	}
	theirs, err := s.ServerTime(ctx)
	all := []finding{{part: "stripe", what: "takes the key (" + mode + ")", err: err, advice: "copy it from https://dashboard.stripe.com/apikeys"}}
	wellFormed := c.checkURL() == nil // otherwise the first row says so
	if err == nil && wellFormed {
		all = append(all, c.examineEndpoint(ctx, s))
	}
	if wellFormed {
		all = append(all, c.examineWebhook(ctx, s))
	}
	if err == nil {
		all = append(all, examineClock(theirs))
	}
	return all
}

func examineClock(theirs time.Time) finding {
	f := finding{part: "clock", what: "agrees with Stripe's", advice: "let the system keep time by NTP"}
	if off := time.Since(theirs).Abs(); off > clockMayBeOff {
		f.err = fmt.Errorf("it is off by %s", off.Round(time.Second))
	}
	return f
}

// examineEndpoint asks Stripe what it sends.
func (c *doctorCmd) examineEndpoint(ctx context.Context, s *payments.Stripe) finding {
	address := c.URL + "/webhooks/stripe"
	f := finding{
		part: "stripe", what: "sends its events to " + address,
		advice: "add the endpoint at https://dashboard.stripe.com/webhooks, or run `stripe listen --forward-to " + address + "` while you try things out",
	}
	absent, err := s.WebhookLacks(ctx, address)
	switch {
	case err != nil:
		f.err = err
	case len(absent) == len(payments.EventTypes()) && !s.Livemode():
		f.note = "no endpoint is registered; fine while `stripe listen` runs"
	case len(absent) > 0:
		f.err = errors.New("events are missing: " + strings.Join(absent, ", "))
	}
	return f
}

// examineWebhook posts an event that means nothing, signed as Stripe signs.
func (c *doctorCmd) examineWebhook(ctx context.Context, s *payments.Stripe) finding {
	f := finding{
		part: "stripe", what: "signed events are taken",
		advice: "restart the shop if STRIPE_WEBHOOK_SECRET was changed; see that " + c.URL + " leads to it and that a proxy hands on body and headers as they are",
	}
	payload, signature := s.Letter()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/webhooks/stripe", bytes.NewReader(payload))
	if err != nil {
		f.err = err
		return f
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Stripe-Signature", signature)
	answer, err := http.DefaultTransport.RoundTrip(r) // as Stripe does: no redirect is followed
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		f.note = "the shop is not running: not checked"
		return f
	case err != nil:
		f.err = err
		return f
	}
	f.err = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		f.err = fmt.Errorf("one was answered with status %d", answer.StatusCode)
	}
	return f
}

func (c *doctorCmd) examineMail(ctx context.Context) []finding {
	f := finding{part: "mail", what: "server takes the sign-in"}
	m, err := mail.New(mail.Config{URL: c.SMTPURL, From: c.sender(), Support: c.SupportEmail})
	if err != nil {
		f.err = err
		return []finding{f}
	}
	f.err, f.advice = m.Verify(ctx), "check SMTP_URL with whoever runs your mail"
	return []finding{f}
}
