package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"bookroom/mail"
	"bookroom/shop"
)

// settings are the shop's settings, each from the environment variable that it is tagged with.
type settings struct {
	DatabaseURL    string        `env:"DATABASE_URL" help:"Where orders are kept: sqlite:///var/lib/bookroom/bookroom.db or postgres://user:password@host/bookroom."`
	StripeKey      string        `env:"STRIPE_SECRET_KEY" help:"Stripe's secret or restricted key: sk_test_…, sk_live_…."`
	StripeSecrets  string        `env:"STRIPE_WEBHOOK_SECRET" help:"Signing secret of the webhook: whsec_…; several with commas while one is being replaced."`
	StripeBase     string        `env:"STRIPE_API_BASE" help:"Another address for Stripe's API; only for a simulator."`
	StripeTax      bool          `env:"STRIPE_AUTOMATIC_TAX" help:"Let Stripe Tax work out the tax."`
	S3Bucket       string        `name:"s3-bucket" env:"S3_BUCKET" help:"Bucket of the files. Region, keys and endpoint come from the AWS_* variables."`
	SMTPURL        string        `name:"smtp-url" env:"SMTP_URL" help:"Mail server: smtps://user:password@mail.example.org:465."`
	MailFrom       string        `env:"BOOKROOM_MAIL_FROM" help:"Sender of the mails: Bookroom <orders@example.org>. orders at the shop's own host, if left out."`
	SupportEmail   string        `env:"BOOKROOM_SUPPORT_EMAIL" help:"Where buyers' answers and notices to staff go. The sender's address, if left out."`
	URL            string        `env:"BOOKROOM_URL" help:"The shop's public address: https://books.example.org."`
	Secret         string        `env:"BOOKROOM_SECRET" help:"At least 32 characters that nobody can guess; order links are derived from it."`
	DownloadTTL    time.Duration `env:"BOOKROOM_DOWNLOAD_TTL" default:"10m" help:"How long a download link lives."`
	ConfirmDevices bool          `env:"BOOKROOM_CONFIRM_DEVICES" help:"Ask by mail before an order shows its files on a device that it does not know."`
	SNSTopic       string        `name:"sns-topic" env:"BOOKROOM_SNS_TOPIC" help:"ARN of the Amazon SNS topic to which Amazon SES reports bounces. Nothing is taken, if left out."`
	Listen         string        `env:"BOOKROOM_LISTEN" default:":8080" help:"Address to listen on."`
	RequestFactor  int64         `env:"BOOKROOM_REQUEST_FACTOR" default:"1" help:"How many times the usual number of requests one address may send; more for a district whose schools share one."`
	TrustedProxies []string      `env:"BOOKROOM_TRUSTED_PROXIES" help:"Addresses or networks of the proxies in front, whose X-Forwarded-For is believed."`
}

// A setting is described once; a missing and a wrong one are answered with the same line.
const (
	//nolint:gosec // an example, no password
	aboutDatabase = "DATABASE_URL should look like sqlite:///var/lib/bookroom/bookroom.db or postgres://user:password@host/bookroom"
	aboutBucket   = "S3_BUCKET should be the name of your bucket, such as big-picture-handbooks: create one at https://console.aws.amazon.com/s3"
	aboutKey      = "STRIPE_SECRET_KEY should be your own key, not the example's: copy it from https://dashboard.stripe.com/apikeys"
	aboutURL      = "BOOKROOM_URL should be the shop's public address, such as https://books.example.org, without a path"
	aboutSecret   = "BOOKROOM_SECRET should be at least 32 characters that nobody can guess: make one with `openssl rand -hex 32` and keep it, since order links depend on it"
	aboutTTL      = "BOOKROOM_DOWNLOAD_TTL should be a time from 1s to 168h, such as 10m"
	aboutFactor   = "BOOKROOM_REQUEST_FACTOR should be a whole number from 1 to 1000"
	aboutProxies  = "BOOKROOM_TRUSTED_PROXIES should be the addresses or networks of your own proxies, such as 10.0.0.0/8, with commas between them"
)

