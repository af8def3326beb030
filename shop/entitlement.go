package shop

import "time"

// EntitlementState says whether a right can be used.
type EntitlementState string

// The states of an entitlement.
const (
	Active    EntitlementState = "active"
	Suspended EntitlementState = "suspended" // while a dispute is open
	Revoked   EntitlementState = "revoked"   // refunded, or a dispute was lost
)

// Entitlement is the right of one e-mail address (or one school) to download one product. A bundle's
// entitlement reaches the handbooks that were in the bundle when it was ordered, and those that it gained for
// everybody since.
type Entitlement struct {
	ID           string
	OrderID      string
	LineID       string
	ProductID    string
	Licence      VariantKind
	Email        string
	Organisation string
	State        EntitlementState
	Downloads    int // links issued
	GrantedAt    time.Time
	// Held is what staff decided the right to be, whatever is heard of the payment: Active or Revoked; empty
	// where the payment decides.
	Held EntitlementState
}

// unlessHeld is what the right comes to when the payment makes it that state.
func (e Entitlement) unlessHeld(state EntitlementState) EntitlementState {
	if e.Held != "" {
		return e.Held
	}
	return state
}

// OwnedFile is a file that an order gives the right to, as the order page lists it.
type OwnedFile struct {
	File
	OrderID       string
	EntitlementID string
	State         EntitlementState
	LineID        string
	ProductID     string
	ProductSlug   string
	ProductTitle  string
	EditionID     string
	EditionNumber int
	EditionDate   time.Time // when the edition was published
	Downloads     int       // links issued under the right
	// What its cover shows beside the title: of the distinguishers only the first.
	ProductSubtitle       string
	ProductLanguage       string
	ProductKind           ProductKind
	ProductDistinguishers []string
}

// Download is the record of one link that was issued.
type Download struct {
	ID            string
	EntitlementID string
	OrderID       string
	FileID        string
	EditionID     string
	IssuedAt      time.Time
	ExpiresAt     time.Time
	IP            string // truncated: the last octet of IPv4, all but the first 48 bits of IPv6 are zero
	Agent         string
	ArchiveID     string // of the archive that the file went out in; empty for one by itself
}
