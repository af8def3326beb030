package shop

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Errors of putting products into the shop and taking them out.
var (
	errNotDraft   = NewError(Conflict, "not_a_draft", "This product was published already. Nothing was changed.")
	errInTheShop  = NewError(Conflict, "already_published", "This product is in the shop already. Nothing was changed.")
	errNotInShop  = NewError(Conflict, "not_published", "This product is not in the shop. Nothing was changed.")
	errPast       = NewError(Invalid, "invalid_time", "That moment is over. Choose one that is to come, or publish at once.")
	errNoSchedule = NewError(Conflict, "not_scheduled", "No publication was planned. Nothing was changed.")
)

// minParts is how many handbooks of the shop a bundle needs to be sold.
const minParts = 2

// fitForTheShop refuses what buyers could not make sense of, or would pay for in vain.
func (p *EditedProduct) fitForTheShop() error {
	wrong := map[string]Sentence{}
	if p.Title == "" {
		wrong[FactTitle] = Say("A product needs a title.")
	}
	if p.Summary == "" {
		wrong[FactSummary] = Say("The shop's lists show the summary. Please write one.")
	}
	if len(p.Variants) == 0 {
		wrong[string(Individual)+factPrice] = Say("The shop can sell it with a price only: put a licence on sale.")
	}
	if edition := p.Edition(); p.Kind == Handbook && (edition == nil || len(edition.Files) == 0) {
		wrong["files"] = Say("A handbook needs an edition with files before it can be sold.")
	}
	if p.Kind == Bundle && p.partsInTheShop() < minParts {
		wrong["parts"] = Say("A bundle needs at least %d handbooks that are in the shop.", minParts)
	}
	if len(wrong) == 0 {
		return nil
	}
	e := NewError(Invalid, "unfit_for_the_shop", "Something is missing before this can be in the shop. Nothing was changed.")
	e.Fields = wrong
	return e
}

func (p *EditedProduct) partsInTheShop() int {
	count := 0
	for _, part := range p.Parts {
		if part.Status == Published {
			count++
		}
	}
	return count
}

// FitForTheShop says what is missing before the product can be published, by the names of the fields; nil when
// nothing is.
func (p *EditedProduct) FitForTheShop() map[string]Sentence {
	var known *Error
	if errors.As(p.fitForTheShop(), &known) {
		return known.Fields
	}
	return nil
}

// PublishProduct puts a draft, or an archived product again, into the shop at once.
func (s *Shop) PublishProduct(ctx context.Context, by Actor, slug string, version int) (EditedProduct, error) {
	return s.turn(ctx, slug, version, func(p *EditedProduct) (Act, error) {
		if p.Status == Published {
			return Act{}, errInTheShop
		}
		if err := p.fitForTheShop(); err != nil {
			return Act{}, err
		}
		act := Act{By: by, Verb: "product.publish", Before: p.standing()}
		if p.Status == Archived {
			act.Verb = "product.restore"
		}
		p.Status, p.PublishAt = Published, time.Time{}
		act.After = p.standing()
		return act, nil
	})
}

// ScheduleProduct has a draft published at that time.
func (s *Shop) ScheduleProduct(ctx context.Context, by Actor, slug string, version int, when time.Time) (EditedProduct, error) {
	return s.turn(ctx, slug, version, func(p *EditedProduct) (Act, error) {
		switch {
		case p.Status != Draft:
			return Act{}, errNotDraft
		case !when.After(s.now()):
			return Act{}, errPast
		}
		if err := p.fitForTheShop(); err != nil {
			return Act{}, err
		}
		act := Act{By: by, Verb: "product.schedule", Before: p.standing()}
		p.PublishAt = when.UTC().Truncate(time.Microsecond)
		act.After = p.standing()
		return act, nil
	})
}

// UnscheduleProduct takes a planned publication back.
func (s *Shop) UnscheduleProduct(ctx context.Context, by Actor, slug string, version int) (EditedProduct, error) {
	return s.turn(ctx, slug, version, func(p *EditedProduct) (Act, error) {
		if p.PublishAt.IsZero() {
			return Act{}, errNoSchedule
		}
		act := Act{By: by, Verb: "product.unschedule", Before: p.standing()}
		p.PublishAt = time.Time{}
		act.After = p.standing()
		return act, nil
	})
}

// ArchiveProduct takes a product off sale. Those who own it keep it.
func (s *Shop) ArchiveProduct(ctx context.Context, by Actor, slug string, version int) (EditedProduct, error) {
	return s.turn(ctx, slug, version, func(p *EditedProduct) (Act, error) {
		if p.Status != Published {
			return Act{}, errNotInShop
		}
		act := Act{By: by, Verb: "product.archive", Before: p.standing()}
		p.Status = Archived
		act.After = p.standing()
		return act, nil
	})
}

// standing is what the audit trail keeps of whether a product is in the shop.
func (p *EditedProduct) standing() map[string]any {
	standing := map[string]any{"status": p.Status}
	if !p.PublishAt.IsZero() {
		standing["publish_at"] = p.PublishAt.UTC().Format(time.RFC3339)
	}
	return standing
}

// turn changes whether a product of that version is in the shop.
func (s *Shop) turn(ctx context.Context, slug string, version int, change func(*EditedProduct) (Act, error)) (EditedProduct, error) {
	p, err := s.config.Store.ProductToEdit(ctx, slug)
	if err != nil {
		return p, err
	}
	if p.Version != version {
		return p, ErrProductChanged
	}
	turned := p
	act, err := change(&turned)
	if err != nil {
		return p, err
	}
	return s.save(ctx, ProductSave{Product: turned, Act: act})
}

// schedule is who publishes what was planned, in the audit trail.
func schedule() Actor { return Actor{Name: "schedule"} }

// dueAtOnce is how many products one turn publishes.
const dueAtOnce = 50

// PublishDue publishes the drafts whose time has come, each once, however many do it at the same time. One that is not
// fit for the shop any more stays a draft, and its plan is taken back. It returns how many it published.
func (s *Shop) PublishDue(ctx context.Context) (published int, err error) {
	due, err := s.config.Store.ProductsDue(ctx, s.now(), dueAtOnce)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, p := range due {
		switch err := s.publishPlanned(ctx, p); {
		case err == nil:
			published++
		case errors.Is(err, ErrProductChanged): // somebody else did it, or is at work on it
		default:
			failed = append(failed, fmt.Errorf("publish %s as planned: %w", p.Slug, err))
		}
	}
	return published, errors.Join(failed...)
}

func (s *Shop) publishPlanned(ctx context.Context, p EditedProduct) error {
	act := Act{By: schedule(), Verb: "product.publish", Before: p.standing()}
	p.PublishAt = time.Time{}
	unfit := p.fitForTheShop()
	if unfit == nil {
		p.Status = Published
	} else {
		act.Verb = "product.unschedule"
	}
	act.After = p.standing()
	if unfit != nil {
		missing := slices.Sorted(maps.Keys(p.FitForTheShop()))
		act.After["missing"], unfit = missing, fmt.Errorf("%w Missing: %v", unfit, missing)
	}
	if err := s.config.Store.SaveProducts(ctx, []ProductSave{{Product: p, Act: act}}, s.now()); err != nil {
		return err
	}
	return unfit
}
