package shop

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)

// pendingOrder has three lines of 10, 20 and 40 dollars, so that every refund of whole lines is the sum
// of exactly one set of them.
func pendingOrder() Order {
	o := Order{ID: NewID(), Number: "BR-100001", Status: Pending, Email: "reader@school.example", Currency: "usd"}
	for i, price := range []int64{1000, 2000, 4000} {
		o.Lines = append(o.Lines, OrderLine{
			ID: fmt.Sprint("line", i+1), Position: i + 1, ProductID: fmt.Sprint("product", i+1), Quantity: 1, UnitPrice: price, Total: price,
		})
		o.Subtotal += price
	}
	o.Total = o.Subtotal
	return o
}

// givingOrder is a pendingOrder with 80 dollars of support in its second line and a donation of 160.
func givingOrder() Order {
	o := pendingOrder()
	line := &o.Lines[1]
	line.UnitPrice, line.Support, line.Total = 10_000, 8000, 10_000
	o.Donation = 16_000
	o.Subtotal += 8000 + 16_000
	o.Total = o.Subtotal
	return o
}

// giftOrder is of two free titles, with 80 dollars of support in the second one and a donation of 160.
func giftOrder() Order {
	o := givingOrder()
	o.Lines = o.Lines[:2]
	o.Lines[0].UnitPrice, o.Lines[0].Total = 0, 0
	o.Lines[1].UnitPrice, o.Lines[1].Total = 8000, 8000
	o.Subtotal, o.Total = 24_000, 24_000
	return o
}

func event(kind PaymentEventKind, at int, amount int64) PaymentEvent {
	return PaymentEvent{
		ID: NewID(), Kind: kind, At: start.Add(time.Duration(at) * time.Minute), PaymentIntentID: "pi_1", ChargeID: "ch_1",
		SessionID: "cs_1", Amount: amount, Currency: "usd",
	}
}

func dispute(status DisputeStatus, at int) PaymentEvent {
	e := event(DisputeChanged, at, 7000)
	e.Dispute = Dispute{ID: "dp_1", PaymentIntentID: "pi_1", Status: status, Amount: 7000, UpdatedAt: e.At}
	return e
}

func refundFailure(id string, at int, amount int64) PaymentEvent {
	e := event(RefundFailed, at, amount)
	e.RefundID = id
	return e
}

// on is the event as it happens to another payment.
func on(paymentIntentID string, e PaymentEvent) PaymentEvent {
	e.PaymentIntentID, e.Dispute.PaymentIntentID = paymentIntentID, paymentIntentID
	return e
}

func with(e PaymentEvent, change func(*PaymentEvent)) PaymentEvent {
	change(&e)
	return e
}

func mustApply(t interface{ Fatalf(string, ...any) }, o *Order, events ...PaymentEvent) []Job {
	var jobs []Job
	for _, e := range events {
		c, err := o.Apply(e, start.Add(24*time.Hour))
		if err != nil {
			t.Fatalf("apply %s to %s: %v", e.Kind, o.Status, err)
		}
		jobs = append(jobs, c.Jobs...)
	}
	return jobs
}

func states(o Order) string {
	var all []string
	for _, e := range o.Entitlements {
		all = append(all, string(e.State))
	}
	return fmt.Sprint(all)
}

