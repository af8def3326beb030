package shop

import (
	"context"
	"sync"
	"time"
)

// Settings are what staff decide of the shop. Secrets and what the machine is made of stay in the environment.
type Settings struct {
	ShopName     string
	Seller       Seller
	SupportEmail string // where people in need of help write to, and notices to staff go
	MailSender   string // the name before the sender's address
	Calendar     Calendar
	// DownloadTTL is how long a download link lives; files so large that a slow line needs longer get longer.
	DownloadTTL time.Duration
	// ConfirmDevices keeps the files of an order from devices that it does not know: see Shop.Knows.
	ConfirmDevices bool
}

// SettingKey names one setting.
type SettingKey string

// The settings.
const (
	SettingShopName       SettingKey = "shop_name"
	SettingSellerName     SettingKey = "seller_name"
	SettingSellerAddress  SettingKey = "seller_address" // a line each
	SettingSellerTaxID    SettingKey = "seller_tax_id"
	SettingSellerEmail    SettingKey = "seller_email"
	SettingSellerLogo     SettingKey = "seller_logo" // as NewLogo writes it
	SettingSupportEmail   SettingKey = "support_email"
	SettingMailSender     SettingKey = "mail_sender"
	SettingSchoolYear     SettingKey = "school_year" // "08-01"
	SettingZone           SettingKey = "zone"        // "America/New_York"
	SettingDownloadTTL    SettingKey = "download_ttl"
	SettingConfirmDevices SettingKey = "confirm_devices" // "yes" or "no"
)

// SettingKeys are all settings, in the order in which people read them.
func SettingKeys() []SettingKey {
	return []SettingKey{
		SettingShopName, SettingSupportEmail, SettingMailSender,
		SettingSellerName, SettingSellerAddress, SettingSellerTaxID, SettingSellerEmail, SettingSellerLogo,
		SettingZone, SettingSchoolYear, SettingDownloadTTL, SettingConfirmDevices,
	}
}

// Variable is the variable of the environment that a setting stands in for while staff have set nothing;
// empty where there is none.
func (k SettingKey) Variable() string {
	switch k {
	case SettingSupportEmail:
		return "BOOKROOM_SUPPORT_EMAIL"
	case SettingMailSender:
		return "BOOKROOM_MAIL_FROM"
	case SettingDownloadTTL:
		return "BOOKROOM_DOWNLOAD_TTL"
	case SettingConfirmDevices:
		return "BOOKROOM_CONFIRM_DEVICES"
	default:
		return ""
	}
}

// SettingValues are settings as text. What staff have not set is not in it.
type SettingValues map[SettingKey]string

// SettingsStore keeps what staff have set.
type SettingsStore interface {
	// SettingsVersion grows with every change. It is cheap to ask for.
	SettingsVersion(ctx context.Context) (int64, error)
	SettingValues(ctx context.Context) (SettingValues, int64, error)
	// SaveSettings puts these in place of all that was set and returns the new version; ErrSettingsChanged when
	// the version is not that any more.
	SaveSettings(ctx context.Context, values SettingValues, version int64, act Act, now time.Time) (int64, error)
}

// ErrSettingsChanged answers a change of settings that somebody else has changed meanwhile.
var ErrSettingsChanged = NewError(Conflict, "settings_changed",
	"Somebody else changed the settings while you were editing. Nothing of yours was saved yet: compare, and save again.")

// keptSettings are the settings of the version that was read last.
type keptSettings struct {
	mu      sync.Mutex
	read    bool
	version int64
	value   Settings
}

// Settings are those that hold now: what staff have set, and for the rest the shop's defaults. A change in any
// process is seen by whoever asks after it.
func (s *Shop) Settings(ctx context.Context) (Settings, error) {
	version, err := s.config.Store.SettingsVersion(ctx)
	if err != nil {
		return Settings{}, err
	}
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	if s.settings.read && s.settings.version == version {
		return s.settings.value, nil
	}
	values, version, err := s.config.Store.SettingValues(ctx)
	if err != nil {
		return Settings{}, err
	}
	value, err := s.config.Defaults.With(values)
	if err != nil {
		return Settings{}, err
	}
	s.settings.read, s.settings.version, s.settings.value = true, version, value
	return value, nil
}

// KnownSettings are Settings for a page that has to be shown whatever happens: while the database does not
// answer, those that were read last, or the defaults.
func (s *Shop) KnownSettings(ctx context.Context) Settings {
	now, err := s.Settings(ctx)
	if err == nil {
		return now
	}
	s.config.Log.WarnContext(ctx, "the settings cannot be read", "err", err)
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	if s.settings.read {
		return s.settings.value
	}
	return s.config.Defaults
}

// SettingsForm is what a form for the settings begins with.
type SettingsForm struct {
	Values   SettingValues // set by staff
	Defaults SettingValues // what holds where nothing is set
	Version  int64
}

// SettingsForm returns what is set, and what holds where nothing is.
func (s *Shop) SettingsForm(ctx context.Context) (SettingsForm, error) {
	values, version, err := s.config.Store.SettingValues(ctx)
	if err != nil {
		return SettingsForm{}, err
	}
	return SettingsForm{Values: values, Defaults: s.config.Defaults.values(), Version: version}, nil
}

// SaveSettings puts values in place of all that staff have set: an empty or absent one goes back to its default.
// It is an Error with Fields where a value makes no sense, and ErrSettingsChanged when the settings are not of
// that version any more. Saving what is set already changes nothing.
func (s *Shop) SaveSettings(ctx context.Context, by Actor, values SettingValues, version int64) (SettingsForm, error) {
	values, err := values.clean()
	if err != nil {
		return SettingsForm{}, err
	}
	form, err := s.SettingsForm(ctx)
	if err != nil {
		return SettingsForm{}, err
	}
	if form.Version != version {
		return SettingsForm{}, ErrSettingsChanged
	}
	act := Act{By: by, Verb: "settings.change", Subject: Subject{Kind: "settings", ID: "shop", Name: "settings"}}
	act.Before, act.After = form.Values.differences(values)
	if len(act.After) == 0 {
		return form, nil
	}
	form.Values = values
	form.Version, err = s.config.Store.SaveSettings(ctx, values, version, act, s.now())
	return form, err
}
