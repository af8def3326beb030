// Package ses reads what Amazon SES reports of mails through an Amazon SNS topic: that one was delivered, bounced, or
// was called spam. Everybody can send such messages, so each is verified to be of our topic and signed by Amazon.
//
// It does not know which mails were sent, nor what a report leads to.
package ses

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"bookroom/shop"
)

// Config is what a Reader needs to know.
type Config struct {
	// Topic is the ARN of the topic that SES reports to: arn:aws:sns:us-east-1:123456789012:bookroom-mails.
	Topic string
	// Client asks Amazon for its certificates and confirms the subscription; nil is one with a short timeout.
	Client *http.Client
	// Now is the clock that certificates are checked by; nil is the system's.
	Now func() time.Time
}

// Reader reads messages of one topic. It is safe for use by several goroutines.
type Reader struct {
	topic  string
	host   string // that certificates and subscriptions of the topic are at
	client *http.Client
	now    func() time.Time

	mu   sync.Mutex
	keys map[string]signer // by the address of the certificate
}

var _ shop.MailReports = (*Reader)(nil)

// arn is a topic's name: its partition, region, account and the name itself.
var arn = regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-\d+):\d{12}:[A-Za-z0-9_-]{1,256}$`)

// New checks the setting without connecting.
func New(c Config) (*Reader, error) {
	parts := arn.FindStringSubmatch(c.Topic)
	if parts == nil {
		return nil, errors.New("BOOKROOM_SNS_TOPIC should be the ARN of a topic, such as arn:aws:sns:us-east-1:123456789012:bookroom-mails")
	}
	r := &Reader{topic: c.Topic, host: "sns." + parts[2] + ".amazonaws.com", client: c.Client, now: c.Now, keys: map[string]signer{}}
	if parts[1] == "aws-cn" {
		r.host += ".cn"
	}
	if r.client == nil {
		r.client = &http.Client{Timeout: 10 * time.Second}
	}
	if r.now == nil {
		r.now = time.Now
	}
	return r, nil
}

// envelope is a message of SNS. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
type envelope struct {
	Type             string
	MessageID        string `json:"MessageId"`
	TopicArn         string
	Subject          *string
	Message          string
	Timestamp        string
	Token            string
	SubscribeURL     string
	SignatureVersion string
	Signature        string
	SigningCertURL   string
}

var (
	errForged = shop.NewError(shop.Invalid, "invalid_signature",
		"This message is not signed by Amazon for our topic. Nothing was changed.")
	errUnreadable = shop.NewError(shop.Invalid, "invalid_event", "What was sent is not a message of Amazon SNS. Nothing was changed.")
	errAmazon     = shop.NewError(shop.Unavailable, "mail_reports_unavailable",
		"Amazon could not be asked whether this message is its own. Nothing was changed; please send it again.")
)

// Read verifies a message and returns the report in it. The outcome is shop.ReportApplied when there is one.
func (r *Reader) Read(ctx context.Context, payload []byte) (shop.MailReport, shop.MailReportOutcome, error) {
	var e envelope
	if err := json.Unmarshal(payload, &e); err != nil {
		return shop.MailReport{}, "", errUnreadable.Because(err)
	}
	if e.TopicArn != r.topic {
		return shop.MailReport{}, "", errForged.Because(errors.New("the message is of another topic"))
	}
	if err := r.verify(ctx, e); err != nil {
		return shop.MailReport{}, "", err
	}
	switch e.Type {
	case "SubscriptionConfirmation":
		return shop.MailReport{}, shop.ReportConfirmed, r.confirm(ctx, e.SubscribeURL)
	case "Notification":
		return readReport(e)
	default: // an end of the subscription asks for nothing
		return shop.MailReport{}, shop.ReportIgnored, nil
	}
}

// confirm tells Amazon that the topic may report here.
func (r *Reader) confirm(ctx context.Context, address string) error {
	if err := r.ours(address); err != nil {
		return errForged.Because(err)
	}
	if _, err := r.get(ctx, address); err != nil {
		return errAmazon.Because(fmt.Errorf("confirm the subscription: %w", err))
	}
	return nil
}

// ours refuses an address that is not Amazon's of the topic's region, so that nobody makes the shop call others.
func (r *Reader) ours(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host != r.host || u.User != nil {
		return fmt.Errorf("an address in the message is not one of %s", r.host)
	}
	return nil
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

func (r *Reader) get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	client := *r.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(request)
	if err != nil {
		return nil, withoutAddress(err)
	}
	defer answer.Body.Close() //nolint:errcheck // what matters was read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %d", r.host, answer.StatusCode)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
}

// withoutAddress keeps the token of a subscription out of the log.
func withoutAddress(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// notice is what SES says of a mail. https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
type notice struct {
	NotificationType string `json:"notificationType"`
	EventType        string `json:"eventType"` // where a configuration set publishes events
	Mail             struct {
		Destination   []string
		CommonHeaders struct {
			MessageID string `json:"messageId"`
		}
		Headers []struct{ Name, Value string }
	}
	Bounce struct {
		BounceType, BounceSubType string
		BouncedRecipients         []recipient
		Timestamp                 time.Time
	}
	Complaint struct {
		ComplainedRecipients  []recipient
		ComplaintFeedbackType string
		Timestamp             time.Time
	}
	Delivery struct {
		Recipients []string
		Timestamp  time.Time
	}
}

type recipient struct{ EmailAddress, Status, DiagnosticCode string }

// readReport reads what a verified message says. What is no notice of SES, such as the message that tries a topic out,
// is ignored.
func readReport(e envelope) (shop.MailReport, shop.MailReportOutcome, error) {
	var n notice
	if err := json.Unmarshal([]byte(e.Message), &n); err != nil {
		return shop.MailReport{}, shop.ReportIgnored, nil //nolint:nilerr // it is Amazon's, and no notice
	}
	report := shop.MailReport{ID: e.MessageID, MessageID: n.messageID()}
	switch n.NotificationType + n.EventType {
	case "Bounce":
		report.Kind, report.At, report.To = shop.ReportBounced, n.Bounce.Timestamp, addresses(n.Bounce.BouncedRecipients)
		report.Detail = describe(n.Bounce.BounceType, n.Bounce.BounceSubType, n.Bounce.BouncedRecipients)
	case "Complaint":
		report.Kind, report.At, report.To = shop.ReportComplaint, n.Complaint.Timestamp, addresses(n.Complaint.ComplainedRecipients)
		report.Detail = describe("Complaint", n.Complaint.ComplaintFeedbackType, nil)
	case "Delivery":
		report.Kind, report.At, report.To = shop.ReportDelivered, n.Delivery.Timestamp, lower(n.Delivery.Recipients)
	default:
		return shop.MailReport{}, shop.ReportIgnored, nil
	}
	if len(report.To) == 0 {
		report.To = lower(n.Mail.Destination)
	}
	return report, shop.ReportApplied, nil
}

// messageID is our letter's, which SES replaces on its way and gives back among the headers.
func (n notice) messageID() string {
	id := n.Mail.CommonHeaders.MessageID
	for _, h := range n.Mail.Headers {
		if id == "" && strings.EqualFold(h.Name, "Message-ID") {
			id = h.Value
		}
	}
	return strings.Trim(strings.TrimSpace(id), "<>")
}

func addresses(of []recipient) []string {
	var all []string
	for _, r := range of {
		all = append(all, r.EmailAddress)
	}
	return lower(all)
}

func lower(addresses []string) []string {
	var all []string
	for _, a := range addresses {
		all = append(all, strings.ToLower(strings.TrimSpace(a)))
	}
	return all
}

// maxDetail bounds the words of a foreign server that are kept, in bytes.
const maxDetail = 500

func describe(kind, sort string, of []recipient) string {
	said := []string{kind}
	if sort != "" {
		said = append(said, sort)
	}
	for _, r := range of {
		said = append(said, r.Status, r.DiagnosticCode)
	}
	text := strings.ToValidUTF8(strings.ReplaceAll(strings.Join(strings.Fields(strings.Join(said, " ")), " "), "\x00", ""), "")
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "")
	}
	return text
}
