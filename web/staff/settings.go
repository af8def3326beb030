package staff

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// SettingStore is what the pages about the settings read; they leave all of it to package shop.
type SettingStore interface{}

func (d *Desk) settingRoutes() []Route {
	return []Route{
		get("/settings", shop.EditSettings, d.settings),
		get("/settings/logo", shop.EditSettings, d.logo),
		{http.MethodPost, "/settings", shop.EditSettings, d.saveSettings},
	}
}

type settingsPage struct {
	frame
	Version int64
	Groups  []settingGroup
	Typed   bool // what the fields hold was typed and is not saved
	HasLogo bool
}

// settingGroup is some settings under one heading.
type settingGroup struct {
	Name   string
	Fields []settingField
}

// settingField is one setting as the form shows it.
type settingField struct {
	Key         shop.SettingKey
	Label, Hint string
	Kind        string // "text", "email", "lines", "logo" or "choice"
	Value       string // set by staff, or typed
	Default     string // what holds where nothing is set
	Variable    string // of the environment, where the default is from
	Set         bool   // by staff
	Theirs      string // what somebody else has saved meanwhile, where it is another value
	Changed     bool   // somebody else has saved another value meanwhile
	Error       string
}

// settings shows the form.
func (d *Desk) settings(c *gin.Context) {
	form, err := d.Shop.SettingsForm(c.Request.Context())
	if err != nil {
		d.fail(c, err)
		return
	}
	page := d.settingsPage(c, form, form.Values)
	if c.Query("saved") != "" {
		page.Done = "The settings are saved. They hold from now on."
	}
	d.show(c, http.StatusOK, "settings", page)
}

// settingsPage is the form with values that are set, or typed.
func (d *Desk) settingsPage(c *gin.Context, form shop.SettingsForm, values shop.SettingValues) settingsPage {
	page := settingsPage{frame: d.frame(c, "Settings", "/settings"), Version: form.Version, HasLogo: form.Values[shop.SettingSellerLogo] != ""}
	for _, group := range settingGroups() {
		for i := range group.Fields {
			f := &group.Fields[i]
			_, f.Set = form.Values[f.Key]
			f.Default, f.Variable = form.Defaults[f.Key], f.Key.Variable()
			if f.Kind != "logo" {
				f.Value = values[f.Key]
			}
		}
		page.Groups = append(page.Groups, group)
	}
	return page
}

// saveSettings takes the form; what cannot be saved comes back as it was typed.
func (d *Desk) saveSettings(c *gin.Context) {
	typed, err := readSettings(c)
	if err != nil {
		d.fail(c, unreadableForm(err))
		return
	}
	form, err := d.Shop.SettingsForm(c.Request.Context())
	if err != nil {
		d.fail(c, err)
		return
	}
	if typed.keepLogo {
		typed.values[shop.SettingSellerLogo] = form.Values[shop.SettingSellerLogo]
	}
	_, err = d.Shop.SaveSettings(c.Request.Context(), actor(c), typed.values, typed.version)
	if err == nil {
		seeOther(c, "/settings?saved=1")
		return
	}
	if !shop.IsKind(err, shop.Invalid) && !shop.IsKind(err, shop.Conflict) {
		d.fail(c, err)
		return
	}
	page := d.settingsPage(c, form, typed.values)
	page.Typed = true
	page.Trouble = d.tell(c, err)
	page.complain(form.Values, shop.IsKind(err, shop.Conflict), !typed.keepLogo)
	if shop.IsKind(err, shop.Invalid) {
		page.Version = typed.version // a change by somebody else is still noticed
	}
	d.show(c, statusOf(err), "settings", page)
}

// complain puts beside each field what is wrong with it, or what somebody else has saved meanwhile.
func (page *settingsPage) complain(theirs shop.SettingValues, changed, logoChosen bool) {
	for i := range page.Groups {
		for j := range page.Groups[i].Fields {
			f := &page.Groups[i].Fields[j]
			f.Error = page.Wrong(string(f.Key))
			if f.Kind == "logo" {
				if logoChosen && f.Error == "" {
					f.Error = "Choose the picture again: nothing was saved, and browsers do not keep it."
				}
				continue
			}
			f.Changed = changed && theirs[f.Key] != f.Value
			f.Theirs = theirs[f.Key]
		}
	}
}

