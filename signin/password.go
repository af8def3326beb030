package signin

import (
	"context"
	"fmt"

	"github.com/alexedwards/argon2id"

	"bookroom/shop"
)

// cost is OWASP's for Argon2id: 19 MiB, twice, on one core.
var cost = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hashesAtOnce bounds the memory that sign-ins take together.
const hashesAtOnce = 4

// Passwords hashes passwords, a few at a time.
type Passwords struct {
	turns chan struct{}
	dummy string // a hash of nothing that anybody can type, for accounts that are not there
}

var _ shop.Passwords = (*Passwords)(nil)

// NewPasswords takes the time of one hash.
func NewPasswords() (*Passwords, error) {
	dummy, err := argon2id.CreateHash(shop.NewSecret(), &cost)
	if err != nil {
		return nil, fmt.Errorf("hash a password: %w", err)
	}
	return &Passwords{make(chan struct{}, hashesAtOnce), dummy}, nil
}

// turn waits until another hash fits into memory.
func (p *Passwords) turn(ctx context.Context) (end func(), err error) {
	select {
	case p.turns <- struct{}{}:
		return func() { <-p.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Hash returns what is kept of a password, in the PHC format.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	end, err := p.turn(ctx)
	if err != nil {
		return "", err
	}
	defer end()
	return argon2id.CreateHash(password, &cost)
}

// Matches reports whether a hash is that of the password. An empty hash matches none, and takes as long.
func (p *Passwords) Matches(ctx context.Context, password, hash string) (bool, error) {
	end, err := p.turn(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(password, p.dummy)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}
