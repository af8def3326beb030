package shop

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What settings may be.
const (
	longestSettingLine = 120 // letters
	longestAddress     = 8   // lines
	shortestLink       = time.Minute
	longestLink        = 7 * 24 * time.Hour
)

// clean returns the values as they are kept, without those that are empty; an Error with Fields where one makes
// no sense.
func (v SettingValues) clean() (SettingValues, error) {
	kept, wrong := SettingValues{}, map[string]Sentence{}
	for key, typed := range v {
		value, complaint := key.clean(typed)
		switch {
		case complaint.String() != "":
			wrong[string(key)] = complaint
		case value != "":
			kept[key] = value
		}
	}
	if len(wrong) == 0 {
		return kept, nil
	}
	e := NewError(Invalid, "invalid_settings", "Please check the marked fields. Nothing was saved.")
	e.Fields = wrong
	return nil, e
}

// clean returns a value as it is kept, or what is wrong with it.
func (k SettingKey) clean(typed string) (string, Sentence) {
	if typed = strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n")); typed == "" {
		return "", Sentence{}
	}
	switch k {
	case SettingShopName, SettingMailSender, SettingSellerName, SettingSellerTaxID:
		return typed, checkLine(typed)
	case SettingSellerAddress:
		return cleanAddress(typed)
	case SettingSupportEmail, SettingSellerEmail:
		return cleanSettingEmail(typed)
	case SettingSellerLogo:
		return cleanLogo(typed)
	case SettingZone:
		return cleanZone(typed)
	case SettingSchoolYear:
		return cleanYearDay(typed)
	case SettingDownloadTTL:
		return cleanTTL(typed)
	case SettingConfirmDevices:
		if typed != "yes" && typed != "no" {
			return "", Say("Choose yes or no, or leave it to the environment.")
		}
		return typed, Sentence{}
	default:
		return "", Say("There is no such setting.")
	}
}

func checkLine(text string) Sentence {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return Say("Type it on one line, without control characters.")
	case utf8.RuneCountInString(text) > longestSettingLine:
		return Say("Type at most %d letters on a line.", longestSettingLine)
	default:
		return Sentence{}
	}
}

func cleanAddress(typed string) (string, Sentence) {
	var lines []string
	for line := range strings.SplitSeq(typed, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if complaint := checkLine(line); complaint.String() != "" {
			return "", complaint
		}
		lines = append(lines, line)
	}
	if len(lines) > longestAddress {
		return "", Say("Type at most %d lines.", longestAddress)
	}
	return strings.Join(lines, "\n"), Sentence{}
}

func cleanSettingEmail(typed string) (string, Sentence) {
	address, err := CleanEmail(typed)
	if err != nil {
		return "", Say("This is not one e-mail address such as help@example.org.")
	}
	return address, Sentence{}
}

func cleanZone(typed string) (string, Sentence) {
	if typed == "Local" { // whatever the machine's is
		return "", Say("Name a zone such as America/New_York or Europe/Madrid.")
	}
	if _, err := time.LoadLocation(typed); err != nil {
		return "", Say("Name a zone such as America/New_York or Europe/Madrid.")
	}
	return typed, Sentence{}
}

// yearDay is how a YearDay is written: month and day.
const yearDay = "01-02"

func cleanYearDay(typed string) (string, Sentence) {
	day, err := time.Parse(yearDay, typed)
	if err != nil || (day.Month() == time.February && day.Day() == 29) {
		return "", Say("Type month and day with two digits each, such as 08-01; February 29 is no use.")
	}
	return typed, Sentence{}
}

func cleanTTL(typed string) (string, Sentence) {
	ttl, err := time.ParseDuration(typed)
	if err != nil || ttl < shortestLink || ttl > longestLink {
		return "", Say("Type a time from 1m to 168h, such as 10m or 2h.")
	}
	return printTTL(ttl), Sentence{}
}

// printTTL leaves out the zeros that time.Duration prints behind.
func printTTL(ttl time.Duration) string {
	text := ttl.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// With returns the settings with what staff have set in their place. Values that are not clean are an error: they
// were not written by the shop.
func (d Settings) With(values SettingValues) (Settings, error) {
	if _, err := values.clean(); err != nil {
		return d, fmt.Errorf("read the settings: %w", err)
	}
	text := func(key SettingKey, otherwise string) string {
		if value := values[key]; value != "" {
			return value
		}
		return otherwise
	}
	d.ShopName = text(SettingShopName, d.ShopName)
	d.SupportEmail = text(SettingSupportEmail, d.SupportEmail)
	d.MailSender = text(SettingMailSender, d.MailSender)
	d.Seller.Name = text(SettingSellerName, d.ShopName)
	d.Seller.TaxID = values[SettingSellerTaxID]
	d.Seller.Email = text(SettingSellerEmail, d.SupportEmail)
	if address := values[SettingSellerAddress]; address != "" {
		d.Seller.Address = strings.Split(address, "\n")
	}
	var err error
	if text := values[SettingSellerLogo]; text != "" {
		if d.Seller.Logo, d.Seller.LogoType, err = readLogo(text); err != nil {
			return d, err
		}
	}
	if zone := values[SettingZone]; zone != "" {
		if d.Calendar.Zone, err = time.LoadLocation(zone); err != nil {
			return d, fmt.Errorf("read the settings: %w", err)
		}
	}
	if day := values[SettingSchoolYear]; day != "" {
		start, err := time.Parse(yearDay, day)
		if err != nil {
			return d, fmt.Errorf("read the settings: %w", err)
		}
		d.Calendar.SchoolYear = YearDay{start.Month(), start.Day()}
	}
	if ttl := values[SettingDownloadTTL]; ttl != "" {
		if d.DownloadTTL, err = time.ParseDuration(ttl); err != nil {
			return d, fmt.Errorf("read the settings: %w", err)
		}
	}
	if confirm := values[SettingConfirmDevices]; confirm != "" {
		d.ConfirmDevices = confirm == "yes"
	}
	return d, nil
}

// values writes settings as text, for people to see what holds where nothing is set.
func (d Settings) values() SettingValues {
	confirm := "no"
	if d.ConfirmDevices {
		confirm = "yes"
	}
	return SettingValues{
		SettingShopName: d.ShopName, SettingSupportEmail: d.SupportEmail, SettingMailSender: d.MailSender,
		SettingZone: d.Calendar.Zone.String(), SettingSchoolYear: fmt.Sprintf("%02d-%02d", d.Calendar.SchoolYear.Month, d.Calendar.SchoolYear.Day),
		SettingDownloadTTL: printTTL(d.DownloadTTL), SettingConfirmDevices: confirm,
	}
}

// DefaultSettings are what holds in a shop where neither staff nor the environment say otherwise.
func DefaultSettings() Settings {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err) // the zones are built in
	}
	return Settings{
		ShopName: "Bookroom", MailSender: "Bookroom", DownloadTTL: 10 * time.Minute,
		Calendar: Calendar{Zone: newYork, SchoolYear: YearDay{time.August, 1}},
	}
}

// differences are what a change does to each setting that it changes, as the audit trail keeps it: of a logo, its
// size and a piece of its hash; "" where nothing is set.
func (v SettingValues) differences(to SettingValues) (before, after map[string]any) {
	before, after = map[string]any{}, map[string]any{}
	for _, key := range SettingKeys() {
		if v[key] == to[key] {
			continue
		}
		before[string(key)], after[string(key)] = key.audited(v[key]), key.audited(to[key])
	}
	return before, after
}

func (k SettingKey) audited(value string) string {
	if k != SettingSellerLogo || value == "" {
		return value
	}
	return describeLogo(value)
}
