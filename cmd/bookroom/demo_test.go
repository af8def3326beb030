package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bookroom/payments/stripetest"

	"bookroom/mail"
)

// running is the program, started as a newcomer starts it.
type running struct {
	*exec.Cmd
	tb     testing.TB
	stdout *bufio.Reader
	stderr *strings.Builder
}

// mustRun starts the program with these arguments and settings.
func mustRun(tb testing.TB, environ []string, args ...string) *running {
	tb.Helper()
	r := &running{Cmd: exec.Command(mustBinary(tb), args...), tb: tb, stderr: &strings.Builder{}}
	r.Env = append(os.Environ(), environ...)
	r.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	r.Stderr = r.stderr
	out, err := r.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	r.stdout = bufio.NewReader(out)
	if err := r.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if r.ProcessState == nil {
			_ = r.Process.Kill()
			_ = r.Wait()
		}
	})
	return r
}

// mustSay reads what the program prints until a line holds the text.
func (r *running) mustSay(text string) {
	r.tb.Helper()
	for {
		line, err := r.stdout.ReadString('\n')
		if strings.Contains(line, text) {
			return
		}
		if err != nil {
			_ = r.Wait()
			r.tb.Fatalf("it never said %q: %v; errors: %s", text, err, r.stderr)
		}
	}
}

// patienceWith is how long a program of a test may take to end.
const patienceWith = time.Minute

// end waits for the program to end, or ends it when it does not, and returns its exit code and everything else that it printed.
func (r *running) end() (code int, out string) {
	r.tb.Helper()
	defer time.AfterFunc(patienceWith, func() { _ = r.Process.Kill() }).Stop()
	raw, err := io.ReadAll(r.stdout)
	if err != nil {
		r.tb.Fatal(err)
	}
	_ = r.Wait() // the code says it
	return r.ProcessState.ExitCode(), string(raw) + r.stderr.String()
}

func (r *running) mustStop() {
	r.tb.Helper()
	if err := r.Process.Signal(syscall.SIGTERM); err != nil {
		r.tb.Fatal(err)
	}
	if code, out := r.end(); code != 0 {
		r.tb.Errorf("stopped with %d: %s", code, out)
	}
}

// addresses is demo.json.
type addresses struct {
	URL       string `json:"url"`
	StripeURL string `json:"stripe_url"`
	InboxURL  string `json:"inbox_url"`
}

func mustDemo(tb testing.TB, data string, args ...string) (*running, addresses) {
	tb.Helper()
	r := mustRun(tb, nil, append([]string{"demo", "--listen", "localhost:0", "--data", data}, args...)...)
	r.mustSay("Ctrl+C stops")
	raw, err := os.ReadFile(filepath.Join(data, "demo.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var a addresses
	if err := json.Unmarshal(raw, &a); err != nil {
		tb.Fatal(err)
	}
	return r, a
}

func mustBuy(tb testing.TB, shop string) (token string, order orderJSON) {
	tb.Helper()
	b := newBuyer(shop, "reader@school.example")
	p, err := b.product("advisory-structure")
	if err != nil {
		tb.Fatal(err)
	}
	cart, err := b.fillCart(p.Variants[0].ID)
	if err != nil {
		tb.Fatal(err)
	}
	done, err := b.checkout(cart, "")
	if err != nil {
		tb.Fatal(err)
	}
	if err := b.pay(done.PaymentURL); err != nil {
		tb.Fatal(err)
	}
	return done.OrderToken, mustBePaid(tb, b, done.OrderToken)
}

// mustBePaid waits for the payment to arrive.
func mustBePaid(tb testing.TB, b *buyer, token string) orderJSON {
	tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) { // another process
		o, err := b.order(token)
		if err != nil {
			tb.Fatal(err)
		}
		if o.Status == "paid" {
			return o
		}
		if time.Now().After(deadline) {
			tb.Fatalf("the order is still %s", o.Status)
		}
	}
}

func TestTheDemoCarriesOnWhereItWas(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	first, at := mustDemo(t, data)
	token, order := mustBuy(t, at.URL)
	if answer, err := http.Get(at.InboxURL); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("the inbox: %v %v", answer, err)
	}
	if err := first.Process.Kill(); err != nil { // it need not be stopped nicely
		t.Fatal(err)
	}
	_ = first.Wait()

	second, at := mustDemo(t, data)
	b := newBuyer(at.URL, "")
	again, err := b.order(token)
	if err != nil || again.Number != order.Number || again.Status != "paid" {
		t.Fatalf("after a restart the order is %+v (%v)", again, err)
	}
	if err := b.download(token, again.Items[0].Files[0]); err != nil {
		t.Error(err)
	}
	second.mustStop()
	if token2, _ := func() (string, orderJSON) { _, at := mustDemo(t, data); return mustBuy(t, at.URL) }(); token2 == token {
		t.Error("two orders have one link")
	}
}

