package stripeschema

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTrafficIsHeldAgainstTheSchema(t *testing.T) {
	t.Parallel()
	stripe, err := load()
	if err != nil {
		t.Fatal(err)
	}
	const refund = `{"id":"re_1","object":"refund","amount":5,"created":1,"currency":"usd"}`
	for name, c := range map[string]struct {
		method, target, body string
		status               int
		answer               string
		says                 string // empty: it fits
	}{
		"a sound request":             {"POST", "/v1/refunds", "charge=ch_1&amount=5&metadata[k]=v&expand[]=charge", 200, refund, ""},
		"an error":                    {"POST", "/v1/refunds", "colour=red", 400, `{"error":{"type":"invalid_request_error","message":"no"}}`, ""},
		"an unknown parameter":        {"POST", "/v1/refunds", "colour=red", 200, refund, "colour"},
		"a word for a number":         {"POST", "/v1/refunds", "amount=five", 200, refund, "amount"},
		"an unknown choice":           {"POST", "/v1/refunds", "reason=boredom", 200, refund, "reason"},
		"a deep unknown parameter":    {"POST", "/v1/checkout/sessions", "line_items[0][colour]=red", 200, refund, "colour"},
		"an unknown query":            {"GET", "/v1/refunds/re_1?colour=red", "", 200, refund, "colour"},
		"a range in the query":        {"GET", "/v1/refunds?created[gte]=1&limit=2", "", 200, `{"object":"list","url":"/v1/refunds","has_more":false,"data":[]}`, ""},
		"a missing field":             {"GET", "/v1/refunds/re_1", "", 200, `{"id":"re_1","object":"refund"}`, "amount"},
		"a field that Stripe lacks":   {"GET", "/v1/refunds/re_1", "", 200, strings.Replace(refund, "{", `{"colour":"red",`, 1), "colour"},
		"a text for a number":         {"GET", "/v1/refunds/re_1", "", 200, strings.Replace(refund, "5", `"5"`, 1), "amount"},
		"an error that is no error":   {"GET", "/v1/refunds/re_1", "", 404, `{"message":"no"}`, "error"},
		"a route that Stripe has not": {"GET", "/v1/moon", "", 200, refund, "no matching operation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := httptest.NewRecorder()
			answer.Code = c.status
			answer.Body.WriteString(c.answer)
			err := stripe.check(httptest.NewRequest(c.method, c.target, http.NoBody), []byte(c.body), answer)
			switch {
			case c.says == "" && err != nil:
				t.Errorf("got %v, want it to fit", err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("got %v, want a word about %s", err, c.says)
			}
		})
	}
}

func TestEventsAreHeldAgainstTheSchema(t *testing.T) {
	t.Parallel()
	stripe, err := load()
	if err != nil {
		t.Fatal(err)
	}
	event := func(object string) []byte {
		return []byte(`{"id":"evt_1","object":"event","api_version":"2023-10-16","created":1,"livemode":false,"pending_webhooks":0,"type":"refund.updated","data":{"object":` + object + `}}`)
	}
	if err := stripe.checkEvent(event(`{"id":"re_1","object":"refund","amount":5,"created":1,"currency":"usd"}`)); err != nil {
		t.Errorf("a sound event: %v", err)
	}
	for _, object := range []string{`{"id":"re_1","object":"refund"}`, `{"object":"moon"}`, `{}`} {
		if err := stripe.checkEvent(event(object)); err == nil {
			t.Errorf("an event about %s fits", object)
		}
	}
}
