package mailtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bookroom/mail/mailtest"
)

func MustOpen(tb testing.TB, opts mailtest.Options) *mailtest.Sink {
	tb.Helper()
	sink, err := mailtest.Open(opts)
	if err != nil {
		tb.Fatal(err)
	}
	return sink
}

func MustClose(tb testing.TB, sink *mailtest.Sink) {
	tb.Helper()
	if err := sink.Close(); err != nil {
		tb.Error(err)
	}
}

// send speaks SMTP as the standard library does, which is not the client that the shop uses.
func send(sink *mailtest.Sink, source string) error {
	address := strings.TrimPrefix(sink.URL(), "smtp://")
	return smtp.SendMail(address, nil, "orders@example.org", []string{"ada@school.example"}, []byte(strings.ReplaceAll(source, "\n", "\r\n")))
}

func MustSend(tb testing.TB, sink *mailtest.Sink, source string) {
	tb.Helper()
	if err := send(sink, source); err != nil {
		tb.Fatal(err)
	}
}

func MustMessages(tb testing.TB, sink *mailtest.Sink) []mailtest.Message {
	tb.Helper()
	messages, err := sink.Messages()
	if err != nil {
		tb.Fatal(err)
	}
	return messages
}

// letter is a message of two parts; the number goes into Message-ID and subject.
func letter(number int) string {
	return fmt.Sprintf(`From: Bookroom <orders@example.org>
To: =?utf-8?q?Zo=C3=AB?= <ada@school.example>
Subject: =?utf-8?q?Receipt_n=C2=B0_%[1]d?=
Message-ID: <receipt.%[1]d@example.org>
Date: Sat, 14 Mar 2026 13:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=cut

--cut
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Your downloads: https://shop.example.org/orders/tok3n?a=3D1&b=3D2. <script>=
alert(1)</script>
--cut
Content-Type: text/html; charset=utf-8

<!doctype html><html lang="en"><head><title>x</title></head><body><p>Thank you</p></body></html>
--cut--
`, number)
}

func TestMessagesAreReadAsAMailProgramReadsThem(t *testing.T) {
	t.Parallel()
	sink := MustOpen(t, mailtest.Options{})
	defer MustClose(t, sink)
	MustSend(t, sink, letter(1))
	MustSend(t, sink, "Subject: no headers to speak of\n\nHello\n")
	MustSend(t, sink, "\x00 this is no message at all\n")

	got := MustMessages(t, sink)
	if len(got) != 3 {
		t.Fatalf("%d messages, want 3", len(got))
	}
	if got[1].Text != "Hello\n" || got[1].MessageID != "" || !got[1].Date.IsZero() {
		t.Errorf("the bare message is %+v", got[1])
	}
	if !strings.Contains(string(got[0].Source), "no message at all") {
		t.Errorf("the source of the broken message is %q", got[0].Source)
	}
	first := got[2]
	if first.From != "orders@example.org" || first.To != "ada@school.example" || first.Subject != "Receipt n° 1" ||
		first.MessageID != "receipt.1@example.org" || first.Date.Format("15:04 MST") != "12:00 UTC" || first.Received != 1 {
		t.Errorf("the message is %+v", first)
	}
	if !strings.HasPrefix(first.Text, "Your downloads: https://shop.example.org/orders/tok3n?a=1&b=2.") ||
		!strings.Contains(first.HTML, "<p>Thank you</p>") {
		t.Errorf("text %q, HTML %q", first.Text, first.HTML)
	}
}

func TestMessagesOutliveTheSink(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "inbox")
	sink := MustOpen(t, mailtest.Options{Dir: dir})
	MustSend(t, sink, letter(1))
	MustSend(t, sink, letter(2))
	MustSend(t, sink, letter(1))
	before := MustMessages(t, sink)
	MustClose(t, sink)
	// What an interrupted write leaves behind is not a message.
	if err := os.WriteFile(filepath.Join(dir, "000004.eml.part"), []byte("Subj"), 0o600); err != nil {
		t.Fatal(err)
	}

	sink = MustOpen(t, mailtest.Options{Dir: dir})
	defer MustClose(t, sink)
	after := MustMessages(t, sink)
	if fmt.Sprint(after) != fmt.Sprint(before) || len(after) != 2 {
		t.Errorf("after opening again:\n%v\nbefore:\n%v", after, before)
	}
	if after[0].Subject != "Receipt n° 2" || after[0].Received != 1 || after[1].Received != 2 {
		t.Errorf("newest first, the repeated one counted: %+v", after)
	}
	MustSend(t, sink, letter(3))
	if files, err := filepath.Glob(filepath.Join(dir, "*.eml")); err != nil || len(files) != 4 {
		t.Errorf("files %q, %v; want 4, none overwritten", files, err)
	}
}

func TestWaitFor(t *testing.T) {
	t.Parallel()
	sink := MustOpen(t, mailtest.Options{})
	defer MustClose(t, sink)
	got := make(chan []mailtest.Message)
	go func() {
		messages, err := sink.WaitFor(t.Context(), 2)
		if err != nil {
			t.Error(err)
		}
		got <- messages
	}()
	MustSend(t, sink, letter(1))
	MustSend(t, sink, letter(2))
	if messages := <-got; len(messages) != 2 {
		t.Errorf("%d messages, want 2", len(messages))
	}

	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := sink.WaitFor(ended, 3); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "2 of 3") {
		t.Errorf("waiting in vain: %v", err)
	}
}

