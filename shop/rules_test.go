package shop

import (
	"errors"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMoneyReadsAndPrintsExactly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		money  Money
		people string
	}{
		"38.00 usd": {Money{3800, "usd"}, "$38.00"},
		"38 USD":    {Money{3800, "usd"}, "$38.00"},
		"0 usd":     {Money{0, "usd"}, "$0.00"},
		"0.5 eur":   {Money{50, "eur"}, "€0.50"},
		"0.05 cad":  {Money{5, "cad"}, "0.05 CAD"},
		"1200 jpy":  {Money{1200, "jpy"}, "1200 JPY"},
		"1.234 kwd": {Money{1234, "kwd"}, "1.234 KWD"},
	} {
		got, err := ParseMoney(text)
		if err != nil || got != want.money || got.String() != want.people {
			t.Errorf("%q is %+v %q (%v), want %+v %q", text, got, got.String(), err, want.money, want.people)
		}
	}
	for _, text := range []string{"", "38", "usd", "38,5 usd", "-1 usd", "+1 usd", "1.234 usd", "1. usd", ".5 usd", "1.5 jpy", "1e3 usd",
		"1 000 usd", "999999999999999999999 usd", "1000000.00 usd", "12 dollars", "12 us$", "١٢ usd"} {
		if got, err := ParseMoney(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
	if got := (Money{math.MinInt64, "usd"}).String(); got != "-$92233720368547758.08" {
		t.Errorf("the smallest amount is printed as %s", got)
	}
	if got := (Money{-5, "usd"}).String(); got != "-$0.05" {
		t.Errorf("minus five cents are printed as %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := Money{rapid.Int64Range(0, MaxAmount).Draw(t, "amount"), rapid.SampledFrom([]string{"usd", "jpy", "kwd"}).Draw(t, "currency")}
		if back, err := ParseMoney(m.Decimal() + " " + m.Currency); err != nil || back != m {
			t.Fatalf("%+v came back as %+v (%v)", m, back, err)
		}
	})
}

func item(status ProductStatus, amount int64, currency string, quantity int) CartItem {
	return CartItem{
		Product: Product{ID: "p", Status: status, Title: "Advisory", Editions: []Edition{{Number: 5}}},
		Variant: Variant{ID: "v", Kind: Individual, Price: Money{amount, currency}}, Quantity: quantity,
	}
}

// giving is the item for those who pay that much for each licence.
func giving(i CartItem, amount int64) CartItem {
	i.Variant.Suggested = Money{i.Variant.Price.Amount + 1, i.Variant.Price.Currency}
	i.Chosen = Money{amount, i.Variant.Price.Currency}
	return i
}

func TestWhatIsPaidForALicence(t *testing.T) {
	t.Parallel()
	fixed := item(Published, 1000, "usd", 2)
	more := giving(fixed, 1500)
	for name, c := range map[string]struct {
		item          CartItem
		unit, support int64
	}{
		"the price":                    {fixed, 1000, 0},
		"more":                         {more, 1500, 500},
		"less than today's price":      {giving(fixed, 900), 1000, 0},
		"in another currency":          {changed(more, func(i *CartItem) { i.Chosen.Currency = "eur" }), 1000, 0},
		"for a licence fixed meantime": {changed(more, func(i *CartItem) { i.Variant.Suggested = Money{} }), 1000, 0},
	} {
		if got := c.item; got.Unit().Amount != c.unit || got.Support().Amount != c.support || got.Total().Amount != 2*c.unit {
			t.Errorf("%s: %v each, of which %v support, %v in all", name, got.Unit(), got.Support(), got.Total())
		}
	}
	for name, c := range map[string]struct {
		seen Money
		want bool
	}{
		"the same": {Money{1000, "usd"}, false}, "another": {Money{900, "usd"}, true}, "another currency": {Money{1000, "eur"}, true},
		"unknown": {Money{}, false}, "free before": {Money{0, "usd"}, true},
	} {
		if got := changed(fixed, func(i *CartItem) { i.Seen = c.seen }).Repriced(); got != c.want {
			t.Errorf("%s: repriced %t", name, got)
		}
	}
}

func changed(i CartItem, change func(*CartItem)) CartItem {
	change(&i)
	return i
}

func TestGiftsHaveLimits(t *testing.T) {
	t.Parallel()
	free, cheap := giving(item(Published, 0, "usd", 1), 0).Variant, giving(item(Published, 50, "usd", 1), 50).Variant
	paid, fixed := giving(item(Published, 1000, "usd", 1), 0).Variant, item(Published, 1000, "usd", 1).Variant
	for name, c := range map[string]struct {
		variant Variant
		amount  int64
		good    bool
	}{
		"the price": {paid, 1000, true}, "a cent more": {paid, 1001, true}, "a cent less": {paid, 999, false}, "nothing": {paid, 0, false}, "below nothing": {paid, -1, false},
		"the most": {paid, 1000 + MaxGift, true}, "beyond": {paid, 1001 + MaxGift, false},
		"free": {free, 0, true}, "too little to charge": {free, MinGift - 1, false}, "a little": {free, MinGift, true},
		"cheap": {cheap, 50, true}, "a cheap one for more": {cheap, 70, true}, "a cheap one for less": {cheap, 49, false},
		"fixed": {fixed, 1000, true}, "more than fixed": {fixed, 2000, false}, "less than fixed": {fixed, 900, false},
	} {
		if err := c.variant.CheckAmount(c.amount); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	for sentence, err := range map[string]error{
		"Pay nothing, or at least $1.00.": free.CheckAmount(-5), "This licence costs at least $10.00.": paid.CheckAmount(-5),
		"This licence costs at least $0.50.": cheap.CheckAmount(49),
	} {
		if err == nil || AsError(err).Message.String() != sentence {
			t.Errorf("%v, want %s", err, sentence)
		}
	}
	full := Cart{Items: []CartItem{item(Archived, 100, "eur", 1), item(Published, 0, "usd", 1)}}
	for amount, good := range map[int64]bool{MinGift: true, MaxGift: true, MinGift - 1: false, MaxGift + 1: false, -500: false} {
		if err := full.CheckDonation(amount); (err == nil) != good {
			t.Errorf("a donation of %d: %v", amount, err)
		}
	}
	for name, cart := range map[string]Cart{"empty": {}, "of what is not sold": {Items: full.Items[:1]}} {
		if err := cart.CheckDonation(MinGift); !errors.Is(err, ErrDonationAlone) {
			t.Errorf("a donation to a cart %s: %v", name, err)
		}
	}
	if _, err := Price(Cart{Donation: Money{500, "usd"}}); !errors.Is(err, errCartEmpty) {
		t.Errorf("a donation alone: %v", err)
	}
	full.Items, full.Donation = full.Items[1:], Money{500, "eur"}
	if _, err := Price(full); !errors.Is(err, errTwoCurrencies) {
		t.Errorf("a donation in another currency: %v", err)
	}
}

func TestAmountsAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"20": 2000, " 20.50 ": 2050, "$20": 2000, "$ 20.5": 2050, "20,50": 2050, "1,200": 120_000, "1,200.50": 120_050, "0": 0,
		"20$": 2000, "US$20": 2000, "US$ 1,200": 120_000, "20 US$": 2000, "USD 20": 2000, "20 usd": 2000, "20USD": 2000, "20.": 2000, ".5": 50, "$.50": 50,
		"-5": -500, "-$5": -500, "$-5": -500, "- 5": -500, "99999999999": 9_999_999_999_900, "999999999999999999999999": math.MaxInt64, "-999999999999999999999999": -math.MaxInt64,
	} {
		if got, err := ReadAmount(text, "usd"); err != nil || got != (Money{want, "usd"}) {
			t.Errorf("%q was read as %v (%v)", text, got, err)
		}
	}
	for text, want := range map[string]int64{"20": 20, "1,200": 1200, "20 jpy": 20} {
		if got, err := ReadAmount(text, "jpy"); err != nil || got != (Money{want, "jpy"}) {
			t.Errorf("%q was read as %v (%v)", text, got, err)
		}
	}
	for _, text := range []string{"", ".", "$", "-", "--5", "-$-5", "USD", "much", "1,2", "1,20,000", "20.505", "20 eur", "€20", "1e3", "1.200,50", "1.2.3", "+5", "2 0"} {
		if got, err := ReadAmount(text, "usd"); !IsKind(err, Invalid) {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestPriceRefusesWhatCannotBeSold(t *testing.T) {
	t.Parallel()
	for code, items := range map[string][]CartItem{
		"cart_empty":       {},
		"not_for_sale":     {item(Published, 100, "usd", 1), item(Archived, 100, "usd", 1)},
		"invalid_quantity": {item(Published, 100, "usd", 0)},
		"two_currencies":   {item(Published, 100, "usd", 1), item(Published, 100, "eur", 1)},
		"total_too_large":  {item(Published, MaxAmount, "usd", 2)},
		"price_range":      {item(Published, -1, "usd", 1)},
	} {
		_, err := Price(Cart{Items: items})
		var known *Error
		if !errors.As(err, &known) || known.Code != code {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	if _, err := Price(Cart{Items: []CartItem{item(Published, 100, "usd", MaxQuantity+1)}}); !IsKind(err, Invalid) {
		t.Errorf("one too many: %v", err)
	}
}

func TestPriceAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var cart Cart
		var want, gifts int64
		for range rapid.IntRange(1, MaxCartItems).Draw(t, "items") {
			i := item(Published, rapid.Int64Range(0, 19_999).Draw(t, "price"), "usd", rapid.IntRange(1, MaxQuantity).Draw(t, "quantity"))
			if support := rapid.SampledFrom([]int64{0, MinGift, 12_345}).Draw(t, "support"); support > 0 {
				i = giving(i, i.Variant.Price.Amount+support)
				gifts += support * int64(i.Quantity)
			}
			cart.Items = append(cart.Items, i)
			want += i.Variant.Price.Amount * int64(i.Quantity)
		}
		if donation := rapid.SampledFrom([]int64{0, MinGift, MaxGift}).Draw(t, "donation"); donation > 0 {
			cart.Donation = Money{donation, "usd"}
			gifts += donation
		}
		want += gifts
		got, err := Price(cart)
		if want > MaxAmount {
			if !IsKind(err, Invalid) {
				t.Fatalf("%d was priced: %v", want, err)
			}
			return
		}
		var lines int64
		for n, line := range got.Lines {
			lines += line.Total
			if line.Position != n+1 || line.EditionNumber != 5 {
				t.Fatalf("line %d: %+v", n, line)
			}
		}
		if err != nil || got.Total != want || lines+got.Donation != want || got.Support()+got.Donation != gifts {
			t.Fatalf("total %d, lines %d, gifts %d of %d, want %d (%v)", got.Total, lines, got.Support()+got.Donation, gifts, want, err)
		}
	})
}

func TestOrderLinksCannotBeForged(t *testing.T) {
	t.Parallel()
	ours, theirs := links{[]byte(strings.Repeat("a", 32)), "order link"}, links{[]byte(strings.Repeat("b", 32)), "order link"}
	id := NewID()
	token, err := ours.token(id, 300)
	if err != nil {
		t.Fatal(err)
	}
	if gotID, version, err := ours.read(token); err != nil || gotID != id || version != 300 {
		t.Errorf("read %s version %d (%v)", gotID, version, err)
	}
	if _, _, err := theirs.read(token); !errors.Is(err, ErrOrderNotFound) {
		t.Errorf("another shop's link: %v", err)
	}
	for i := range token {
		for _, c := range []byte("A_9") {
			forged := token[:i] + string(c) + token[i+1:]
			if _, _, err := ours.read(forged); forged != token && err == nil {
				t.Errorf("%s was taken for %s", forged, token)
			}
		}
	}
	for _, text := range []string{"", "x", token[:len(token)-1], token + "A", strings.Repeat("A", 10_000), "ü" + token} {
		if _, _, err := ours.read(text); err == nil {
			t.Errorf("%.40q was taken", text)
		}
	}
	if again, _ := ours.token(id, 301); again == token {
		t.Error("a new version has the old link")
	}
}

func TestCheckoutSaysWhatIsWrongWithEachField(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", maxName+1)
	for name, c := range map[string]struct {
		request CheckoutRequest
		fields  string
	}{
		"all well":     {CheckoutRequest{Email: " Reader@School.Example ", Name: " Zoë  李 ", Organisation: "Ünï", PONumber: "PO-7"}, ""},
		"nothing":      {CheckoutRequest{}, "email name"},
		"no address":   {CheckoutRequest{Email: "reader", Name: "R"}, "email"},
		"no dot":       {CheckoutRequest{Email: "reader@school", Name: "R"}, "email"},
		"with a name":  {CheckoutRequest{Email: "R <r@school.example>", Name: "R"}, "email"},
		"two":          {CheckoutRequest{Email: "a@b.example,c@d.example", Name: "R"}, "email"},
		"header":       {CheckoutRequest{Email: "a@b.example\r\nBcc: c@d.example", Name: "R"}, "email"},
		"ip":           {CheckoutRequest{Email: "a@[127.0.0.1]", Name: "R"}, "email"},
		"control":      {CheckoutRequest{Email: "a@b.example", Name: "R\x00"}, "name"},
		"not UTF-8":    {CheckoutRequest{Email: "a@b.example", Name: "R", Organisation: "\xff"}, "organisation"},
		"a link":       {CheckoutRequest{Email: "a@b.example", Name: "Win https://evil.example", Organisation: "WWW.evil.example"}, "name organisation"},
		"too long":     {CheckoutRequest{Email: "a@b.example", Name: long}, "name"},
		"long number":  {CheckoutRequest{Email: "a@b.example", Name: "R", PONumber: strings.Repeat("7", maxPONumber+1)}, "po_number"},
		"long address": {CheckoutRequest{Email: strings.Repeat("a", 250) + "@b.example", Name: "R"}, "email"},
	} {
		err := c.request.clean()
		var known *Error
		errors.As(err, &known)
		for field := range strings.FieldsSeq(c.fields) {
			if known == nil || known.Fields[field].Format == "" {
				t.Errorf("%s: nothing said about %s: %v", name, field, err)
			}
		}
		if known != nil && len(known.Fields) != len(strings.Fields(c.fields)) {
			t.Errorf("%s: %v", name, known.Fields)
		}
	}
	r := CheckoutRequest{Email: " Reader@School.Example ", Name: " Zoë \t 李 "}
	if err := r.clean(); err != nil || r.Email != "reader@school.example" || r.Name != "Zoë 李" || r.IdempotencyKey == "" {
		t.Errorf("cleaned: %+v (%v)", r, err)
	}
	r.IdempotencyKey = "with space"
	if err := r.clean(); !IsKind(err, Invalid) {
		t.Errorf("a key with a space: %v", err)
	}
}

func TestLinksLiveLongerForLargeFiles(t *testing.T) {
	t.Parallel()
	s := DefaultSettings()
	if got := s.linkLife(1 << 20); got != 10*time.Minute {
		t.Errorf("1 MiB: %s", got)
	}
	if got := s.linkLife(2 << 30); got < time.Hour || got > 2*time.Hour {
		t.Errorf("2 GiB: %s", got)
	}
}

func TestAddressesAreTruncatedBeforeTheyAreKept(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"203.0.113.77": "203.0.113.0", "::ffff:203.0.113.77": "203.0.113.0", "2001:db8:1:2:3:4:5:6": "2001:db8:1::",
	} {
		if got := truncateIP(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s is kept as %s", ip, got)
		}
	}
	if got := truncateIP(netip.Addr{}); got != "" {
		t.Errorf("no address is kept as %q", got)
	}
	if got := truncate("a\x00\xffb\n"+strings.Repeat("é", 300), 200); len(got) > 200 || !utf8.ValidString(got) || !strings.HasPrefix(got, "abé") {
		t.Errorf("agent: %q", got)
	}
}

func TestUnexpectedErrorsGiveNothingAway(t *testing.T) {
	t.Parallel()
	e := AsError(errors.New("dial tcp 10.0.0.7: password=hunter2"))
	if e.Kind != Internal || strings.Contains(e.Message.String(), "hunter2") || !strings.Contains(e.Error(), "hunter2") {
		t.Errorf("%+v", e)
	}
	if AsError(nil) != nil {
		t.Error("nil became an error")
	}
	if got := AsError(ErrFileNotFound.Because(e)); got.Code != "file_not_found" {
		t.Errorf("a known error became %s", got.Code)
	}
}
