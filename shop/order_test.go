package shop

import (
	"testing"
	"time"
)

func TestWhatAnOrderWaitsFor(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		status                        OrderStatus
		session                       SessionState
		url                           string
		ends                          time.Time
		underway, open, payable, kept bool
	}{
		"not started":     {status: Pending, session: SessionNone, ends: now.Add(time.Hour)},
		"page is open":    {status: Pending, session: SessionOpen, url: "https://pay", ends: now.Add(time.Hour), open: true, payable: true},
		"page of before":  {status: Pending, session: SessionNone, url: "https://pay", ends: now.Add(time.Hour), payable: true},
		"page has ended":  {status: Pending, session: SessionOpen, url: "https://pay", ends: now, open: true},
		"bank is sending": {status: Pending, session: SessionProcessing, url: "https://pay", ends: now.Add(time.Hour), underway: true, kept: true},
		"page is closed":  {status: Pending, session: SessionClosed, url: "https://pay", ends: now.Add(time.Hour)},
		"expired":         {status: Expired, session: SessionClosed, url: "https://pay", ends: now},
		"canceled":        {status: Canceled, session: SessionOpen, url: "https://pay", ends: now.Add(time.Hour)},
		"paid":            {status: Paid, session: SessionOpen, url: "https://pay", ends: now.Add(time.Hour), kept: true},
		"refunded":        {status: Refunded, session: SessionClosed, kept: true},
		"being checked":   {status: Review, session: SessionClosed, kept: true},
	} {
		o := Order{Status: c.status, SessionState: c.session, PaymentURL: c.url, ExpiresAt: c.ends}
		if o.Underway() != c.underway || o.PageIsOpen() != c.open || o.CanBePaid(now) != c.payable || o.InLibrary() != c.kept {
			t.Errorf("%s: under way %t, open %t, payable %t, in the library %t", name, o.Underway(), o.PageIsOpen(), o.CanBePaid(now), o.InLibrary())
		}
	}
}

func TestWhichFilesAreNewerThanTheSale(t *testing.T) {
	t.Parallel()
	sold := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	o := Order{PlacedAt: sold}
	line := OrderLine{ProductID: "title", EditionNumber: 2}
	for name, c := range map[string]struct {
		file OwnedFile
		want bool
	}{
		"the edition that was sold":           {OwnedFile{ProductID: "title", EditionNumber: 2, EditionDate: sold.Add(time.Hour)}, false},
		"the next edition":                    {OwnedFile{ProductID: "title", EditionNumber: 3, EditionDate: sold.Add(-time.Hour)}, true},
		"a bundle's first edition, later":     {OwnedFile{ProductID: "inside", EditionNumber: 1, EditionDate: sold.Add(time.Hour)}, false},
		"a bundle's second edition, earlier":  {OwnedFile{ProductID: "inside", EditionNumber: 2, EditionDate: sold}, false},
		"a bundle's second edition, later on": {OwnedFile{ProductID: "inside", EditionNumber: 2, EditionDate: sold.Add(time.Hour)}, true},
	} {
		if got := o.IsNewer(line, c.file); got != c.want {
			t.Errorf("%s: newer %t", name, got)
		}
	}
}

func TestPricesAreToldApart(t *testing.T) {
	t.Parallel()
	for want, variants := range map[string][]Variant{
		"":     nil,
		"free": {{Kind: Individual, Price: Money{0, "usd"}}, {Kind: SchoolLicence, Price: Money{100, "usd"}}},
		"paid": {{Kind: Individual, Price: Money{100, "usd"}}},
	} {
		if got := PriceKey(&Product{Variants: variants}); got != want {
			t.Errorf("%+v is %q, want %q", variants, got, want)
		}
	}
}
