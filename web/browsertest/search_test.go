package browsertest

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// What is typed and chosen in the catalog changes the titles in place, and the address with them: typing
// in the place of the one before, choosing as a step that the browser can take back.
func TestSearchingAsOneTypes(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	b.Open("/handbooks")
	b.eval(`window.stays = "the same page", ""`)
	all := b.Text("#count b")
	b.Type("#q", "exhib")
	b.Await(`location.search === "?q=exhib"`)
	b.Await(`document.querySelector("mark")?.textContent.toLowerCase().startsWith("exhib")`)
	if found := b.Text("#count b"); found == all {
		t.Errorf("%s are found as before", found)
	}
	b.Expect("#sort option[selected]", "Best match")
	b.Expect(".chip", "exhib")
	if focus := b.eval(`document.activeElement.id`); focus != "q" {
		t.Errorf("the focus went to %q while typing", focus)
	}

	count := b.Text("#n-goal-communication")
	b.do(chromedp.Click(chromedp.CSS("#goal-communication")))
	b.Await(`location.search === "?goal=communication&q=exhib"`)
	b.Await(fmt.Sprintf(`document.querySelector("#count b").textContent.startsWith("%s ")`, count))
	b.Expect("#show", count)
	if focus := b.eval(`document.activeElement.id`); focus != "goal-communication" {
		t.Errorf("the focus went to %q while choosing", focus)
	}
	if b.eval(`window.stays ?? ""`) == "" {
		t.Error("the page was loaded anew")
	}

	b.do(chromedp.Evaluate[chromedp.Void](`history.back()`), chromedp.WaitReady(chromedp.CSS("#goal-communication:not(:checked)")))
	b.Expect("#results", "exhib")
	if chips := b.eval(`document.querySelectorAll(".chip").length`); chips != "1" {
		t.Errorf("%s chips after going back", chips)
	}
	if typed := b.eval(`document.getElementById("q").value`); typed != "exhib" {
		t.Errorf("the field says %q after going back", typed)
	}
}

// On a phone the filters are a sheet that makes way for what it has found.
func TestFilteringOnAPhone(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	b.do(chromedp.EmulateViewport(390, 844))
	b.Open("/handbooks")
	b.do(chromedp.Click(chromedp.CSS(`.tools [popovertarget]`)), chromedp.Click(chromedp.CSS("#kind-bundle")))
	b.Await(`location.search === "?kind=bundle"`)
	b.Expect("#chosen", "Filter (1)")
	b.do(chromedp.Click(chromedp.CSS("#show")), chromedp.WaitNotVisible(chromedp.CSS("#facets")))
	b.Expect(".book h3", "Set")
}

func TestSearchingWithoutJavaScript(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, false, patience)
	b.Open("/")
	b.Type("#seek", "exhibition")
	b.Press(".seek button")
	b.Expect(".chip", "exhibition")
	b.do(chromedp.Click(chromedp.CSS("#goal-communication")), chromedp.Click(chromedp.CSS("#kind-handbook")))
	b.Press("#show")
	b.Expect("#results", "Communication")
	if chips := b.Text("#chosen"); chips != "Filter (2)" {
		t.Errorf("chosen: %s", chips)
	}
}

// The figure on the home page moves by itself; a visitor can stop it, and it waits where motion is not
// wanted. It is never said aloud.
func TestTheFigureCanBePaused(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	b.Open("/")
	b.Expect("[data-pause]", "Pause the count")
	b.do(chromedp.WaitReady(chromedp.CSS(".figure.beats")), chromedp.Click(chromedp.CSS("[data-pause]")), chromedp.WaitNotPresent(chromedp.CSS(".figure.beats")))
	b.Expect("[data-pause]", "Let the count go on")
	if b.eval(`document.querySelector(".figure").closest("[aria-live], [role=status]") ? "loud" : "quiet"`) != "quiet" {
		t.Error("the figure is said aloud")
	}
}
