package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// mailJobs are the kinds of job that end in a mail.
func mailJobs() []shop.JobKind { return []shop.JobKind{shop.JobMail, shop.JobLink} }

// troubleView is one case as its statement reads it.
type troubleView struct {
	Number *string // NULL where it is about no order
	What   string
	At     utc
}

// trouble says how one kind is found: FROM and WHERE, what is read of a case, and which come first.
type trouble struct {
	kind          shop.TroubleKind
	lifeFrom      string // the column from which shop.TroubleLife counts; empty shows it for ever
	from          string
	args          []any
	columns, sort string
}

func troubles() []trouble {
	return []trouble{
		{
			kind: shop.TroubleDispute, from: "disputes t JOIN orders o ON o.id = t.order_id WHERE t.status = 'open'",
			columns: "o.number, t.reason AS what, t.updated_at AS at", sort: "t.updated_at DESC, t.id",
		},
		{
			kind: shop.TroubleReview, from: "orders o WHERE (o.status = 'review' OR o.attention <> '') AND o.status = 'review'",
			columns: "o.number, o.attention AS what, o.updated_at AS at", sort: "o.sequence DESC",
		},
		{
			kind: shop.TroubleOrder, from: "orders o WHERE (o.status = 'review' OR o.attention <> '') AND o.status <> 'review'",
			columns: "o.number, o.attention AS what, o.updated_at AS at", sort: "o.sequence DESC",
		},
		{
			kind: shop.TroubleMail, lifeFrom: "t.finished_at", from: "jobs t LEFT JOIN orders o ON o.id = t.subject WHERE t.state = 'failed' AND t.kind IN ?", args: []any{mailJobs()},
			columns: "o.number, t.cause AS what, t.finished_at AS at", sort: "t.finished_at DESC, t.id DESC",
		},
		{
			kind: shop.TroubleBounce, lifeFrom: "t.bounced_at",
			from: `mails t LEFT JOIN orders o ON o.id = t.order_id WHERE t.state IN ('bounced', 'complaint') AND t.erased_at IS NULL AND NOT EXISTS (
				SELECT 1 FROM mails later WHERE later.order_id = t.order_id AND later.kind = t.kind AND later.id > t.id AND later.state = 'sent')`,
			columns: "o.number, t.bounce AS what, t.bounced_at AS at", sort: "t.bounced_at DESC, t.id DESC",
		},
		{
			kind: shop.TroubleJob, lifeFrom: "t.finished_at", from: "jobs t LEFT JOIN orders o ON o.id = t.subject WHERE t.state = 'failed' AND t.kind NOT IN ?", args: []any{mailJobs()},
			columns: "o.number, t.kind || ': ' || t.cause AS what, t.finished_at AS at", sort: "t.finished_at DESC, t.id DESC",
		},
	}
}

// Troubles returns what wants a person now, the most pressing kind first; kinds without a case are left out. Work
// that was given up is shown for as long as shop.TroubleLife.
func (s *Store) Troubles(ctx context.Context, now time.Time) ([]shop.Trouble, error) {
	var all []shop.Trouble
	err := s.read(ctx, func(tx *gorm.DB) error {
		for _, t := range troubles() {
			if t.lifeFrom != "" {
				t.from, t.args = t.from+" AND "+t.lifeFrom+" > ?", append(t.args, at(now.Add(-shop.TroubleLife)))
			}
			found, err := t.read(tx)
			if err != nil {
				return fmt.Errorf("look for trouble of the kind %s: %w", t.kind, err)
			}
			if found.Count > 0 {
				all = append(all, found)
			}
		}
		return nil
	})
	return all, err
}

func (t trouble) read(tx *gorm.DB) (shop.Trouble, error) {
	found := shop.Trouble{Kind: t.kind}
	if err := tx.Raw("SELECT COUNT(*) FROM "+t.from, t.args...).Scan(&found.Count).Error; err != nil || found.Count == 0 {
		return found, err
	}
	var views []troubleView
	err := tx.Raw("SELECT "+t.columns+" FROM "+t.from+" ORDER BY "+t.sort+" LIMIT ?", append(t.args, shop.TroublesShown)...).Scan(&views).Error
	for _, v := range views {
		one := shop.TroubleCase{What: v.What, At: v.At.Time}
		if v.Number != nil {
			one.Order = *v.Number
		}
		found.Newest = append(found.Newest, one)
	}
	return found, err
}
