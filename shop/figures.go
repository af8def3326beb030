package shop

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Figure is one thing that the shop counts as it happens.
type Figure string

// The figures. One more is a trigger in a migration, which writes its slips, and a line here.
const (
	FigureOrders    Figure = "order"    // orders that were complete: paid, or of nothing to pay
	FigureRevenue   Figure = "payment"  // money that came in
	FigureRefunds   Figure = "refund"   // money that went back, less refunds that failed
	FigureDownloads Figure = "download" // links to one file that were issued
)

// Quarter is the grain of the figures. The days of every zone begin and end on a quarter of an hour.
const Quarter = 15 * time.Minute

// Period is a stretch of time from From to before To, both on a Quarter.
type Period struct {
	From, To time.Time
}

// Tally is how often something happened, and the money that it came to, in minor units by currency.
type Tally struct {
	Count   int64
	Amounts map[string]int64
}

// Figures are what happened within a period.
type Figures map[Figure]Tally

// Count is how often it happened.
func (f Figures) Count(of Figure) int64 { return f[of].Count }

// Money is what it came to, by currency; nothing where there was none.
func (f Figures) Money(of Figure) []Money {
	var all []Money
	for _, currency := range slices.Sorted(maps.Keys(f[of].Amounts)) {
		all = append(all, Money{f[of].Amounts[currency], currency})
	}
	return all
}

// Amount is what it came to in one currency, in minor units.
func (f Figures) Amount(of Figure, currency string) int64 { return f[of].Amounts[currency] }

// Add counts something in. Figures must not be nil.
func (f Figures) Add(what Figure, currency string, count, amount int64) {
	tally := f[what]
	tally.Count += count
	if currency != "" {
		if tally.Amounts == nil {
			tally.Amounts = map[string]int64{}
		}
		tally.Amounts[currency] += amount
	}
	f[what] = tally
}

// Currencies are those that money moved in, within any of the figures.
func Currencies(all ...Figures) []string {
	found := map[string]bool{}
	for _, f := range all {
		for _, tally := range f {
			for currency := range tally.Amounts {
				found[currency] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// TroubleKind says why something wants a person.
type TroubleKind string

// The kinds of trouble, the most pressing first.
const (
	TroubleDispute TroubleKind = "dispute" // a bank asks for money back
	TroubleReview  TroubleKind = "review"  // money came in that is not the money due
	TroubleOrder   TroubleKind = "order"   // something else about an order
	TroubleMail    TroubleKind = "mail"    // a mail was given up
	TroubleBounce  TroubleKind = "bounce"  // a mail came back, and none of its kind was sent about the order since
	TroubleJob     TroubleKind = "job"     // other work was given up
)

// Trouble is what wants a person, of one kind.
type Trouble struct {
	Kind   TroubleKind
	Count  int
	Newest []TroubleCase // at most TroublesShown
}

// TroublesShown is how many cases of a kind are named.
const TroublesShown = 5

// TroubleCase is one case. Order is empty where it is about none.
type TroubleCase struct {
	Order string // number
	What  string // the reason, or what failed, for staff
	At    time.Time
}

// FigureStore reads the figures.
type FigureStore interface {
	// Figures returns what happened within each of the periods, as of one moment.
	Figures(ctx context.Context, periods []Period) ([]Figures, error)
	// MailCounts counts the mails that were queued within each of the periods, by what became of them.
	MailCounts(ctx context.Context, periods []Period) ([]MailCounts, error)
	// Troubles returns what wants a person now, the most pressing kind first; kinds without a case are left out.
	// Work that was given up counts for TroubleLife.
	Troubles(ctx context.Context, now time.Time) ([]Trouble, error)
}

// TroubleLife is for how long work that was given up is shown as trouble.
const TroubleLife = 30 * 24 * time.Hour
