package shop

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var ana = Actor{StaffID: "staff-1", Name: "Ana", Role: RoleSupport}

// titledOrder is a pendingOrder whose lines can be told apart by people.
func titledOrder() Order {
	o := pendingOrder()
	for i := range o.Lines {
		o.Lines[i].SKU, o.Lines[i].Title = fmt.Sprint("SKU-", i+1), fmt.Sprint("Title ", i+1)
	}
	return o
}

func asking(key string, parts ...string) RefundRequest {
	return RefundRequest{ID: NewID(), By: ana, Kind: ReturnParts, Reason: BuyerAsked, Parts: parts, IdempotencyKey: key}
}

func mustReturn(t interface{ Fatalf(string, ...any) }, o *Order, r RefundRequest) Return {
	made, _, _, err := o.Return(r, start.Add(time.Hour))
	if err != nil {
		t.Fatalf("refund %v: %v", r.Parts, err)
	}
	return made
}

// answer is what Stripe says of a return when so much has gone back in all.
func answer(r Return, state ReturnState, at int, inAll int64) PaymentEvent {
	e := event(ChargeRefunded, at, inAll)
	e.SessionID, e.PaymentIntentID, e.RefundID, e.ReturnID, e.ReturnState = "", r.PaymentIntentID, "re_"+r.ID, r.ID, state
	return e
}

func code(err error) string {
	var known *Error
	if errors.As(err, &known) {
		return known.Code
	}
	return fmt.Sprint(err)
}

func TestARefundIsOfThePartsThatStaffChose(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		request RefundRequest
		amount  int64
		rights  string
		status  OrderStatus
	}{
		"a line by its place":    {asking("k", "line-2"), 2000, "[active revoked active]", PartiallyRefunded},
		"a line by its SKU":      {asking("k", "SKU-3"), 4000, "[active active revoked]", PartiallyRefunded},
		"two lines, one twice":   {asking("k", "line-1", "line-2", "SKU-2"), 3000, "[revoked revoked active]", PartiallyRefunded},
		"all that is left":       {asking("k"), 7000, "[revoked revoked revoked]", Refunded},
		"a line, its right kept": {changing(asking("k", "line-2"), func(r *RefundRequest) { r.Revoke = []string{} }), 2000, "[active active active]", PartiallyRefunded},
		"all, all rights kept":   {changing(asking("k"), func(r *RefundRequest) { r.Revoke = []string{} }), 7000, "[active active active]", Refunded},
		"all, one right ends":    {changing(asking("k"), func(r *RefundRequest) { r.Revoke = []string{"SKU-1"} }), 7000, "[revoked active active]", Refunded},
	} {
		o := titledOrder()
		mustApply(t, &o, event(PaymentSucceeded, 1, 7000))
		r := mustReturn(t, &o, c.request)
		if r.Amount != c.amount || r.State != ReturnRequested || states(o) != "[active active active]" {
			t.Errorf("%s: asked for %d, %s", name, r.Amount, states(o))
		}
		mustApply(t, &o, answer(r, ReturnSucceeded, 2, c.amount))
		if states(o) != c.rights || o.Status != c.status || o.Attention != "" || o.Refundable() != 7000-c.amount {
			t.Errorf("%s: %s with %s, %d left, attention %q", name, o.Status, states(o), o.Refundable(), o.Attention)
		}
	}
}

func changing(r RefundRequest, change func(*RefundRequest)) RefundRequest {
	change(&r)
	return r
}