func TestOrderFollowsItsPayments(t *testing.T) {
	t.Parallel()
	paid := event(PaymentSucceeded, 1, 7000)
	const none, all, noneLeft = "[]", "[active active active]", "[revoked revoked revoked]"
	const suspended = "[suspended suspended suspended]"
	for name, c := range map[string]struct {
		events []PaymentEvent
		status OrderStatus
		rights string
	}{
		"nothing happened":                   {nil, Pending, none},
		"on its way":                         {[]PaymentEvent{event(PaymentProcessing, 1, 7000)}, Pending, none},
		"paid":                               {[]PaymentEvent{paid}, Paid, all},
		"paid with tax":                      {[]PaymentEvent{with(event(PaymentSucceeded, 1, 7578), func(e *PaymentEvent) { e.Tax = 578 })}, Paid, all},
		"slow payment succeeded":             {[]PaymentEvent{event(PaymentProcessing, 1, 7000), paid}, Paid, all},
		"slow payment failed":                {[]PaymentEvent{event(PaymentProcessing, 1, 7000), event(PaymentFailed, 2, 7000)}, Canceled, none},
		"expired":                            {[]PaymentEvent{event(PaymentExpired, 1, 7000)}, Expired, none},
		"money after expiry":                 {[]PaymentEvent{event(PaymentExpired, 1, 7000), paid}, Paid, all},
		"expiry after money":                 {[]PaymentEvent{paid, event(PaymentExpired, 2, 7000)}, Paid, all},
		"too little":                         {[]PaymentEvent{event(PaymentSucceeded, 1, 6999)}, Review, none},
		"too much":                           {[]PaymentEvent{event(PaymentSucceeded, 1, 7001)}, Review, none},
		"other currency":                     {[]PaymentEvent{with(paid, func(e *PaymentEvent) { e.Currency = "cad" })}, Review, none},
		"negative tax":                       {[]PaymentEvent{with(event(PaymentSucceeded, 1, 6900), func(e *PaymentEvent) { e.Tax = -100 })}, Review, none},
		"wrong money sent back":              {[]PaymentEvent{event(PaymentSucceeded, 1, 6999), event(ChargeRefunded, 2, 6999)}, Refunded, none},
		"right money after wrong":            {[]PaymentEvent{event(PaymentSucceeded, 1, 6999), with(paid, func(e *PaymentEvent) { e.PaymentIntentID = "pi_2" })}, Paid, all},
		"refunded":                           {[]PaymentEvent{paid, event(ChargeRefunded, 2, 7000)}, Refunded, noneLeft},
		"one line refunded":                  {[]PaymentEvent{paid, event(ChargeRefunded, 2, 2000)}, PartiallyRefunded, "[active revoked active]"},
		"two lines refunded":                 {[]PaymentEvent{paid, event(ChargeRefunded, 2, 2000), event(ChargeRefunded, 3, 6000)}, PartiallyRefunded, "[active revoked revoked]"},
		"a sum that is no line":              {[]PaymentEvent{paid, event(ChargeRefunded, 2, 500)}, PartiallyRefunded, all},
		"refunds in the wrong order":         {[]PaymentEvent{paid, event(ChargeRefunded, 3, 6000), event(ChargeRefunded, 2, 2000)}, PartiallyRefunded, "[active revoked revoked]"},
		"refund before the payment":          {[]PaymentEvent{event(ChargeRefunded, 2, 7000), paid}, Refunded, noneLeft},
		"refund that failed":                 {[]PaymentEvent{paid, event(ChargeRefunded, 2, 7000), refundFailure("re_1", 3, 7000)}, Paid, all},
		"failure before its refund":          {[]PaymentEvent{paid, refundFailure("re_1", 3, 7000), event(ChargeRefunded, 2, 7000)}, Paid, all},
		"refunded again after a failure":     {[]PaymentEvent{paid, event(ChargeRefunded, 2, 7000), refundFailure("re_1", 3, 7000), event(ChargeRefunded, 4, 7000)}, Refunded, noneLeft},
		"disputed":                           {[]PaymentEvent{paid, dispute(DisputeOpen, 2)}, Disputed, suspended},
		"dispute before the payment":         {[]PaymentEvent{dispute(DisputeOpen, 2), paid}, Disputed, suspended},
		"dispute won":                        {[]PaymentEvent{paid, dispute(DisputeOpen, 2), dispute(DisputeWon, 3)}, Paid, all},
		"dispute won, heard of backwards":    {[]PaymentEvent{dispute(DisputeWon, 3), dispute(DisputeOpen, 2), paid}, Paid, all},
		"dispute lost":                       {[]PaymentEvent{paid, dispute(DisputeOpen, 2), dispute(DisputeLost, 3)}, Lost, noneLeft},
		"dispute of a half refunded order":   {[]PaymentEvent{paid, event(ChargeRefunded, 2, 1000), dispute(DisputeOpen, 3)}, Disputed, "[revoked suspended suspended]"},
		"that one won":                       {[]PaymentEvent{paid, event(ChargeRefunded, 2, 1000), dispute(DisputeOpen, 3), dispute(DisputeWon, 4)}, PartiallyRefunded, "[revoked active active]"},
		"the wrong one of two payments lost": {[]PaymentEvent{paid, with(paid, func(e *PaymentEvent) { e.PaymentIntentID = "pi_2" }), on("pi_2", dispute(DisputeLost, 3))}, Paid, all},
		"a payment after a lost one":         {[]PaymentEvent{paid, dispute(DisputeLost, 3), with(paid, func(e *PaymentEvent) { e.PaymentIntentID = "pi_2" })}, Paid, all},
		"one of two refunded, one disputed":  {[]PaymentEvent{paid, event(ChargeRefunded, 2, 7000), with(paid, func(e *PaymentEvent) { e.PaymentIntentID = "pi_2" }), on("pi_2", dispute(DisputeOpen, 3))}, Disputed, suspended},
		"an event that nothing follows from": {[]PaymentEvent{paid, event(Irrelevant, 2, 1)}, Paid, all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := pendingOrder()
			mustApply(t, &o, c.events...)
			if o.Status != c.status || states(o) != c.rights {
				t.Errorf("the order is %s with %s, want %s with %s", o.Status, states(o), c.status, c.rights)
			}
		})
	}
}

