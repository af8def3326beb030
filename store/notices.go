package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

type editionNoticeRow struct {
	EditionID string `gorm:"primaryKey"`
	State     shop.NoticeState
	Turn      int
	StartedAt utc
	UpdatedAt utc `gorm:"autoUpdateTime:false"`
}

type noticeRecipientRow struct {
	ID          string `gorm:"primaryKey"`
	EditionID   string
	AddressHash string
	OrderID     string
	State       string
}

// The states of a recipient.
const (
	recipientWaiting = "waiting"
	recipientQueued  = "queued"
	recipientSent    = "sent"
	recipientLeftOut = "left_out"
)

// ownsBefore says which entitlements e of orders o give an active right to a handbook, by itself or in a bundle, that is
// older than a time, to somebody who can be told: who was erased cannot. It takes the time, then the handbook's id three times.
const ownsBefore = `e.state = 'active' AND e.email NOT LIKE '%@erased.invalid' AND e.granted_at < ? AND (e.product_id = ? OR e.product_id IN (SELECT bundle_id FROM bundle_parts WHERE product_id = ?)
	AND EXISTS (SELECT 1 FROM bundle_parts b WHERE b.bundle_id = e.product_id AND b.product_id = ? AND ` + reachedParts + `))`

// Notice returns what there is to tell of a handbook's newest edition. ErrProductNotFound, shop.ErrNotAHandbook for a
// bundle, and shop.ErrNoEdition.
func (s *Store) Notice(ctx context.Context, slug string) (shop.Notice, error) {
	var n shop.Notice
	err := s.read(ctx, func(tx *gorm.DB) error {
		var err error
		n, err = readNotice(tx, slug)
		return err
	})
	return n, err
}

func readNotice(tx *gorm.DB, slug string) (shop.Notice, error) {
	product, err := handbookBySlug(tx, slug)
	if err != nil {
		return shop.Notice{}, err
	}
	filled, err := fill(tx, []productRow{product}, allEditions)
	if err != nil {
		return shop.Notice{}, err
	}
	editions := filled[0].Editions
	if len(editions) == 0 || len(editions[0].Files) == 0 {
		return shop.Notice{}, shop.ErrNoEdition
	}
	n := shop.Notice{Edition: editions[0], Slug: slug, Title: product.Title}
	if n.Changes, err = readChanges(tx, editions); err != nil {
		return n, err
	}
	var begun []editionNoticeRow
	if err := tx.Where("edition_id = ?", n.Edition.ID).Find(&begun).Error; err != nil {
		return n, fmt.Errorf("read a notice: %w", err)
	}
	if len(begun) > 0 {
		n.State = begun[0].State
		return n, readProgress(tx, &n)
	}
	err = tx.Raw("SELECT COUNT(DISTINCT lower(e.email)) FROM entitlements e JOIN orders o ON o.id = e.order_id WHERE "+ownsBefore,
		at(n.Edition.PublishedAt), product.ID, product.ID, product.ID).
		Scan(&n.Owners).Error
	if err != nil {
		return n, fmt.Errorf("count the owners of a handbook: %w", err)
	}
	return n, nil
}

// readChanges compares the newest edition with the one before that has a PDF.
func readChanges(tx *gorm.DB, editions []shop.Edition) (shop.PageChanges, error) {
	for _, older := range editions[1:] {
		if older.PDF() == nil {
			continue
		}
		known, err := readInspections(tx, []string{older.PDF().SHA256})
		return shop.ComparePages(known[older.PDF().SHA256], editions[0].Inspection), err
	}
	return shop.PageChanges{}, nil
}

func readProgress(tx *gorm.DB, n *shop.Notice) error {
	var counted []struct {
		State  string
		Count  int
		Failed int
	}
	err := tx.Raw(`SELECT r.state, COUNT(*) AS count, COUNT(jobs.id) AS failed FROM notice_recipients r
		LEFT JOIN jobs ON r.state = 'queued' AND jobs.key = '`+shop.NoticeMailKey+`' || r.id AND jobs.state = 'failed'
		WHERE r.edition_id = ? GROUP BY r.state`, n.Edition.ID).Scan(&counted).Error
	if err != nil {
		return fmt.Errorf("count whom a notice has reached: %w", err)
	}
	for _, c := range counted {
		n.Owners += c.Count
		switch c.State {
		case recipientWaiting:
			n.Progress.Waiting = c.Count
		case recipientQueued:
			n.Progress.Queued, n.Progress.Failed = c.Count-c.Failed, c.Failed
		case recipientSent:
			n.Progress.Sent = c.Count
		case recipientLeftOut:
			n.Progress.LeftOut = c.Count
		}
	}
	return nil
}