func TestTheDemoWithTwoWebhookSecrets(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	_, at := mustDemo(t, data, "--webhook-secret", "whsec_new , whsec_old")
	for secret, want := range map[string]int{"whsec_new": 200, "whsec_old": 200, "whsec_other": 400} {
		l := letter{id: "evt_" + secret, kind: "bookroom.test", secret: secret, at: time.Now(), object: map[string]any{}}
		if got, body := mustPost(t, at.URL, l); got != want {
			t.Errorf("a letter signed with %s is answered with %d: %s", secret, got, body)
		}
	}

	mustBuy(t, at.URL)
	undelivered := func(e stripetest.Event) bool { return e.Status != "delivered" }
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) { // another process
		events := mustListEvents(t, at.StripeURL)
		if len(events) > 0 && !slices.ContainsFunc(events, undelivered) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the shop does not take the simulator's events: %+v", events)
		}
	}
}

func mustListEvents(tb testing.TB, simulator string) []stripetest.Event {
	tb.Helper()
	answer, err := http.Get(simulator + "/_stripe/events")
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	var events []stripetest.Event
	if err := json.NewDecoder(answer.Body).Decode(&events); err != nil {
		tb.Fatal(err)
	}
	return events
}

func TestTheDemoSaysWhatIsInItsWay(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	_, at := mustDemo(t, data)
	taken := strings.TrimPrefix(at.URL, "http://")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"port taken":             {[]string{"--listen", taken, "--data", t.TempDir()}, taken + " is taken by another program: stop that one, or choose another port with --listen"},
		"not an address":         {[]string{"--listen", "nonsense", "--data", t.TempDir()}, "--listen takes an address such as localhost:8080"},
		"folder in use":          {[]string{"--listen", "localhost:0", "--data", data}, "another demo runs on " + data},
		"a file in its place":    {[]string{"--listen", "localhost:0", "--data", file}, "cannot be made"},
		"folder not writable":    {[]string{"--listen", "localhost:0", "--data", "/proc/bookroom"}, "/proc/bookroom cannot be made"},
		"time out of range":      {[]string{"--listen", "localhost:0", "--data", t.TempDir(), "--download-ttl", "1ms"}, "BOOKROOM_DOWNLOAD_TTL"},
		"not a time at all":      {[]string{"--listen", "localhost:0", "--data", t.TempDir(), "--download-ttl", "soon"}, "download-ttl"},
		"a word that is no flag": {[]string{"--lisen", "x"}, "unknown flag"},
	} {
		code, out := mustRun(t, nil, append([]string{"demo"}, c.args...)...).end()
		if code == 0 || !strings.Contains(out, c.says) {
			t.Errorf("%s: exit code %d and %q, want %q", name, code, out, c.says)
		}
	}
}

