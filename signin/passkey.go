package signin

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"bookroom/shop"
)

// Passkeys speaks WebAuthn for one site.
type Passkeys struct {
	site *webauthn.WebAuthn // nil where the site has no name, only a number
}

var _ shop.Passkeys = (*Passkeys)(nil)

// NewPasskeys takes the site's address, such as https://books.example.org. Browsers give passkeys to a site that is reached by https, or is
// this machine, by name: at an address that is a number Offer and Ask are shop.ErrNoPasskeys.
func NewPasskeys(address string) (*Passkeys, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("read the site's address: %w", err)
	}
	if net.ParseIP(u.Hostname()) != nil {
		return &Passkeys{}, nil
	}
	site, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Bookroom", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys for %s: %w", address, err)
	}
	return &Passkeys{site}, nil
}

// holder is a member of staff as the library sees them.
type holder struct {
	member      shop.Staff
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.member.ID) }
func (h holder) WebAuthnName() string                       { return h.member.Email }
func (h holder) WebAuthnDisplayName() string                { return h.member.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

func holderOf(member shop.Staff, known []shop.Passkey) (holder, error) {
	h := holder{member: member}
	for _, key := range known {
		var c webauthn.Credential
		if err := json.Unmarshal(key.Credential, &c); err != nil {
			return h, fmt.Errorf("read a passkey: %w", err)
		}
		h.credentials = append(h.credentials, c)
	}
	return h, nil
}

// Offer asks for a new passkey, beside those that are known.
func (p *Passkeys) Offer(member shop.Staff, known []shop.Passkey) (options, state []byte, err error) {
	if p.site == nil {
		return nil, nil, shop.ErrNoPasskeys
	}
	h, err := holderOf(member, known)
	if err != nil {
		return nil, nil, err
	}
	excluded := webauthn.Credentials(h.credentials).CredentialDescriptors()
	creation, session, err := p.site.BeginRegistration(h, webauthn.WithExclusions(excluded))
	if err != nil {
		return nil, nil, fmt.Errorf("offer a passkey: %w", err)
	}
	return both(creation.Response, session)
}

// both writes what goes to the browser and what stays.
func both(options, session any) (toBrowser, toKeep []byte, err error) {
	if toBrowser, err = json.Marshal(options); err != nil {
		return nil, nil, fmt.Errorf("write a question for a passkey: %w", err)
	}
	if toKeep, err = json.Marshal(session); err != nil {
		return nil, nil, fmt.Errorf("write a question for a passkey: %w", err)
	}
	return toBrowser, toKeep, nil
}

// Take reads the new passkey from the answer; shop.ErrPasskeyRefused for an answer that holds none for us.
func (p *Passkeys) Take(member shop.Staff, state, answer []byte) (shop.Passkey, error) {
	if p.site == nil {
		return shop.Passkey{}, shop.ErrNoPasskeys
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return shop.Passkey{}, fmt.Errorf("read the question for a passkey: %w", err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return shop.Passkey{}, shop.ErrPasskeyRefused.Because(err)
	}
	credential, err := p.site.CreateCredential(holder{member: member}, session, parsed)
	if err != nil {
		return shop.Passkey{}, shop.ErrPasskeyRefused.Because(err)
	}
	return passkey(credential)
}

// Ask asks for a sign that one of the known passkeys is there.
func (p *Passkeys) Ask(member shop.Staff, known []shop.Passkey) (options, state []byte, err error) {
	if p.site == nil {
		return nil, nil, shop.ErrNoPasskeys
	}
	h, err := holderOf(member, known)
	if err != nil {
		return nil, nil, err
	}
	if len(h.credentials) == 0 {
		return nil, nil, shop.ErrPasskeyRefused
	}
	assertion, session, err := p.site.BeginLogin(h)
	if err != nil {
		return nil, nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	return both(assertion.Response, session)
}

// Check returns the passkey as it is after it gave a sign; shop.ErrPasskeyRefused for anything else, and for one that seems to be
// a copy.
func (p *Passkeys) Check(member shop.Staff, known []shop.Passkey, state, answer []byte) (shop.Passkey, error) {
	if p.site == nil {
		return shop.Passkey{}, shop.ErrNoPasskeys
	}
	h, err := holderOf(member, known)
	if err != nil {
		return shop.Passkey{}, err
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return shop.Passkey{}, fmt.Errorf("read the question for a passkey: %w", err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return shop.Passkey{}, shop.ErrPasskeyRefused.Because(err)
	}
	credential, err := p.site.ValidateLogin(h, session, parsed)
	if err != nil {
		return shop.Passkey{}, shop.ErrPasskeyRefused.Because(err)
	}
	if credential.Authenticator.CloneWarning {
		return shop.Passkey{}, shop.ErrPasskeyRefused
	}
	return passkey(credential)
}

func passkey(c *webauthn.Credential) (shop.Passkey, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return shop.Passkey{}, fmt.Errorf("write a passkey: %w", err)
	}
	return shop.Passkey{ID: base64.RawURLEncoding.EncodeToString(c.ID), Credential: text}, nil
}
