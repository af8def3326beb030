package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// The page of an order that waits for its payment updates by itself: in place with JavaScript, by
// loading anew without.
func TestAPageThatWaitsUpdatesByItself(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]scripts{"with JavaScript": true, "without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := MustBrowse(t, run, patience)
			order := MustOrder(t)
			b.Open(order.Path())
			b.Expect("h1", "We are confirming your payment")
			b.eval(`window.stays = "the same page", ""`)
			b.must(order.Pay())
			b.do(chromedp.WaitVisible(chromedp.CSS(downloadFile)))
			b.Expect("h1", "Your handbooks are ready")
			if !run {
				return
			}
			if b.eval(`window.stays ?? ""`) == "" {
				t.Error("the page was loaded anew")
			}
			b.Expect("#news", "Your handbooks are ready")
			b.Download()
		})
	}
}

func TestAPageThatWaitsSaysThatABankPaymentIsUnderWay(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	order := MustOrder(t)
	b.Open(order.Path())
	b.Expect("h1", "We are confirming your payment")
	b.must(order.Debit())
	b.do(chromedp.WaitVisible(chromedp.CSS("[data-state=underway]")))
	b.Expect("h1", "Your bank is sending the money")
	b.Expect("#news", "Your bank is sending the money")
}
