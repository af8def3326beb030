package stripetest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"bookroom/payments/stripetest"
	"bookroom/payments/stripetest/stripeschema"
)

func TestAPurchaseEndsPaid(t *testing.T) {
	t.Parallel()
	box := newInbox(t)
	s := MustStart(t, stripetest.Options{WebhookURL: box.url, WebhookSecret: secret})

	open := s.MustOpen(t)
	if open.Status != "open" || open.PaymentStatus != "unpaid" || open.AmountTotal != 5900 || open.PaymentIntent != nil {
		t.Fatalf("a new session is %s, %s, %d, payment intent %v", open.Status, open.PaymentStatus, open.AmountTotal, open.PaymentIntent)
	}
	status, location, _ := s.Pay(t, open.URL, stripetest.CardSuccess)
	if want := "https://shop.example/return?session=" + open.ID; status != http.StatusSeeOther || location != want {
		t.Fatalf("paying answered %d to %q, want 303 to %q", status, location, want)
	}

	paid := s.MustGet(t, open.ID)
	charge := paid.PaymentIntent.LatestCharge
	if paid.Status != "complete" || paid.PaymentStatus != "paid" || paid.URL != "" || paid.ClientReferenceID != "order-7" {
		t.Errorf("after paying the session is %s, %s, url %q, reference %q", paid.Status, paid.PaymentStatus, paid.URL, paid.ClientReferenceID)
	}
	if charge.Amount != 5900 || charge.Metadata["order"] != "7" || charge.PaymentMethodDetails.Card.Last4 != "4242" {
		t.Errorf("the charge is %d, order %q, card %s", charge.Amount, charge.Metadata["order"], charge.PaymentMethodDetails.Card.Last4)
	}
	if money := charge.BalanceTransaction; money.Fee != 201 || money.Net != 5699 || money.Status != "pending" {
		t.Errorf("the balance transaction is fee %d, net %d, %s; want 201, 5699, pending", money.Fee, money.Net, money.Status)
	}
	if lines := paid.LineItems.Data; len(lines) != 2 || lines[1].AmountTotal != 4000 || lines[1].Description != "Internships" {
		t.Errorf("the lines are %+v", lines)
	}

	mustSettle(t, s.Server)
	want := []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"}
	if got := box.types(); !slices.Equal(got, want) {
		t.Errorf("the events are %v, want %v", got, want)
	}
}

func TestADeclinedCardLeavesTheSessionOpen(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]struct{ code, declineCode, message string }{
		stripetest.CardDeclined:          {"card_declined", "generic_decline", "Your card was declined."},
		stripetest.CardInsufficientFunds: {"card_declined", "insufficient_funds", "Your card has insufficient funds."},
		stripetest.CardLost:              {"card_declined", "lost_card", "Your card was declined."},
		stripetest.CardStolen:            {"card_declined", "stolen_card", "Your card was declined."},
		stripetest.CardExpired:           {"expired_card", "", "Your card has expired."},
		stripetest.CardWrongCVC:          {"incorrect_cvc", "", "Your card&#39;s security code is incorrect."},
		stripetest.CardProcessingError:   {"processing_error", "", "An error occurred while processing your card."},
		"4111111111111111":               {"card_declined", "test_mode_live_card", "used a non test card"},
	} {
		t.Run(card, func(t *testing.T) {
			t.Parallel()
			box := newInbox(t)
			s := MustStart(t, stripetest.Options{WebhookURL: box.url, WebhookSecret: secret})
			open := s.MustOpen(t)

			status, _, body := s.Pay(t, open.URL, card)
			if status != http.StatusPaymentRequired {
				t.Errorf("paying answered %d, want 402", status)
			}
			mustContain(t, body, want.message, `value="`+card+`"`, `value="12/34"`, "aria-describedby")
			if strings.Contains(body, `value="123"`) {
				t.Error("the page repeats the security code")
			}
			after := s.MustGet(t, open.ID)
			failure := after.PaymentIntent.LastPaymentError
			if after.Status != "open" || after.PaymentStatus != "unpaid" || after.PaymentIntent.LatestCharge.Status != "failed" {
				t.Errorf("the session is %s, %s, its charge %s", after.Status, after.PaymentStatus, after.PaymentIntent.LatestCharge.Status)
			}
			if string(failure.Code) != want.code || string(failure.DeclineCode) != want.declineCode {
				t.Errorf("the payment failed for %s, %s; want %s, %s", failure.Code, failure.DeclineCode, want.code, want.declineCode)
			}
			mustSettle(t, s.Server)
			if got := box.types(); !slices.Equal(got, []string{"payment_intent.created", "charge.failed", "payment_intent.payment_failed"}) {
				t.Errorf("the events are %v", got)
			}

			if status, _, _ := s.Pay(t, open.URL, stripetest.CardSuccess); status != http.StatusSeeOther {
				t.Errorf("paying with another card answered %d", status)
			}
			paid := s.MustGet(t, open.ID)
			if paid.PaymentStatus != "paid" || paid.PaymentIntent.ID != after.PaymentIntent.ID {
				t.Errorf("the second try is %s by %s, the first was %s", paid.PaymentStatus, paid.PaymentIntent.ID, after.PaymentIntent.ID)
			}
		})
	}
}

