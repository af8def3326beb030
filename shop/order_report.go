package shop

import (
	"context"
	"iter"
	"time"
)

// ReportedOrder is a line of the order report: an order that was paid within a period, or whose money moved in it.
// Amounts are minor units of Currency.
type ReportedOrder struct {
	Number   string
	PlacedAt time.Time
	PaidAt   time.Time // zero while it is not paid
	Status   OrderStatus
	Source   Source
	Email    string

	Organisation string
	PONumber     string
	Currency     string

	Subtotal int64
	Discount int64
	Donation int64
	Tax      int64
	Total    int64
	Refunded int64 // what has gone back so far

	Received int64 // within the period
	Returned int64 // went back within the period; below zero when more refunds failed than were made
}

// ReportStore reads reports.
type ReportStore interface {
	// OrderReport returns the lines of a period one by one, as of one moment, the oldest order first. An order
	// whose money came in another currency than its own has a second line, for that money alone. After an error
	// comes nothing more.
	OrderReport(ctx context.Context, p Period) iter.Seq2[ReportedOrder, error]
	// RecordAct writes down what was done without changing anything.
	RecordAct(ctx context.Context, act Act, now time.Time) error
}

// ReportOrders writes down who takes the order report out of the shop, and returns its lines.
func (s *Shop) ReportOrders(ctx context.Context, by Actor, p Period) (iter.Seq2[ReportedOrder, error], error) {
	act := Act{
		By: by, Verb: "report.export", Subject: Subject{Kind: "report", ID: "orders", Name: "orders"},
		After: map[string]any{"from": p.From.UTC().Format(time.RFC3339), "to": p.To.UTC().Format(time.RFC3339)},
	}
	if err := s.config.Store.RecordAct(ctx, act, s.now()); err != nil {
		return nil, err
	}
	return s.config.Store.OrderReport(ctx, p), nil
}
