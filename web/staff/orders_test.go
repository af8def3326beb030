package staff_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store/storetest"
)

func TestTheListOfOrders(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	paid := storetest.MustPaidOrder(t, p.store, storetest.Advisory, storetest.Projects)
	pending := storetest.MustOrder(t, p.store, storetest.Starter, storetest.Advisory)
	desk := p.SignIn(t, shop.RoleSupport)

	desk.Get("/staff/orders").Expect(t, http.StatusOK, paid.Number, pending.Number, "2 titles", "All <span class=\"num\">2</span>", "Need a person <span class=\"num\">0</span>")
	for query, want := range map[string][2]string{
		"state=paid": {paid.Number, pending.Number}, "state=pending": {pending.Number, paid.Number}, "product=projects": {paid.Number, pending.Number},
		"q=pi_" + paid.ID: {paid.Number, pending.Number}, "q=" + pending.Number: {pending.Number, paid.Number},
	} {
		got := desk.Get("/staff/orders?" + query)
		got.Expect(t, http.StatusOK, "/staff/orders/"+want[0])
		if strings.Contains(got.body, "/staff/orders/"+want[1]) {
			t.Errorf("%s shows %s, too", query, want[1])
		}
	}
	desk.Get("/staff/orders?q=nobody").Expect(t, http.StatusOK, "No order fits")
	desk.Get("/staff/orders?from=yesterday&q=ada").Expect(t, http.StatusUnprocessableEntity, "A day looks like", `value="yesterday"`, `value="ada"`)
	desk.Get("/staff/orders?from=2026-03-14&to=2026-03-14").Expect(t, http.StatusOK, paid.Number)
}

func TestAViewIsKeptAndForgotten(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	desk := p.SignIn(t, shop.RoleSupport)
	form := url.Values{"name": {"Spanish, paid"}, "query": {"language=es&state=paid&before=12"}}
	desk.Post("/staff/orders/views", form).Expect(t, http.StatusSeeOther)
	got := desk.Get("/staff/orders?language=es&state=paid")
	got.Expect(t, http.StatusOK, "Spanish, paid", "Forget the view")
	desk.Post("/staff/orders/views", form).Expect(t, http.StatusUnprocessableEntity, "You have a view of this name")
	id := regexp.MustCompile(`/views/([^/]+)/delete`).FindStringSubmatch(got.body)[1]
	desk.Post("/staff/orders/views/"+id+"/delete", nil).Expect(t, http.StatusSeeOther)
	if again := desk.Get("/staff/orders"); strings.Contains(again.body, "Spanish, paid") {
		t.Error("the view is still there")
	}
}

// act opens an order's page and sends one of its forms.
func (v *visitor) act(number, form string, values url.Values) reply {
	v.tb.Helper()
	page := v.Get("/staff/orders/" + number)
	page.Expect(v.tb, http.StatusOK)
	values.Set("key", regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(page.body)[1])
	return v.Post("/staff/orders/"+number+"/"+form, values)
}

func TestWhatStaffDoWithAnOrder(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	o := storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	desk := p.SignIn(t, shop.RoleSupport)
	right := o.Entitlements[0].ID
	for _, step := range []struct {
		form   string
		values url.Values
		shows  []string
	}{
		{"resend", url.Values{}, []string{"Receipt sent again", "on its way to the buyer"}},
		{"notes", url.Values{"text": {"She called."}}, []string{"She called."}},
		{"revoke", url.Values{"right": {right}, "reason": {"Bought twice."}}, []string{"Access revoked", "Bought twice.", "by staff", "Give access back"}},
		{"restore", url.Values{"right": {right}, "reason": {"A mistake."}}, []string{"Access restored", "Take access away"}},
		{"extend", url.Values{"hours": {"48"}, "until": {p.day(30)}, "reason": {"A slow line."}}, []string{"Download links live longer", "Now: 48 hours"}},
		{"email", url.Values{"from": {o.Email}, "email": {"Grace@Navy.example"}}, []string{"grace@navy.example", "E-mail address corrected"}},
	} {
		done := desk.act(o.Number, step.form, step.values)
		done.Expect(t, http.StatusSeeOther)
		desk.Get(done.header.Get("Location")).Expect(t, http.StatusOK, step.shows...)
		again := desk.Post("/staff/orders/"+o.Number+"/"+step.form, step.values)
		again.Expect(t, http.StatusSeeOther) // the same press of the button
	}
	acts, err := p.store.AuditRecords(t.Context(), shop.AuditQuery{Subject: shop.Subject{Kind: "order", ID: o.ID}, Limit: 20})
	must(t, err)
	if len(acts) != 6 {
		t.Errorf("the trail has %d acts, want 6", len(acts))
	}
	if notAllowed := p.SignIn(t, shop.RoleFinance).Get("/staff/orders/" + o.Number); strings.Contains(notAllowed.body, "/resend") {
		t.Error("finance is offered what it may not do")
	}
}

