package shop

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ReceivedEvent is a payment event as it is kept.
type ReceivedEvent struct {
	PaymentEvent
	Outcome    EventOutcome
	ReceivedAt time.Time
}

// OrderDownload is a link that was issued for a file.
type OrderDownload struct {
	Download
	Filename string
}

// OrderHistory is what is kept of what happened to one order: of each sort the newest, newest first.
type OrderHistory struct {
	Events    []ReceivedEvent
	Mails     []OrderMail
	Downloads []OrderDownload
	Acts      []AuditRecord
	Notes     []OrderNote
}

// HappeningKind is what sort of thing happened to an order.
type HappeningKind string

// The kinds of happening. At the same moment, later ones in this list are shown first.
const (
	HappenedCheckout HappeningKind = "checkout"
	HappenedPayment  HappeningKind = "payment"
	HappenedMail     HappeningKind = "mail"
	HappenedDownload HappeningKind = "download"
	HappenedAct      HappeningKind = "staff"
	HappenedNote     HappeningKind = "note"
)

// Tone says at a glance whether something is good.
type Tone string

// The tones.
const (
	ToneGood  Tone = "good"
	ToneWarn  Tone = "warn"
	ToneBad   Tone = "bad"
	TonePlain Tone = ""
)

// Happening is one thing that happened to an order, in words for staff.
type Happening struct {
	Kind  HappeningKind
	ID    string // of the event, mail, download, record or note
	At    time.Time
	Title string
	Facts []string
	By    string // who did it or told of it
	Tone  Tone
}

// TimelineMark is where a page of a timeline ended: what is older comes after it.
type TimelineMark struct {
	At   time.Time // zero: the beginning
	Kind HappeningKind
	ID   string
}

// String writes the mark as a part of an address.
func (m TimelineMark) String() string {
	return strings.Join([]string{strconv.FormatInt(m.At.UnixMicro(), 10), string(m.Kind), m.ID}, ".")
}

// ReadTimelineMark reads a mark that was written by String; it is false for a text that is none.
func ReadTimelineMark(text string) (TimelineMark, bool) {
	at, rest, _ := strings.Cut(text, ".")
	kind, id, whole := strings.Cut(rest, ".")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !whole || !slices.Contains(timelineOrder, HappeningKind(kind)) {
		return TimelineMark{}, false
	}
	return TimelineMark{At: time.UnixMicro(micros).UTC(), Kind: HappeningKind(kind), ID: id}, true
}

// timelineOrder is how kinds stand at one moment.
var timelineOrder = []HappeningKind{HappenedCheckout, HappenedPayment, HappenedMail, HappenedDownload, HappenedAct, HappenedNote}

// Compare orders happenings by their time, then kind, then id: -1 when the first is the older one.
func (m TimelineMark) Compare(other TimelineMark) int {
	rank := func(k HappeningKind) int { return slices.Index(timelineOrder, k) }
	return cmp.Or(m.At.Compare(other.At), cmp.Compare(rank(m.Kind), rank(other.Kind)), cmp.Compare(m.ID, other.ID))
}

// Mark is where a timeline ends that ends with it.
func (h Happening) Mark() TimelineMark { return TimelineMark{h.At, h.Kind, h.ID} }

// Timeline puts what happened to an order into one list, newest first: those after the mark, at most so many. more is
// true when there are older ones.
func (h OrderHistory) Timeline(o Order, after TimelineMark, limit int) (list []Happening, more bool) {
	for _, e := range h.Events {
		list = append(list, o.eventHappened(e))
	}
	for _, m := range h.Mails {
		list = append(list, o.mailHappened(m))
	}
	for _, d := range h.Downloads {
		list = append(list, downloadHappened(d))
	}
	for _, r := range h.Acts {
		if r.Verb != "order.note" { // the note itself says more
			list = append(list, actHappened(r))
		}
	}
	for _, n := range h.Notes {
		list = append(list, Happening{Kind: HappenedNote, ID: n.ID, At: n.WrittenAt, Title: "Note", Facts: []string{n.Text}, By: n.Staff})
	}
	list = append(list, o.placed())
	list = slices.DeleteFunc(list, func(h Happening) bool { return !after.At.IsZero() && h.Mark().Compare(after) >= 0 })
	slices.SortFunc(list, func(a, b Happening) int { return b.Mark().Compare(a.Mark()) })
	if len(list) > limit {
		return list[:limit], true
	}
	return list, false
}

func (o *Order) placed() Happening {
	h := Happening{Kind: HappenedCheckout, ID: o.ID, At: o.PlacedAt, Title: "Order placed", By: "buyer"}
	switch o.Source {
	case SourceGranted:
		h.Title, h.By = "Granted by staff", "staff"
	case SourceFree:
		h.Title = "Order placed, nothing to pay"
	case SourceCard:
		h.Facts = append(h.Facts, "To pay before tax: "+o.Money(o.Due()).String())
	}
	return h
}