// logo shows the seller's.
func (d *Desk) logo(c *gin.Context) {
	settings, err := d.Shop.Settings(c.Request.Context())
	if err != nil {
		d.fail(c, err)
		return
	}
	if settings.Seller.Logo == nil {
		d.fail(c, shop.NewError(shop.NotFound, "logo_not_found", "There is no logo yet. Choose one in the settings."))
		return
	}
	c.Data(http.StatusOK, settings.Seller.LogoType, settings.Seller.Logo)
}

// typedSettings is what the form says.
type typedSettings struct {
	values   shop.SettingValues
	version  int64
	keepLogo bool
}

// maxSettings bounds what the form may send; of a picture, more is read than is taken, so that the form can come
// back and say so.
const maxSettings = 16 << 20

// readSettings reads the fields before the picture, which comes last.
func readSettings(c *gin.Context) (typedSettings, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxSettings)
	typed := typedSettings{values: shop.SettingValues{}, keepLogo: true}
	parts, err := c.Request.MultipartReader()
	if err != nil {
		return typed, fmt.Errorf("read the settings: %w", err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return typed, nil
		}
		if err != nil {
			return typed, fmt.Errorf("read the settings: %w", err)
		}
		if err := typed.take(part); err != nil {
			return typed, err
		}
	}
}

// take reads one field; unknown ones are left out.
func (t *typedSettings) take(part *multipart.Part) error {
	content, err := io.ReadAll(io.LimitReader(part, shop.MaxLogo+3))
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	switch name := shop.SettingKey(part.FormName()); {
	case name == "version":
		if t.version, err = strconv.ParseInt(string(content), 10, 64); err != nil {
			return fmt.Errorf("read the settings: %w", err)
		}
	case name == "remove_logo":
		t.keepLogo = false
	case name == shop.SettingSellerLogo && len(content) > 0:
		t.keepLogo = false
		t.values[name] = shop.NewLogo(content)
	case name != shop.SettingSellerLogo && slices.Contains(shop.SettingKeys(), name):
		t.values[name] = string(content)
	}
	return nil
}

// settingGroups are the fields in the order of the form. The picture is the last, as readSettings expects.
func settingGroups() []settingGroup {
	return []settingGroup{
		{"The shop", []settingField{
			{Key: shop.SettingShopName, Label: "Name of the shop", Kind: "text", Hint: "In the head of every page and in what search engines show."},
			{Key: shop.SettingSupportEmail, Label: "Address for help", Kind: "email", Hint: "Where buyers write to, and where notices to staff go."},
			{Key: shop.SettingMailSender, Label: "Name of the mails’ sender", Kind: "text", Hint: "The address behind the name stays in BOOKROOM_MAIL_FROM, since your mail server has to allow it."},
		}},
		{"Reports", []settingField{
			{Key: shop.SettingZone, Label: "Time zone", Kind: "text", Hint: "The days of the dashboard and the reports are those of this zone, such as America/New_York."},
			{Key: shop.SettingSchoolYear, Label: "First day of the school year", Kind: "text", Hint: "Month and day, such as 08-01."},
		}},
		{"Downloads", []settingField{
			{Key: shop.SettingDownloadTTL, Label: "Life of a download link", Kind: "text", Hint: "From 1m to 168h, such as 10m. Large files get longer."},
			{Key: shop.SettingConfirmDevices, Label: "Confirm new devices", Kind: "choice", Hint: "Ask by mail before an order shows its files on a device that it does not know."},
		}},
		{"Who sells, on receipts and invoices", []settingField{
			{Key: shop.SettingSellerName, Label: "Legal name", Kind: "text", Hint: "The name of the shop, if left empty."},
			{Key: shop.SettingSellerAddress, Label: "Postal address", Kind: "lines", Hint: "At most 8 lines, as they are printed."},
			{Key: shop.SettingSellerTaxID, Label: "Tax number", Kind: "text", Hint: "As it is printed, such as EIN 12-3456789."},
			{Key: shop.SettingSellerEmail, Label: "Address for questions about invoices", Kind: "email", Hint: "The address for help, if left empty."},
			{Key: shop.SettingSellerLogo, Label: "Logo", Kind: "logo", Hint: "A PNG or JPEG of at most 200 KB."},
		}},
	}
}

// Zones are names to choose from; any other of the IANA database can be typed.
func (page settingsPage) Zones() []string {
	return []string{
		"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage",
		"Pacific/Honolulu", "America/Puerto_Rico", "America/Mexico_City", "Europe/Madrid", "UTC",
	}
}