func TestTheDoctorFindsTheRunningDemoWell(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	demo, _ := mustDemo(t, data)
	environ := mustReadEnv(t, filepath.Join(data, "demo.env"))
	code, out := mustRun(t, environ, "doctor").end()
	if code != 0 || strings.Contains(out, "FAILED") {
		t.Errorf("exit code %d: %s", code, out)
	}
	for _, part := range []string{"settings", "database", "bucket", "stripe", "clock", "mail"} {
		if !strings.Contains(out, "\n"+part) {
			t.Errorf("nothing on the %s: %s", part, out)
		}
	}
	code, out = mustRun(t, append(slices.Clone(environ), "STRIPE_WEBHOOK_SECRET=whsec_of_somebody_else"), "doctor").end()
	if code == 0 || !strings.Contains(out, "FAILED: one was answered with status 400 → restart the shop if STRIPE_WEBHOOK_SECRET") {
		t.Errorf("with another webhook secret: exit code %d: %s", code, out)
	}
	code, out = mustRun(t, append(slices.Clone(environ), "BOOKROOM_URL=http://127.0.0.1:1"), "doctor").end()
	if code != 0 || !strings.Contains(out, "note: no endpoint is registered") || !strings.Contains(out, "note: the shop is not running") {
		t.Errorf("where nobody listens: exit code %d: %s", code, out)
	}
	code, out = mustRun(t, append(slices.Clone(environ), "BOOKROOM_URL=https://user:hidden@books.example.org"), "doctor").end()
	if code == 0 || !strings.Contains(out, "FAILED: BOOKROOM_URL") || strings.Contains(out, "hidden") {
		t.Errorf("with a password in the address: exit code %d: %s", code, out)
	}
	code, out = mustRun(t, environ, "products", "import", "../../catalog/sample").end()
	if code != 0 || !strings.Contains(out, "0 new, 0 changed") {
		t.Errorf("importing the sample again: exit code %d: %s", code, out)
	}
	demo.mustStop()
	code, out = mustRun(t, environ, "doctor").end()
	if code == 0 || strings.Count(out, "FAILED") < 3 {
		t.Errorf("with the demo stopped: exit code %d: %s", code, out)
	}
	for _, secret := range environ {
		name, value, _ := strings.Cut(secret, "=")
		if (strings.Contains(name, "SECRET") || strings.Contains(name, "KEY")) && strings.Contains(out, value) {
			t.Errorf("the doctor prints %s", name)
		}
	}
}

func TestTheDoctorWantsEncryption(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, "sqlite://unused")
	for address, well := range map[string]bool{
		"https://books.example.org": true, "http://localhost:8080": true, "http://127.0.0.1": true, "http://[::1]:80": true,
		"http://books.example.org": false, "http://192.168.1.7:8080": false,
	} {
		w.settings.URL = address
		found := (&doctorCmd{w.settings}).examineSettings(t.Context())
		secure := found[len(found)-1]
		if (secure.err == nil) != well || !strings.Contains(secure.advice, "https://") {
			t.Errorf("%s: %v, %s", address, secure.err, secure.advice)
		}
	}
}

// mustReadEnv reads a file of NAME='value' lines.
func mustReadEnv(tb testing.TB, path string) []string {
	tb.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	var environ []string
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		environ = append(environ, name+"="+strings.Trim(value, "'"))
	}
	return environ
}

func TestServeNamesTheSettingThatIsWrong(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, "sqlite://"+filepath.Join(t.TempDir(), "bookroom.db"))
	for setting, values := range map[string][]string{
		"DATABASE_URL":           {"", "mysql://x", "sqlite:///no/such/folder/x.db", "postgres://user:hidden@127.0.0.1:1/x"},
		"STRIPE_SECRET_KEY":      {"", "pk_test_hidden", "sk_live_hidden", "rk_live_hidden", "sk_test_…"},
		"STRIPE_WEBHOOK_SECRET":  {"", "hidden secret"},
		"STRIPE_API_BASE":        {"localhost"},
		"S3_BUCKET":              {"", "No Bucket"},
		"SMTP_URL":               {"", "mail.example.org", "smtp://user:hidden@"},
		"BOOKROOM_MAIL_FROM":     {"nobody"},
		"BOOKROOM_SUPPORT_EMAIL": {"nobody"},
		"BOOKROOM_URL": {"", "books.example.org", "https://books.example.org/shop", "ftp://books.example.org", "https://:8080",
			"https://books.example.org?", "https://user:hidden@books.example.org", "https://user:hidden%@books.example.org"},
		"BOOKROOM_SECRET":          {"", "hidden", strings.Repeat(" ", 40) + "hidden-12345"},
		"BOOKROOM_DOWNLOAD_TTL":    {"0s", "1000h", "10"},
		"BOOKROOM_SNS_TOPIC":       {"bookroom-mails", "arn:aws:sqs:us-east-1:123456789012:bookroom"},
		"BOOKROOM_REQUEST_FACTOR":  {"0", "-1", "100000"},
		"BOOKROOM_TRUSTED_PROXIES": {"everybody", "0.0.0.0/0", "10.0.0.1,::/0"},
	} {
		for _, value := range values {
			code, out := mustRun(t, append(w.environ(), setting+"="+value), "serve").end()
			lines := strings.Split(strings.TrimSpace(out), "\n")
			if code == 0 || len(lines) != 1 || strings.Contains(out, "hidden") || !strings.Contains(out, setting) && !strings.Contains(out, "live key") {
				t.Errorf("%s=%q: exit code %d: %s", setting, value, code, out)
			}
		}
	}
}

