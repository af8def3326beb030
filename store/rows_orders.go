package store

import "bookroom/shop"

type orderRow struct {
	Sequence       int64  `gorm:"primaryKey;autoIncrement"`
	ID             string `gorm:"column:id"`
	Number         string `gorm:"->;default:(-)"` // made by the database from the sequence
	CartID         string
	Source         shop.Source
	Status         shop.OrderStatus
	Email          string
	Name           string
	Organisation   string
	PONumber       string `gorm:"column:po_number"`
	Language       shop.Language
	Currency       string
	Subtotal       int64
	Discount       int64
	Donation       int64
	Tax            int64
	Total          int64
	TokenVersion   int
	IdempotencyKey string
	Fingerprint    string
	SessionID      string
	SessionState   shop.SessionState
	PaymentURL     string
	Closed         shop.OrderStatus
	Attention      string
	PlacedAt       utc
	ExpiresAt      utc
	AskedAt        utc
	PaidAt         utc
	UpdatedAt      utc `gorm:"autoUpdateTime:false"`
	LinkHours      int
	LinkUntil      utc
	Indexed        bool // order_words has its words
}

type orderLineRow struct {
	ID            string `gorm:"primaryKey"`
	OrderID       string
	Position      int
	ProductID     string
	ProductSlug   string
	VariantID     string
	Licence       shop.VariantKind
	SKU           string
	Title         string
	EditionNumber int
	Quantity      int
	UnitPrice     int64
	Support       int64
	Discount      int64
	Tax           int64
	Total         int64
}

type entitlementRow struct {
	ID           string `gorm:"primaryKey"`
	OrderID      string
	LineID       string
	ProductID    string
	Licence      shop.VariantKind
	Email        string
	Organisation string
	State        shop.EntitlementState
	Downloads    int
	GrantedAt    utc
	Held         shop.EntitlementState
}

func newOrderRow(o *shop.Order) orderRow {
	return orderRow{
		ID: o.ID, CartID: o.CartID, Source: o.Source, Status: o.Status,
		Email: o.Email, Name: o.Name, Organisation: o.Organisation, PONumber: o.PONumber, Language: o.Language.Known(),
		Currency: o.Currency, Subtotal: o.Subtotal, Discount: o.Discount, Donation: o.Donation, Tax: o.Tax, Total: o.Total,
		TokenVersion: o.TokenVersion, IdempotencyKey: o.IdempotencyKey, Fingerprint: o.Fingerprint,
		SessionID: o.SessionID, SessionState: o.SessionState, PaymentURL: o.PaymentURL, Closed: o.Closed, Attention: o.Attention,
		PlacedAt: at(o.PlacedAt), ExpiresAt: at(o.ExpiresAt), AskedAt: at(o.AskedAt), PaidAt: at(o.PaidAt), UpdatedAt: at(o.UpdatedAt),
		LinkHours: o.LinkHours, LinkUntil: at(o.LinkUntil),
	}
}

// order is the order by itself, without what belongs to it.
func (r *orderRow) order() shop.Order {
	return shop.Order{
		ID: r.ID, Number: r.Number, CartID: r.CartID, Source: r.Source, Status: r.Status,
		Email: r.Email, Name: r.Name, Organisation: r.Organisation, PONumber: r.PONumber, Language: r.Language,
		Currency: r.Currency, Subtotal: r.Subtotal, Discount: r.Discount, Donation: r.Donation, Tax: r.Tax, Total: r.Total,
		TokenVersion: r.TokenVersion, IdempotencyKey: r.IdempotencyKey, Fingerprint: r.Fingerprint,
		SessionID: r.SessionID, SessionState: r.SessionState, PaymentURL: r.PaymentURL, Closed: r.Closed, Attention: r.Attention,
		PlacedAt: r.PlacedAt.Time, ExpiresAt: r.ExpiresAt.Time, AskedAt: r.AskedAt.Time, PaidAt: r.PaidAt.Time, UpdatedAt: r.UpdatedAt.Time,
		LinkHours: r.LinkHours, LinkUntil: r.LinkUntil.Time,
	}
}

func newOrderLineRow(orderID string, l shop.OrderLine) orderLineRow {
	return orderLineRow{
		ID: l.ID, OrderID: orderID, Position: l.Position, ProductID: l.ProductID, ProductSlug: l.ProductSlug,
		VariantID: l.VariantID, Licence: l.Licence, SKU: l.SKU, Title: l.Title, EditionNumber: l.EditionNumber,
		Quantity: l.Quantity, UnitPrice: l.UnitPrice, Support: l.Support, Discount: l.Discount, Tax: l.Tax, Total: l.Total,
	}
}

func (r *orderLineRow) line() shop.OrderLine {
	return shop.OrderLine{
		ID: r.ID, Position: r.Position, ProductID: r.ProductID, ProductSlug: r.ProductSlug,
		VariantID: r.VariantID, Licence: r.Licence, SKU: r.SKU, Title: r.Title, EditionNumber: r.EditionNumber,
		Quantity: r.Quantity, UnitPrice: r.UnitPrice, Support: r.Support, Discount: r.Discount, Tax: r.Tax, Total: r.Total,
	}
}

func newEntitlementRow(e shop.Entitlement) entitlementRow {
	return entitlementRow{
		ID: e.ID, OrderID: e.OrderID, LineID: e.LineID, ProductID: e.ProductID, Licence: e.Licence,
		Email: e.Email, Organisation: e.Organisation, State: e.State, Downloads: e.Downloads, GrantedAt: at(e.GrantedAt), Held: e.Held,
	}
}

func (r *entitlementRow) entitlement() shop.Entitlement {
	return shop.Entitlement{
		ID: r.ID, OrderID: r.OrderID, LineID: r.LineID, ProductID: r.ProductID, Licence: r.Licence,
		Email: r.Email, Organisation: r.Organisation, State: r.State, Downloads: r.Downloads, GrantedAt: r.GrantedAt.Time, Held: r.Held,
	}
}