// StartNotice notes whom to write to and queues the first batch. A notice that was begun is left as it is.
func (s *Store) StartNotice(ctx context.Context, editionID string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		row := editionNoticeRow{EditionID: editionID, State: shop.NoticeSending, Turn: 1, StartedAt: at(now), UpdatedAt: at(now)}
		begun := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "edition_id"}}, DoNothing: true}).Create(&row)
		if begun.Error != nil {
			return fmt.Errorf("begin a notice: %w", begun.Error)
		}
		if begun.RowsAffected == 0 {
			return nil
		}
		if err := writeRecipients(tx, editionID); err != nil {
			return err
		}
		if err := s.audit(tx, act, now); err != nil {
			return err
		}
		return queueTurn(tx, editionID, 1, now)
	})
}

// writeRecipients notes each owner once, by the newest of their orders.
func writeRecipients(tx *gorm.DB, editionID string) error {
	var edition []editionRow
	if err := tx.Where("id = ?", editionID).Find(&edition).Error; err != nil || len(edition) == 0 {
		return fmt.Errorf("read the edition of a notice (%d found): %w", len(edition), err)
	}
	var owners []struct{ Email, OrderID string }
	productID := edition[0].ProductID
	err := tx.Raw(`SELECT lower(e.email) AS email, o.id AS order_id FROM entitlements e JOIN orders o ON o.id = e.order_id
		WHERE `+ownsBefore+` ORDER BY o.sequence DESC`, edition[0].PublishedAt, productID, productID, productID).Scan(&owners).Error
	if err != nil {
		return fmt.Errorf("read the owners of a handbook: %w", err)
	}
	rows, known := []noticeRecipientRow{}, map[string]bool{}
	for _, owner := range owners {
		if known[owner.Email] {
			continue
		}
		known[owner.Email] = true
		rows = append(rows, noticeRecipientRow{
			ID: shop.NewID(), EditionID: editionID, AddressHash: shop.AddressHash(editionID, owner.Email), OrderID: owner.OrderID, State: recipientWaiting,
		})
	}
	if len(rows) == 0 {
		return nil
	}
	const atOnce = 500
	if err := tx.CreateInBatches(&rows, atOnce).Error; err != nil {
		return fmt.Errorf("note whom to tell: %w", err)
	}
	return nil
}

// queueTurn queues the first batch of a turn.
func queueTurn(tx *gorm.DB, editionID string, turn int, now time.Time) error {
	number := strconv.Itoa(turn)
	return queue(tx, []shop.Job{{
		Kind: shop.JobNotice, Key: string(shop.JobNotice) + ":" + editionID + ":" + number, Subject: editionID, Detail: number, RunAt: now,
	}})
}

// PauseNotice stops the batches of a notice.
func (s *Store) PauseNotice(ctx context.Context, editionID string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE edition_notices SET state = 'paused', updated_at = ? WHERE edition_id = ? AND state = 'sending'", at(now), editionID)
		if done.Error != nil {
			return fmt.Errorf("pause a notice: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return nil
		}
		return s.audit(tx, act, now)
	})
}

// ResumeNotice queues the next batch of a paused notice.
func (s *Store) ResumeNotice(ctx context.Context, editionID string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var turns []int
		err := tx.Raw("UPDATE edition_notices SET state = 'sending', turn = turn + 1, updated_at = ? WHERE edition_id = ? AND state = 'paused' RETURNING turn",
			at(now), editionID).Scan(&turns).Error
		if err != nil {
			return fmt.Errorf("resume a notice: %w", err)
		}
		if len(turns) == 0 {
			return nil
		}
		if err := s.audit(tx, act, now); err != nil {
			return err
		}
		return queueTurn(tx, editionID, turns[0], now)
	})
}