func TestFaultsMeetTheNextMessagesOnly(t *testing.T) {
	t.Parallel()
	sink := MustOpen(t, mailtest.Options{})
	defer MustClose(t, sink)
	hit := sink.FailNext(2, mailtest.Busy)
	sink.FailNext(1, mailtest.UnknownRecipient)
	for i, want := range []string{"451", "451", "550", ""} {
		err := send(sink, letter(1))
		if (err == nil) != (want == "") || (err != nil && !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("message %d: %v, want %q", i+1, err, want)
		}
	}
	if len(hit) != 2 {
		t.Errorf("%d were hit, want 2", len(hit))
	}
	if got := MustMessages(t, sink); len(got) != 1 || got[0].Received != 1 {
		t.Errorf("kept %+v, want the last message alone", got)
	}
}

func TestATakenAddressIsSaidPlainly(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
	})
	_, err = mailtest.Open(mailtest.Options{Addr: taken.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}

func TestInboxPages(t *testing.T) {
	t.Parallel()
	sink := MustOpen(t, mailtest.Options{})
	defer MustClose(t, sink)
	handler := sink.Handler()
	get := func(path string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return answer
	}
	if empty := get("/inbox/").Body.String(); !strings.Contains(empty, "No mail yet") {
		t.Errorf("the empty inbox:\n%s", empty)
	}
	if empty := get("/inbox/messages.json").Body.String(); empty != "[]" {
		t.Errorf("the empty list is %s", empty)
	}
	MustSend(t, sink, letter(1))
	MustSend(t, sink, letter(1))
	MustSend(t, sink, strings.Replace(letter(2), "Receipt_n", "<script>alert(2)</script>", 1))

	const strict = "default-src 'none'; style-src 'self'"
	tests := []struct {
		path, contentType, policy string
		status                    int
		has, lacks                []string
	}{
		{
			"/inbox/", "text/html", strict, 200,
			[]string{"Receipt n° 1", "received twice", "12:00:00 UTC", `href="/inbox/messages/1"`, "&lt;script&gt;alert(2)"},
			[]string{"<script>", "No mail yet", "Older mail", "style="},
		},
		{
			"/inbox/messages/1", "text/html", strict, 200,
			[]string{
				`<a href="https://shop.example.org/orders/tok3n?a=1&amp;b=2" rel="noreferrer">https://shop.example.org/orders/tok3n?a=1&amp;b=2</a>.`,
				"&lt;script&gt;alert(1)", `<iframe src="/inbox/messages/1/html" sandbox=`, "received twice",
			},
			[]string{"<script>", "style="},
		},
		{
			"/inbox/messages/1/html", "text/html", "sandbox", 200,
			[]string{"<p>Thank you</p>", `<base target="_top">`}, []string{"Demo inbox"},
		},
		{"/inbox/messages/1/source", "text/plain", strict, 200, []string{"Message-ID: <receipt.1@example.org>", "=\r\nalert"}, nil},
		{"/inbox/inbox.css", "text/css", strict, 200, []string{"prefers-color-scheme: dark"}, []string{"url("}},
		{"/inbox/messages/2", "text/plain", "", 404, []string{"There is no such message"}, nil}, // the copy of the first
		{"/inbox/messages/../etc", "text/html", "", 307, nil, nil},
		{"/inbox/messages/x", "text/plain", "", 404, nil, nil},
		{"/inbox/?after=9999", "text/html", strict, 200, []string{"Receipt n° 1"}, nil},
	}
	for _, test := range tests {
		answer := get(test.path)
		body, header := answer.Body.String(), answer.Header()
		if answer.Code != test.status || !strings.HasPrefix(header.Get("Content-Type"), test.contentType) ||
			!strings.Contains(header.Get("Content-Security-Policy"), test.policy) {
			t.Errorf("%s: %d %v", test.path, answer.Code, header)
		}
		for _, want := range test.has {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q:\n%s", test.path, want, body)
			}
		}
		for _, unwanted := range test.lacks {
			if strings.Contains(body, unwanted) {
				t.Errorf("%s has %q:\n%s", test.path, unwanted, body)
			}
		}
	}

	var listed []struct {
		ID, To, Subject, Date, Text, HTML string
		MessageID                         string `json:"message_id"`
		Received                          int
	}
	if err := json.Unmarshal(get("/inbox/messages.json").Body.Bytes(), &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed) != 2 || listed[1].ID != "1" || listed[1].To != "ada@school.example" || listed[1].Date != "2026-03-14T12:00:00Z" ||
		listed[1].MessageID != "receipt.1@example.org" || listed[1].Received != 2 || listed[1].Text == "" || listed[1].HTML == "" {
		t.Errorf("the JSON lists %+v", listed)
	}
}

func TestALongInboxIsCutIntoPages(t *testing.T) {
	t.Parallel()
	sink := MustOpen(t, mailtest.Options{})
	defer MustClose(t, sink)
	for i := range 101 {
		MustSend(t, sink, letter(i+1))
	}
	page := func(path string) string {
		answer := httptest.NewRecorder()
		sink.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return answer.Body.String()
	}
	first, second := page("/inbox/"), page("/inbox/?after=100")
	if strings.Count(first, "<li>") != 100 || !strings.Contains(first, `href="/inbox/?after=100">Older mail`) || strings.Contains(first, "Newer mail") {
		t.Errorf("the first page:\n%s", first)
	}
	if strings.Count(second, "<li>") != 1 || !strings.Contains(second, "Receipt n° 1<") || !strings.Contains(second, `href="/inbox/?after=0">Newer mail`) {
		t.Errorf("the second page:\n%s", second)
	}
}
