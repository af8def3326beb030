package shop

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// Store is what the rules need of the database. Every method is one transaction.
type Store interface {
	Cart(ctx context.Context, id string) (Cart, error)

	// OrderByKey returns the order that was placed from the cart with that idempotency key;
	// ErrOrderNotFound where there is none.
	OrderByKey(ctx context.Context, cartID, key string) (Order, error)
	// OpenOrders returns the orders of a cart whose payment page can be used, without what belongs to them.
	OpenOrders(ctx context.Context, cartID string) ([]Order, error)
	// PlaceOrder numbers and writes a new order with its lines, entitlements and jobs, and cancels the
	// cart's other pending orders, but for those whose payment is under way. An order of the cart that
	// Answers the new one is returned instead. It is ErrCartChanged when the cart does not hold what the
	// order is of any more, and ErrOpenPage while another order of the cart has an open payment page.
	PlaceOrder(ctx context.Context, o Order, c Change) (Order, error)
	// CloseSession notes that a payment page cannot be used any more.
	CloseSession(ctx context.Context, sessionID string) error
	// AttachPayment notes the payment session of a pending order and returns the one that is noted: of two
	// that were started at once the first stays, so that nobody can pay on both. It is ErrOrderClosed when
	// another checkout has taken the order's place meanwhile.
	AttachPayment(ctx context.Context, orderID string, page PaymentPage, now time.Time) (PaymentPage, error)
	// Order returns an order with all that belongs to it; ErrOrderNotFound where there is none.
	Order(ctx context.Context, id string) (Order, error)
	// ApplyPayment stores the event, finds and locks its order, calls Order.Apply and writes what
	// follows. Events that were stored as unmatched and belong to the order are applied with it.
	ApplyPayment(ctx context.Context, e PaymentEvent, now time.Time) (Applied, error)
	// NoteAsked claims the right to ask Stripe about an order: false when it was asked since the given time.
	NoteAsked(ctx context.Context, orderID string, since, now time.Time) (bool, error)
	// OrdersToAsk returns orders that are pending or have a payment page that is not closed, and that were placed, and last asked about, before the given time; those
	// that have waited longest for a look first.
	OrdersToAsk(ctx context.Context, before time.Time, limit int) ([]Order, error)

	// OwnedFile returns a file that the order gives the right to, whatever the right's state.
	OwnedFile(ctx context.Context, orderID, fileID string) (OwnedFile, error)
	// RecordDownload counts and records links, all or none: only while every entitlement is active;
	// otherwise it is an Error of kind Forbidden.
	RecordDownload(ctx context.Context, downloads ...Download) error

	// ImportProducts writes products with their editions, all or none. See Shop.Import.
	ImportProducts(ctx context.Context, entries []CatalogEntry, now time.Time) (Imported, error)

	// EditionToRead returns an edition with what ReadEdition needs; ErrEditionReplaced when it is not the
	// newest of its handbook.
	EditionToRead(ctx context.Context, id string) (EditionToRead, error)
	// SavePages puts the text and the sample pages of a handbook's newest edition in place of what was
	// there of any edition. It does nothing when the edition that was read is not the newest any more, or has
	// another PDF or other chosen samples by now: then it is read again.
	SavePages(ctx context.Context, read Edition, pages EditionPages, now time.Time) error

	RefundStore
	InvoiceStore
	OrderDeskStore
	LinkStore
	DeviceStore
	ArchiveStore
	StaffStore
	UploadStore
	InspectionStore
	EditionStore
	NoticeStore
	SettingsStore
	ReportStore
	MailLog
	PersonStore
	EditStore
	AuditStore
}

// Applied is what became of an event.
type Applied struct {
	Outcome EventOutcome
	Order   Order // when the outcome is EventApplied or EventDuplicate and the order is known
}

