package store

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"bookroom/shop"
)

// OrderHistory returns what happened to an order: of each sort the newest, at most so many, that are older than the
// mark. One more than a page of the timeline holds is enough for it.
func (s *Store) OrderHistory(ctx context.Context, o shop.Order, before shop.TimelineMark, limit int) (shop.OrderHistory, error) {
	var h shop.OrderHistory
	err := s.read(ctx, func(tx *gorm.DB) error {
		var err error
		if h.Events, err = orderEvents(tx, o.ID, before, limit); err != nil {
			return err
		}
		if h.Mails, err = orderMails(tx, o.ID, before, limit); err != nil {
			return err
		}
		if h.Downloads, err = orderDownloads(tx, o.ID, before, limit); err != nil {
			return err
		}
		if h.Notes, err = orderNotes(tx, o.ID, before, limit); err != nil {
			return err
		}
		h.Acts, err = orderActs(tx, o.ID, before, limit)
		return err
	})
	return h, err
}

// olderThan narrows rows of one kind to those that come after a mark of the timeline, newest first.
func olderThan(tx *gorm.DB, before shop.TimelineMark, kind shop.HappeningKind, moment, id string, lastID any, limit int) *gorm.DB {
	tx = tx.Order(moment + " DESC, " + id + " DESC").Limit(limit)
	if before.At.IsZero() {
		return tx
	}
	// Of those at the very moment of the mark, some have been shown.
	here := shop.TimelineMark{Kind: kind}.Compare(shop.TimelineMark{Kind: before.Kind})
	switch {
	case here < 0:
		return tx.Where(moment+" <= ?", at(before.At))
	case here > 0:
		return tx.Where(moment+" < ?", at(before.At))
	default:
		return tx.Where("("+moment+" < ? OR "+moment+" = ? AND "+id+" < ?)", at(before.At), at(before.At), lastID)
	}
}

func orderEvents(tx *gorm.DB, orderID string, before shop.TimelineMark, limit int) ([]shop.ReceivedEvent, error) {
	var rows []paymentEventRow
	err := olderThan(tx, before, shop.HappenedPayment, "received_at", "id", before.ID, limit).Where("order_id = ?", orderID).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the payment events of an order: %w", err)
	}
	events := make([]shop.ReceivedEvent, len(rows))
	for i := range rows {
		events[i] = rows[i].received()
	}
	return events, nil
}

func (r *paymentEventRow) received() shop.ReceivedEvent {
	return shop.ReceivedEvent{PaymentEvent: r.event(), Outcome: r.Outcome, ReceivedAt: r.ReceivedAt.Time}
}

// OrderEvent returns one payment event of an order as it was received; shop.ErrNoSuchEvent where there is none.
func (s *Store) OrderEvent(ctx context.Context, orderID, eventID string) (shop.ReceivedEvent, error) {
	if !isKey(orderID) || !isKey(eventID) {
		return shop.ReceivedEvent{}, shop.ErrNoSuchEvent
	}
	var rows []paymentEventRow
	err := s.reader.WithContext(ctx).Where("id = ? AND order_id = ?", eventID, orderID).Limit(1).Find(&rows).Error
	if err != nil {
		return shop.ReceivedEvent{}, fmt.Errorf("read a payment event: %w", err)
	}
	if len(rows) == 0 {
		return shop.ReceivedEvent{}, shop.ErrNoSuchEvent
	}
	return rows[0].received(), nil
}

// orderMails reads the mails about an order from the mail log. A message waits, was sent, came back or was given up at
// the moment that it has last.
func orderMails(tx *gorm.DB, orderID string, before shop.TimelineMark, limit int) ([]shop.OrderMail, error) {
	const moment = "COALESCE(m.bounced_at, m.sent_at, j.finished_at, j.run_at, m.queued_at)"
	var rows []struct {
		ID          int64
		Kind        shop.MailKind
		ToAddress   string
		State       shop.MailState
		Attempts    int
		At          utc
		DeliveredAt utc
		Error       string
		Bounce      string
	}
	last, _ := strconv.ParseInt(before.ID, 10, 64) // of another kind it does not count
	err := olderThan(tx.Table("mails m").Select("m.id, m.kind, m.to_address, m.state, m.attempts, m.error, m.bounce, m.delivered_at, "+moment+" AS at").
		Joins("LEFT JOIN jobs j ON j.key = m.key"), before, shop.HappenedMail, moment, "m.id", last, limit).
		Where("m.order_id = ?", orderID).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the mails of an order: %w", err)
	}
	mails := make([]shop.OrderMail, len(rows))
	for i, r := range rows {
		mails[i] = shop.OrderMail{
			ID: fmt.Sprintf("%019d", r.ID), Kind: r.Kind, To: r.ToAddress, State: r.State, At: r.At.Time, DeliveredAt: r.DeliveredAt.Time,
			Cause: cmp.Or(r.Bounce, r.Error), Tries: r.Attempts,
		}
	}
	return mails, nil
}

func orderDownloads(tx *gorm.DB, orderID string, before shop.TimelineMark, limit int) ([]shop.OrderDownload, error) {
	var rows []struct {
		Download downloadRow `gorm:"embedded"`
		Filename string
	}
	err := olderThan(tx.Table("downloads d").Select("d.*, f.name AS filename").Joins("JOIN files f ON f.id = d.file_id"),
		before, shop.HappenedDownload, "d.issued_at", "d.id", before.ID, limit).Where("d.order_id = ?", orderID).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the downloads of an order: %w", err)
	}
	downloads := make([]shop.OrderDownload, len(rows))
	for i, r := range rows {
		downloads[i] = shop.OrderDownload{Download: r.Download.download(), Filename: r.Filename}
	}
	return downloads, nil
}

func (r *downloadRow) download() shop.Download {
	d := shop.Download{
		ID: r.ID, EntitlementID: r.EntitlementID, OrderID: r.OrderID, FileID: r.FileID, EditionID: r.EditionID,
		IssuedAt: r.IssuedAt.Time, ExpiresAt: r.ExpiresAt.Time, IP: r.IP, Agent: r.Agent,
	}
	if r.ArchiveID != nil {
		d.ArchiveID = *r.ArchiveID
	}
	return d
}

func orderNotes(tx *gorm.DB, orderID string, before shop.TimelineMark, limit int) ([]shop.OrderNote, error) {
	var rows []orderNoteRow
	err := olderThan(tx, before, shop.HappenedNote, "written_at", "id", before.ID, limit).Where("order_id = ?", orderID).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the notes of an order: %w", err)
	}
	notes := make([]shop.OrderNote, len(rows))
	for i, r := range rows {
		notes[i] = shop.OrderNote{ID: r.ID, Staff: r.Staff, Text: r.Note, WrittenAt: r.WrittenAt.Time}
	}
	return notes, nil
}

// orderActs reads what staff did with an order from the audit trail.
func orderActs(tx *gorm.DB, orderID string, before shop.TimelineMark, limit int) ([]shop.AuditRecord, error) {
	var rows []auditRecordRow
	last, _ := strconv.ParseInt(before.ID, 10, 64) // of another kind it does not count
	err := olderThan(tx, before, shop.HappenedAct, "at", "sequence", last, limit).Where("subject_kind = 'order' AND subject_id = ?", orderID).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what staff did with an order: %w", err)
	}
	return openRecords(tx, rows)
}
