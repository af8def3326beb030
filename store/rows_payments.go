package store

import (
	"time"

	"bookroom/shop"
)

type paymentEventRow struct {
	ID              string `gorm:"primaryKey"`
	Type            string
	Kind            shop.PaymentEventKind
	Source          shop.EventSource
	Livemode        bool
	Outcome         shop.EventOutcome
	OrderID         *string // NULL until the event is matched
	SessionID       string
	PaymentIntentID string
	ChargeID        string
	Amount          int64
	Tax             int64
	Currency        string
	RefundID        string
	Dispute         eventDispute `gorm:"embedded;embeddedPrefix:dispute_"`
	Payload         []byte
	At              utc
	ReceivedAt      utc
}

// eventDispute is the dispute that an event tells of; empty where it tells of none.
type eventDispute struct {
	ID        string
	Status    shop.DisputeStatus
	Amount    int64
	Reason    string
	UpdatedAt utc `gorm:"autoUpdateTime:false"`
}

type paymentRow struct {
	PaymentIntentID string `gorm:"primaryKey"`
	OrderID         string
	ChargeID        string
	SessionID       string
	Amount          int64
	Tax             int64
	Currency        string
	PaidAt          utc
	Matches         bool
	Refunded        int64
	RefundedAsOf    utc
}

type refundRow struct {
	ID              string `gorm:"primaryKey"`
	OrderID         string
	PaymentIntentID string
	Amount          int64
	FailedAt        utc
}

type disputeRow struct {
	ID              string `gorm:"primaryKey"`
	OrderID         string
	PaymentIntentID string
	Status          shop.DisputeStatus
	Amount          int64
	Reason          string
	UpdatedAt       utc `gorm:"autoUpdateTime:false"`
}

func newPaymentEventRow(e shop.PaymentEvent, now time.Time) paymentEventRow {
	payload := e.Payload
	if payload == nil {
		payload = []byte{}
	}
	return paymentEventRow{
		ID: e.ID, Type: e.Type, Kind: e.Kind, Source: e.Source, Livemode: e.Livemode,
		SessionID: e.SessionID, PaymentIntentID: e.PaymentIntentID, ChargeID: e.ChargeID,
		Amount: e.Amount, Tax: e.Tax, Currency: e.Currency, RefundID: e.RefundID,
		Dispute: eventDispute{
			ID: e.Dispute.ID, Status: e.Dispute.Status, Amount: e.Dispute.Amount, Reason: e.Dispute.Reason, UpdatedAt: at(e.Dispute.UpdatedAt),
		},
		Payload: payload, At: at(e.At), ReceivedAt: at(now),
	}
}

func (r *paymentEventRow) event() shop.PaymentEvent {
	return shop.PaymentEvent{
		ID: r.ID, Type: r.Type, Kind: r.Kind, Source: r.Source, Livemode: r.Livemode, At: r.At.Time, Payload: r.Payload,
		SessionID: r.SessionID, PaymentIntentID: r.PaymentIntentID, ChargeID: r.ChargeID,
		Amount: r.Amount, Tax: r.Tax, Currency: r.Currency, RefundID: r.RefundID,
		Dispute: shop.Dispute{
			ID: r.Dispute.ID, PaymentIntentID: r.PaymentIntentID, Status: r.Dispute.Status,
			Amount: r.Dispute.Amount, Reason: r.Dispute.Reason, UpdatedAt: r.Dispute.UpdatedAt.Time,
		},
	}
}

func newPaymentRow(orderID string, p shop.Payment) paymentRow {
	return paymentRow{
		PaymentIntentID: p.PaymentIntentID, OrderID: orderID, ChargeID: p.ChargeID, SessionID: p.SessionID,
		Amount: p.Amount, Tax: p.Tax, Currency: p.Currency, PaidAt: at(p.PaidAt), Matches: p.Matches,
		Refunded: p.Refunded, RefundedAsOf: at(p.RefundedAsOf),
	}
}

func (r *paymentRow) payment() shop.Payment {
	return shop.Payment{
		PaymentIntentID: r.PaymentIntentID, ChargeID: r.ChargeID, SessionID: r.SessionID,
		Amount: r.Amount, Tax: r.Tax, Currency: r.Currency, PaidAt: r.PaidAt.Time, Matches: r.Matches,
		Refunded: r.Refunded, RefundedAsOf: r.RefundedAsOf.Time,
	}
}

func newRefundRow(orderID string, r shop.Refund) refundRow {
	return refundRow{ID: r.ID, OrderID: orderID, PaymentIntentID: r.PaymentIntentID, Amount: r.Amount, FailedAt: at(r.FailedAt)}
}

func (r *refundRow) refund() shop.Refund {
	return shop.Refund{ID: r.ID, PaymentIntentID: r.PaymentIntentID, Amount: r.Amount, FailedAt: r.FailedAt.Time}
}

func newDisputeRow(orderID string, d shop.Dispute) disputeRow {
	return disputeRow{
		ID: d.ID, OrderID: orderID, PaymentIntentID: d.PaymentIntentID, Status: d.Status,
		Amount: d.Amount, Reason: d.Reason, UpdatedAt: at(d.UpdatedAt),
	}
}

func (r *disputeRow) dispute() shop.Dispute {
	return shop.Dispute{
		ID: r.ID, PaymentIntentID: r.PaymentIntentID, Status: r.Status,
		Amount: r.Amount, Reason: r.Reason, UpdatedAt: r.UpdatedAt.Time,
	}
}