func TestThreeDSecure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		card, answer  string
		status        int
		paymentStatus string
		says          string
	}{
		"completed":              {stripetest.Card3DSecure, "complete", http.StatusSeeOther, "paid", ""},
		"completed, set-up card": {stripetest.Card3DSecureSetup, "complete", http.StatusSeeOther, "paid", ""},
		"completed, version 2":   {stripetest.Card3DSecure2, "complete", http.StatusSeeOther, "paid", ""},
		"failed":                 {stripetest.Card3DSecure, "fail", http.StatusPaymentRequired, "unpaid", "We are unable to authenticate your payment method."},
		"completed, declined":    {stripetest.Card3DSecureDeclined, "complete", http.StatusPaymentRequired, "unpaid", "Your card was declined."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := MustStart(t, stripetest.Options{})
			open := s.MustOpen(t)
			status, _, body := s.Pay(t, open.URL, c.card)
			if status != http.StatusOK {
				t.Fatalf("paying answered %d", status)
			}
			mustContain(t, body, `value="complete"`, `value="fail"`, "Stripe simulator")
			if waiting := s.MustGet(t, open.ID); waiting.PaymentIntent.Status != "requires_action" || waiting.Status != "open" {
				t.Errorf("meanwhile the payment is %s, the session %s", waiting.PaymentIntent.Status, waiting.Status)
			}
			status, _, body = post(t, open.URL, url.Values{"three_d_secure": {c.answer}})
			if status != c.status {
				t.Errorf("the answer %s gave %d, want %d", c.answer, status, c.status)
			}
			mustContain(t, body, c.says)
			if after := s.MustGet(t, open.ID); string(after.PaymentStatus) != c.paymentStatus {
				t.Errorf("the session is %s, want %s", after.PaymentStatus, c.paymentStatus)
			}
			if status, _, _ := post(t, open.URL, url.Values{"three_d_secure": {"complete"}}); status == http.StatusOK {
				t.Error("the same step can be answered twice")
			}
		})
	}
}

