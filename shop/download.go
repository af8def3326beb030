package shop

import (
	"context"
	"net/netip"
	"strings"
	"time"
	"unicode"
)

// Link is a download link that dies at ExpiresAt.
type Link struct {
	URL       string
	ExpiresAt time.Time
	Filename  string
}

// Client is who asks: as far as that is recorded, and as far as an order knows the device.
type Client struct {
	IP      netip.Addr
	Agent   string
	Browser string // what the browser is remembered by; empty for one that is not
	Email   string // the address whose library is open on this device; empty where none is
}

// The errors of a right that cannot be used.
var (
	ErrFileNotFound = NewError(NotFound, "file_not_found", "This order does not hold such a file. Your downloads are listed on the order page.")
	ErrSuspended    = NewError(Forbidden, "access_suspended",
		"The payment of this order is disputed, so its downloads are paused until the bank has decided. Write to us if this is a mistake.")
	ErrRevoked = NewError(Forbidden, "access_revoked",
		"This title was refunded, so it cannot be downloaded any more. Write to us if this is a mistake.")
	ErrNotPaid = NewError(Conflict, "order_not_paid", "This order is not paid yet. Your downloads appear as soon as the payment is confirmed.")
)

// slowLine is the speed that a download link leaves time for, in bytes a second (4 Mbit/s).
const slowLine = 500_000

// IssueDownload makes a link to one file of an order, for minutes. The bucket is asked first: when it
// cannot be reached nothing is counted. The right is checked and counted in one conditional update.
func (s *Shop) IssueDownload(ctx context.Context, token, fileID string, by Client) (Link, error) {
	o, err := s.OrderByToken(ctx, token)
	if err != nil {
		return Link{}, err
	}
	if err := s.mayDownload(ctx, o, by); err != nil {
		return Link{}, err
	}
	file, err := s.config.Store.OwnedFile(ctx, o.ID, fileID)
	if err != nil {
		return Link{}, err
	}
	if err := file.State.usable(); err != nil {
		return Link{}, err
	}
	if err := s.config.Bucket.Exists(ctx, file.File); err != nil {
		return Link{}, err
	}
	settings, err := s.Settings(ctx)
	if err != nil {
		return Link{}, err
	}
	url, expires, err := s.config.Bucket.Presign(ctx, file.File, s.linkLifeOf(o, settings, file.Size))
	if err != nil {
		return Link{}, err
	}
	if err := s.config.Store.RecordDownload(ctx, Download{
		ID: NewID(), EntitlementID: file.EntitlementID, OrderID: o.ID, FileID: file.ID, EditionID: file.EditionID,
		IssuedAt: s.now(), ExpiresAt: expires, IP: truncateIP(by.IP), Agent: truncate(by.Agent, 200),
	}); err != nil {
		return Link{}, err
	}
	return Link{URL: url, ExpiresAt: expires, Filename: file.Name}, nil
}

// mayDownload reports why nothing of an order can be downloaded, whatever the state of its rights.
func (s *Shop) mayDownload(ctx context.Context, o Order, by Client) error {
	if len(o.Entitlements) == 0 {
		return ErrNotPaid
	}
	known, err := s.Knows(ctx, o, by)
	if err == nil && !known {
		return ErrUnknownDevice
	}
	return err
}

func (e EntitlementState) usable() error {
	switch e {
	case Active:
		return nil
	case Suspended:
		return ErrSuspended
	default:
		return ErrRevoked
	}
}

// linkLife is the set time, or what the file takes on a slow line if that is longer. The link has to
// live until a broken transfer has been resumed.
func (s Settings) linkLife(size int64) time.Duration {
	return max(s.DownloadTTL, time.Duration(size/slowLine)*time.Second)
}

// linkLifeOf is linkLife, or what staff have set for the order if that is longer.
func (s *Shop) linkLifeOf(o Order, settings Settings, size int64) time.Duration {
	life := settings.linkLife(size)
	if s.now().Before(o.LinkUntil) {
		life = max(life, time.Duration(o.LinkHours)*time.Hour)
	}
	return life
}

// truncateIP keeps the network and drops the device.
func truncateIP(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	ip = ip.Unmap()
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	network, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return network.Addr().String()
}

// truncate cuts a text to that many bytes of printable UTF-8.
func truncate(text string, longest int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "")
	}
	return text
}
