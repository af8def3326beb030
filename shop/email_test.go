package shop

import (
	"testing"

	"pgregory.net/rapid"
)

func TestMistypedAddressesAreHinted(t *testing.T) {
	t.Parallel()
	for typed, meant := range map[string]string{
		"name@gmial.com": "name@gmail.com", "Name@Gmail.con": "name@gmail.com", "name@gmai.com": "name@gmail.com", "name@gmaill.com": "name@gmail.com",
		"name@gamil.cmo": "name@gmail.com", "name@gmail.co": "name@gmail.com", "name@gmail.om": "name@gmail.com", "name@gnail.com": "name@gmail.com",
		"name@yaho.com": "name@yahoo.com", "name@yahooo.com": "name@yahoo.com", "name@hotmial.com": "name@hotmail.com", "name@hotnail.con": "name@hotmail.com",
		"name@hotmal.es": "name@hotmail.es", "name@outlok.com": "name@outlook.com", "name@outloook.con": "name@outlook.com", "name@iclod.com": "name@icloud.com",
		"name@comcats.net": "name@comcast.net", "name@aol.con": "name@aol.com", "first.last+x@themet.ogr": "first.last+x@themet.org",
		"name@district.eud": "name@district.edu",
	} {
		if got := SuggestEmail(typed); got != meant {
			t.Errorf("%s: suggested %q, want %q", typed, got, meant)
		}
	}
}

func TestRealAddressesAreLeftAlone(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"name@gmail.com", "name@mail.com", "name@email.com", "name@ymail.com", "name@me.com", "name@mac.com", "name@gmx.com", "name@live.com",
		"name@yahoo.ca", "name@yahoo.co.uk", "name@yahoo.com.mx", "name@yahoo.com.ar", "name@hotmail.fr", "name@outlook.de", "name@live.nl", "name@gmx.de", "name@gmx.net",
		"name@bigpicture.org", "name@metmail.org", "name@themetschool.org", "name@metcenter.org", "name@highlineschools.org", "name@gail.org",
		"name@sandiegounified.org", "name@mnps.org", "name@cps.edu", "name@lausd.net", "name@schools.nyc.gov", "name@k12.wa.us", "name@school.k12.ri.us", "name@ucsd.edu",
		"name@mail.school.edu", "name@gmail.school.org", "name@hcz.org", "name@life.com", "name@mall.com", "name@school.co", "name@colegio.edu.co",
		"name@liverpool.sch.uk", "name@xn--schler-1ya.example", "not an address", "",
	} {
		if got := SuggestEmail(address); got != "" {
			t.Errorf("%s: suggested %s", address, got)
		}
	}
}

func TestAHintNeedsNoFurtherHint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.StringMatching(`[a-z]{1,8}@[a-z]{1,12}(\.[a-z]{1,4}){1,3}`).Draw(t, "address")
		hint := SuggestEmail(typed)
		if hint == "" {
			return
		}
		if clean, err := CleanEmail(hint); err != nil || clean != hint {
			t.Fatalf("the hint %q for %q is no address", hint, typed)
		}
		if again := SuggestEmail(hint); again != "" {
			t.Fatalf("%q leads to %q and that to %q", typed, hint, again)
		}
	})
}
