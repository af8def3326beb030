package reports_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"

	"bookroom/delivery/leaf"
	"bookroom/reports"
	"bookroom/shop"
	"bookroom/words"

	"pgregory.net/rapid"
)

var day = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

// reader is one for all tests: it takes a while to start.
var reader = sync.OnceValue(func() *leaf.Reader { return leaf.New("") })

func receipt() reports.Document {
	return reports.Document{Paper: shop.Paper{
		Seller: shop.Seller{Name: "Big Picture Learning", Address: []string{"325 Public Street", "Providence, RI 02905"}, TaxID: "EIN 12-3456789", Email: "books@bookroom.example"},
		Order: shop.Order{
			ID: shop.NewID(), Number: "BR-100001", Status: shop.Paid, Email: "ana@school.example", Name: "Ana Núñez", Organisation: "The School", PONumber: "PO 7",
			Currency: "usd", Subtotal: 13_300, Donation: 2500, Tax: 892, Total: 14_192, PlacedAt: day, PaidAt: day.Add(time.Minute), UpdatedAt: day.Add(time.Hour),
			Lines: []shop.OrderLine{
				{ID: "1", Position: 1, Title: "The Advisory Handbook", Licence: shop.SchoolLicence, Quantity: 2, UnitPrice: 4900, Tax: 802, Total: 10_602},
				{ID: "2", Position: 2, Title: "A First Plan", Licence: shop.Individual, Quantity: 1, UnitPrice: 1000, Support: 0, Tax: 90, Total: 1090},
			},
			Payments: []shop.Payment{{PaymentIntentID: "pi_1", Amount: 14_192, Tax: 892, Currency: "usd", PaidAt: day, Matches: true}},
		},
	}, Words: words.Load().In(shop.English)}
}

func invoice() reports.Document {
	d := receipt()
	d.Invoice = &shop.Invoice{
		Sequence: 42, IssuedAt: day.Add(2 * time.Hour), WrittenAt: day.Add(2 * time.Hour), Version: 1,
		Billing: shop.Billing{Name: "Accounts", Organisation: "Distrito Escolar Nº 7", Address: "1 Main Street\nSanta Fe, NM", TaxID: "NIF X-123"},
	}
	return d
}

func mustWrite(tb testing.TB, d reports.Document) []byte {
	tb.Helper()
	var pdf bytes.Buffer
	if err := d.WritePDF(&pdf); err != nil {
		tb.Fatal(err)
	}
	return pdf.Bytes()
}

// text is what a reader gets out of the PDF, spaces made one.
func text(tb testing.TB, pdf []byte) (said string, pages int) {
	tb.Helper()
	reading, err := reader().Read(tb.Context(), pdf, func(int) []int { return nil })
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Join(strings.Fields(strings.Join(reading.Texts, " ")), " "), len(reading.Texts)
}

func mustSay(tb testing.TB, said string, texts ...string) {
	tb.Helper()
	for _, want := range texts {
		if !strings.Contains(said, want) {
			tb.Errorf("%q is missing in: %s", want, said)
		}
	}
}

func TestAReceiptSaysWhatWasBoughtAndPaid(t *testing.T) {
	t.Parallel()
	said, _ := text(t, mustWrite(t, receipt()))
	mustSay(t, said, "Receipt", "Big Picture Learning", "325 Public Street", "EIN 12-3456789", "BR-100001", "March 14, 2026", "Paid", "PO 7",
		"Ana Núñez", "The School", "The Advisory Handbook, School", "$49.00", "$98.00", "Donation to Big Picture Learning", "$25.00", "Tax", "$8.92", "$141.92")
	if strings.Contains(said, "Invoice") || strings.Contains(said, "Refunded") {
		t.Errorf("it says too much: %s", said)
	}
}

func TestAnInvoiceIsMadeOutAsTheBuyerSays(t *testing.T) {
	t.Parallel()
	said, _ := text(t, mustWrite(t, invoice()))
	mustSay(t, said, "Invoice", "INV-000042", "Distrito Escolar Nº 7", "Accounts", "1 Main Street", "Santa Fe, NM", "NIF X-123")
	if strings.Contains(said, "Corrected") || strings.Contains(said, "ana@school.example") {
		t.Errorf("it says too much: %s", said)
	}
	d := invoice()
	d.Invoice.Version, d.Invoice.WrittenAt = 2, day.Add(10*24*time.Hour)
	said, _ = text(t, mustWrite(t, d))
	mustSay(t, said, "INV-000042", "Corrected on March 24, 2026")
}

