package shop

import (
	"fmt"
	"time"
)

// Remedy is what staff can do about a trouble, as a button of the order's page.
type Remedy string

// The remedies.
const (
	RemedyNone         Remedy = ""
	RemedyAskStripe    Remedy = "ask_stripe"
	RemedyResend       Remedy = "resend"
	RemedyCorrectEmail Remedy = "email"
	RemedyRefund       Remedy = "refund"
	RemedyRights       Remedy = "rights"
	RemedyEvidence     Remedy = "evidence"
)

// OrderTrouble is something that is wrong with an order, and what to do about it.
type OrderTrouble struct {
	Code   string // stable
	What   string
	Do     string
	Remedy Remedy
	Tone   Tone // ToneBad where money or access is wrong, ToneWarn where something should be looked at
}

// How long something may take before it is a trouble.
const (
	eventsTake    = 10 * time.Minute
	mailsTake     = 15 * time.Minute
	downloadsTake = 7 * 24 * time.Hour
	// Banks set a day by which they want an answer: from 7 to 21 days after the dispute was opened.
	disputeSoonest = 7 * 24 * time.Hour
)

// Troubles says what is wrong with an order at this moment, as Order.Troubles does.
func (s *Shop) Troubles(o Order, h OrderHistory) []OrderTrouble { return o.Troubles(h, s.now()) }

// Troubles says what is wrong with an order and what to do, the worst first; nothing when all is well. Of the history
// it needs the mails.
func (o *Order) Troubles(h OrderHistory, now time.Time) []OrderTrouble {
	var bad, warn []OrderTrouble
	for _, t := range []*OrderTrouble{
		o.disputed(), o.wrongAmount(), o.otherAttention(), o.eventMissing(now), o.undelivered(h, now), o.neverUsed(now),
	} {
		switch {
		case t == nil:
		case t.Tone == ToneBad:
			bad = append(bad, *t)
		default:
			warn = append(warn, *t)
		}
	}
	return append(bad, warn...)
}

func (o *Order) disputed() *OrderTrouble {
	for _, d := range o.Disputes {
		if d.Status != DisputeOpen {
			continue
		}
		return &OrderTrouble{
			Code: "dispute_open", Tone: ToneBad, Remedy: RemedyEvidence,
			What: fmt.Sprintf("The card holder's bank asks for %s back since %s. Downloads are suspended.", o.Money(d.Amount), d.UpdatedAt.UTC().Format("January 2, 2006")),
			Do: fmt.Sprintf("Download the evidence and answer in Stripe's dashboard, which has the bank's deadline; expect it from %s on. Or refund the order there and let the dispute go.",
				d.UpdatedAt.Add(disputeSoonest).UTC().Format("January 2")),
		}
	}
	return nil
}

func (o *Order) wrongAmount() *OrderTrouble {
	if o.Status != Review {
		return nil
	}
	return &OrderTrouble{
		Code: "amount_mismatch", Tone: ToneBad, Remedy: RemedyRefund, What: o.mismatch(),
		Do: "Refund the payment, or write to the buyer. Nobody can download anything until then.",
	}
}

// otherAttention is what the order's events asked a person for.
func (o *Order) otherAttention() *OrderTrouble {
	switch {
	case o.Attention == "" || o.Status == Review:
		return nil
	case o.overpaid():
		return &OrderTrouble{Code: "overpaid", Tone: ToneBad, Remedy: RemedyRefund, What: o.Attention, Do: "Refund the payment that is too much."}
	case o.Unexplained() > 0:
		return &OrderTrouble{
			Code: "unknown_refund", Tone: ToneBad, Remedy: RemedyRefund, What: o.Attention,
			Do: "Say on the page of refunds what it was for. If it was goodwill, say that it was for no title.",
		}
	default:
		return &OrderTrouble{Code: "refund_failed", Tone: ToneBad, Remedy: RemedyRefund, What: o.Attention, Do: "Refund it again, or settle it with the buyer in another way."}
	}
}

func (o *Order) eventMissing(now time.Time) *OrderTrouble {
	switch {
	case o.Status != Pending || o.SessionID == "" || o.SessionState == SessionProcessing:
		return nil
	case o.SessionState == SessionOpen && now.Before(o.ExpiresAt) || now.Sub(o.PlacedAt) < eventsTake:
		return nil // the buyer may still be paying
	}
	return &OrderTrouble{
		Code: "event_missing", Tone: ToneWarn, Remedy: RemedyAskStripe,
		What: "The order is still pending, though its payment page is over. An event of Stripe's may be missing.",
		Do:   "Ask Stripe now what became of the payment.",
	}
}

// undelivered is a paid order whose buyer was not told. A receipt that went out later makes up for one that failed.
func (o *Order) undelivered(h OrderHistory, now time.Time) *OrderTrouble {
	if len(o.Entitlements) == 0 {
		return nil
	}
	var waiting *OrderMail
	for i := range h.Mails {
		m := &h.Mails[i]
		if m.Kind != MailReceipt && m.Kind != MailMovedHere {
			continue
		}
		switch m.State {
		case MailSent:
			return nil
		case MailFailed, MailBounced, MailComplaint:
			return &OrderTrouble{
				Code: "mail_failed", Tone: ToneBad, Remedy: RemedyCorrectEmail,
				What: "The buyer has not got the link to the files: " + m.Kind.Name() + " did not arrive. " + m.Cause,
				Do:   "Look whether the address is right and correct it, which sends the link there; or send the receipt again.",
			}
		case MailQueued:
			waiting = m
		}
	}
	if now.Sub(o.PaidAt) < mailsTake {
		return nil
	}
	t := OrderTrouble{Code: "no_mail", Tone: ToneBad, Remedy: RemedyResend, What: "The order is paid, and no receipt was ever sent.", Do: "Send the receipt."}
	if waiting != nil {
		t = OrderTrouble{
			Code: "mail_waits", Tone: ToneWarn, Remedy: RemedyNone, What: "The receipt could not be sent yet. " + waiting.Cause,
			Do: "It is tried again by itself. If all mails wait, look at the mail server.",
		}
	}
	return &t
}

func (o *Order) neverUsed(now time.Time) *OrderTrouble {
	usable := false
	for _, e := range o.Entitlements {
		if e.Downloads > 0 {
			return nil
		}
		usable = usable || e.State == Active
	}
	if !usable || now.Sub(o.PaidAt) < downloadsTake {
		return nil
	}
	return &OrderTrouble{
		Code: "never_downloaded", Tone: ToneWarn, Remedy: RemedyResend,
		What: "Nothing of this order was ever downloaded.", Do: "The mail may have been lost: send the receipt again, or ask the buyer for another address.",
	}
}
