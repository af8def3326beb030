package delivery_test

import (
	"mime"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"bookroom/delivery"
)

func TestDisposition(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 300)
	tests := []struct{ name, ascii, full string }{
		{"guide.pdf", "guide.pdf", "guide.pdf"},
		{"The LTI Guide (2nd ed.).pdf", "The LTI Guide (2nd ed.).pdf", "The%20LTI%20Guide%20%282nd%20ed.%29.pdf"},
		{"Führung.pdf", "F_hrung.pdf", "F%C3%BChrung.pdf"},
		{"日本語.epub", "___.epub", "%E6%97%A5%E6%9C%AC%E8%AA%9E.epub"},
		{"📚.zip", "_.zip", "%F0%9F%93%9A.zip"},
		{`a "quoted" name.pdf`, "a _quoted_ name.pdf", "a%20%22quoted%22%20name.pdf"},
		{"50% off; really.pdf", "50_ off_ really.pdf", "50%25%20off%3B%20really.pdf"},
		{"x.pdf\"; filename=\"evil.exe", "x.pdf__ filename=_evil.exe", "x.pdf%22%3B%20filename%3D%22evil.exe"},
		{"a\r\nSet-Cookie: b=c.pdf", "aSet-Cookie- b=c.pdf", "aSet-Cookie-%20b%3Dc.pdf"},
		{"../../etc/passwd", "-..-etc-passwd", "-..-etc-passwd"},
		{`C:\temp\x.pdf`, "C--temp-x.pdf", "C--temp-x.pdf"},
		{"guide\u202efdp.exe", "guidefdp.exe", "guidefdp.exe"},
		{"nul\x00byte\x7f.pdf", "nulbyte.pdf", "nulbyte.pdf"},
		{"broken\xff\xfe.pdf", "broken.pdf", "broken.pdf"},
		{"tab\tand\u00a0space.pdf", "taband space.pdf", "taband%20space.pdf"},
		{" .hidden. ", "hidden", "hidden"},
		{"", "download", "download"},
		{"...", "download", "download"},
		{long + ".pdf", long[:196] + ".pdf", long[:196] + ".pdf"},
		{"x." + long, ("x." + long)[:200], ("x." + long)[:200]},
		{strings.Repeat("é", 150) + ".pdf", strings.Repeat("_", 98) + ".pdf", strings.Repeat("%C3%A9", 98) + ".pdf"},
	}
	for _, test := range tests {
		want := `attachment; filename="` + test.ascii + `"; filename*=UTF-8''` + test.full
		if got := delivery.Disposition(test.name); got != want {
			t.Errorf("%q:\n got %s\nwant %s", test.name, got, want)
		}
	}
}

func FuzzDisposition(f *testing.F) {
	for _, seed := range []string{"guide.pdf", "\"; filename=evil", "a\r\nb", "日本.pdf", "\xff", "../..", "%41", "\u202e", strings.Repeat("é", 300)} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`^attachment; filename="[ !#-$&-:<-\[\]-~]*"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_` + "`" + `|~-]|%[0-9A-F]{2})*$`)
	f.Fuzz(func(t *testing.T, name string) {
		header := delivery.Disposition(name)
		if !form.MatchString(header) {
			t.Fatalf("not of the one form: %q", header)
		}
		_, full, _ := strings.Cut(header, "; filename*=")
		kind, parsed, err := mime.ParseMediaType("attachment; filename*=" + full)
		if err != nil || kind != "attachment" {
			t.Fatalf("%q cannot be read: %v", header, err)
		}
		saved := parsed["filename"]
		if saved == "" || len(saved) > 200 || !utf8.ValidString(saved) || strings.ContainsAny(saved, `/\`) || strings.ContainsFunc(saved, unicode.IsControl) {
			t.Fatalf("%q would be saved as %q", name, saved)
		}
	})
}