func TestGiftsAreRefundedByThemselves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		parts  []string
		amount int64
		rights string
	}{
		"the donation":             {[]string{"donation"}, 16_000, "[active active active]"},
		"what a title holds extra": {[]string{"gift-2"}, 8000, "[active active active]"},
		"a title with its gift":    {[]string{"line-2", "gift-2"}, 10_000, "[active revoked active]"},
		"a title without its gift": {[]string{"line-2"}, 2000, "[active revoked active]"},
	} {
		o := givingOrder()
		mustApply(t, &o, event(PaymentSucceeded, 1, o.Due()))
		r := mustReturn(t, &o, asking("k", c.parts...))
		mustApply(t, &o, answer(r, ReturnSucceeded, 2, r.Amount))
		if r.Amount != c.amount || states(o) != c.rights {
			t.Errorf("%s: %d with %s", name, r.Amount, states(o))
		}
	}
}

func TestNothingIsRefundedTwice(t *testing.T) {
	t.Parallel()
	o := titledOrder()
	mustApply(t, &o, event(PaymentSucceeded, 1, 7000))
	first := asking("k1", "line-2")
	r := mustReturn(t, &o, first)

	again := first
	again.ID = NewID()
	if same, change, _, err := o.Return(again, start); err != nil || same.ID != r.ID || len(change.Jobs) > 0 {
		t.Errorf("the same again: %+v (%v)", same, err)
	}
	for what, c := range map[string]struct {
		request RefundRequest
		code    string
		says    string
	}{
		"the same key, another line": {asking("k1", "line-1"), "idempotency_key_reused", ""},
		"another key, the same line": {asking("k2", "line-2"), "refund_under_way", "Ana has been refunding “Title 2” since 1 September 2026"},
		"nobody's line":              {asking("k3", "line-9"), "invalid_input", ""},
		"nobody's right":             {changing(asking("k3", "line-1"), func(r *RefundRequest) { r.Revoke = []string{"x"} }), "invalid_input", ""},
		"another sum than was shown": {changing(asking("k3", "line-1"), func(r *RefundRequest) { r.Expect = 999 }), "refund_changed", ""},
		"no surplus":                 {changing(asking("k3"), func(r *RefundRequest) { r.Kind = ReturnSurplus }), "no_surplus", ""},
		"nothing to assign":          {changing(asking("k3"), func(r *RefundRequest) { r.Kind = ReturnAssigned }), "nothing_to_assign", ""},
	} {
		_, _, _, err := o.Return(c.request, start)
		if code(err) != c.code || !strings.Contains(AsError(err).Message.String(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	mustApply(t, &o, answer(r, ReturnSucceeded, 2, 2000))
	if _, _, _, err := o.Return(asking("k2", "line-2"), start); code(err) != "already_refunded" || !strings.Contains(AsError(err).Message.String(), "Ana refunded") {
		t.Errorf("after it went: %v", err)
	}
	rest := mustReturn(t, &o, asking("k4"))
	if rest.Amount != 5000 || !slices.Equal(rest.Parts, []string{"line-1", "line-3"}) {
		t.Errorf("what is left: %+v", rest)
	}
	if _, _, _, err := o.Return(asking("k5"), start); code(err) != "already_refunded" {
		t.Errorf("when all is on its way: %v", err)
	}
}

func TestWhatCannotBeRefundedSaysWhy(t *testing.T) {
	t.Parallel()
	free := pendingOrder()
	for i := range free.Lines {
		free.Lines[i].UnitPrice, free.Lines[i].Total = 0, 0
	}
	free.Subtotal, free.Total, free.Status = 0, 0, Paid
	paid := event(PaymentSucceeded, 1, 7000)
	for name, c := range map[string]struct {
		order  Order
		events []PaymentEvent
		code   string
	}{
		"not paid":     {pendingOrder(), nil, "nothing_to_refund"},
		"free":         {free, nil, "nothing_to_refund"},
		"wrong amount": {pendingOrder(), []PaymentEvent{event(PaymentSucceeded, 1, 6999)}, "surplus_first"},
		"paid twice":   {pendingOrder(), []PaymentEvent{paid, on("pi_2", paid)}, "surplus_first"},
		"disputed":     {pendingOrder(), []PaymentEvent{paid, dispute(DisputeOpen, 2)}, "payment_disputed"},
		"lost":         {pendingOrder(), []PaymentEvent{paid, dispute(DisputeLost, 2)}, "payment_disputed"},
		"all back":     {pendingOrder(), []PaymentEvent{paid, event(ChargeRefunded, 2, 7000)}, "already_refunded"},
		"back by hand": {pendingOrder(), []PaymentEvent{paid, event(ChargeRefunded, 2, 1000)}, "already_refunded"},
		"unassigned":   {pendingOrder(), []PaymentEvent{paid, event(ChargeRefunded, 2, 500)}, "refund_unassigned"},
	} {
		o := c.order
		mustApply(t, &o, c.events...)
		if _, _, _, err := o.Return(asking("k", "line-1"), start); code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARefundThatComesToNothingIsTakenBack(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(o *Order, r Return){
		"refused": func(o *Order, r Return) {
			e := answer(r, ReturnRefused, 2, 0)
			e.Kind, e.RefundID, e.Problem = RefundChanged, "", "Stripe refused."
			mustApply(t, o, e)
		},
		"sent back by the bank": func(o *Order, r Return) {
			mustApply(t, o, answer(r, ReturnPending, 2, 2000))
			if states(*o) != "[active revoked active]" {
				t.Errorf("while it is on its way: %s", states(*o))
			}
			failed := refundFailure("re_"+r.ID, 3, 2000)
			failed.ReturnState = ReturnFailed
			mustApply(t, o, failed)
		},
		"sent back before the answer was heard": func(o *Order, r Return) {
			failed := refundFailure("re_"+r.ID, 3, 2000)
			failed.ReturnState = ReturnFailed
			mustApply(t, o, failed, answer(r, ReturnPending, 2, 2000))
		},
	} {
		o := titledOrder()
		mustApply(t, &o, event(PaymentSucceeded, 1, 7000))
		end(&o, mustReturn(t, &o, asking("k", "line-2")))
		if o.Status != Paid || states(o) != "[active active active]" || o.Attention == "" || !o.Returns[0].Void() || o.Refundable() != 7000 {
			t.Errorf("%s: %s with %s, %s, attention %q, %d left", name, o.Status, states(o), o.Returns[0].State, o.Attention, o.Refundable())
		}
		again := mustReturn(t, &o, asking("k2", "line-2"))
		mustApply(t, &o, answer(again, ReturnSucceeded, 5, 2000))
		if o.Attention != "" || states(o) != "[active revoked active]" {
			t.Errorf("%s, refunded again: %s, attention %q", name, states(o), o.Attention)
		}
	}
}

func TestARefundThatCameToNothingCanBeSettledInAnotherWay(t *testing.T) {
	t.Parallel()
	o := titledOrder()
	mustApply(t, &o, event(PaymentSucceeded, 1, 7000))
	r := mustReturn(t, &o, asking("k", "line-2"))
	if _, _, err := o.Drop(ana, r.ID, start); code(err) != "refund_not_failed" {
		t.Errorf("while it is under way: %v", err)
	}
	refused := answer(r, ReturnRefused, 2, 0)
	refused.Kind, refused.RefundID = RefundChanged, ""
	mustApply(t, &o, refused)
	if _, _, err := o.Drop(ana, "nobody's", start); code(err) != "refund_not_found" {
		t.Errorf("nobody's refund: %v", err)
	}
	change, act, err := o.Drop(ana, r.ID, start)
	if err != nil || act.Verb != "order.drop_refund" || len(change.Returns) != 1 || o.Attention != "" || states(o) != "[active active active]" {
		t.Errorf("dropped: %q, %+v, attention %q (%v)", act.Verb, change.Returns, o.Attention, err)
	}
	if _, act, err := o.Drop(ana, r.ID, start); err != nil || act.Verb != "" {
		t.Errorf("dropped again: %q (%v)", act.Verb, err)
	}
	if again := mustReturn(t, &o, asking("k2", "line-2")); again.Amount != 2000 {
		t.Errorf("refunded after all: %+v", again)
	}
}

func TestNewsOfEarlierStatesComesLate(t *testing.T) {
	t.Parallel()
	o := titledOrder()
	mustApply(t, &o, event(PaymentSucceeded, 1, 7000))
	r := mustReturn(t, &o, asking("k", "line-2"))
	mustApply(t, &o, answer(r, ReturnSucceeded, 2, 2000), answer(r, ReturnPending, 2, 2000))
	if o.Returns[0].State != ReturnSucceeded {
		t.Errorf("it is %s", o.Returns[0].State)
	}
}

func TestMoneyThatWentBackInTheDashboardIsAssigned(t *testing.T) {
	t.Parallel()
	o := titledOrder()
	mustApply(t, &o, event(PaymentSucceeded, 1, 7000), event(ChargeRefunded, 2, 500))
	if o.Unexplained() != 500 || o.Attention == "" {
		t.Fatalf("%d unexplained, attention %q", o.Unexplained(), o.Attention)
	}
	assign := asking("k", "line-1")
	assign.Kind = ReturnAssigned
	made, change, act, err := o.Return(assign, start)
	if err != nil || made.Amount != 500 || made.State != ReturnSucceeded || len(change.Jobs) != 0 || act.Verb != "order.assign_refund" {
		t.Fatalf("assigned %+v, jobs %v, act %q (%v)", made, change.Jobs, act.Verb, err)
	}
	if o.Unexplained() != 0 || o.Attention != "" || states(o) != "[revoked active active]" || len(change.Entitlements) != 1 {
		t.Errorf("%d unexplained, %s, attention %q", o.Unexplained(), states(o), o.Attention)
	}
	// What went back later is matched against what is left.
	mustApply(t, &o, event(ChargeRefunded, 3, 4500))
	if states(o) != "[revoked active revoked]" || o.Attention != "" || o.Refundable() != 2500 {
		t.Errorf("then the third line: %s, attention %q, %d left", states(o), o.Attention, o.Refundable())
	}
	all := mustReturn(t, &o, asking("k2"))
	if all.Amount != 2500 || !slices.Equal(all.Parts, []string{"line-2"}) {
		t.Errorf("what is left: %+v", all)
	}
}

func TestTheSurplusGoesBackByItself(t *testing.T) {
	t.Parallel()
	paid := event(PaymentSucceeded, 1, 7000)
	later := on("pi_2", event(PaymentSucceeded, 2, 7000))
	wrong := on("pi_3", event(PaymentSucceeded, 3, 6999))
	for name, c := range map[string]struct {
		events []PaymentEvent
		from   string
		amount int64
		status OrderStatus
	}{
		"paid twice":               {[]PaymentEvent{paid, later}, "pi_2", 7000, Paid},
		"a wrong one beside":       {[]PaymentEvent{paid, wrong}, "pi_3", 6999, Paid},
		"only a wrong one":         {[]PaymentEvent{wrong}, "pi_3", 6999, Refunded},
		"twice, some of it back":   {[]PaymentEvent{paid, later, on("pi_2", event(ChargeRefunded, 4, 1000))}, "pi_2", 6000, Paid},
		"twice, the first at hand": {[]PaymentEvent{paid, later, on("pi_2", dispute(DisputeOpen, 4))}, "pi_1", 7000, Disputed},
	} {
		o := pendingOrder()
		mustApply(t, &o, c.events...)
		surplus := asking("k")
		surplus.Kind = ReturnSurplus
		r := mustReturn(t, &o, surplus)
		if r.PaymentIntentID != c.from || r.Amount != c.amount || len(r.Parts)+len(r.Revokes) > 0 {
			t.Errorf("%s: %+v", name, r)
		}
		if _, amount := o.Surplus(); name != "twice, the first at hand" && amount != 0 {
			t.Errorf("%s: %d more while it is under way", name, amount)
		}
		inAll := c.amount
		for _, p := range o.Payments {
			if p.PaymentIntentID == c.from {
				inAll += p.Refunded
			}
		}
		mustApply(t, &o, answer(r, ReturnSucceeded, 5, inAll))
		if o.Status != c.status || o.overpaid() {
			t.Errorf("%s: %s, attention %q", name, o.Status, o.Attention)
		}
	}
}

// Staff refund, Stripe answers, banks send back, and the dashboard refunds as well: in whatever order word of it
// comes, it ends in the same state, and never more goes back than came in.
func TestRefundsEndInTheSameStateInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		straight, _ := anyOrder(t)
		mustApply(t, &straight, event(PaymentSucceeded, 1, straight.Due()))
		var events []PaymentEvent
		var inAll int64
		for n := range rapid.IntRange(1, 4).Draw(t, "refunds") {
			left := straight.PartsLeft()
			part := rapid.SampledFrom(left).Draw(t, "part")
			if part.Taken != nil || straight.Refundable() < part.Amount {
				if _, _, _, err := straight.Return(asking(fmt.Sprint("k", n), part.Name), start); err == nil {
					t.Fatalf("%s went back twice", part.Name)
				}
				continue
			}
			request := asking(fmt.Sprint("k", n), part.Name)
			if rapid.Bool().Draw(t, "kept") {
				request.Revoke = []string{}
			}
			r, _, _, err := straight.Return(request, start.Add(time.Duration(n)*time.Second))
			if err != nil {
				t.Fatalf("%s: %v", part.Name, err)
			}
			at := 10 * (n + 1)
			inAll += r.Amount
			state := rapid.SampledFrom([]ReturnState{ReturnSucceeded, ReturnPending}).Draw(t, "state")
			told := []PaymentEvent{answer(r, state, at, inAll), event(ChargeRefunded, at, inAll)}
			if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
				failed := refundFailure("re_"+r.ID, at+1, r.Amount)
				failed.ReturnID, failed.ReturnState = r.ID, ReturnFailed
				told, inAll = append(told, failed), inAll-r.Amount
			}
			mustApply(t, &straight, told...)
			events = append(events, told...)
		}
		if straight.Refundable()+straight.RefundedAmount() != straight.Total || inAll != straight.RefundedAmount() {
			t.Fatalf("%d went back by %d, %d left, of %d", straight.RefundedAmount(), inAll, straight.Refundable(), straight.Total)
		}
		if straight.Unexplained() != 0 {
			t.Fatalf("%d of what staff refunded is unexplained", straight.Unexplained())
		}

		shuffled := pendingOrder()
		shuffled.Lines, shuffled.Donation, shuffled.Subtotal, shuffled.Total = slices.Clone(straight.Lines), straight.Donation, straight.Subtotal, straight.Total
		mustApply(t, &shuffled, event(PaymentSucceeded, 1, straight.Due()))
		for _, r := range straight.Returns {
			r.State, r.RefundID, r.Problem, r.SettledAt = ReturnRequested, "", "", time.Time{}
			shuffled.Returns = append(shuffled.Returns, r)
		}
		twice := slices.Concat(events, events)
		if len(twice) > 0 {
			mustApply(t, &shuffled, rapid.Permutation(twice).Draw(t, "order")...)
		}
		if shuffled.Status != straight.Status || states(shuffled) != states(straight) || shuffled.Attention != straight.Attention {
			t.Fatalf("straight: %s %s %q; shuffled: %s %s %q", straight.Status, states(straight), straight.Attention, shuffled.Status, states(shuffled), shuffled.Attention)
		}
		for i, r := range straight.Returns {
			if shuffled.Returns[i].State != r.State {
				t.Fatalf("straight: %s, shuffled: %s", r.State, shuffled.Returns[i].State)
			}
		}
	})
}
