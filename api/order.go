package api

import (
	"context"
	"time"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type order struct {
	Number       string           `json:"number"`
	Status       shop.OrderStatus `json:"status"`
	Email        string           `json:"email"`
	Name         string           `json:"name"`
	Organisation string           `json:"organisation"`
	PONumber     string           `json:"po_number"`
	Subtotal     money            `json:"subtotal"`
	Discount     money            `json:"discount"`
	Donation     money            `json:"donation"`
	Tax          money            `json:"tax"`
	Total        money            `json:"total"`
	Refunded     money            `json:"refunded"`
	PlacedAt     time.Time        `json:"placed_at"`
	PaidAt       *time.Time       `json:"paid_at"`
	ExpiresAt    *time.Time       `json:"expires_at"`
	PaymentURL   *string          `json:"payment_url"`
	Items        []orderItem      `json:"items"`
}

type orderItem struct {
	Slug         string           `json:"slug"`
	Title        string           `json:"title"`
	Licence      shop.VariantKind `json:"licence"`
	SKU          string           `json:"sku"`
	Edition      *int             `json:"edition"`
	Quantity     int              `json:"quantity"`
	UnitPrice    money            `json:"unit_price"`
	Support      money            `json:"support"`
	Discount     money            `json:"discount"`
	Tax          money            `json:"tax"`
	Total        money            `json:"total"`
	Access       string           `json:"access"`
	AccessReason *string          `json:"access_reason"`
	Files        []orderFile      `json:"files"`
	BoughtFiles  []orderFile      `json:"bought_files"`
}

type orderFile struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
	SHA256      string `json:"sha256"`
	Edition     int    `json:"edition"`
	Slug        string `json:"slug"`
	Title       string `json:"title"`
}

type downloadRequest struct {
	FileID string `json:"file_id"`
}

type download struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
	Filename  string    `json:"filename"`
}

func (a *API) getOrder(c *gin.Context) (any, error) {
	found, err := a.Shop.RefreshOrder(c.Request.Context(), c.Param("token"))
	if err != nil {
		return nil, err
	}
	known, err := a.Shop.Knows(c.Request.Context(), found, client(c))
	if err != nil {
		return nil, err
	}
	to, err := a.orderOf(c.Request.Context(), found)
	if err == nil && !known {
		to.close()
	}
	return to, err
}

// client is who asks. A program is known to an order by its network.
func client(c *gin.Context) shop.Client {
	return shop.Client{IP: gate.ClientIP(c), Agent: c.Request.UserAgent()}
}

// close takes out of an order what a device that it does not know may not see.
func (o *order) close() {
	o.Email, o.Name, o.Organisation, o.PONumber, o.PaymentURL = "", "", "", "", nil
	for i := range o.Items {
		o.Items[i].Files = []orderFile{}
		o.Items[i].AccessReason = optional(shop.ErrUnknownDevice.Message.String())
	}
}

func (a *API) issueDownload(c *gin.Context) (any, error) {
	var in downloadRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	link, err := a.Shop.IssueDownload(c.Request.Context(), c.Param("token"), in.FileID, client(c))
	if err != nil {
		return nil, err
	}
	return download{URL: link.URL, ExpiresAt: link.ExpiresAt.UTC(), Filename: link.Filename}, nil
}

func (a *API) orderOf(ctx context.Context, o shop.Order) (order, error) {
	items, err := a.itemsOf(ctx, o)
	if err != nil {
		return order{}, err
	}
	to := order{
		Number: o.Number, Status: o.Status, Email: o.Email, Name: o.Name, Organisation: o.Organisation, PONumber: o.PONumber,
		Subtotal: money(o.Money(o.Subtotal)), Discount: money(o.Money(o.Discount)), Donation: money(o.Money(o.Donation)), Tax: money(o.Money(o.Tax)),
		Total: money(o.Money(o.Total)), Refunded: money(o.Money(o.RefundedAmount())),
		PlacedAt: o.PlacedAt.UTC(), PaidAt: moment(o.PaidAt), Items: items,
	}
	if o.Status == shop.Pending && (o.SessionState == shop.SessionOpen || o.SessionState == shop.SessionNone) {
		to.ExpiresAt, to.PaymentURL = moment(o.ExpiresAt), optional(o.PaymentURL)
	}
	return to, nil
}

func (a *API) itemsOf(ctx context.Context, o shop.Order) ([]orderItem, error) {
	files, err := filesByLine(ctx, o, a.Store.OwnedFiles)
	if err != nil {
		return nil, err
	}
	bought, err := filesByLine(ctx, o, a.Store.BoughtFiles)
	if err != nil {
		return nil, err
	}
	return each(o.Lines, func(line shop.OrderLine) orderItem {
		state, reason := access(o, line)
		return orderItem{
			Slug: line.ProductSlug, Title: line.Title, Licence: line.Licence, SKU: line.SKU, Edition: optional(line.EditionNumber),
			Quantity: line.Quantity, UnitPrice: money(o.Money(line.UnitPrice)), Support: money(o.Money(line.Support)), Discount: money(o.Money(line.Discount)),
			Tax: money(o.Money(line.Tax)), Total: money(o.Money(line.Total)),
			Access: state, AccessReason: optional(reason), Files: each(files[line.ID], same), BoughtFiles: each(bought[line.ID], same),
		}
	}), nil
}

// filesByLine are those of an order's files that can be downloaded now. An order without rights is not asked about.
func filesByLine(ctx context.Context, o shop.Order, read func(context.Context, string) ([]shop.OwnedFile, error)) (map[string][]orderFile, error) {
	byLine := map[string][]orderFile{}
	if len(o.Entitlements) == 0 {
		return byLine, nil
	}
	owned, err := read(ctx, o.ID)
	for _, file := range owned {
		if file.State == shop.Active {
			byLine[file.LineID] = append(byLine[file.LineID], orderFileOf(file))
		}
	}
	return byLine, err
}

func orderFileOf(f shop.OwnedFile) orderFile {
	return orderFile{
		ID: f.ID, Name: f.Name, ContentType: f.ContentType, Size: f.Size, SHA256: f.SHA256,
		Edition: f.EditionNumber, Slug: f.ProductSlug, Title: f.ProductTitle,
	}
}

// access is the state of the line's right, "none" where it never had one, and why it cannot be used.
func access(o shop.Order, line shop.OrderLine) (state, reason string) {
	for _, right := range o.Entitlements {
		if right.LineID != line.ID {
			continue
		}
		switch right.State {
		case shop.Active:
			return string(right.State), ""
		case shop.Suspended:
			return string(right.State), shop.ErrSuspended.Message.String()
		default:
			return string(right.State), shop.ErrRevoked.Message.String()
		}
	}
	switch o.Status {
	case shop.Pending:
		return "none", shop.ErrNotPaid.Message.String()
	case shop.Review:
		return "none", "The payment that came in is not the one that was due. We are looking at it and will write to you."
	case shop.Refunded:
		return "none", "This order was refunded, so there is nothing to download."
	default:
		return "none", "This order was closed without being paid, so there is nothing to download."
	}
}
