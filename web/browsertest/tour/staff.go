package tour

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what RFC 6238 is made of
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// run runs a subcommand of the program beside the running demo, with its settings.
func (d *Demo) run(arguments ...string) (string, error) {
	settings, err := os.ReadFile(filepath.Join(d.data, "demo.env"))
	if err != nil {
		return "", err
	}
	command := exec.Command(d.program, arguments...)
	command.Env = os.Environ()
	for line := range strings.Lines(string(settings)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		command.Env = append(command.Env, name+"="+strings.Trim(value, "'"))
	}
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out), nil
}

// Invite adds somebody to the staff from the shell, and returns the link that it prints.
func (d *Demo) Invite(email, name, role string) (link string, err error) {
	said, err := d.run("staff", "add", "--email", email, "--name", name, "--role", role)
	if err != nil {
		return "", err
	}
	link = regexp.MustCompile(`http\S+/staff/invitations/\S+`).FindString(said)
	if link == "" {
		return "", fmt.Errorf("no link in: %s", said)
	}
	return link, nil
}

// Code is what an authenticator app with that secret shows now (RFC 6238).
func Code(secret string) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "", err
	}
	h := hmac.New(sha1.New, key)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30))) //nolint:gosec // it is after 1970
	sum := h.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000), nil
}

// StaffPages are the pages of the back office that need nothing to lead to them, below /staff.
func StaffPages() []string {
	return []string{
		"", "?by=day", "/orders?status=paid", "/orders?q=nobody-has-this-name", "/grants", "/products", "/products/new", "/products/new?kind=bundle",
		"/products/" + Handbook, "/products/" + Bundle, "/products/" + Handbook + "/edition", "/products/" + Handbook + "/notice",
		"/product-table", "/synonyms", "/mails", "/people", "/members", "/audit", "/settings",
		"/account", "/account/password", "/account/tokens", "/nothing-here",
	}
}
