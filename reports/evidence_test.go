package reports_test

import (
	"bytes"
	"testing"
	"time"

	"bookroom/reports"
	"bookroom/shop"
)

// The same order makes the same bytes, whatever is written in it.
func TestEvidenceIsAPDF(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	e := reports.Evidence{
		Order: shop.Order{
			Number: "BR-100001", Name: "José Núñez 漢字 😀", Email: "jose@school.example", Currency: "usd", Total: 1900, PlacedAt: at,
			Lines:    []shop.OrderLine{{Title: "The Advisory Handbook", Licence: shop.Individual, Quantity: 1, UnitPrice: 1900, Total: 1900}},
			Payments: []shop.Payment{{PaymentIntentID: "pi_1", Amount: 1900, Currency: "usd", PaidAt: at, Matches: true}},
			Disputes: []shop.Dispute{{ID: "dp_1", Amount: 1900, Reason: "product_not_received", UpdatedAt: at}},
		},
		Shop: "https://shop.example", WrittenAt: at,
	}
	for range 200 { // several pages
		e.History.Downloads = append(e.History.Downloads, shop.OrderDownload{Download: shop.Download{IssuedAt: at, IP: "192.0.2.0", Agent: "A browser"}, Filename: "advisory.pdf"})
	}
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := reports.WriteEvidence(w, e); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.HasPrefix(first.Bytes(), []byte("%PDF-")) || first.Len() < 5000 {
		t.Errorf("it is no PDF: %.20q", first.Bytes())
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same order makes other bytes")
	}
}
