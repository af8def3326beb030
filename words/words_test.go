package words_test

import (
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/words"
)

func TestEachLanguageWritesInItsOwnWay(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, time.November, 2, 23, 30, 0, 0, time.UTC)
	catalogue := words.Load()
	for _, c := range []struct {
		name        string
		say         func(w *words.Words) string
		english, es string
	}{
		{"a day", func(w *words.Words) string { return w.Day(day) }, "November 2, 2026", "2 de noviembre de 2026"},
		{"a month", func(w *words.Words) string { return w.Month(day) }, "November 2026", "noviembre de 2026"},
		{"a number", func(w *words.Words) string { return w.Number(592670) }, "592,670", "592,670"},
		{"one of a thing", func(w *words.Words) string { return w.Say("%d handbooks", 1) }, "1 handbook", "1 guía"},
		{"none of a thing", func(w *words.Words) string { return w.Say("%d handbooks", 0) }, "0 handbooks", "0 guías"},
		{"many of a thing", func(w *words.Words) string { return w.Say("%d handbooks", 1200) }, "1,200 handbooks", "1,200 guías"},
		{"a price", func(w *words.Words) string { return w.Price(shop.Money{Amount: 3800, Currency: "usd"}) }, "$38", "$38"},
		{"an odd price", func(w *words.Words) string { return w.Price(shop.Money{Amount: 3850, Currency: "usd"}) }, "$38.50", "$38.50"},
		{"a high price", func(w *words.Words) string { return w.Price(shop.Money{Amount: 129500, Currency: "usd"}) }, "$1,295", "$1,295"},
		{"a discount", func(w *words.Words) string { return w.Money(shop.Money{Amount: -129550, Currency: "usd"}) }, "-$1,295.50", "-$1,295.50"},
		{"yen", func(w *words.Words) string { return w.Price(shop.Money{Amount: 1200, Currency: "jpy"}) }, "1,200 JPY", "1,200 JPY"},
		{"another dollar", func(w *words.Words) string { return w.Price(shop.Money{Amount: 3800, Currency: "cad"}) }, "38 CAD", "38 CAD"},
		{"three decimals", func(w *words.Words) string { return w.Price(shop.Money{Amount: 3800, Currency: "kwd"}) }, "3.800 KWD", "3.800 KWD"},
		{"no price", func(w *words.Words) string { return w.Price(shop.Money{Currency: "usd"}) }, "Free", "Gratis"},
		{"a list", func(w *words.Words) string { return w.List([]string{"A", "B", "C"}) }, "A, B and C", "A, B y C"},
		{"a list of one", func(w *words.Words) string { return w.List([]string{"A"}) }, "A", "A"},
		{"an unknown language", func(w *words.Words) string { return w.Tongue("?") }, "?", "?"},
		{"a small size", func(w *words.Words) string { return w.Size(999) }, "999 bytes", "999 bytes"},
		{"a size at the edge", func(w *words.Words) string { return w.Size(999_999) }, "1.0 MB", "1.0 MB"},
		{"a size", func(w *words.Words) string { return w.Size(67_400) }, "67 KB", "67 KB"},
		{"a language", func(w *words.Words) string { return w.Tongue("es") }, "Spanish", "español"},
		{"a size", func(w *words.Words) string { return w.Size(2_340_000) }, "2.3 MB", "2.3 MB"},
		{"a sentence in a sentence", func(w *words.Words) string { return w.Say("%s and %s", shop.Say("Free"), "x") }, "Free and x", "Gratis y x"},
		{"a sentence that nobody translated", func(w *words.Words) string { return w.Say("Unheard of: %d", 7) }, "Unheard of: 7", "Unheard of: 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.say(catalogue.In(shop.English)); got != c.english {
				t.Errorf("in English %q, not %q", got, c.english)
			}
			if got := c.say(catalogue.In(shop.Spanish)); got != c.es {
				t.Errorf("in Spanish %q, not %q", got, c.es)
			}
		})
	}
}

func TestWhatGoesIntoHTMLIsEscaped(t *testing.T) {
	t.Parallel()
	got := words.Load().In(shop.Spanish).HTML(`<a href="%s">%s and %s</a>, %d titles`, "/?a&b", "<b>", shop.Say("Free"), 2)
	if want := `<a href="/?a&amp;b">&lt;b&gt; and Gratis</a>, 2 titles`; string(got) != want {
		t.Errorf("%s, not %s", got, want)
	}
}

func TestTheLanguageIsTheOneThatABrowserAsksFor(t *testing.T) {
	t.Parallel()
	catalogue := words.Load()
	for accept, want := range map[string]shop.Language{
		"": shop.English, "es": shop.Spanish, "es-MX,en;q=0.8": shop.Spanish, "en-GB,es;q=0.9": shop.English,
		"de": shop.English, "de,es;q=0.5": shop.Spanish, "broken;;;q=": shop.English,
	} {
		if got := catalogue.Choose(accept); got != want {
			t.Errorf("%q gives %s, not %s", accept, got, want)
		}
	}
}