func TestAGiftCarriesNoRight(t *testing.T) {
	t.Parallel()
	const all, noneLeft = "[active active active]", "[revoked revoked revoked]"
	refund := func(amount int64) PaymentEvent { return event(ChargeRefunded, 2, amount) }
	for name, c := range map[string]struct {
		order     Order
		events    []PaymentEvent
		status    OrderStatus
		rights    string
		attention bool
	}{
		"paid":                     {givingOrder(), nil, Paid, all, false},
		"the donation back":        {givingOrder(), []PaymentEvent{refund(16_000)}, PartiallyRefunded, all, false},
		"the support back":         {givingOrder(), []PaymentEvent{refund(8000)}, PartiallyRefunded, all, false},
		"both gifts back":          {givingOrder(), []PaymentEvent{refund(24_000)}, PartiallyRefunded, all, false},
		"a title back":             {givingOrder(), []PaymentEvent{refund(4000)}, PartiallyRefunded, "[active active revoked]", false},
		"a title with its support": {givingOrder(), []PaymentEvent{refund(10_000)}, PartiallyRefunded, "[active revoked active]", false},
		"a title, its gift kept":   {givingOrder(), []PaymentEvent{refund(2000)}, PartiallyRefunded, "[active revoked active]", false},
		"a title and the donation": {givingOrder(), []PaymentEvent{refund(17_000)}, PartiallyRefunded, "[revoked active active]", false},
		"all titles back":          {givingOrder(), []PaymentEvent{refund(7000)}, PartiallyRefunded, noneLeft, false},
		"a part of the donation":   {givingOrder(), []PaymentEvent{refund(500)}, PartiallyRefunded, all, false},
		"then all of it":           {givingOrder(), []PaymentEvent{refund(500), event(ChargeRefunded, 3, 16_000)}, PartiallyRefunded, all, false},
		"then a title":             {givingOrder(), []PaymentEvent{refund(500), event(ChargeRefunded, 3, 4000)}, PartiallyRefunded, "[active active revoked]", false},
		"a part of what":           {givingOrder(), []PaymentEvent{refund(1500)}, PartiallyRefunded, all, true},
		"free, a part of a gift":   {giftOrder(), []PaymentEvent{refund(700)}, PartiallyRefunded, "[active active]", false},
		"all back":                 {givingOrder(), []PaymentEvent{refund(31_000)}, Refunded, noneLeft, false},
		"disputed":                 {givingOrder(), []PaymentEvent{dispute(DisputeOpen, 2)}, Disputed, "[suspended suspended suspended]", false},
		"free, a gift back":        {giftOrder(), []PaymentEvent{refund(8000)}, PartiallyRefunded, "[active active]", false},
		"free, all back":           {giftOrder(), []PaymentEvent{refund(24_000)}, Refunded, "[active active]", false},
		"free, disputed":           {giftOrder(), []PaymentEvent{dispute(DisputeOpen, 2)}, Disputed, "[active active]", false},
		"free, lost":               {giftOrder(), []PaymentEvent{dispute(DisputeLost, 2)}, Lost, "[active active]", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := c.order
			mustApply(t, &o, append([]PaymentEvent{event(PaymentSucceeded, 1, o.Due())}, c.events...)...)
			if o.Status != c.status || states(o) != c.rights || (o.Attention != "") != c.attention {
				t.Errorf("the order is %s with %s, attention %q", o.Status, states(o), o.Attention)
			}
		})
	}
	// A donation of what a title costs: nobody can tell which of them went back.
	o := pendingOrder()
	o.Donation = 1000
	o.Subtotal, o.Total = o.Subtotal+1000, o.Total+1000
	mustApply(t, &o, event(PaymentSucceeded, 1, 8000), refund(1000))
	if states(o) != all || o.Attention == "" {
		t.Errorf("a doubtful refund: %s, attention %q", states(o), o.Attention)
	}
}

