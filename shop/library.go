package shop

import "context"

// LibraryQuery asks for the orders of an e-mail address.
type LibraryQuery struct {
	Email string
	Page  int // from 1; less is 1
	Limit int // orders on a page
}

// LibraryPage is one page of the orders of an e-mail address, newest first, with their lines and rights.
type LibraryPage struct {
	Orders []Order
	Total  int // how many orders there are in all
}

// RequestLibraryLink has a link to the library of an address mailed to it, if it ever ordered anything.
// It does and answers the same for every address; only one that is no address at all is an Error of kind
// Invalid.
func (s *Shop) RequestLibraryLink(ctx context.Context, email string, in Language) error {
	clean, err := CleanEmail(email)
	if err != nil {
		return invalidFields{"email": Say("This does not look like an e-mail address. It should be like name@school.org.")}.err()
	}
	return s.askForLink(ctx, LinkLibrary, clean, in)
}

// LibraryLink returns the address whose library a link would open now, without using it up.
func (s *Shop) LibraryLink(ctx context.Context, token string) (email string, err error) {
	l, err := s.lookAtLink(ctx, LinkLibrary, token)
	return l.Subject, err
}

// EnterLibrary uses a link up and returns the address whose library it opens.
func (s *Shop) EnterLibrary(ctx context.Context, token string) (email string, err error) {
	l, err := s.config.Store.UseLink(ctx, LinkLibrary, hashToken(token), s.now())
	return l.Subject, err
}
