package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"bookroom/shop"
)

// orderColumns are the head of the order report. Amounts are in major units, times in UTC.
func orderColumns() []string {
	return []string{
		"number", "placed_utc", "paid_utc", "status", "source", "email", "organisation", "po_number", "currency",
		"subtotal", "discount", "donation", "tax", "total", "refunded", "received_in_period", "refunded_in_period",
	}
}

// OrdersCSV writes the order report as CSV (RFC 4180, UTF-8), a line for each. The first error of the lines ends it.
func OrdersCSV(w io.Writer, lines iter.Seq2[shop.ReportedOrder, error]) error {
	table := csv.NewWriter(w)
	table.UseCRLF = true
	if err := table.Write(orderColumns()); err != nil {
		return fmt.Errorf("write the order report: %w", err)
	}
	for line, err := range lines {
		if err != nil {
			return err
		}
		if err := table.Write(orderCells(line)); err != nil {
			return fmt.Errorf("write the order report: %w", err)
		}
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return fmt.Errorf("write the order report: %w", err)
	}
	return nil
}

func orderCells(o shop.ReportedOrder) []string {
	amount := func(minor int64) string { return shop.Money{Amount: minor, Currency: o.Currency}.Decimal() }
	return []string{
		text(o.Number), moment(o.PlacedAt), moment(o.PaidAt), string(o.Status), string(o.Source), text(o.Email), text(o.Organisation), text(o.PONumber), o.Currency,
		amount(o.Subtotal), amount(o.Discount), amount(o.Donation), amount(o.Tax), amount(o.Total), amount(o.Refunded), amount(o.Received), amount(o.Returned),
	}
}

// moment is empty for the zero time.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// text is what people typed, so that no spreadsheet takes it for a formula: those begin with one of these.
func text(typed string) string {
	if typed != "" && strings.ContainsRune("=+-@\t\r\n", rune(typed[0])) {
		return "'" + typed
	}
	return typed
}