func TestRefundsFitOrdersWithTax(t *testing.T) {
	t.Parallel()
	o := givingOrder()
	mustApply(t, &o, with(event(PaymentSucceeded, 1, 31_700), func(e *PaymentEvent) { e.Tax = 700 }))
	mustApply(t, &o, event(ChargeRefunded, 2, 16_000))
	if states(o) != "[active active active]" || o.Attention != "" {
		t.Errorf("the donation back: %s, attention %q", states(o), o.Attention)
	}
	mustApply(t, &o, event(ChargeRefunded, 3, 16_000+2200+8000))
	if states(o) != "[active revoked active]" || o.Attention != "" {
		t.Errorf("a title with its tax and support back: %s, attention %q", states(o), o.Attention)
	}
}

// A bank payment takes days: what is put into the cart meanwhile is another order's.
func TestTheCartIsClearedOnce(t *testing.T) {
	t.Parallel()
	processing, succeeded, failed := event(PaymentProcessing, 1, 7000), event(PaymentSucceeded, 2, 7000), event(PaymentFailed, 2, 7000)
	for name, c := range map[string]struct {
		events []PaymentEvent
		clears []bool
	}{
		"by card":                         {[]PaymentEvent{succeeded, processing}, []bool{true, false}},
		"by bank":                         {[]PaymentEvent{processing, processing, succeeded, succeeded}, []bool{true, false, false, false}},
		"by bank, refilled, then by card": {[]PaymentEvent{processing, failed, succeeded}, []bool{true, false, true}},
	} {
		o := pendingOrder()
		for i, e := range c.events {
			change, err := o.Apply(e, start)
			if err != nil || change.ClearCart != c.clears[i] {
				t.Errorf("%s: event %d clears the cart: %t (%v)", name, i+1, change.ClearCart, err)
			}
		}
	}
}

func TestNothingIsRefundedBeforeItIsPaid(t *testing.T) {
	t.Parallel()
	o := pendingOrder()
	if got := o.RefundedAmount(); got != 0 {
		t.Errorf("a pending order counts %d as refunded", got)
	}
	mustApply(t, &o, event(PaymentSucceeded, 1, 6999))
	if got := o.RefundedAmount(); got != 0 {
		t.Errorf("an order in review counts %d as refunded", got)
	}
	mustApply(t, &o, event(ChargeRefunded, 2, 6999))
	if got := o.RefundedAmount(); got != 6999 || o.Status != Refunded {
		t.Errorf("%d went back, the order is %s", got, o.Status)
	}
}

func TestWhatNeedsAPersonIsSaid(t *testing.T) {
	t.Parallel()
	paid := event(PaymentSucceeded, 1, 7000)
	second := with(paid, func(e *PaymentEvent) { e.PaymentIntentID = "pi_2" })
	for name, events := range map[string][]PaymentEvent{
		"amount":            {event(PaymentSucceeded, 1, 1)},
		"paid twice":        {paid, second},
		"ambiguous refund":  {paid, event(ChargeRefunded, 2, 123)},
		"twice, with noise": {event(PaymentExpired, 1, 0), second, second, paid},
	} {
		o := pendingOrder()
		jobs := mustApply(t, &o, events...)
		told := slices.ContainsFunc(jobs, func(j Job) bool { return j.Detail == string(MailReview) })
		if o.Attention == "" || !told {
			t.Errorf("%s: attention %q, staff told: %t", name, o.Attention, told)
		}
	}
	o := pendingOrder()
	mustApply(t, &o, paid, second, with(event(ChargeRefunded, 3, 7000), func(e *PaymentEvent) { e.PaymentIntentID = "pi_2" }))
	if o.Attention != "" || o.Status != Paid || states(o) != "[active active active]" {
		t.Errorf("after the second payment went back: %s, %s, attention %q", o.Status, states(o), o.Attention)
	}
}

// Many titles with support in each still let a refund of one of them be told.
func TestRefundsOfManyTitlesWithSupport(t *testing.T) {
	t.Parallel()
	o := pendingOrder()
	o.Lines, o.Donation = nil, 50_000_00
	o.Subtotal = o.Donation
	for i := range 14 {
		price := int64(1) << i * 100
		o.Lines = append(o.Lines, OrderLine{ID: fmt.Sprint("line", i), Quantity: 1, UnitPrice: price + 3, Support: 3, Total: price + 3})
		o.Subtotal += price + 3
	}
	o.Total = o.Subtotal
	if n := len(searchable(o.Parts())); n != 16 {
		t.Fatalf("%d parts", n)
	}
	for sum, want := range map[int64]string{800: "line3", 800 + 14*3: "line3", 800 + 14*3 + o.Donation: "line3", 14 * 3: "", o.Donation: ""} {
		meant := meaningOf(o.Parts(), sum)
		if !meant.known || want != "" && !meant.lines[want] || len(meant.lines) != len(want)/5 {
			t.Errorf("a refund of %d means %v, known: %t", sum, meant.lines, meant.known)
		}
	}
}

