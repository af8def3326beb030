package stripetest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bookroom/payments/stripetest"
)

func TestTheControls(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{Now: fixedClock})
	control := func(path string, form url.Values) (int, string) {
		status, _, body := post(t, s.url+"/_stripe"+path, form)
		return status, body
	}
	made := func(path string, form url.Values) string {
		status, body := control(path, form)
		var answer struct{ ID string }
		if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK {
			t.Fatalf("%s answered %d: %s", path, status, body)
		}
		return answer.ID
	}
	done := func(path string, form url.Values) {
		if status, body := control(path, form); status != http.StatusNoContent {
			t.Fatalf("%s answered %d: %s", path, status, body)
		}
	}

	charge := s.MustBuy(t, stripetest.CardSuccess).PaymentIntent.LatestCharge.ID
	refund := made("/charges/"+charge+"/refund", url.Values{"amount": {"1000"}})
	done("/refunds/"+refund+"/fail", nil)
	dispute := made("/charges/"+charge+"/dispute", url.Values{"reason": {"duplicate"}})
	done("/disputes/"+dispute+"/close", url.Values{"outcome": {"won"}})
	done("/clock/advance", url.Values{"duration": {"48h"}})
	payout := made("/payouts", nil)
	if after, err := s.Payouts.Get(payout, nil); err != nil || after.Amount != 5699-1500 {
		t.Errorf("the payout is %v, %v", after, err)
	}
	open := s.MustOpen(t)
	done("/sessions/"+open.ID+"/expire", nil)
	debit := s.MustOpen(t)
	post(t, debit.URL, url.Values{"method": {"us_bank_account"}})
	done("/sessions/"+debit.ID+"/settle", url.Values{"outcome": {"succeed"}})
	if after := s.MustGet(t, debit.ID); after.PaymentStatus != "paid" {
		t.Errorf("the debit is %s", after.PaymentStatus)
	}

	done("/faults", url.Values{"duplicate": {"2"}, "reorder": {"3"}, "drop": {"a, b"}, "delay": {"2s"}, "api": {"hang"}, "api_path": {"/v1/x"}, "api_times": {"4"}})
	var faults stripetest.Faults
	_, body := get(t, s.url+"/_stripe/faults")
	if err := json.Unmarshal([]byte(body), &faults); err != nil {
		t.Fatal(err)
	}
	if faults.Duplicate != 2 || faults.Reorder != 3 || len(faults.Drop) != 2 || faults.API != (stripetest.APIFault{Kind: stripetest.FaultHang, Path: "/v1/x", Times: 4}) {
		t.Errorf("the faults are %+v", faults)
	}
	var events []stripetest.Event
	_, body = get(t, s.url+"/_stripe/events")
	if err := json.Unmarshal([]byte(body), &events); err != nil || len(events) != len(s.Server.Events()) {
		t.Errorf("%d events, %v", len(events), err)
	}

	for path, form := range map[string]url.Values{
		"/charges/ch_x/refund":                   nil,
		"/charges/" + charge + "/refund":         {"amount": {"-1"}},
		"/charges/" + charge + "/dispute":        {"reason": {"boredom"}},
		"/disputes/" + dispute + "/close":        {"outcome": {"draw"}},
		"/sessions/" + debit.ID + "/settle":      {"outcome": {"maybe"}},
		"/sessions/" + open.ID + "/expire":       nil,
		"/clock/advance":                         {"duration": {"-1h"}},
		"/faults":                                {"api": {"explode"}},
		"/payouts":                               {"currency": {"eur"}},
		"/events/" + events[0].ID + "/redeliver": nil, // there is no webhook
	} {
		if status, body := control(path, form); status < 400 || status > 499 || !strings.Contains(body, `"message"`) {
			t.Errorf("%s %v answered %d: %s", path, form, status, body)
		}
	}
}

func TestThePageOfTheSimulator(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	if _, body := get(t, s.url+"/_stripe/"); !strings.Contains(body, "Nobody has come to pay yet.") {
		t.Errorf("the empty page is %s", body)
	}
	paid := s.MustBuy(t, stripetest.CardSuccess)
	charge := paid.PaymentIntent.LatestCharge.ID
	status, body := get(t, s.url+"/_stripe/")
	if status != http.StatusOK {
		t.Fatalf("the page answered %d", status)
	}
	mustContain(t, body, "<strong>Stripe simulator.</strong>", paid.ID, "ana@example.com", "$59.00", "/_stripe/charges/"+charge+"/refund", "checkout.session.completed")
	if status, body := get(t, s.url+"/_stripe/simulator.css"); status != http.StatusOK || !strings.Contains(body, ".banner") {
		t.Errorf("the style answered %d", status)
	}

	press := func(origin string) *http.Response {
		request, err := http.NewRequest(http.MethodPost, s.url+"/_stripe/charges/"+charge+"/refund", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", "text/html")
		request.Header.Set("Sec-Fetch-Site", origin)
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return response
	}
	if got := press("cross-site").StatusCode; got != http.StatusForbidden {
		t.Errorf("a press on another site answered %d, want 403", got)
	}
	if got := press("same-origin"); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/_stripe/" {
		t.Errorf("a press answered %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	if _, body := get(t, s.url+"/_stripe/"); !strings.Contains(body, "refunded $59.00") {
		t.Error("the page does not show the refund")
	}
}