func TestRealMoneyNeedsEncryption(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, "sqlite://unused")
	for _, c := range []struct {
		key, address string
		well         bool
	}{
		{"sk_live_hidden", "https://books.example.org", true},
		{"rk_live_hidden", "https://books.example.org", true},
		{"sk_test_hidden", "http://localhost:8080", true},
		{"sk_live_hidden", "http://localhost:8080", false},
		{"rk_live_hidden", "http://books.example.org", false},
	} {
		s := w.settings
		s.StripeKey, s.URL = c.key, c.address
		err := s.check()
		if c.well != (err == nil) || (err != nil && !strings.HasPrefix(err.Error(), "BOOKROOM_URL should begin with https://")) {
			t.Errorf("%s with %s: %v", c.key, c.address, err)
		}
	}
}

func TestMigrationsFromTheShell(t *testing.T) {
	t.Parallel()
	environ := []string{"DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "bookroom.db")}
	for _, step := range []struct{ command, says string }{
		{"status", " no"}, {"up", "up to date"}, {"up", "up to date"}, {"status", "UTC"}, {"down", "taken back"}, {"status", " no"}, {"up", "up to date"},
	} {
		code, out := mustRun(t, environ, "migrate", step.command).end()
		if code != 0 || !strings.Contains(out, step.says) {
			t.Errorf("migrate %s: exit code %d: %s", step.command, code, out)
		}
	}
}

func TestAStopWaitsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, "sqlite://"+filepath.Join(t.TempDir(), "bookroom.db"))
	shop := mustRun(t, w.environ(), "serve")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) { // another process
		if answer, err := http.Get(w.settings.URL + "/healthz"); err == nil && answer.StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it did not open: %s", shop.stderr)
		}
	}
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const body = `{"x":1}`
	head := "POST /api/v1/carts/none/checkout HTTP/1.1\r\nHost: " + w.address + "\r\nContent-Type: application/json\r\nContent-Length: 7\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"
	if _, err := io.WriteString(c, head); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(c)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} { // it has taken the request up and waits for the body
		if line, err := answers.ReadString('\n'); err != nil || line != want {
			t.Fatalf("the server says %q (%v), want %q", line, err, want)
		}
	}
	if err := shop.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		late, err := net.Dial("tcp", w.address)
		if err != nil {
			break // nobody new is let in
		}
		_ = late.Close()
	}
	if _, err := io.WriteString(c, body); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(answers)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 4") {
		t.Errorf("the request under way was answered %q (%v)", answer, err)
	}
	if code, out := shop.end(); code != 0 {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func TestRealMoneyNeedsASecretThatNobodyTypes(t *testing.T) {
	t.Parallel()
	s := mustWorld(t, "sqlite://unused").settings
	s.Secret = strings.Repeat("secret", 10)
	if err := s.check(); err != nil {
		t.Errorf("while trying things out: %v", err)
	}
	s.StripeKey, s.URL = "sk_live_hidden", "https://books.example.org"
	if err := s.check(); err == nil || !strings.Contains(err.Error(), "BOOKROOM_SECRET") {
		t.Errorf("with a live key: %v", err)
	}
}

func TestMailsComeFromTheShopUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://books.example.org": "Bookroom <orders@books.example.org>", "http://127.0.0.1:8080": "Bookroom <orders@localhost>",
	} {
		s := settings{URL: url}
		if got := s.sender(); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
		if _, err := mail.New(mail.Config{URL: "smtp://localhost:1025", From: s.sender()}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	s := settings{URL: "https://books.example.org", MailFrom: "desk@example.org"}
	if got := s.sender(); got != "desk@example.org" {
		t.Errorf("a sender of one's own: %s", got)
	}
}

func TestTheDoctorMakesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bookroom.db")
	code, out := mustRun(t, []string{"DATABASE_URL=sqlite://" + path}, "doctor").end()
	if code == 0 || !strings.Contains(out, "bookroom migrate up") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the doctor made the database that it was to look at")
	}
}