func TestTheFormIsCheckedBeforeTheBankIsAsked(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{Now: fixedClock})
	for name, c := range map[string]struct {
		form url.Values
		says string
	}{
		"nothing":        {url.Values{}, "Your card number is incomplete."},
		"short number":   {url.Values{"card": {"4242"}, "exp": {"12/34"}, "cvc": {"123"}}, "Your card number is incomplete."},
		"wrong digit":    {url.Values{"card": {"4242424242424241"}, "exp": {"12/34"}, "cvc": {"123"}}, "Your card number is invalid."},
		"no expiry":      {url.Values{"card": {stripetest.CardSuccess}, "cvc": {"123"}}, "expiration date is incomplete"},
		"thirteen":       {url.Values{"card": {stripetest.CardSuccess}, "exp": {"13/34"}, "cvc": {"123"}}, "expiration date is incomplete"},
		"last month":     {url.Values{"card": {stripetest.CardSuccess}, "exp": {"02/26"}, "cvc": {"123"}}, "expiration date is in the past"},
		"short code":     {url.Values{"card": {stripetest.CardSuccess}, "exp": {"12/34"}, "cvc": {"12"}}, "security code is incomplete"},
		"markup in card": {url.Values{"card": {`"><b>`}, "exp": {"12/34"}, "cvc": {"123"}}, "&#34;&gt;&lt;b&gt;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := s.MustOpen(t)
			status, _, body := post(t, open.URL, c.form)
			if status != http.StatusUnprocessableEntity {
				t.Errorf("the form was answered %d, want 422", status)
			}
			mustContain(t, body, c.says)
			if after := s.MustGet(t, open.ID); after.PaymentIntent != nil {
				t.Error("the bank was asked")
			}
		})
	}
	for _, exp := range []string{"03/26", "3/26", "03 / 2026", "0326", "12/2034"} {
		open := s.MustOpen(t)
		if status, _, body := post(t, open.URL, url.Values{"card": {"4242 4242-4242 4242"}, "exp": {exp}, "cvc": {"123"}}); status != http.StatusSeeOther {
			t.Errorf("the date %q was answered %d: %s", exp, status, body)
		}
	}
}

func TestThePageOfASession(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	open := s.MustOpen(t)
	response, err := http.Get(open.URL)
	if err != nil {
		t.Fatal(err)
	}
	body := mustRead(t, response)
	mustContain(t, body,
		"<strong>Stripe simulator.</strong> This is not Stripe.", `<html lang="en">`, "Advisory", "Internships", "$59.00",
		"ana@example.com", `href="https://shop.example/cart"`, `<label for="card">`, "4000 0000 0000 0002")
	if strings.Contains(body, "<script") || strings.Contains(body, "style=") {
		t.Error("the page has scripts or inline styles")
	}
	mustContain(t, response.Header.Get("Content-Security-Policy"), "default-src 'none'", "form-action 'self' https://shop.example;")

	paid := s.MustBuy(t, stripetest.CardSuccess)
	address := s.url + "/c/pay/" + paid.ID
	if status, body := get(t, address); status != http.StatusOK || !strings.Contains(body, "This payment is complete") {
		t.Errorf("the page of a paid session answered %d: %s", status, body)
	}
	if status, location, _ := s.Pay(t, address, stripetest.CardSuccess); status != http.StatusSeeOther || !strings.HasSuffix(location, paid.ID) {
		t.Errorf("paying twice answered %d to %q", status, location)
	}
	if charges := s.Charges.List(&stripe.ChargeListParams{}).ChargeList().Data; len(charges) != 1 {
		t.Errorf("there are %d charges, want 1", len(charges))
	}
	if status, body := get(t, s.url+"/c/pay/cs_test_nobody"); status != http.StatusNotFound || !strings.Contains(body, "There is no such payment page") {
		t.Errorf("an unknown page answered %d", status)
	}
}

func TestASessionExpires(t *testing.T) {
	t.Parallel()
	for name, expire := range map[string]func(*testing.T, simulator, string){
		"when its time is over": func(t *testing.T, s simulator, _ string) {
			if err := s.Advance(24 * time.Hour); err != nil {
				t.Fatal(err)
			}
		},
		"when the shop says so": func(t *testing.T, s simulator, id string) {
			if _, err := s.CheckoutSessions.Expire(id, nil); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := newInbox(t)
			s := MustStart(t, stripetest.Options{Now: fixedClock, WebhookURL: box.url, WebhookSecret: secret})
			open := s.MustOpen(t)
			s.Pay(t, open.URL, stripetest.CardDeclined)
			mustSettle(t, s.Server)
			expire(t, s, open.ID)

			after := s.MustGet(t, open.ID)
			if after.Status != "expired" || after.URL != "" || after.PaymentIntent.Status != "canceled" {
				t.Errorf("the session is %s at %q, its payment %s", after.Status, after.URL, after.PaymentIntent.Status)
			}
			if status, _, body := s.Pay(t, open.URL, stripetest.CardSuccess); status != http.StatusGone || !strings.Contains(body, "has expired") {
				t.Errorf("paying it answered %d", status)
			}
			_, err := s.CheckoutSessions.Expire(open.ID, nil)
			mustRefuse(t, err, http.StatusBadRequest, "", "Only Checkout Sessions with a status in")
			mustSettle(t, s.Server)
			if got := box.types(); got[len(got)-1] != "checkout.session.expired" {
				t.Errorf("the events are %v", got)
			}
		})
	}
}

