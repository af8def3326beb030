package shop

import (
	"context"
	"strings"
	"time"
)

// Holding says how much the shop holds of a person in one place.
type Holding struct {
	What string // such as "orders"
	Rows int
}

// Erasure says what came of erasing a person.
type Erasure struct {
	Orders   int // whose buyer has no name any more
	Holdings []Holding
}

// PersonStore finds, hands out and erases what is held of a person. A person is an e-mail address, in the form
// that CleanEmail returns.
type PersonStore interface {
	// PersonHoldings counts what is held of a person; it is empty when nothing is.
	PersonHoldings(ctx context.Context, email string) ([]Holding, error)
	// ErasePerson puts the pseudonym in the place of the address, removes what else says who it was, and notes the
	// act. It does nothing, and notes nothing, when nothing is held of the address.
	ErasePerson(ctx context.Context, email, pseudonym string, act func(Erasure) Act, now time.Time) (Erasure, error)
	// ExportPerson hands out everything that is held of a person, row by row and table after table, but for secrets.
	ExportPerson(ctx context.Context, email string, take func(table string, row map[string]any) error) error
}

// erasedHost is the host of pseudonyms: one that can never receive mail.
const erasedHost = "@erased.invalid"

// IsErased reports whether an address is the pseudonym of a person who was erased.
func IsErased(email string) bool { return strings.HasSuffix(email, erasedHost) }

// BuyerErased reports whether the person who ordered was erased: the order has no name and reaches nobody.
func (o Order) BuyerErased() bool { return IsErased(o.Email) }

// ErrNothingHeld answers an address that the shop knows nothing of.
var ErrNothingHeld = NewError(NotFound, "nothing_held", "The shop holds nothing of this address.")

// errPerson says what is wrong with one field of a form about a person.
func errPerson(field string, wrong Sentence) *Error {
	e := NewError(Invalid, "invalid_input", "Please check the marked field. Nothing was changed.")
	e.Fields = map[string]Sentence{field: wrong}
	return e
}

// PersonHoldings counts what is held of an e-mail address, and returns the address in the form that it is kept in.
func (s *Shop) PersonHoldings(ctx context.Context, email string) (string, []Holding, error) {
	clean, err := cleanPerson(email)
	if err != nil {
		return "", nil, err
	}
	holdings, err := s.config.Store.PersonHoldings(ctx, clean)
	return clean, holdings, err
}

// ErasePerson takes the person out of everything that the shop holds. What bookkeeping needs stays: amounts, dates,
// numbers and what was bought. So do the rights: whoever has an order's link still opens it, without a name. It cannot
// be undone. Done again it does nothing.
func (s *Shop) ErasePerson(ctx context.Context, by Actor, email, confirm string) (Erasure, error) {
	clean, err := cleanPerson(email)
	if err != nil {
		return Erasure{}, err
	}
	if again, err := CleanEmail(confirm); err != nil || again != clean {
		return Erasure{}, errPerson("confirm", Say("Type the address again, exactly as above, to erase this person."))
	}
	pseudonym := "erased-" + strings.ToLower(NewSecret()) + erasedHost
	return s.config.Store.ErasePerson(ctx, clean, pseudonym, func(e Erasure) Act {
		return Act{By: by, Verb: "person.erase", Subject: Subject{Kind: "person", ID: pseudonym}, After: map[string]any{"orders": e.Orders}}
	}, s.now())
}

func cleanPerson(email string) (string, error) {
	clean, err := CleanEmail(email)
	if err != nil || IsErased(clean) {
		return "", errPerson("email", Say("This does not look like an e-mail address. It should be like name@school.org."))
	}
	return clean, nil
}