func (o *Order) eventHappened(e ReceivedEvent) Happening {
	h := Happening{Kind: HappenedPayment, ID: e.ID, At: e.ReceivedAt, By: "Stripe, " + e.Type}
	money := Money{Amount: e.Amount, Currency: cmp.Or(e.Currency, o.Currency)}.String()
	switch e.Kind {
	case PaymentSucceeded:
		h.Title, h.Tone = "Paid "+money, ToneGood
	case PaymentProcessing:
		h.Title = "Payment under way from a bank"
	case PaymentFailed:
		h.Title, h.Tone = "The payment failed", ToneWarn
	case PaymentExpired:
		h.Title = "The payment page expired"
	case PaymentOpen:
		h.Title = "The payment page is open"
	case ChargeRefunded:
		h.Title = "Refunded, in all so far " + money
	case RefundFailed:
		h.Title, h.Tone = "A refund of "+money+" failed", ToneBad
	case RefundChanged:
		h.Title = "What became of a refund"
	case DisputeChanged:
		h.Title, h.Tone = disputeTitle(e.Dispute), disputeTone(e.Dispute)
		h.Facts = append(h.Facts, o.Money(e.Dispute.Amount).String()+", reason: "+strings.ReplaceAll(e.Dispute.Reason, "_", " "))
	case Irrelevant:
		h.Title = "Told of " + e.Type + "; nothing follows from it"
	}
	switch e.Source {
	case FromReturn:
		h.By = "Stripe, asked when the buyer came back"
	case FromSweep:
		h.By = "Stripe, asked by the shop"
	case FromWebhook:
	}
	if e.Outcome != EventApplied {
		h.Facts = append(h.Facts, "Not applied: "+string(e.Outcome))
		h.Tone = ToneWarn
	}
	if late := e.ReceivedAt.Sub(e.At); late > time.Minute {
		h.Facts = append(h.Facts, "Happened at "+e.At.UTC().Format("2006-01-02 15:04")+", heard of "+late.Round(time.Minute).String()+" later")
	}
	return h
}

func disputeTitle(d Dispute) string {
	switch d.Status {
	case DisputeWon:
		return "Dispute won"
	case DisputeLost:
		return "Dispute lost"
	default:
		return "Dispute opened"
	}
}

func disputeTone(d Dispute) Tone {
	switch d.Status {
	case DisputeWon:
		return ToneGood
	case DisputeLost:
		return ToneBad
	default:
		return ToneWarn
	}
}

// Name is what staff call a message.
func (k MailKind) Name() string {
	switch k {
	case MailReceipt:
		return "Receipt"
	case MailPaymentFailed:
		return "Mail that the payment failed"
	case MailRefunded:
		return "Mail about a refund"
	case MailReview:
		return "Mail to staff"
	case MailMovedHere:
		return "Mail to the corrected address"
	case MailMovedAway:
		return "Mail to the former address"
	case MailNewEdition:
		return "Mail about a new edition"
	case MailLibraryLink:
		return "Link to a library"
	case MailDeviceLink:
		return "Link for a new device"
	default:
		return "Mail " + string(k)
	}
}

func (o *Order) mailHappened(m OrderMail) Happening {
	h := Happening{Kind: HappenedMail, ID: m.ID, At: m.At, By: "mail", Title: m.Kind.Name()}
	switch m.State {
	case MailSent:
		h.Title, h.Tone = h.Title+" sent", ToneGood
		if !m.DeliveredAt.IsZero() {
			h.Title = m.Kind.Name() + " delivered"
		}
	case MailFailed:
		h.Title, h.Tone = h.Title+" could not be sent", ToneBad
	case MailBounced:
		h.Title, h.Tone = h.Title+" came back", ToneBad
	case MailComplaint:
		h.Title, h.Tone = h.Title+" was called spam by whoever got it", ToneBad
	case MailQueued:
		h.Title += " waits to be sent"
	}
	if m.To != "" {
		h.Facts = append(h.Facts, "To "+m.To)
	}
	if m.Cause != "" && m.State != MailSent {
		h.Facts = append(h.Facts, fmt.Sprintf("Tried %d times, last answer: %s", m.Tries, m.Cause))
		h.Tone = cmp.Or(h.Tone, ToneWarn)
	}
	return h
}

func downloadHappened(d OrderDownload) Happening {
	h := Happening{
		Kind: HappenedDownload, ID: d.ID, At: d.IssuedAt, Title: "Download link issued: " + d.Filename, By: "buyer",
		Facts: []string{"Network " + cmp.Or(d.IP, "unknown"), "Good until " + d.ExpiresAt.UTC().Format("2006-01-02 15:04")},
	}
	if d.ArchiveID != "" {
		h.Facts = append(h.Facts, "In one ZIP with others")
	}
	if d.Agent != "" {
		h.Facts = append(h.Facts, d.Agent)
	}
	return h
}

// deskVerbs is what staff did, in words.
var deskVerbs = map[string]string{
	"order.resend": "Receipt sent again", "order.email": "E-mail address corrected", "order.revoke": "Access revoked",
	"order.restore": "Access restored", "order.extend": "Download links live longer", "order.grant": "Granted for free",
	"order.refund": "Refund asked for", "order.assign_refund": "Said what a refund was for", "order.drop_refund": "A refund was settled in another way",
	"order.reapply": "Payment event applied again", "order.ask_stripe": "Stripe was asked",
}

func actHappened(r AuditRecord) Happening {
	h := Happening{Kind: HappenedAct, ID: fmt.Sprintf("%019d", r.Sequence), At: r.At, Title: cmp.Or(deskVerbs[r.Verb], r.Verb), By: r.Staff}
	for _, side := range []struct {
		name   string
		fields map[string]any
	}{{"before: ", r.Before}, {"", r.After}} {
		for _, field := range slices.Sorted(maps.Keys(side.fields)) {
			if value := fmt.Sprint(side.fields[field]); value != "" && side.fields[field] != nil {
				h.Facts = append(h.Facts, field+" "+side.name+value)
			}
		}
	}
	return h
}
