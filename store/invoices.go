package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

type invoiceRow struct {
	Sequence int64 `gorm:"primaryKey;autoIncrement:false"`
	OrderID  string
	IssuedAt utc
}

func (invoiceRow) TableName() string { return "invoices" }

type orderBillingRow struct {
	OrderID      string `gorm:"primaryKey"`
	Version      int    `gorm:"primaryKey;autoIncrement:false"`
	Name         string
	Organisation string
	Address      string
	TaxID        string `gorm:"column:tax_id"`
	WrittenAt    utc
}

func (orderBillingRow) TableName() string { return "order_billing" }

// Invoice returns the invoice of an order as it was corrected last; shop.ErrNoInvoice where none was issued.
func (s *Store) Invoice(ctx context.Context, orderID string) (shop.Invoice, error) {
	var invoice shop.Invoice
	err := s.read(ctx, func(tx *gorm.DB) error {
		var err error
		invoice, err = readInvoice(tx, orderID)
		return err
	})
	return invoice, err
}

func readInvoice(tx *gorm.DB, orderID string) (shop.Invoice, error) {
	var issued []invoiceRow
	if err := tx.Where("order_id = ?", orderID).Limit(1).Find(&issued).Error; err != nil {
		return shop.Invoice{}, fmt.Errorf("read invoice: %w", err)
	}
	if len(issued) == 0 {
		return shop.Invoice{}, shop.ErrNoInvoice
	}
	var last orderBillingRow
	if err := tx.Where("order_id = ?", orderID).Order("version DESC").Limit(1).Take(&last).Error; err != nil {
		return shop.Invoice{}, fmt.Errorf("read whom an invoice is made out to: %w", err)
	}
	return shop.Invoice{
		OrderID: orderID, Sequence: issued[0].Sequence, IssuedAt: issued[0].IssuedAt.Time, Version: last.Version, WrittenAt: last.WrittenAt.Time,
		Billing: shop.Billing{Name: last.Name, Organisation: last.Organisation, Address: last.Address, TaxID: last.TaxID},
	}, nil
}

// IssueInvoice gives the order the next number if it has none, and notes whom the invoice is made out to: a new
// version unless nothing changed. It is shop.ErrManyCorrections after shop.MaxInvoiceVersions.
func (s *Store) IssueInvoice(ctx context.Context, orderID string, to shop.Billing, now time.Time) (shop.Invoice, error) {
	var invoice shop.Invoice
	err := s.write(ctx, func(tx *gorm.DB) error {
		// One after the other: a number that is taken stays taken, and none is left out.
		if err := s.lockText(tx, "invoices"); err != nil {
			return fmt.Errorf("lock the invoices: %w", err)
		}
		var err error
		invoice, err = readInvoice(tx, orderID)
		switch {
		case errors.Is(err, shop.ErrNoInvoice):
			if err := issueNext(tx, orderID, now); err != nil {
				return err
			}
		case err != nil:
			return err
		case invoice.Billing == to:
			return nil
		case invoice.Version >= shop.MaxInvoiceVersions:
			return shop.ErrManyCorrections
		}
		row := orderBillingRow{
			OrderID: orderID, Version: invoice.Version + 1, Name: to.Name, Organisation: to.Organisation, Address: to.Address, TaxID: to.TaxID, WrittenAt: at(now),
		}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("write whom an invoice is made out to: %w", err)
		}
		invoice, err = readInvoice(tx, orderID)
		return err
	})
	return invoice, err
}

// issueNext takes the next number for an order.
func issueNext(tx *gorm.DB, orderID string, now time.Time) error {
	var last int64
	if err := tx.Raw("SELECT COALESCE(MAX(sequence), 0) FROM invoices").Scan(&last).Error; err != nil {
		return fmt.Errorf("read the last number of an invoice: %w", err)
	}
	if err := tx.Create(&invoiceRow{Sequence: last + 1, OrderID: orderID, IssuedAt: at(now)}).Error; err != nil {
		return fmt.Errorf("issue invoice: %w", err)
	}
	return nil
}