func TestABankDebitTakesDays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		came          bool
		paymentStatus string
		charge        string
		event         string
	}{
		"and comes": {true, "paid", "succeeded", "checkout.session.async_payment_succeeded"},
		"and fails": {false, "unpaid", "failed", "checkout.session.async_payment_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := newInbox(t)
			s := MustStart(t, stripetest.Options{WebhookURL: box.url, WebhookSecret: secret})
			open := s.MustOpen(t)
			if status, _, body := post(t, open.URL, url.Values{"method": {"us_bank_account"}}); status != http.StatusSeeOther {
				t.Fatalf("paying answered %d: %s", status, body)
			}
			waiting := s.MustGet(t, open.ID)
			if waiting.Status != "complete" || waiting.PaymentStatus != "unpaid" || waiting.PaymentIntent.Status != "processing" {
				t.Errorf("meanwhile the session is %s, %s, the payment %s", waiting.Status, waiting.PaymentStatus, waiting.PaymentIntent.Status)
			}
			if err := s.SettleBankDebit(open.ID, c.came); err != nil {
				t.Fatal(err)
			}
			after := s.MustGet(t, open.ID)
			if string(after.PaymentStatus) != c.paymentStatus || string(after.PaymentIntent.LatestCharge.Status) != c.charge {
				t.Errorf("the session is %s, its charge %s", after.PaymentStatus, after.PaymentIntent.LatestCharge.Status)
			}
			if err := s.SettleBankDebit(open.ID, c.came); err == nil {
				t.Error("the same debit ends twice")
			}
			mustSettle(t, s.Server)
			if got := box.types(); !slices.Contains(got, c.event) {
				t.Errorf("the events are %v", got)
			}
		})
	}
}

func TestTaxIsKnownAtThePayment(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{TaxBasisPoints: 825})
	params := sale()
	params.AutomaticTax = &stripe.CheckoutSessionAutomaticTaxParams{Enabled: stripe.Bool(true)}
	params.LineItems[1].PriceData.TaxBehavior = stripe.String("inclusive")
	open, err := s.CheckoutSessions.New(params)
	if err != nil {
		t.Fatal(err)
	}
	if open.AmountTotal != 5900 || open.TotalDetails.AmountTax != 0 || open.AutomaticTax.Status != "requires_location_inputs" {
		t.Errorf("before the payment: total %d, tax %d, %s", open.AmountTotal, open.TotalDetails.AmountTax, open.AutomaticTax.Status)
	}
	if _, body := get(t, open.URL); !strings.Contains(body, "$60.57") {
		t.Errorf("the page does not show the total with tax: %s", body)
	}
	s.Pay(t, open.URL, stripetest.CardSuccess)
	// 8.25 % of 19.00 is 1.5675, on top; of 40.00 with the tax in it, 3.0485.
	paid := s.MustGet(t, open.ID)
	if paid.AmountSubtotal != 5900 || paid.AmountTotal != 6057 || paid.TotalDetails.AmountTax != 157+305 || paid.PaymentIntent.Amount != 6057 {
		t.Errorf("after it: subtotal %d, total %d, tax %d, paid %d", paid.AmountSubtotal, paid.AmountTotal, paid.TotalDetails.AmountTax, paid.PaymentIntent.Amount)
	}
	if taxes := paid.TotalDetails.Breakdown.Taxes; len(taxes) != 1 || taxes[0].Rate.Percentage != 8.25 {
		t.Errorf("the breakdown is %+v", taxes)
	}
}

