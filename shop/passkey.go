package shop

import (
	"encoding/json"
	"fmt"
	"time"
)

// Passkey is a key of a member of staff on a device of theirs, or with their password manager.
type Passkey struct {
	ID         string // base64url
	Name       string // as they call it
	Credential []byte // what the Passkeys know of it
	CreatedAt  time.Time
	LastUsedAt time.Time // zero until used
}

// Passkeys speaks with browsers about passkeys. Options are JSON for the browser, answers the JSON that comes back; the state is kept
// between the two. Answers that prove nothing are ErrPasskeyRefused.
type Passkeys interface {
	// Offer asks for a new passkey, beside those that are known; Take reads it from the answer.
	Offer(member Staff, known []Passkey) (options, state []byte, err error)
	Take(member Staff, state, answer []byte) (Passkey, error)
	// Ask asks for a sign that one of the known passkeys is there; Check returns it as it is after that.
	Ask(member Staff, known []Passkey) (options, state []byte, err error)
	Check(member Staff, known []Passkey, state, answer []byte) (Passkey, error)
}

// The errors of passkeys: for what is no sign of one that we know, and for a site that browsers keep none for.
var (
	ErrPasskeyRefused = NewError(Unauthorized, "passkey_refused", "That passkey was not accepted. Please try again, or use a code.")
	ErrNoPasskeys     = NewError(Conflict, "no_passkeys", "Browsers keep passkeys for names only, and the address of this shop is a number. Please use an authenticator app.")
)

// PasskeyQuestion is put to a browser. Ticket comes back with the answer, and is good for a few minutes.
type PasskeyQuestion struct {
	Options json.RawMessage
	Ticket  string
}

// PasskeyAnswer is what came back.
type PasskeyAnswer struct {
	Ticket string
	Answer string
	Name   string // of a new passkey
}

// asked is what a ticket holds of a question.
type asked struct {
	State []byte
	At    time.Time
}

// The longest name of a passkey or token, in bytes.
const maxKeyName = 60

// offerPasskey asks whoever is named by purpose for a new passkey.
func (s *Shop) offerPasskey(keys StaffKeys, purpose string) (PasskeyQuestion, error) {
	options, state, err := s.config.Passkeys.Offer(keys.Staff, keys.Passkeys)
	return s.question(options, state, err, purpose)
}

func (s *Shop) askPasskey(keys StaffKeys, purpose string) (PasskeyQuestion, error) {
	options, state, err := s.config.Passkeys.Ask(keys.Staff, keys.Passkeys)
	return s.question(options, state, err, purpose)
}

func (s *Shop) question(options, state []byte, err error, purpose string) (PasskeyQuestion, error) {
	if err != nil {
		return PasskeyQuestion{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	ticket, err := s.writeTicket("passkey "+purpose, asked{state, s.now()})
	return PasskeyQuestion{options, ticket}, err
}

// takePasskey reads a new passkey from an answer to offerPasskey.
func (s *Shop) takePasskey(member Staff, purpose string, a PasskeyAnswer) (Passkey, error) {
	var question asked
	if err := s.readTicket("passkey "+purpose, a.Ticket, &question); err != nil {
		return Passkey{}, err
	}
	key, err := s.config.Passkeys.Take(member, question.State, []byte(a.Answer))
	if err != nil {
		return Passkey{}, err
	}
	key.Name, key.CreatedAt = truncate(a.Name, maxKeyName), s.now()
	if key.Name == "" {
		key.Name = "Passkey of " + key.CreatedAt.Format("January 2, 2006")
	}
	return key, nil
}

// checkPasskey reads the sign of a known passkey from an answer to askPasskey.
func (s *Shop) checkPasskey(keys StaffKeys, purpose string, a PasskeyAnswer) (Factor, error) {
	var question asked
	if err := s.readTicket("passkey "+purpose, a.Ticket, &question); err != nil {
		return Factor{}, err
	}
	key, err := s.config.Passkeys.Check(keys.Staff, keys.Passkeys, question.State, []byte(a.Answer))
	if err != nil {
		return Factor{}, err
	}
	return Factor{Passkey: key, Asked: question.At}, nil
}
