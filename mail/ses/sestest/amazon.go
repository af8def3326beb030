// Package sestest is a stand-in for Amazon SNS: it signs messages, and answers over TLS in Amazon's name.
//
// It knows how messages look on the wire and nothing of who reads them.
package sestest

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the older of the two signatures of SNS
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Topic is the topic whose messages are signed.
const Topic = "arn:aws:sns:us-east-1:123456789012:bookroom-mails"

// The addresses in messages.
const (
	Host         = "sns.us-east-1.amazonaws.com"
	certPath     = "/SimpleNotificationService-0123456789abcdef.pem"
	CertURL      = "https://" + Host + certPath
	SubscribeURL = "https://" + Host + "/?Action=ConfirmSubscription&TopicArn=" + Topic + "&Token=t0ken"
)

// Amazon signs messages and answers at Host.
type Amazon struct {
	key         *rsa.PrivateKey
	certificate []byte // PEM
	server      *httptest.Server

	mu    sync.Mutex
	asked []string
	down  bool
}

// Open starts Amazon. The certificate that it signs with is good from a day before now for a year.
func Open(now time.Time) (*Amazon, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(1, 0, 0),
	}
	signed, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	a := &Amazon{key: key, certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})}
	a.server = httptest.NewTLSServer(http.HandlerFunc(a.answer))
	return a, nil
}

// Close stops it.
func (a *Amazon) Close() { a.server.Close() }

func (a *Amazon) answer(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, r.Host+r.URL.RequestURI())
	switch {
	case a.down:
		http.Error(w, "down", http.StatusServiceUnavailable)
	case r.Host == Host && r.URL.Path == certPath:
		w.Write(a.certificate) //nolint:errcheck // the client notices
	case r.Host == Host && r.URL.Query().Get("Action") == "ConfirmSubscription":
		w.WriteHeader(http.StatusOK)
	default:
		http.NotFound(w, r)
	}
}

// Client reaches this Amazon whatever host it asks for.
func (a *Amazon) Client() *http.Client {
	client := a.server.Client()
	transport := client.Transport.(*http.Transport).Clone() //nolint:forcetypeassert // httptest says so
	transport.TLSClientConfig.ServerName = "example.com"    // the certificate of httptest
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, a.server.Listener.Addr().String())
	}
	return &http.Client{Transport: transport}
}

// Asked returns what was asked for so far: host and path.
func (a *Amazon) Asked() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.asked...)
}

// GoDown makes every answer a failure, or not any more.
func (a *Amazon) GoDown(down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
}

// Message is a message of SNS by the names of its fields.
type Message map[string]string

// Notification is a message of the topic, not signed yet.
func Notification(id, message string) Message {
	return Message{
		"Type": "Notification", "MessageId": id, "TopicArn": Topic, "Message": message, "Timestamp": "2026-03-14T09:30:00.000Z",
		"SigningCertURL": CertURL, "UnsubscribeURL": "https://" + Host + "/?Action=Unsubscribe",
	}
}

// Confirmation asks whether the topic may report, not signed yet.
func Confirmation() Message {
	return Message{
		"Type": "SubscriptionConfirmation", "MessageId": "c1", "TopicArn": Topic, "Message": "You have chosen to subscribe.",
		"Timestamp": "2026-03-14T09:30:00.000Z", "Token": "t0ken", "SubscribeURL": SubscribeURL, "SigningCertURL": CertURL,
	}
}

// Sign signs a message as that version of the signature, and writes it as it is sent.
func (a *Amazon) Sign(m Message, version string) ([]byte, error) {
	names := []string{"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	var text strings.Builder
	for _, name := range names {
		if value, there := m[name]; there {
			text.WriteString(name + "\n" + value + "\n")
		}
	}
	var hash crypto.Hash
	var digest []byte
	switch version {
	case "1":
		sum := sha1.Sum([]byte(text.String())) //nolint:gosec // see the import
		hash, digest = crypto.SHA1, sum[:]
	case "2":
		sum := sha256.Sum256([]byte(text.String()))
		hash, digest = crypto.SHA256, sum[:]
	default:
		return nil, errors.New("there are the versions 1 and 2")
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, hash, digest)
	if err != nil {
		return nil, err
	}
	signed := Message{"SignatureVersion": version, "Signature": base64.StdEncoding.EncodeToString(signature)}
	for name, value := range m {
		signed[name] = value
	}
	return json.Marshal(signed)
}

// Bounce is what SES says of a mail that came back. The Message-ID is left out where it is empty.
func Bounce(messageID, to string) string {
	return `{"notificationType":"Bounce","mail":{"messageId":"0100018","destination":["` + to + `"],"commonHeaders":{` + header(messageID) +
		`}},"bounce":{"bounceType":"Permanent","bounceSubType":"General","timestamp":"2030-01-01T00:00:00.000Z","bouncedRecipients":[{"emailAddress":"` + to +
		`","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]}}`
}

func header(messageID string) string {
	if messageID == "" {
		return ""
	}
	return `"messageId":"<` + messageID + `>"`
}
