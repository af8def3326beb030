// Package signin does what signing in to the back office takes beside rules: it hashes passwords with Argon2id, and speaks WebAuthn
// with browsers.
//
// It knows nothing of sessions, attempts or roles, and keeps nothing.
package signin
