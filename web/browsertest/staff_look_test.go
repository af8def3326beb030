package browsertest

import (
	"fmt"
	"os"
	"testing"

	"bookroom/web/browsertest/tour"
)

// The pages of the back office can be used by everybody: on a phone and on a desk, light and dark.
func TestEveryStaffPageIsForEverybody(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{phone, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			b := MustLook(t, tour.Look{Width: width, Scheme: "light", Language: "en", Still: true}, lookTime)
			look := func(name string) {
				t.Helper()
				b.prepare()
				b.eval(string(axe))
				b.hold(name, `order("en")`, "stillness()", "focus()", "ground('light')", "axe()")
				b.checkDark(name)
				b.checkSizes(name)
			}
			b.Open("/staff/sign-in")
			look("sign-in")
			b.FirstSignIn(fmt.Sprintf("look-%d@bookroom.example", width), "Lou", "admin")
			for _, path := range tour.StaffPages() {
				b.Open("/staff" + path)
				look(path)
			}
			for _, list := range []struct{ path, first string }{
				{"/orders", `tbody a[href^="/staff/orders/BR-"]`}, {"/orders?status=refunded", `tbody a[href^="/staff/orders/BR-"]`},
				{"/mails", `tbody a[href^="/staff/mails/"]`}, {"/members", `tbody a[href^="/staff/members/"]`},
			} {
				b.Open("/staff" + list.path)
				look(list.path)
				b.Press(list.first)
				look("the first of " + list.path)
			}
		})
	}
}
