package shop

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// What staff decided of a right stays, whatever is heard of the payment afterwards.
func TestAHeldRightStaysAsStaffDecided(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	paid := PaymentEvent{ID: "1", Kind: PaymentSucceeded, PaymentIntentID: "pi", Amount: 3000, Currency: "usd", At: now}
	refund := PaymentEvent{ID: "2", Kind: ChargeRefunded, PaymentIntentID: "pi", Amount: 1000, Currency: "usd", At: now.Add(time.Hour)}
	dispute := PaymentEvent{ID: "3", Kind: DisputeChanged, PaymentIntentID: "pi", At: now.Add(2 * time.Hour), Dispute: Dispute{ID: "dp", PaymentIntentID: "pi", Status: DisputeOpen, Amount: 3000}}
	won := dispute
	won.ID, won.Dispute.Status = "4", DisputeWon
	for name, test := range map[string]struct {
		before, after []PaymentEvent
		hold          func(o *Order)
		want          [2]EntitlementState
	}{
		"revoked, then a dispute that is won": {
			[]PaymentEvent{paid}, []PaymentEvent{dispute, won}, func(o *Order) { o.hold(Actor{}, "", &o.Entitlements[0], Revoked, "") }, [2]EntitlementState{Revoked, Active},
		},
		"restored after a refund, then a dispute": {
			[]PaymentEvent{paid, refund}, []PaymentEvent{dispute}, func(o *Order) { o.hold(Actor{}, "", &o.Entitlements[0], Active, "") }, [2]EntitlementState{Active, Suspended},
		},
		"revoked and left to the payment again, then refunded": {
			[]PaymentEvent{paid}, []PaymentEvent{refund}, func(o *Order) {
				o.hold(Actor{}, "", &o.Entitlements[1], Revoked, "")
				o.hold(Actor{}, "", &o.Entitlements[1], "", "")
			}, [2]EntitlementState{Revoked, Active},
		},
	} {
		o := Order{
			Status: Pending, Currency: "usd", Subtotal: 3000, Total: 3000,
			Lines: []OrderLine{{ID: "a", Quantity: 1, UnitPrice: 1000, Total: 1000}, {ID: "b", Quantity: 1, UnitPrice: 2000, Total: 2000}},
		}
		apply := func(events []PaymentEvent) {
			for _, e := range events {
				if _, err := o.Apply(e, now); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		apply(test.before)
		test.hold(&o)
		apply(test.after)
		if got := [2]EntitlementState{o.Entitlements[0].State, o.Entitlements[1].State}; got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestHoldingARightAsItIsIsNoAct(t *testing.T) {
	t.Parallel()
	o := Order{Status: Paid, Total: 1000, Subtotal: 1000, Lines: []OrderLine{{ID: "a"}}, Entitlements: []Entitlement{{LineID: "a", State: Active}}}
	if act := o.hold(Actor{}, "order.revoke", &o.Entitlements[0], Revoked, "why"); act.Verb != "order.revoke" || act.After["reason"] != "why" {
		t.Errorf("the act is %+v", act)
	}
	if act := o.hold(Actor{}, "order.revoke", &o.Entitlements[0], Revoked, "why"); act.Verb != "" {
		t.Errorf("again, the act is %+v", act)
	}
}

func TestAMovedOrderTellsBothAddresses(t *testing.T) {
	t.Parallel()
	o := Order{ID: "id", Email: "old@school.example", TokenVersion: 3, Entitlements: []Entitlement{{Email: "old@school.example"}}}
	c := o.move(Actor{}, "new@school.example", time.Time{})
	if o.Email != "new@school.example" || o.TokenVersion != 4 || o.Entitlements[0].Email != o.Email {
		t.Errorf("the order is %+v", o)
	}
	if details := []string{c.Jobs[0].Detail, c.Jobs[1].Detail}; !slices.Equal(details, []string{"moved_here", "moved_away old@school.example"}) {
		t.Errorf("the mails are %v", details)
	}
	if c.Act.Before["email"] != Personal("old@school.example") || c.Act.After["email"] != Personal("new@school.example") {
		t.Errorf("the act is %+v", c.Act)
	}
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	sent := OrderHistory{Mails: []OrderMail{{Kind: MailReceipt, State: MailSent}}}
	payment := Payment{PaymentIntentID: "pi", Amount: 1000, Currency: "usd", PaidAt: now.Add(-30 * day), Matches: true}
	right := Entitlement{State: Active, Downloads: 1}
	paid := func(change ...func(*Order)) Order {
		o := Order{
			Status: Paid, Currency: "usd", Subtotal: 1000, Total: 1000, PlacedAt: now.Add(-30 * day), PaidAt: now.Add(-30 * day),
			Payments: []Payment{payment}, Entitlements: []Entitlement{right},
		}
		for _, c := range change {
			c(&o)
		}
		return o
	}
	unused := func(o *Order) { o.Entitlements = []Entitlement{{State: Active}} }
	for name, test := range map[string]struct {
		order   Order
		history OrderHistory
		want    []string
	}{
		"all is well":           {paid(), sent, nil},
		"just paid":             {paid(unused, func(o *Order) { o.PaidAt = now }), OrderHistory{}, nil},
		"no receipt":            {paid(), OrderHistory{}, []string{"no_mail"}},
		"a receipt that waits":  {paid(), OrderHistory{Mails: []OrderMail{{Kind: MailReceipt, State: MailQueued}}}, []string{"mail_waits"}},
		"a receipt that failed": {paid(unused), OrderHistory{Mails: []OrderMail{{Kind: MailReceipt, State: MailFailed}}}, []string{"mail_failed", "never_downloaded"}},
		"a receipt that came back after it was sent": {
			paid(), OrderHistory{Mails: []OrderMail{{Kind: MailReceipt, State: MailBounced}, {Kind: MailReceipt, State: MailSent}}}, []string{"mail_failed"},
		},
		"a failed receipt, sent to the right address since": {
			paid(), OrderHistory{Mails: []OrderMail{{Kind: MailMovedHere, State: MailSent}, {Kind: MailReceipt, State: MailFailed}}}, nil,
		},
		"never downloaded": {paid(unused), sent, []string{"never_downloaded"}},
		"nothing that could be downloaded": {
			paid(func(o *Order) { o.Entitlements = []Entitlement{{State: Revoked}} }), sent, nil,
		},
		"a dispute": {
			paid(func(o *Order) {
				o.Status, o.Disputes = Disputed, []Dispute{{PaymentIntentID: "pi", Status: DisputeOpen, Amount: 1000, UpdatedAt: now}}
			}), sent, []string{"dispute_open"},
		},
		"another amount": {
			Order{Status: Review, Currency: "usd", Subtotal: 1000, Total: 1000, Attention: "x", Payments: []Payment{{Amount: 1, Currency: "usd", PaidAt: now}}},
			OrderHistory{}, []string{"amount_mismatch"},
		},
		"paid twice": {
			paid(func(o *Order) { o.Attention, o.Payments = "x", []Payment{payment, payment} }), sent, []string{"overpaid"},
		},
		"a refund of nobody knows what": {
			paid(func(o *Order) {
				back := payment
				back.Refunded, back.RefundedAsOf = 123, now
				o.Status, o.Attention, o.Payments = PartiallyRefunded, "x", []Payment{back}
				o.Lines = []OrderLine{{ID: "line", Quantity: 1, UnitPrice: 1000, Total: 1000}}
			}), sent, []string{"unknown_refund"},
		},
		"a refund that failed": {paid(func(o *Order) { o.Attention = "x" }), sent, []string{"refund_failed"}},
		"the buyer may still be paying": {
			Order{Status: Pending, SessionID: "cs", SessionState: SessionOpen, PlacedAt: now.Add(-time.Hour), ExpiresAt: now.Add(time.Hour)}, OrderHistory{}, nil,
		},
		"the payment page is over": {
			Order{Status: Pending, SessionID: "cs", SessionState: SessionOpen, PlacedAt: now.Add(-3 * time.Hour), ExpiresAt: now.Add(-time.Hour)},
			OrderHistory{}, []string{"event_missing"},
		},
		"a bank takes its time": {
			Order{Status: Pending, SessionID: "cs", SessionState: SessionProcessing, PlacedAt: now.Add(-3 * day), ExpiresAt: now.Add(-2 * day)}, OrderHistory{}, nil,
		},
	} {
		var got []string
		for _, trouble := range test.order.Troubles(test.history, now) {
			got = append(got, trouble.Code)
			if trouble.What == "" || trouble.Do == "" {
				t.Errorf("%s: %+v does not say what to do", name, trouble)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestTheTimelineSaysWhatHappened(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 3, 14, 9, minute, 0, 0, time.UTC) }
	o := Order{ID: "o", Currency: "usd", Subtotal: 1900, Source: SourceCard, PlacedAt: at(0)}
	h := OrderHistory{
		Events: []ReceivedEvent{
			{PaymentEvent: PaymentEvent{ID: "2", Kind: DisputeChanged, Source: FromSweep, At: at(4), Dispute: Dispute{Status: DisputeOpen, Amount: 1900, Reason: "not_received"}}, Outcome: EventApplied, ReceivedAt: at(4)},
			{PaymentEvent: PaymentEvent{ID: "1", Kind: PaymentSucceeded, Source: FromWebhook, Type: "checkout.session.completed", Amount: 1900, Currency: "usd", At: at(1)}, Outcome: EventApplied, ReceivedAt: at(3)},
		},
		Mails:     []OrderMail{{ID: "1", Kind: MailReceipt, State: MailSent, At: at(3)}},
		Downloads: []OrderDownload{{Download: Download{ID: "d", IssuedAt: at(5)}, Filename: "advisory.pdf"}},
		Acts:      []AuditRecord{{Sequence: 7, At: at(6), Staff: "Sam", Verb: "order.note"}, {Sequence: 6, At: at(6), Staff: "Sam", Verb: "order.email", Before: map[string]any{"email": "old"}, After: map[string]any{"email": "new"}}},
		Notes:     []OrderNote{{ID: "n", Staff: "Sam", Text: "She called.", WrittenAt: at(6)}},
	}
	list, more := h.Timeline(o, TimelineMark{}, 6)
	var got []string
	for _, happening := range list {
		got = append(got, happening.Title)
	}
	want := []string{"Note", "E-mail address corrected", "Download link issued: advisory.pdf", "Dispute opened", "Receipt sent", "Paid $19.00"}
	if !slices.Equal(got, want) || !more {
		t.Errorf("it says %q, more %v; want %q", got, more, want)
	}
	if late := strings.Join(list[5].Facts, "; "); !strings.Contains(late, "heard of 2m0s later") {
		t.Errorf("of the payment it says %q", late)
	}
	rest, more := h.Timeline(o, list[5].Mark(), 6)
	if len(rest) != 1 || rest[0].Title != "Order placed" || more {
		t.Errorf("then it says %+v, more %v", rest, more)
	}
}
