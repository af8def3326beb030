package staff_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"bookroom/shop"
)

// PostParts sends a form with files in it: fields whose names begin with "@" are files.
func (v *visitor) PostParts(path string, fields ...string) reply {
	v.tb.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if name, isFile := strings.CutPrefix(fields[i], "@"); isFile {
			file, err := form.CreateFormFile(name, "logo.png")
			must(v.tb, err)
			_, err = file.Write([]byte(fields[i+1]))
			must(v.tb, err)
			continue
		}
		must(v.tb, form.WriteField(fields[i], fields[i+1]))
	}
	must(v.tb, form.Close())
	request, err := http.NewRequestWithContext(v.tb.Context(), http.MethodPost, v.url+path, &body)
	must(v.tb, err)
	request.Header.Set("Content-Type", form.FormDataContentType())
	return v.send(request)
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

// settingsVersion is the one that the form was made from.
func (v *visitor) settingsVersion() string {
	v.tb.Helper()
	found := versionField.FindStringSubmatch(v.Get("/staff/settings").body)
	if found == nil {
		v.tb.Fatal("the form has no version")
	}
	return found[1]
}

func logo(tb testing.TB, side int) string {
	tb.Helper()
	var picture bytes.Buffer
	must(tb, png.Encode(&picture, image.NewGray(image.Rect(0, 0, side, side))))
	return picture.String()
}

func TestSettingsAreSavedAndHoldAtOnce(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.SignIn(t, shop.RoleAdmin)
	v.PostParts("/staff/settings", "version", v.settingsVersion(), "shop_name", "The Bookroom", "zone", "Europe/Madrid", "school_year", "09-07",
		"seller_address", "1 Main St\r\n\r\n Providence ", "download_ttl", "120m", "confirm_devices", "yes", "@seller_logo", logo(t, 32)).Expect(t, http.StatusSeeOther)
	v.Get("/staff/settings?saved=1").Expect(t, http.StatusOK, `value="The Bookroom"`, `value="Europe/Madrid"`, `value="2h"`, "The settings are saved", "The logo as it is now")
	settings, err := p.shop.Settings(t.Context())
	must(t, err)
	if settings.Seller.Name != "The Bookroom" || len(settings.Seller.Address) != 2 || settings.Seller.LogoType != "image/png" || !settings.ConfirmDevices {
		t.Errorf("the settings are %+v", settings)
	}
	if got := v.Get("/staff/settings/logo"); got.body != logo(t, 32) || got.header.Get("Content-Type") != "image/png" {
		t.Errorf("the logo is %q", got.header.Get("Content-Type"))
	}
	// A form without a picture keeps it; one that says so removes it.
	v.PostParts("/staff/settings", "version", v.settingsVersion(), "shop_name", "The Bookroom").Expect(t, http.StatusSeeOther)
	v.Get("/staff/settings/logo").Expect(t, http.StatusOK)
	v.PostParts("/staff/settings", "version", v.settingsVersion(), "remove_logo", "1").Expect(t, http.StatusSeeOther)
	v.Get("/staff/settings/logo").Expect(t, http.StatusNotFound)
	if settings, err = p.shop.Settings(t.Context()); err != nil || settings.ShopName != "Bookroom" || settings.Calendar.Zone.String() != "America/New_York" {
		t.Errorf("back at the defaults they are %+v (%v)", settings, err)
	}
	v.Get("/staff/audit").Expect(t, http.StatusOK, "settings.change", "The Bookroom", "Europe/Madrid", "picture of")
}

func TestWhatMakesNoSenseIsToldBesideItsField(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.SignIn(t, shop.RoleAdmin)
	large := strings.Repeat("x", 1<<20)
	v.PostParts("/staff/settings", "version", v.settingsVersion(), "shop_name", "The <Bookroom>", "support_email", "nobody", "zone", "Nowhere/Else",
		"school_year", "02-29", "download_ttl", "5s", "confirm_devices", "perhaps", "seller_email", "a@b", "@seller_logo", large).
		Expect(t, http.StatusUnprocessableEntity, `value="The &lt;Bookroom&gt;"`, `value="nobody"`, `value="Nowhere/Else"`, `id="support_email-e"`, `id="zone-e"`,
			`id="school_year-e"`, `id="download_ttl-e"`, `id="confirm_devices-e"`, `id="seller_email-e"`, "larger than 200 KB")
	v.PostParts("/staff/settings", "version", v.settingsVersion(), "@seller_logo", "no picture").Expect(t, http.StatusUnprocessableEntity, "no PNG or JPEG")
	v.PostParts("/staff/settings", "version", v.settingsVersion(), "@seller_logo", logo(t, 4001)).Expect(t, http.StatusUnprocessableEntity, "between 16 and 4000 pixels")
	if settings, err := p.shop.Settings(t.Context()); err != nil || settings.ShopName != "Bookroom" {
		t.Errorf("something was saved: %+v (%v)", settings, err)
	}
}

func TestAChangeBySomebodyElseIsNotOverwritten(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	one, other := p.SignIn(t, shop.RoleAdmin), p.SignIn(t, shop.RoleAdmin)
	seen := one.settingsVersion()
	other.PostParts("/staff/settings", "version", seen, "shop_name", "Theirs", "mail_sender", "Theirs").Expect(t, http.StatusSeeOther)
	conflict := one.PostParts("/staff/settings", "version", seen, "shop_name", "Mine", "mail_sender", "Theirs")
	conflict.Expect(t, http.StatusConflict, `value="Mine"`, "Saved by somebody else meanwhile: <b>Theirs</b>")
	if strings.Count(conflict.body, "Saved by somebody else meanwhile") != 1 {
		t.Error("fields that are the same are marked, too")
	}
	again := versionField.FindStringSubmatch(conflict.body)[1]
	one.PostParts("/staff/settings", "version", again, "shop_name", "Mine", "mail_sender", "Theirs").Expect(t, http.StatusSeeOther)
	if settings, err := p.shop.Settings(t.Context()); err != nil || settings.ShopName != "Mine" {
		t.Errorf("the settings are %+v (%v)", settings, err)
	}
}