func TestRefundsAreShown(t *testing.T) {
	t.Parallel()
	d := receipt()
	d.Order.Status = shop.PartiallyRefunded
	d.Order.Payments[0].Refunded, d.Order.Payments[0].RefundedAsOf = 1590, day.Add(48*time.Hour)
	d.Order.Returns = []shop.Return{{ID: "r1", Kind: shop.ReturnParts, State: shop.ReturnSucceeded, Amount: 1090, Parts: []string{"line-2"}, RequestedAt: day.Add(24 * time.Hour)}}
	said, _ := text(t, mustWrite(t, d))
	mustSay(t, said, "Partly refunded", "Refunded on March 15, 2026", "-$10.90", "Refunded on March 16, 2026", "-$5.00", "Paid, less what was refunded", "$126.02")
}

func TestItSpeaksTheBuyersLanguage(t *testing.T) {
	t.Parallel()
	d := invoice()
	d.Words = words.Load().In(shop.Spanish)
	said, _ := text(t, mustWrite(t, d))
	mustSay(t, said, "Factura", "14 de marzo de 2026", "Impuesto", "Licencia")
}

func TestNoNameIsLost(t *testing.T) {
	t.Parallel()
	d := receipt()
	d.Order.Name, d.Order.Organisation = "Жанна Ωμέγα", "李 School"
	said, _ := text(t, mustWrite(t, d))
	mustSay(t, said, "Жанна Ωμέγα", "[U+674E] School", "Unicode numbers")
	d.Order.Organisation = "E\u0301cole"
	said, _ = text(t, mustWrite(t, d))
	mustSay(t, said, "École")
	if strings.Contains(said, "Unicode numbers") {
		t.Errorf("it explains what is not there: %s", said)
	}
}

func TestManyLinesTakeSeveralPages(t *testing.T) {
	t.Parallel()
	d := receipt()
	for i := range 14 { // on more pages the reader of the test drops what is at the head of each
		d.Order.Lines = append(d.Order.Lines, shop.OrderLine{Title: fmt.Sprintf("Title %d %s", i, strings.Repeat("long ", 30)), Licence: shop.Individual, Quantity: 1})
	}
	said, pages := text(t, mustWrite(t, d))
	if pages != 2 || strings.Count(said, "Title and licence") != pages {
		t.Errorf("%d pages, the head of the table on %d", pages, strings.Count(said, "Title and licence"))
	}
	mustSay(t, said, "Title 0 long", "Title 13 long", "$141.92")
}

func TestTheSameStateGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	d := invoice()
	d.Seller.Logo = logo(t, "png")
	first := mustWrite(t, d)
	if !bytes.Equal(first, mustWrite(t, d)) {
		t.Error("the same document twice is not the same")
	}
	d.Order.UpdatedAt = d.Order.UpdatedAt.Add(24 * time.Hour)
	if bytes.Equal(first, mustWrite(t, d)) {
		t.Error("another state is the same document")
	}
}

func TestALogoIsDrawnOrLeftOut(t *testing.T) {
	t.Parallel()
	d := receipt()
	without := len(mustWrite(t, d))
	for name, c := range map[string]struct {
		logo  []byte
		drawn bool
	}{"png": {logo(t, "png"), true}, "jpeg": {logo(t, "jpeg"), true}, "nothing like it": {[]byte("GIF89a"), false}} {
		d.Seller.Logo = c.logo
		if got := mustWrite(t, d); bytes.Contains(got, []byte("/Subtype /Image")) != c.drawn || !c.drawn && len(got) != without {
			t.Errorf("%s: drawn: %t", name, !c.drawn)
		}
	}
}

func logo(tb testing.TB, kind string) []byte {
	tb.Helper()
	picture := image.NewPaletted(image.Rect(0, 0, 40, 20), color.Palette{color.NRGBA{R: 200, A: 255}, color.NRGBA{}})
	var file bytes.Buffer
	err := png.Encode(&file, picture)
	if kind == "jpeg" {
		file.Reset()
		err = jpeg.Encode(&file, picture, nil)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

// Whatever people are called and wherever they live, there is a document.
func TestAnyTextCanBePrinted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := invoice()
		d.Invoice.Billing = shop.Billing{
			Name: rapid.String().Draw(t, "name"), Organisation: rapid.String().Draw(t, "organisation"),
			Address: rapid.String().Draw(t, "address"), TaxID: rapid.String().Draw(t, "tax id"),
		}
		d.Order.Lines[0].Title = rapid.String().Draw(t, "title")
		var pdf bytes.Buffer
		if err := d.WritePDF(&pdf); err != nil {
			t.Fatal(err)
		}
	})
}