func TestABadFormComesBackAsItWasTyped(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	o := storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	desk := p.SignIn(t, shop.RoleAdmin)
	for form, test := range map[string]struct {
		values url.Values
		status int
		shows  []string
	}{
		"email":  {url.Values{"from": {o.Email}, "email": {"grace"}}, 422, []string{`value="grace"`, "does not look like an e-mail address"}},
		"notes":  {url.Values{"text": {" "}}, 422, []string{"Please write the note first."}},
		"revoke": {url.Values{"right": {o.Entitlements[0].ID}}, 422, []string{"Please say why"}},
		"extend": {url.Values{"hours": {"1000"}, "until": {"never"}, "reason": {"Slow"}}, 422, []string{"from 1 to 168 hours", "within the next 90 days", `value="1000"`, `value="Slow"`}},
	} {
		desk.act(o.Number, form, test.values).Expect(t, test.status, test.shows...)
	}
	moved := url.Values{"from": {"somebody@else.example"}, "email": {"grace@navy.example"}}
	desk.act(o.Number, "email", moved).Expect(t, http.StatusConflict, "Somebody has corrected the address", "grace@navy.example")
	desk.Get("/staff/orders/BR-1").Expect(t, http.StatusNotFound, "no order of that number")
}

func TestAPaymentEventIsShownAndAppliedAgain(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	o := storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	desk := p.SignIn(t, shop.RoleSupport)
	event := "/staff/orders/" + o.Number + "/events/evt_paid_" + o.ID
	desk.Get("/staff/orders/"+o.Number).Expect(t, http.StatusOK, event, "Paid $19.00", "Order placed")
	desk.Get(event).Expect(t, http.StatusOK, "&#34;object&#34;: &#34;event&#34;", "Apply it again")
	desk.Post(event+"/reapply", nil).Expect(t, http.StatusSeeOther)
	desk.Get("/staff/orders/"+o.Number+"/events/nothing").Expect(t, http.StatusNotFound)
	desk.Get("/staff/orders/"+o.Number).Expect(t, http.StatusOK, "Payment event applied again")
}

func TestATitleIsGivenAway(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	desk := p.SignIn(t, shop.RoleSupport)
	desk.Get("/staff/grants").Expect(t, http.StatusOK, "The Advisory Handbook")
	form := url.Values{"email": {"ada@met.example"}, "product": {storetest.Advisory}, "licence": {"school"}, "language": {"es"}, "key": {"one press"}}
	desk.Post("/staff/grants", form).Expect(t, http.StatusUnprocessableEntity, "Please say why", `value="ada@met.example"`, `value="one press"`)
	form.Set("reason", "A pilot school.")
	for range 2 {
		done := desk.Post("/staff/grants", form)
		done.Expect(t, http.StatusSeeOther)
		desk.Get(done.header.Get("Location")).Expect(t, http.StatusOK, "ada@met.example", "Granted", "A pilot school.", "Granted by staff")
	}
	page, err := p.store.FindOrders(t.Context(), shop.OrderQuery{Source: shop.SourceGranted, Limit: 9})
	must(t, err)
	if len(page.Orders) != 1 || page.Orders[0].Total != 0 || page.Orders[0].Status != shop.Paid {
		t.Errorf("granted %+v", page.Orders)
	}
}

func TestTheEvidenceIsAPDF(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	o := storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	got := p.SignIn(t, shop.RoleFinance).Get("/staff/orders/" + o.Number + "/evidence.pdf")
	got.Expect(t, http.StatusOK, "%PDF-")
	if got.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("it is %s", got.header.Get("Content-Type"))
	}
}

// day is so many days from now, as a form has it.
func (p *place) day(days int) string {
	return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly)
}
