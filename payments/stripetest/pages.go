package stripetest

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"
)

//go:embed pages
var pageFiles embed.FS

func parsePages() (*template.Template, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"money": money,
		"date":  func(unix int64) string { return time.Unix(unix, 0).UTC().Format("2 Jan 2006 15:04 UTC") },
	}).ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("stripetest: reading the pages: %w", err)
	}
	return t, nil
}

// show writes a page. Its forms may post to this server, and then lead on to
// the site of next if that is not empty: browsers hold redirects after a post
// against form-action too.
func (s *Server) show(w http.ResponseWriter, status int, name string, data any, next string) {
	var body bytes.Buffer
	if err := s.pages.ExecuteTemplate(&body, name, data); err != nil {
		s.log.Error("showing a page", "page", name, "error", err)
		http.Error(w, "The Stripe simulator could not show this page.", http.StatusInternalServerError)
		return
	}
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'"+site(next)+"; base-uri 'none'; frame-ancestors 'none'")
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if _, err := body.WriteTo(w); err != nil {
		s.log.Debug("the browser went away", "error", err)
	}
}

// site is the scheme and host of an address, as a source in a policy.
func site(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return " " + u.Scheme + "://" + u.Host
}

// money writes an amount of minor units for people: $19.00, 19.00 EUR, 1900 JPY.
func money(amount int64, currency string) string {
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	code := strings.ToUpper(currency)
	switch code {
	case "USD":
		return fmt.Sprintf("%s$%d.%02d", sign, amount/100, amount%100)
	case "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		return fmt.Sprintf("%s%d %s", sign, amount, code)
	}
	return fmt.Sprintf("%s%d.%02d %s", sign, amount/100, amount%100, code)
}