// Those of Stripe, the bucket and the mail server are checked by the rooms that use them.
func (s *settings) check() error {
	s.URL = strings.TrimRight(s.URL, "/")
	switch {
	case s.DatabaseURL == "":
		return missing(aboutDatabase)
	case s.S3Bucket == "":
		return missing(aboutBucket)
	case len(s.S3Bucket) < 3 || len(s.S3Bucket) > 63 || strings.Trim(s.S3Bucket, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "":
		return fmt.Errorf("%s, not %q", aboutBucket, s.S3Bucket)
	case strings.Contains(s.StripeKey, "…"):
		return errors.New(aboutKey)
	case s.URL == "":
		return missing(aboutURL)
	case s.Secret == "":
		return missing(aboutSecret)
	case len(strings.TrimSpace(s.Secret)) < 32, s.takesRealMoney() && isGuessable(s.Secret):
		return fmt.Errorf("%s; yours is shorter, or mostly the same few characters", aboutSecret)
	case s.DownloadTTL < time.Second || s.DownloadTTL > 7*24*time.Hour:
		return fmt.Errorf("%s, not %s", aboutTTL, s.DownloadTTL)
	case s.RequestFactor < 1 || s.RequestFactor > 1000:
		return fmt.Errorf("%s, not %d", aboutFactor, s.RequestFactor)
	}
	if err := s.checkURL(); err != nil {
		return err
	}
	return s.checkProxies()
}

// isGuessable is no proof of the contrary: it finds what was typed by hand to get past the check.
func isGuessable(secret string) bool {
	different := map[rune]bool{}
	for _, character := range strings.TrimSpace(secret) {
		different[character] = true
	}
	return len(different) < 10
}

// checkURL never shows an address that may hold a password.
func (s *settings) checkURL() error {
	if strings.Contains(s.URL, "@") {
		return errors.New(aboutURL + " and without a user")
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Scheme+"://"+u.Host != s.URL {
		return fmt.Errorf("%s, not %q", aboutURL, s.URL)
	}
	if u.Scheme == "http" && s.takesRealMoney() {
		return fmt.Errorf("BOOKROOM_URL should begin with https:// now that STRIPE_SECRET_KEY is a live key, not be %q", s.URL)
	}
	return nil
}

func (s *settings) takesRealMoney() bool {
	return strings.HasPrefix(s.StripeKey, "sk_live_") || strings.HasPrefix(s.StripeKey, "rk_live_")
}

// isThisMachine says that nobody else can listen in on the way to a host.
func isThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

// checkProxies refuses a network of everybody: any visitor could say to come from anywhere.
func (s *settings) checkProxies() error {
	for i, p := range s.TrustedProxies {
		p = strings.TrimSpace(p)
		s.TrustedProxies[i] = p
		if _, err := netip.ParseAddr(p); err == nil {
			continue
		}
		if network, err := netip.ParsePrefix(p); err != nil || network.Bits() == 0 {
			return fmt.Errorf("%s, not %q", aboutProxies, p)
		}
	}
	return nil
}

// sender is who the mails are from.
func (s *settings) sender() string {
	if s.MailFrom != "" {
		return s.MailFrom
	}
	host := "localhost"
	if u, err := url.Parse(s.URL); err == nil && net.ParseIP(u.Hostname()) == nil {
		host = u.Hostname()
	}
	return "Bookroom <orders@" + host + ">"
}

// defaults are the settings that hold where staff have set nothing: the environment's, and the shop's own.
func (s *settings) defaults(m *mail.Mailer) shop.Settings {
	d := shop.DefaultSettings()
	d.SupportEmail, d.MailSender = m.Support(), m.Sender()
	d.DownloadTTL, d.ConfirmDevices = s.DownloadTTL, s.ConfirmDevices
	d.Seller.Name, d.Seller.Email = d.ShopName, d.SupportEmail
	return d
}

// webhookSecrets splits the setting at its commas.
func (s *settings) webhookSecrets() []string {
	var secrets []string
	for secret := range strings.SplitSeq(s.StripeSecrets, ",") {
		if secret = strings.TrimSpace(secret); secret != "" {
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

func missing(about string) error {
	name, rest, _ := strings.Cut(about, " ")
	return fmt.Errorf("%s is missing: it %s", name, rest)
}