// Payments is what the rules need of the payment provider. Its errors are of kind Unavailable when the
// provider did not answer or answered that it is not well, so that a retry can help.
type Payments interface {
	// Livemode says whether real money moves.
	Livemode() bool
	// Start makes a payment page for the order, or returns the one that was made with the same key.
	Start(ctx context.Context, r PaymentRequest) (PaymentPage, error)
	// Ask returns what the provider says of a session at this moment.
	Ask(ctx context.Context, sessionID string) (PaymentEvent, error)
	// Expire makes a session unpayable. It is an Error of kind Conflict when the session is complete.
	Expire(ctx context.Context, sessionID string) error
	// Refund gives the money of a Return back, once however often it is asked, and says what became of it and how
	// much of the payment has gone back in all: a ChargeRefunded event. again looks for what an earlier call may
	// have done. It is an Error of kind Conflict, with the reason as its message, when the provider will not do it.
	Refund(ctx context.Context, o Order, r Return, again bool) (PaymentEvent, error)
	// Event reads and verifies an event that was delivered to the webhook.
	Event(payload []byte, signature string) (PaymentEvent, error)
}

// PaymentRequest asks for a payment page.
type PaymentRequest struct {
	Order          Order
	SuccessURL     string
	CancelURL      string
	IdempotencyKey string
}

// PaymentPage is where the buyer pays.
type PaymentPage struct {
	SessionID string
	URL       string
	ExpiresAt time.Time
}

// Bucket is what the rules need of the file store. Its errors are of kind Unavailable when it could
// not be reached.
type Bucket interface {
	// Put stores the bytes under the key unless they are there already.
	Put(ctx context.Context, f File, body Body) error
	// Exists asks the bucket whether the file is there.
	Exists(ctx context.Context, f File) error
	// Get returns the bytes of a file, which are what its size and hash say.
	Get(ctx context.Context, f File) ([]byte, error)
	// Presign returns a link to the file and when it dies.
	Presign(ctx context.Context, f File, ttl time.Duration) (url string, expires time.Time, err error)
	// Open returns the file's bytes from the offset to the end.
	Open(ctx context.Context, f File, offset int64) (io.ReadCloser, error)
	// Zip lays files out as one archive, whose bytes come from the bucket as they are read. Every file's
	// CRC32 is known.
	Zip(ctx context.Context, files []ArchiveFile) Archive

	UploadBucket
}

// Config is how a shop is set up.
type Config struct {
	Store    Store
	Payments Payments
	Bucket   Bucket
	PDFs     PDFReader
	Mailer   Mailer
	// MailReports reads what the mail provider reports; nil where it reports nothing.
	MailReports MailReports
	// Passwords and Passkeys are what staff sign in with.
	Passwords Passwords
	Passkeys  Passkeys
	URL       string // public address, without a slash at the end
	Secret    []byte // at least 32 bytes; order links are derived from it
	// Defaults hold where staff have set nothing.
	Defaults Settings
	Now      func() time.Time
	Log      *slog.Logger
	// Wake is called after a change that queued jobs.
	Wake func()
}

// now is the shop's clock in UTC, at the precision that both databases keep.
func (s *Shop) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }

// Shop carries out the verbs of the bookroom. It is safe for concurrent use.
type Shop struct {
	config   Config
	links    links // to orders
	settings keptSettings
}

// New returns a shop on these parts.
func New(c Config) *Shop {
	return &Shop{config: c, links: links{c.Secret, "order link"}}
}

// URL is the shop's public address, without a slash at the end.
func (s *Shop) URL() string { return s.config.URL }

// OrderURL is the address of the order's page. It holds the order's secret: it goes to the buyer and
// into no log.
func (s *Shop) OrderURL(o Order) (string, error) {
	token, err := s.OrderToken(o)
	return s.config.URL + "/orders/" + token, err
}

// OrderToken is the secret part of the order link.
func (s *Shop) OrderToken(o Order) (string, error) { return s.links.token(o.ID, o.TokenVersion) }

// OrderByToken returns the order that a link belongs to; ErrOrderNotFound for any other token.
func (s *Shop) OrderByToken(ctx context.Context, token string) (Order, error) {
	id, version, err := s.links.read(token)
	if err != nil {
		return Order{}, err
	}
	o, err := s.config.Store.Order(ctx, id)
	if err != nil {
		return Order{}, err
	}
	if o.TokenVersion != version {
		return Order{}, ErrOrderNotFound
	}
	return o, nil
}
