package web

import (
	"slices"

	"bookroom/shop"
	"bookroom/words"
)

// orderState says what an order's state means for its owner.
type orderState struct {
	Tone  string // good, warn or bad
	Name  string
	Title string
	Text  string
}

func stateOf(w *words.Words, o shop.Order) orderState {
	refunded := o.Money(o.RefundedAmount())
	if o.TitlesAreFree() && (o.Status == shop.Refunded || o.Status == shop.Disputed || o.Status == shop.Lost) {
		return orderState{
			"warn", w.Say("Gift taken back"), w.Say("Your gift does not reach us, and your handbooks stay yours."),
			w.Say("The titles of this order cost nothing, so you keep them whatever becomes of what you gave beside them."),
		}
	}
	if o.RefundedAmount() > 0 && o.Unexplained() == 0 && keepsAll(o) {
		name, title := w.Say("Partly refunded"), w.Say("Part of this order was refunded.")
		if o.Status == shop.Refunded {
			name, title = w.Say("Refunded"), w.Say("This order was refunded.")
		}
		return orderState{
			"warn", name, title,
			w.Say("%s went back to the card or account that you paid with; banks take 5 to 10 days to show it. You keep all titles of the order.", refunded),
		}
	}
	switch o.Status {
	case shop.Paid:
		state := orderState{
			"good", w.Say("Paid"), w.Say("Thank you. Your handbooks are ready."),
			w.Say("This page is yours: the link never expires, and new editions appear here. We send it, with the receipt, to %s.", o.Email),
		}
		if o.BuyerErased() {
			state.Text = w.Say("The link of this page never expires, and new editions appear here. The name of whoever ordered was erased, as was asked for.")
		}
		if o.Due() == 0 {
			state.Name = w.Say("Free of charge")
		}
		return state
	case shop.PartiallyRefunded:
		return orderState{
			"warn", w.Say("Partly refunded"), w.Say("Part of this order was refunded."),
			w.Say("%s went back to the card or account that you paid with; banks take 5 to 10 days to show it. Titles that were refunded cannot be downloaded any more; the others stay yours.", refunded),
		}
	case shop.Refunded:
		return orderState{
			"warn", w.Say("Refunded"), w.Say("This order was refunded."),
			w.Say("%s went back to the card or account that you paid with; banks take 5 to 10 days to show it. Its titles cannot be downloaded any more.", refunded),
		}
	case shop.Disputed:
		return orderState{
			"warn", w.Say("Payment disputed"), w.Say("Your downloads are paused."),
			w.Say("The bank of the card asked for the money back, and has not decided yet. If that was a mistake, tell your bank, or write to us: your downloads come back by themselves when the dispute is withdrawn or decided for us."),
		}
	case shop.Lost:
		return orderState{
			"bad", w.Say("Payment taken back"), w.Say("The payment of this order was taken back."),
			w.Say("The bank decided for the holder of the card, and the money went back. You owe us nothing, and the titles of this order cannot be downloaded any more."),
		}
	case shop.Expired:
		return orderState{
			"bad", w.Say("Not paid"), w.Say("This order was not paid in time."),
			w.Say("Nothing was charged, and the order is closed. Your cart is kept, so that you can order again."),
		}
	case shop.Canceled:
		return orderState{
			"bad", w.Say("Not paid"), w.Say("This order was closed without being paid."),
			w.Say("Nothing was charged: the payment did not go through, or you ordered again in another window. Your cart is kept, so that you can order again."),
		}
	case shop.Review:
		return orderState{
			"warn", w.Say("Being checked"), w.Say("We are checking your payment."),
			w.Say("Money came in, but not the amount of this order, so nothing is unlocked yet. A person looks at it and writes to %s. Please do not pay again.", o.Email),
		}
	default:
		return stateOfPending(w, o)
	}
}

// keepsAll reports whether a refund ended no right.
func keepsAll(o shop.Order) bool {
	return len(o.Entitlements) > 0 && !slices.ContainsFunc(o.Entitlements, func(e shop.Entitlement) bool { return e.State != shop.Active })
}

func stateOfPending(w *words.Words, o shop.Order) orderState {
	switch {
	case o.Underway():
		return orderState{
			"warn", w.Say("Bank payment under way"), w.Say("Your bank is sending the money."),
			w.Say("This takes up to a few working days; you get a mail when it is there. Please do not pay again."),
		}
	case o.PaymentURL == "":
		return orderState{
			"warn", w.Say("Not paid"), w.Say("This order is not paid yet."),
			w.Say("Its payment could not be started, and nothing was charged. Your cart is kept: go there and try again."),
		}
	default:
		return orderState{
			"warn", w.Say("Waiting for payment"), w.Say("We are confirming your payment."),
			w.Say("This takes a few seconds as a rule, and the page updates by itself. You may close it: as soon as the payment is confirmed, we send the link to your downloads to %s.", o.Email),
		}
	}
}
