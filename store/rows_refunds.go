package store

import (
	"encoding/json"
	"fmt"

	"bookroom/shop"
)

type orderReturnRow struct {
	ID              string `gorm:"primaryKey"`
	OrderID         string
	Kind            shop.ReturnKind
	State           shop.ReturnState
	PaymentIntentID string
	Amount          int64
	Revokes         string
	Reason          shop.RefundReason
	Note            string
	StaffID         string
	Staff           string
	TokenID         string
	IdempotencyKey  string
	Fingerprint     string
	RefundID        string
	Problem         string
	RequestedAt     utc
	SettledAt       utc
}

type orderReturnPartRow struct {
	ReturnID string `gorm:"primaryKey"`
	OrderID  string
	Part     string `gorm:"primaryKey"`
	Held     bool
}

func newOrderReturnRow(orderID string, r shop.Return) (orderReturnRow, error) {
	revokes, err := json.Marshal(r.Revokes)
	if err != nil {
		return orderReturnRow{}, fmt.Errorf("write the lines that a refund revokes: %w", err)
	}
	return orderReturnRow{
		ID: r.ID, OrderID: orderID, Kind: r.Kind, State: r.State, PaymentIntentID: r.PaymentIntentID, Amount: r.Amount,
		Revokes: string(revokes), Reason: r.Reason, Note: r.Note, StaffID: r.StaffID, Staff: r.Staff, TokenID: r.TokenID,
		IdempotencyKey: r.Key, Fingerprint: r.Fingerprint, RefundID: r.RefundID, Problem: r.Problem,
		RequestedAt: at(r.RequestedAt), SettledAt: at(r.SettledAt),
	}, nil
}

// toReturn is the return without its parts.
func (r *orderReturnRow) toReturn() (shop.Return, error) {
	given := shop.Return{
		ID: r.ID, OrderID: r.OrderID, Kind: r.Kind, State: r.State, PaymentIntentID: r.PaymentIntentID, Amount: r.Amount,
		Reason: r.Reason, Note: r.Note, StaffID: r.StaffID, Staff: r.Staff, TokenID: r.TokenID,
		Key: r.IdempotencyKey, Fingerprint: r.Fingerprint, RefundID: r.RefundID, Problem: r.Problem,
		RequestedAt: r.RequestedAt.Time, SettledAt: r.SettledAt.Time,
	}
	if err := json.Unmarshal([]byte(r.Revokes), &given.Revokes); err != nil {
		return given, fmt.Errorf("read the lines that refund %s revokes: %w", r.ID, err)
	}
	return given, nil
}
