package shop

import (
	"context"
	"fmt"
	"time"
)

// DeviceKind says what an order knows a device by.
type DeviceKind string

// The kinds of device.
const (
	DeviceBrowser DeviceKind = "browser" // by what the browser remembers
	DeviceNetwork DeviceKind = "network" // by where it is
)

// Device is one that an order is at home with. A browser is kept as a hash, of an address the network.
type Device struct {
	Kind   DeviceKind
	Device string
}

// NetworkLife is how long an order is at home in a network: others use it, and it becomes others'.
const NetworkLife = 30 * 24 * time.Hour

// DeviceStore keeps the devices that orders know.
type DeviceStore interface {
	// KnownDevices returns those of the devices that the order knows; networks that were remembered since the
	// given time only.
	KnownDevices(ctx context.Context, orderID string, of []Device, networksSince time.Time) ([]Device, error)
	// RememberDevices makes devices known to an order.
	RememberDevices(ctx context.Context, orderID string, devices []Device, now time.Time) error
	// ConfirmDevices uses a link up, as UseLink does, and makes devices known to the order that it is for.
	ConfirmDevices(ctx context.Context, hash string, devices []Device, now time.Time) (MailedLink, error)
}

// ErrUnknownDevice answers a device far from an order's home.
var ErrUnknownDevice = NewError(Forbidden, "device_unknown",
	"This order is not known on this device, so its files are kept closed. Open the order's page and confirm the device by mail.")

// devices is what a client can be known by.
func (c Client) devices() []Device {
	var all []Device
	if c.Browser != "" {
		all = append(all, Device{DeviceBrowser, hashToken(c.Browser)})
	}
	if network := truncateIP(c.IP); network != "" {
		all = append(all, Device{DeviceNetwork, network})
	}
	return all
}

// Knows reports whether an order may show a client what it holds. It always may unless the shop asks for
// new devices to be confirmed. Then it has to be a browser that ordered or was confirmed, the network where
// that was within the last NetworkLife, or whoever reads the buyer's mail. An order whose buyer was erased knows
// everybody who has its link: there is nobody left to ask.
func (s *Shop) Knows(ctx context.Context, o Order, by Client) (bool, error) {
	if by.Email == o.Email || o.BuyerErased() {
		return true, nil
	}
	if confirms, err := s.ConfirmsDevices(ctx); err != nil || !confirms {
		return !confirms && err == nil, err
	}
	devices := by.devices()
	known, err := s.config.Store.KnownDevices(ctx, o.ID, devices, s.now().Add(-NetworkLife))
	if err != nil {
		return false, fmt.Errorf("look for the devices of %s: %w", o.Number, err)
	}
	return len(known) > 0, nil
}

// remember makes a client known to an order, where that is asked for.
func (s *Shop) remember(ctx context.Context, o Order, by Client) error {
	if confirms, err := s.ConfirmsDevices(ctx); err != nil || !confirms {
		return err
	}
	if err := s.config.Store.RememberDevices(ctx, o.ID, by.devices(), s.now()); err != nil {
		return fmt.Errorf("remember a device of %s: %w", o.Number, err)
	}
	return nil
}

// RequestDeviceLink has a link that confirms a device mailed to the order's buyer.
func (s *Shop) RequestDeviceLink(ctx context.Context, token string) error {
	o, err := s.OrderByToken(ctx, token)
	if err != nil {
		return err
	}
	return s.askForLink(ctx, LinkDevice, o.ID, o.Language)
}

// DeviceLink returns the order that a link would make a device known to now, without using it up.
func (s *Shop) DeviceLink(ctx context.Context, token string) (Order, error) {
	l, err := s.lookAtLink(ctx, LinkDevice, token)
	if err != nil {
		return Order{}, err
	}
	return s.config.Store.Order(ctx, l.Subject)
}

// ConfirmDevice uses a link up, makes the client known to its order and returns the order's link.
func (s *Shop) ConfirmDevice(ctx context.Context, token string, by Client) (orderURL string, err error) {
	l, err := s.config.Store.ConfirmDevices(ctx, hashToken(token), by.devices(), s.now())
	if err != nil {
		return "", err
	}
	o, err := s.config.Store.Order(ctx, l.Subject)
	if err != nil {
		return "", err
	}
	return s.OrderURL(o)
}

func (s *Shop) sendDeviceLink(ctx context.Context, l MailedLink, mail Mail) error {
	o, err := s.config.Store.Order(ctx, l.Subject)
	if err != nil {
		return fmt.Errorf("read the order of a link: %w", err)
	}
	if o.BuyerErased() {
		return nil
	}
	mail.Order = o
	mail.Link.To, mail.Link.URL = o.Email, s.config.URL+"/devices/"+s.linkToken(l.ID)
	return s.send(ctx, mail)
}

// ConfirmsDevices reports whether the shop asks for new devices to be confirmed.
func (s *Shop) ConfirmsDevices(ctx context.Context) (bool, error) {
	settings, err := s.Settings(ctx)
	return settings.ConfirmDevices, err
}

// NewBrowser makes up what a browser is remembered by, signed, so that nobody makes up another's.
func (s *Shop) NewBrowser() (signed string, err error) { return s.browsers().token(NewID(), 1) }

// Browser reads what NewBrowser signed; it is empty for anything else.
func (s *Shop) Browser(signed string) string {
	id, _, err := s.browsers().read(signed)
	if err != nil {
		return ""
	}
	return id
}

func (s *Shop) browsers() links { return links{s.config.Secret, "browser"} }
