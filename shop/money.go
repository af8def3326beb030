package shop

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Money is an amount in the currency's minor units (cents) with its ISO 4217 code in lower case, as
// Stripe writes it. The zero Money has no currency and is nothing.
type Money struct {
	Amount   int64
	Currency string
}

// minorDigits are the currencies whose number of decimals is not two (https://docs.stripe.com/currencies).
var minorDigits = map[string]int{
	"bif": 0, "clp": 0, "djf": 0, "gnf": 0, "jpy": 0, "kmf": 0, "krw": 0, "mga": 0, "pyg": 0,
	"rwf": 0, "vnd": 0, "vuv": 0, "xaf": 0, "xof": 0, "xpf": 0,
	"bhd": 3, "jod": 3, "kwd": 3, "omr": 3, "tnd": 3,
}

// symbols are the signs that need no explanation in an English sentence; any other currency is
// printed with its code.
var symbols = map[string]string{"usd": "$", "eur": "€", "gbp": "£"}

// MinorDigits is the number of decimals that the currency has: 2 for usd, 0 for jpy.
func MinorDigits(currency string) int {
	if digits, ok := minorDigits[currency]; ok {
		return digits
	}
	return 2
}

// IsZero reports whether the amount is zero, in whatever currency.
func (m Money) IsZero() bool { return m.Amount == 0 }

// Decimal prints the amount in major units without its currency: "19.00", "-0.05", "1200" for yen.
func (m Money) Decimal() string {
	digits := MinorDigits(m.Currency)
	sign, minor := "", strconv.FormatUint(magnitude(m.Amount), 10)
	if m.Amount < 0 {
		sign = "-"
	}
	if digits == 0 {
		return sign + minor
	}
	if missing := digits + 1 - len(minor); missing > 0 {
		minor = strings.Repeat("0", missing) + minor
	}
	point := len(minor) - digits
	return sign + minor[:point] + "." + minor[point:]
}

// String prints the amount for people: "$19.00", "-$0.05", "19.00 CAD".
func (m Money) String() string {
	decimal := m.Decimal()
	symbol, ok := symbols[m.Currency]
	if !ok {
		return strings.TrimSpace(decimal + " " + strings.ToUpper(m.Currency))
	}
	if rest, negative := strings.CutPrefix(decimal, "-"); negative {
		return "-" + symbol + rest
	}
	return symbol + decimal
}

// ParseMoney reads an amount as a person writes it in a catalog: "19.00 usd", "19 usd". Digits that
// the currency does not have, signs and thousands separators are refused.
func ParseMoney(text string) (Money, error) {
	number, currency, ok := strings.Cut(strings.TrimSpace(text), " ")
	currency = strings.ToLower(strings.TrimSpace(currency))
	if !ok || len(currency) != 3 || strings.Trim(currency, "abcdefghijklmnopqrstuvwxyz") != "" {
		return Money{}, fmt.Errorf("%q is not an amount such as 38.00 usd", text)
	}
	whole, fraction, pointed := strings.Cut(number, ".")
	digits := MinorDigits(currency)
	if whole == "" || len(fraction) > digits || (pointed && fraction == "") || strings.Trim(whole+fraction, "0123456789") != "" {
		return Money{}, fmt.Errorf("%q is not an amount such as 38.00 usd", text)
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	if err != nil || minor > MaxAmount {
		return Money{}, fmt.Errorf("%q is more than can be charged", text)
	}
	return Money{Amount: minor, Currency: currency}, nil
}

// errTyped answers what cannot be read as an amount.
var errTyped = NewError(Invalid, "invalid_amount", "Type an amount as a number, such as 20 or 20.50.")

// thousands are whole numbers whose digits are set in groups, as in 1,200.
var thousands = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)

// typedNumbers are what people type for a number, with or without digits before or behind the point.
var typedNumbers = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)$`)

// ReadAmount reads an amount of that currency as a buyer types it into a form: "20", "20.50", ".5", "$1,200",
// "20,50", "20 USD". It says nothing of whether the amount can be paid: it may be below zero, and one that is
// larger than any is read as the largest int64.
func ReadAmount(text, currency string) (Money, error) {
	text, below := withoutCurrency(text, currency)
	whole, cents, comma := strings.Cut(text, ",")
	switch {
	case thousands.MatchString(text):
		text = strings.ReplaceAll(text, ",", "")
	case comma && len(cents) == MinorDigits(currency):
		text = whole + "." + cents
	}
	whole, fraction, _ := strings.Cut(text, ".")
	missing := MinorDigits(currency) - len(fraction)
	if !typedNumbers.MatchString(text) || missing < 0 {
		return Money{}, errTyped
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", missing), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return Money{}, errTyped.Because(err)
	}
	if below {
		minor = -minor
	}
	return Money{Amount: minor, Currency: currency}, nil
}

// withoutCurrency takes the currency's code or sign off either end of an amount, and the minus.
func withoutCurrency(text, currency string) (number string, below bool) {
	code := strings.ToUpper(currency)
	signs := []string{code}
	if symbol := symbols[currency]; symbol != "" {
		signs = append(signs, code[:2]+symbol, symbol) // "US$", "$"
	}
	number, below = strings.CutPrefix(strings.ToUpper(strings.TrimSpace(text)), "-")
	for _, sign := range signs {
		number = strings.TrimPrefix(strings.TrimSuffix(number, sign), sign)
	}
	if !below {
		number, below = strings.CutPrefix(number, "-")
	}
	return strings.TrimSpace(number), below
}

// MaxAmount is the largest amount that Stripe charges at once, in minor units; sums of a cart stay
// far below what an int64 holds.
const MaxAmount = 99_999_999

func magnitude(n int64) uint64 {
	if n == math.MinInt64 {
		return 1 << 63
	}
	if n < 0 {
		n = -n
	}
	return uint64(n)
}