func TestAFreeLineDoesNotBlurARefund(t *testing.T) {
	t.Parallel()
	o := pendingOrder()
	o.Lines = append(o.Lines, OrderLine{ID: "free", Position: 4, ProductID: "free", Quantity: 1})
	mustApply(t, &o, event(PaymentSucceeded, 1, 7000), event(ChargeRefunded, 2, 1000))
	if states(o) != "[revoked active active active]" || o.Attention != "" {
		t.Errorf("after a refund of the first line: %s, attention %q", states(o), o.Attention)
	}
}

func TestEachRefundIsToldOnce(t *testing.T) {
	t.Parallel()
	o := pendingOrder()
	keys := map[string]int{}
	for _, job := range mustApply(t, &o, event(PaymentSucceeded, 1, 7000), event(ChargeRefunded, 2, 1000), event(ChargeRefunded, 2, 1000),
		refundFailure("re_1", 3, 1000), event(ChargeRefunded, 4, 1000)) {
		if job.Detail == string(MailRefunded) {
			keys[job.Key]++
		}
	}
	if len(keys) != 2 {
		t.Errorf("two refunds, one of which failed in between, are told as %v", keys)
	}
}

func TestTaxIsSharedToTheCent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := Order{Currency: "usd", Donation: rapid.SampledFrom([]int64{0, 0, 2500}).Draw(t, "donation")}
		o.Subtotal = o.Donation
		for _, price := range rapid.SliceOfN(rapid.Int64Range(0, 100_000), 1, 8).Draw(t, "prices") {
			quantity := rapid.IntRange(1, MaxQuantity).Draw(t, "quantity")
			support := rapid.SampledFrom([]int64{0, 0, 500}).Draw(t, "support")
			o.Lines = append(o.Lines, OrderLine{Quantity: quantity, UnitPrice: price + support, Support: support})
			o.Subtotal += (price + support) * int64(quantity)
		}
		if o.Subtotal == 0 {
			t.Skip("nothing to tax")
		}
		tax := rapid.Int64Range(0, o.Subtotal/4).Draw(t, "tax")
		o.shareTax(tax)
		var taxes, totals int64
		for _, line := range o.Lines {
			taxes, totals = taxes+line.Tax, totals+line.Total
			if line.Tax < 0 || (line.UnitPrice == 0 && line.Tax != 0) || (line.Price() == 0 && line.Tax != 0 && !o.TitlesAreFree()) {
				t.Fatalf("a line of %d, with %d support, bears a tax of %d", line.UnitPrice, line.Support, line.Tax)
			}
		}
		if o.Donation == o.Subtotal {
			totals, taxes = totals+tax, tax // nothing else could be taxed
		}
		if taxes != tax || totals+o.Donation != o.Total || o.Total != o.Subtotal+tax {
			t.Fatalf("the lines' tax is %d of %d, their total %d of %d", taxes, tax, totals, o.Total)
		}
		var parts int64
		for _, p := range o.Parts() {
			parts += p.Amount
		}
		if parts != o.Total {
			t.Fatalf("the parts come to %d of %d", parts, o.Total)
		}
	})
}

// anyOrder draws one of the orders, and what can be refunded of it: every sum of those means one set of lines.
func anyOrder(t *rapid.T) (o Order, refunds []int64) {
	return rapid.SampledFrom([]func() Order{pendingOrder, givingOrder, giftOrder}).Draw(t, "of")(), []int64{1000, 2000, 4000, 8000, 16_000}
}

