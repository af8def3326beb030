package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// ApplyMailReport notes what became of a mail, once for each report. The mail is the one whose Message-ID the
// report names, or else the last that was sent to one of its addresses.
func (s *Store) ApplyMailReport(ctx context.Context, r shop.MailReport, now time.Time) (shop.MailReportOutcome, error) {
	outcome := shop.ReportUnmatched
	err := s.write(ctx, func(tx *gorm.DB) error {
		mail, err := reportedMail(tx, r)
		if err != nil {
			return err
		}
		kept := tx.Exec("INSERT INTO mail_reports (id, kind, mail_id, received_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING", r.ID, r.Kind, mail, at(now))
		if kept.Error != nil {
			return fmt.Errorf("keep a mail report: %w", kept.Error)
		}
		if kept.RowsAffected == 0 {
			outcome = shop.ReportDuplicate
			return nil
		}
		if mail == nil {
			return nil
		}
		outcome = shop.ReportApplied
		return applyReport(tx, *mail, r)
	})
	return outcome, err
}

// reportedMail returns the id of the mail that a report is about; nil where there is none.
func reportedMail(tx *gorm.DB, r shop.MailReport) (*int64, error) {
	var ids []int64
	if r.MessageID != "" && isKey(r.MessageID) {
		if err := tx.Raw("SELECT id FROM mails WHERE message_id = ? AND message_id <> '' ORDER BY id DESC LIMIT 1", r.MessageID).Scan(&ids).Error; err != nil {
			return nil, fmt.Errorf("find the mail of a report: %w", err)
		}
	}
	for _, address := range r.To {
		if len(ids) > 0 || !isKey(address) {
			break
		}
		err := tx.Raw("SELECT id FROM mails WHERE to_address = ? AND message_id <> '' AND queued_at <= ? ORDER BY id DESC LIMIT 1", address, at(r.At)).
			Scan(&ids).Error
		if err != nil {
			return nil, fmt.Errorf("find the mail of a report by its address: %w", err)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return &ids[0], nil
}

func applyReport(tx *gorm.DB, mail int64, r shop.MailReport) error {
	var err error
	switch r.Kind {
	case shop.ReportDelivered:
		err = tx.Exec("UPDATE mails SET delivered_at = ? WHERE id = ?", at(r.At), mail).Error
	case shop.ReportBounced:
		err = tx.Exec(`UPDATE mails SET state = CASE state WHEN 'complaint' THEN state ELSE 'bounced' END, bounced_at = ?,
			bounce = CASE WHEN erased_at IS NULL THEN ? ELSE '' END WHERE id = ?`, at(r.At), r.Detail, mail).Error
	case shop.ReportComplaint:
		err = tx.Exec("UPDATE mails SET state = 'complaint', bounced_at = ?, bounce = CASE WHEN erased_at IS NULL THEN ? ELSE '' END WHERE id = ?",
			at(r.At), r.Detail, mail).Error
	default:
		return fmt.Errorf("there is no mail report of the kind %q", r.Kind)
	}
	if err != nil {
		return fmt.Errorf("note what became of a mail: %w", err)
	}
	return nil
}