// QueueNoticeBatch queues the mails of the next recipients and the job for those after them, unless the notice is paused
// or has another turn. When nobody waits any more the notice is done.
func (s *Store) QueueNoticeBatch(ctx context.Context, editionID, turn string, limit int, pause time.Duration, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var notices []editionNoticeRow
		if err := forUpdate(tx).Where("edition_id = ?", editionID).Find(&notices).Error; err != nil {
			return fmt.Errorf("lock a notice: %w", err)
		}
		if len(notices) == 0 || notices[0].State != shop.NoticeSending || strconv.Itoa(notices[0].Turn) != turn {
			return nil
		}
		var next []noticeRecipientRow
		err := tx.Where("edition_id = ? AND state = ?", editionID, recipientWaiting).Order("id").Limit(limit).Find(&next).Error
		if err != nil {
			return fmt.Errorf("read whom to tell next: %w", err)
		}
		if len(next) == 0 {
			err := tx.Exec("UPDATE edition_notices SET state = 'done', updated_at = ? WHERE edition_id = ?", at(now), editionID).Error
			if err != nil {
				return fmt.Errorf("end a notice: %w", err)
			}
			return nil
		}
		return queueMails(tx, next, editionID, turn, pause, now)
	})
}

func queueMails(tx *gorm.DB, to []noticeRecipientRow, editionID, turn string, pause time.Duration, now time.Time) error {
	ids := make([]string, len(to))
	jobs := make([]shop.Job, len(to), len(to)+1)
	for i, r := range to {
		ids[i] = r.ID
		jobs[i] = shop.Job{Kind: shop.JobMail, Key: shop.NoticeMailKey + r.ID, Subject: r.OrderID, Detail: string(shop.MailNewEdition), RunAt: now}
	}
	if err := tx.Exec("UPDATE notice_recipients SET state = ? WHERE id IN ?", recipientQueued, ids).Error; err != nil {
		return fmt.Errorf("note who is told: %w", err)
	}
	last := to[len(to)-1].ID
	return queue(tx, append(jobs, shop.Job{
		Kind: shop.JobNotice, Key: string(shop.JobNotice) + ":" + editionID + ":" + turn + ":" + last, Subject: editionID, Detail: turn, RunAt: now.Add(pause),
	}))
}

// NoticeRecipient returns a recipient; shop.ErrRecipientNotFound where there is none.
func (s *Store) NoticeRecipient(ctx context.Context, id string) (shop.NoticeRecipient, error) {
	var r shop.NoticeRecipient
	err := s.read(ctx, func(tx *gorm.DB) error {
		var rows []struct {
			Recipient noticeRecipientRow `gorm:"embedded"`
			Slug      string
			ProductID string
			Published utc
		}
		err := tx.Raw(`SELECT r.*, products.slug, products.id AS product_id, editions.published_at AS published FROM notice_recipients r
			JOIN editions ON editions.id = r.edition_id JOIN products ON products.id = editions.product_id WHERE r.id = ?`, id).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read whom to tell: %w", err)
		}
		if len(rows) == 0 {
			return shop.ErrRecipientNotFound
		}
		row := rows[0]
		r = shop.NoticeRecipient{
			ID: id, EditionID: row.Recipient.EditionID, Slug: row.Slug, Hash: row.Recipient.AddressHash, Due: row.Recipient.State == recipientQueued,
		}
		var orders []orderRow
		if err := tx.Where("id = ?", row.Recipient.OrderID).Find(&orders).Error; err != nil || len(orders) == 0 {
			return fmt.Errorf("read the order of whom to tell (%d found): %w", len(orders), err)
		}
		r.Order = orders[0].order()
		var emails []string
		err = tx.Raw("SELECT e.email FROM entitlements e JOIN orders o ON o.id = e.order_id WHERE o.email = ? AND "+ownsBefore+" LIMIT 1",
			r.Order.Email, row.Published, row.ProductID, row.ProductID, row.ProductID).Scan(&emails).Error
		if err != nil {
			return fmt.Errorf("read the right of whom to tell: %w", err)
		}
		if len(emails) > 0 {
			r.Owns, r.Email = true, emails[0]
		}
		return nil
	})
	return r, err
}

// NoteNoticed notes that a recipient was sent the mail, or is left out.
func (s *Store) NoteNoticed(ctx context.Context, id string, sent bool) error {
	state := recipientLeftOut
	if sent {
		state = recipientSent
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE notice_recipients SET state = ? WHERE id = ? AND state = ?", state, id, recipientQueued).Error; err != nil {
			return fmt.Errorf("note who was told: %w", err)
		}
		return nil
	})
}