// history draws events as Stripe could send them for one order: any of its payments, refunds, failures
// and disputes, with the figures and times that belong together.
func history(t *rapid.T, due int64, refunds []int64) []PaymentEvent {
	var events []PaymentEvent
	clock := 0
	tick := func() int { clock++; return clock }
	for _, closing := range rapid.SliceOfN(rapid.SampledFrom([]PaymentEventKind{PaymentExpired, PaymentFailed, PaymentProcessing, Irrelevant}), 0, 2).Draw(t, "noise") {
		events = append(events, event(closing, tick(), due))
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "payments") {
		pi := fmt.Sprint("pi_", i+1)
		on := func(e PaymentEvent) PaymentEvent {
			return with(e, func(e *PaymentEvent) {
				e.PaymentIntentID, e.Dispute.PaymentIntentID = pi, pi
				e.RefundID += pi
				e.Dispute.ID += pi
			})
		}
		paid := rapid.SampledFrom([]int64{due, due, due, due - 1}).Draw(t, "amount")
		events = append(events, on(event(PaymentSucceeded, tick(), paid)))
		var refunded int64
		for range rapid.IntRange(0, 3).Draw(t, "refunds") {
			more := rapid.SampledFrom(append(refunds, paid)).Draw(t, "refund")
			if refunded+more > paid {
				continue
			}
			refunded += more
			at := tick()
			events = append(events, on(event(ChargeRefunded, at, refunded)))
			if rapid.Bool().Draw(t, "fails") {
				refunded -= more
				events = append(events, on(refundFailure(fmt.Sprint("re_", at), tick(), more)))
			}
		}
		if rapid.Bool().Draw(t, "disputed") {
			events = append(events, on(dispute(DisputeOpen, tick())))
			if end := rapid.SampledFrom([]DisputeStatus{DisputeOpen, DisputeWon, DisputeLost}).Draw(t, "end"); end != DisputeOpen {
				events = append(events, on(dispute(end, tick())))
			}
		}
	}
	return events
}

func TestAnyOrderOfEventsEndsInTheSameState(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		straight, refunds := anyOrder(t)
		shuffled := straight
		shuffled.Lines = slices.Clone(straight.Lines)
		events := history(t, straight.Due(), refunds)
		mustApply(t, &straight, events...)

		twice := slices.Concat(events, rapid.SliceOfN(rapid.SampledFrom(append(events, event(Irrelevant, 0, 0))), 0, 8).Draw(t, "repeated"))
		jobs := mustApply(t, &shuffled, rapid.Permutation(twice).Draw(t, "order")...)

		if shuffled.Status != straight.Status || states(shuffled) != states(straight) || shuffled.Total != straight.Total {
			t.Fatalf("straight: %s %s; shuffled: %s %s", straight.Status, states(straight), shuffled.Status, states(shuffled))
		}
		receipts := 0
		for _, j := range jobs {
			if j.Detail == string(MailReceipt) {
				receipts++
			}
		}
		if granted := len(shuffled.Entitlements) > 0; granted != (receipts == 1) || receipts > 1 {
			t.Fatalf("granted: %t, receipts: %d", granted, receipts)
		}
	})
}

func TestNoRightWithoutMoneyAndNoMoneyWithoutARight(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o, refunds := anyOrder(t)
		due := o.Due()
		var came int64
		for _, e := range rapid.Permutation(history(t, due, refunds)).Draw(t, "order") {
			mustApply(t, &o, e)
			if e.Kind == PaymentSucceeded && e.Amount == due {
				came = e.Amount
			}
			active := 0
			for _, right := range o.Entitlements {
				if right.State == Active {
					active++
				}
			}
			if active > 0 && (came == 0 || !o.TitlesAreFree() && (o.RefundedAmount() >= o.Total || o.kept() == 0)) {
				t.Fatalf("%d active rights after %s, though the order is %s", active, e.Kind, o.Status)
			}
			if o.TitlesAreFree() && came > 0 && active != len(o.Lines) {
				t.Fatalf("%d of %d free titles are left after %s, the order is %s", active, len(o.Lines), e.Kind, o.Status)
			}
			gifts := o.Support() + o.Donation // may be kept when all titles went back
			if kept := o.kept(); kept > gifts && active == 0 && o.Status != Review && o.Status != Disputed && o.Attention == "" {
				t.Fatalf("%d kept, no right, and nobody is told; the order is %s", kept, o.Status)
			}
		}
	})
}

func TestStepsThatNoTableHasAreRefused(t *testing.T) {
	t.Parallel()
	o := pendingOrder()
	o.Status = Paid
	if _, err := o.Apply(event(PaymentExpired, 1, 7000), start); err == nil {
		t.Error("a paid order expired")
	}
	for from := range next {
		if from != Lost && !canBecome(from, Lost) {
			t.Errorf("%s can never be lost", from)
		}
		if from != Pending && canBecome(from, Pending) {
			t.Errorf("%s can become pending again", from)
		}
	}
}
