package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
)

// mustTell runs a command of the shell and returns what it printed.
func mustTell(tb testing.TB, command interface{ Run(*env) error }) string {
	tb.Helper()
	var out bytes.Buffer
	if err := command.Run(&env{ctx: tb.Context(), out: &out, log: quiet()}); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

func TestStaffFromTheShell(t *testing.T) {
	t.Parallel()
	at := database{DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "bookroom.db")} // which is not there yet
	with := desk{database: at, URL: "https://books.example.org/", Secret: strings.Repeat("s", 32)}
	said := mustTell(t, &staffAdd{Email: "Ada@school.example", Name: "Ada", Role: shop.RoleAdmin, desk: with})
	if !strings.Contains(said, "\nhttps://books.example.org/staff/invitations/") {
		t.Errorf("add says %q", said)
	}
	if said := mustTell(t, &staffList{database: at}); !strings.Contains(said, "ada@school.example  Ada   admin  invited  never") {
		t.Errorf("list says %q", said)
	}
	if again := mustTell(t, &staffReset{Email: "ada@school.example", desk: with}); !strings.Contains(again, "/staff/invitations/") || again == said {
		t.Errorf("reset says %q", again)
	}
	if said := mustTell(t, &staffDisable{Email: "ada@school.example", desk: with}); !strings.Contains(said, "Ada cannot sign in") {
		t.Errorf("disable says %q", said)
	}
	here := &env{ctx: t.Context(), out: &bytes.Buffer{}, log: quiet()}
	for what, c := range map[string]struct {
		command interface{ Run(*env) error }
		says    string
	}{
		"twice":        {&staffAdd{Email: "ada@school.example", Name: "Ada", Role: shop.RoleAdmin, desk: with}, "among the staff already"},
		"no address":   {&staffAdd{Email: "ada", Name: "Ada", Role: shop.RoleAdmin, desk: with}, "--email: This does not look like"},
		"a stranger":   {&staffReset{Email: "ben@school.example", desk: with}, "Nobody of the staff"},
		"no secret":    {&staffReset{Email: "ada@school.example", desk: desk{database: at, URL: with.URL}}, "BOOKROOM_SECRET should be"},
		"no shop":      {&staffReset{Email: "ada@school.example", desk: desk{database: at, Secret: with.Secret}}, "BOOKROOM_URL is missing"},
		"no database":  {&staffList{}, "DATABASE_URL is missing"},
		"also unknown": {&staffDisable{Email: "ben@school.example", desk: with}, "Nobody of the staff"},
	} {
		if err := c.command.Run(here); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s, err := at.open(here)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(s)
	records, err := s.AuditRecords(t.Context(), shop.AuditQuery{Limit: 10})
	if err != nil || len(records) != 3 || records[0].Verb != "staff.disable" || records[2].Staff != "the shell" {
		t.Errorf("the trail is %+v (%v)", records, err)
	}
}

func TestTheDemoHasStaffOfEveryRole(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	demo, at := mustDemo(t, data)
	before := mustReadFile(t, filepath.Join(data, "staff.json"))
	var staff []demoMember
	if err := json.Unmarshal(before, &staff); err != nil || len(staff) != len(shop.Roles()) {
		t.Fatalf("staff.json is %s (%v)", before, err)
	}
	for _, m := range staff {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser := &http.Client{Jar: jar}
		mustSubmit(t, browser, at.URL+"/staff/sign-in", url.Values{"email": {m.Email}, "password": {m.Password}})
		landed := mustSubmit(t, browser, at.URL+"/staff/sign-in/factor", url.Values{"code": {shop.TOTPCode(m.Secret, time.Now())}})
		if landed.Request.URL.Path != "/staff" || landed.StatusCode != http.StatusOK {
			t.Errorf("%s landed at %s with %d", m.Role, landed.Request.URL, landed.StatusCode)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at.URL+"/api/v1/staff/products", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+m.Token)
		if answer := mustSend(t, http.DefaultClient, r); answer.StatusCode != http.StatusOK {
			t.Errorf("the token of %s is answered with %d", m.Role, answer.StatusCode)
		}
	}
	demo.mustStop()
	again, _ := mustDemo(t, data)
	again.mustStop()
	if after := mustReadFile(t, filepath.Join(data, "staff.json")); !bytes.Equal(before, after) {
		t.Error("a second start changes who signs in by what")
	}
}

func mustReadFile(tb testing.TB, path string) []byte {
	tb.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func mustSubmit(tb testing.TB, browser *http.Client, address string, form url.Values) *http.Response {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return mustSend(tb, browser, r)
}

// mustSend returns the answer without its body.
func mustSend(tb testing.TB, browser *http.Client, r *http.Request) *http.Response {
	tb.Helper()
	answer, err := browser.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		tb.Fatal(err)
	}
	return answer
}