func TestSessionsThatStripeRefuses(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{Now: fixedClock})
	now := fixedClock().Unix()
	for name, c := range map[string]struct {
		spoil func(*stripe.CheckoutSessionParams)
		param string
		code  stripe.ErrorCode
		says  string
	}{
		"no mode":          {func(p *stripe.CheckoutSessionParams) { p.Mode = nil }, "mode", "parameter_missing", "mode"},
		"a subscription":   {func(p *stripe.CheckoutSessionParams) { p.Mode = stripe.String("subscription") }, "mode", "", "mode=payment only"},
		"no way back":      {func(p *stripe.CheckoutSessionParams) { p.SuccessURL = nil }, "success_url", "parameter_missing", "success_url"},
		"a path for a URL": {func(p *stripe.CheckoutSessionParams) { p.CancelURL = stripe.String("/cart") }, "cancel_url", "url_invalid", "Not a valid URL"},
		"no lines":         {func(p *stripe.CheckoutSessionParams) { p.LineItems = nil }, "line_items", "parameter_missing", "line_items"},
		"no name":          {func(p *stripe.CheckoutSessionParams) { p.LineItems[0].PriceData.ProductData.Name = nil }, "line_items[0][price_data][product_data][name]", "parameter_missing", "name"},
		"a negative price": {func(p *stripe.CheckoutSessionParams) { p.LineItems[0].PriceData.UnitAmount = stripe.Int64(-5) }, "line_items[0][price_data][unit_amount]", "parameter_invalid_integer", "between"},
		"two currencies":   {func(p *stripe.CheckoutSessionParams) { p.LineItems[1].PriceData.Currency = stripe.String("eur") }, "line_items[1][price_data][currency]", "", "same currency"},
		"too little": {func(p *stripe.CheckoutSessionParams) {
			p.LineItems = p.LineItems[:1]
			p.LineItems[0].PriceData.UnitAmount = stripe.Int64(49)
		}, "line_items", "amount_too_small", "$0.50"},
		"a price of nobody": {func(p *stripe.CheckoutSessionParams) {
			p.LineItems[0] = &stripe.CheckoutSessionLineItemParams{Price: stripe.String("price_1"), Quantity: stripe.Int64(1)}
		}, "line_items[0][price]", "resource_missing", "No such price"},
		"a bad e-mail":     {func(p *stripe.CheckoutSessionParams) { p.CustomerEmail = stripe.String("ana") }, "customer_email", "email_invalid", "Invalid email address: ana"},
		"too short a life": {func(p *stripe.CheckoutSessionParams) { p.ExpiresAt = stripe.Int64(now + 1799) }, "expires_at", "", "at least 30 minutes"},
		"too long a life":  {func(p *stripe.CheckoutSessionParams) { p.ExpiresAt = stripe.Int64(now + 86401) }, "expires_at", "", "less than 24 hours"},
		"a long reference": {func(p *stripe.CheckoutSessionParams) { p.ClientReferenceID = stripe.String(strings.Repeat("x", 201)) }, "client_reference_id", "", "200 characters"},
		"a long value":     {func(p *stripe.CheckoutSessionParams) { p.AddMetadata("k", strings.Repeat("x", 501)) }, "metadata[k]", "", "500 characters"},
		"an unknown word":  {func(p *stripe.CheckoutSessionParams) { p.AddExtra("success_uri", "x") }, "success_uri", "parameter_unknown", "Received unknown parameter: success_uri"},
		"a deep unknown":   {func(p *stripe.CheckoutSessionParams) { p.AddExtra("line_items[0][colour]", "x") }, "line_items[0][colour]", "parameter_unknown", "unknown parameter"},
		"a coupon": {func(p *stripe.CheckoutSessionParams) {
			p.Discounts = []*stripe.CheckoutSessionDiscountParams{{Coupon: stripe.String("x")}}
		}, "discounts", "", "does not play"},
		"a property to open": {func(p *stripe.CheckoutSessionParams) { p.AddExpand("colour") }, "expand", "", "cannot be expanded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			params := sale()
			c.spoil(params)
			_, err := s.CheckoutSessions.New(params)
			refused := mustRefuse(t, err, http.StatusBadRequest, c.code, c.says)
			if refused.Param != c.param {
				t.Errorf("the parameter is %q, want %q", refused.Param, c.param)
			}
		})
	}
	t.Cleanup(func() { // after all of them
		if list := s.CheckoutSessions.List(&stripe.CheckoutSessionListParams{}).CheckoutSessionList().Data; len(list) != 0 {
			t.Errorf("%d refused sessions were made all the same", len(list))
		}
	})
}

