package mailtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// Message is one message as its reader would see it.
type Message struct {
	ID        string    `json:"id"` // the sink's own number of it
	From      string    `json:"from"`
	To        string    `json:"to"` // bare addresses, comma-separated
	Subject   string    `json:"subject"`
	Date      time.Time `json:"date"` // as the message says, in UTC; zero when it does not
	MessageID string    `json:"message_id"`
	Text      string    `json:"text"`
	HTML      string    `json:"html"`
	Received  int       `json:"received"` // how often it arrived for this recipient
	Source    []byte    `json:"-"`        // as it came over the wire
}

// read takes a message apart. It never refuses one: what cannot be read stays empty, and Source has it all.
func read(source []byte) Message {
	m := Message{Source: source}
	r, err := mail.CreateReader(bytes.NewReader(source))
	if err != nil && !message.IsUnknownCharset(err) {
		return m
	}
	m.From = addresses(r.Header, "From")
	m.To = addresses(r.Header, "To")
	m.Subject = text(r.Header, "Subject")
	if id, err := r.Header.MessageID(); err == nil {
		m.MessageID = id
	}
	if date, err := r.Header.Date(); err == nil {
		m.Date = date.UTC()
	}
	for {
		part, err := r.NextPart()
		if err != nil && !message.IsUnknownCharset(err) {
			return m // io.EOF, or the rest is broken
		}
		if err := m.take(part); err != nil {
			return m
		}
	}
}

// take keeps the first text and the first HTML part.
func (m *Message) take(part *mail.Part) error {
	header, inline := part.Header.(*mail.InlineHeader)
	if !inline {
		return nil
	}
	kind, _, err := header.ContentType()
	if err != nil {
		return fmt.Errorf("content type of a part: %w", err)
	}
	body, err := io.ReadAll(part.Body)
	if err != nil {
		return fmt.Errorf("body of a part: %w", err)
	}
	content := strings.ReplaceAll(string(body), "\r\n", "\n")
	switch {
	case kind == "text/plain" && m.Text == "":
		m.Text = content
	case kind == "text/html" && m.HTML == "":
		m.HTML = content
	}
	return nil
}

// addresses falls back on the header as it stands, which says more than nothing.
func addresses(header mail.Header, key string) string {
	list, err := header.AddressList(key)
	if err != nil {
		return header.Get(key)
	}
	bare := make([]string, len(list))
	for i, address := range list {
		bare[i] = address.Address
	}
	return strings.Join(bare, ", ")
}

func text(header mail.Header, key string) string {
	decoded, err := header.Text(key)
	if err != nil {
		return header.Get(key)
	}
	return decoded
}

var errNoMessage = errors.New("no such message")
