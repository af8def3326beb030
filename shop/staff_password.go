package shop

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Passwords hashes passwords, slowly on purpose.
type Passwords interface {
	// Hash returns what is kept of a password.
	Hash(ctx context.Context, password string) (hash string, err error)
	// Matches reports whether a hash is that of the password. An empty hash matches none, and takes as long.
	Matches(ctx context.Context, password, hash string) (bool, error)
}

// The bounds of a password.
const (
	minPassword = 12  // characters
	maxPassword = 128 // bytes
)

// commonWords are what many long passwords are made of, with digits and marks around them.
var commonWords = []string{
	"password", "passwort", "passw0rd", "contraseña", "letmein", "welcome", "qwerty", "qwertyuiop", "qwertyuiopasdfgh", "asdfghjkl", "iloveyou",
	"administrator", "admin", "bookroom", "handbook", "bigpicture", "bigpicturelearning", "changeme", "changemenow", "football", "baseball", "basketball",
	"sunshine", "princess", "superman", "batman", "trustno", "monkey", "dragon", "master", "hello", "helloworld", "secret", "topsecret", "whatever",
	"correcthorsebatterystaple", "passwordpassword", "teacher", "student", "school", "principal", "abcdefghijkl", "abcdefghijklmnop", "qazwsxedcrfv",
}

// checkPassword says what is wrong with a new password; the zero Sentence where nothing is.
func checkPassword(password string, of Staff) Sentence {
	lower := strings.ToLower(password)
	mailbox, _, _ := strings.Cut(of.Email, "@")
	switch {
	case !utf8.ValidString(password) || utf8.RuneCountInString(password) < minPassword:
		return Say("Please choose at least %d characters. Four or five words that do not belong together are easy to keep in mind.", minPassword)
	case len(password) > maxPassword:
		return Say("Please choose a shorter one: at most %d characters.", maxPassword)
	case holdsPartOf(lower, append(strings.Fields(strings.ToLower(of.Name)), mailbox)):
		return Say("Please choose one without your name or address in it: that is tried first.")
	case slices.Contains(commonWords, strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })) || differentRunes(lower) < 5:
		return Say("Many people have this one or nearly this one, so it is tried first. Please choose another.")
	default:
		return Sentence{}
	}
}

// holdsPartOf looks for words that are long enough to be no accident, where little else is there.
func holdsPartOf(password string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		return len(word) >= 4 && strings.Contains(password, word) && len(password)-len(word) < minPassword
	})
}

func differentRunes(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}