// Every parameter that Stripe knows is either played, harmless, or refused by
// name; none is called unknown. The values are nonsense, so the schema is not
// asked about them.
func TestEveryParameterOfStripeIsKnown(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	unchecked := httptest.NewServer(s.Server)
	t.Cleanup(unchecked.Close)
	read := []string{"automatic_tax", "line_items", "payment_intent_data", "payment_method_types", "expand"} // have names below them only
	for _, name := range stripeschema.Params(t, http.MethodPost, "/v1/checkout/sessions") {
		if slices.Contains(read, name) {
			continue
		}
		params := sale()
		params.AddExtra(name, "x")
		_, err := newClient(unchecked.URL, "sk_test_123", 0).CheckoutSessions.New(params)
		var refused *stripe.Error
		if errors.As(err, &refused) && refused.Code == "parameter_unknown" {
			t.Errorf("%s is called unknown", name)
		}
	}
}

func TestListsOfSessions(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{Now: fixedClock})
	open := s.MustOpen(t)
	if err := s.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	paid := s.MustBuy(t, stripetest.CardSuccess)
	for name, c := range map[string]struct {
		params stripe.CheckoutSessionListParams
		want   []string
	}{
		"all, newest first": {stripe.CheckoutSessionListParams{}, []string{paid.ID, open.ID}},
		"open":              {stripe.CheckoutSessionListParams{Status: stripe.String("open")}, []string{open.ID}},
		"of a payment":      {stripe.CheckoutSessionListParams{PaymentIntent: stripe.String(paid.PaymentIntent.ID)}, []string{paid.ID}},
		"of a time":         {stripe.CheckoutSessionListParams{CreatedRange: &stripe.RangeQueryParams{LesserThan: fixedClock().Unix() + 60}}, []string{open.ID}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			list := s.CheckoutSessions.List(&c.params)
			for list.Next() {
				got = append(got, list.CheckoutSession().ID)
			}
			if list.Err() != nil || !slices.Equal(got, c.want) {
				t.Errorf("the list is %v, %v; want %v", got, list.Err(), c.want)
			}
		})
	}
	lines := s.CheckoutSessions.ListLineItems(&stripe.CheckoutSessionListLineItemsParams{Session: &paid.ID, ListParams: stripe.ListParams{Limit: stripe.Int64(1)}})
	var names []string
	for lines.Next() {
		names = append(names, lines.LineItem().Description)
	}
	if !slices.Equal(names, []string{"Advisory", "Internships"}) {
		t.Errorf("the lines are %v, %v", names, lines.Err())
	}
}

// mustRefuse checks an error of the API.
func mustRefuse(tb testing.TB, err error, status int, code stripe.ErrorCode, says string) stripe.Error {
	tb.Helper()
	var refused *stripe.Error
	if !errors.As(err, &refused) {
		tb.Fatalf("got %v, want an error of Stripe", err)
	}
	if refused.HTTPStatusCode != status || refused.Code != code || !strings.Contains(refused.Msg, says) {
		tb.Errorf("refused with %d %q %q, want %d %q %q", refused.HTTPStatusCode, refused.Code, refused.Msg, status, code, says)
	}
	return *refused
}
