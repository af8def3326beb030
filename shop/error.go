package shop

import "errors"

// Kind says what sort of failure an Error is. It decides the HTTP status, not the sentence.
type Kind string

// The kinds of failure. Anything that is not an *Error counts as Internal.
const (
	Invalid      Kind = "invalid"      // the request makes no sense as it stands; the sender can mend it
	NotFound     Kind = "not_found"    // no such thing, or none that the asker may know of
	Conflict     Kind = "conflict"     // it made sense, but not in the present state
	Gone         Kind = "gone"         // it was here and is not any more
	Unauthorized Kind = "unauthorized" // nobody knows who asks
	Forbidden    Kind = "forbidden"    // the asker is known and may not
	TooMany      Kind = "too_many"     // too often; later is fine
	TooLarge     Kind = "too_large"    // more bytes than are taken
	Unavailable  Kind = "unavailable"  // a part outside (Stripe, the bucket, the mail server) did not answer
	Internal     Kind = "internal"     // our fault; the cause is logged, never shown
)

// Error is a failure that can be shown. Code is stable and part of the API's contract. Message is a
// whole sentence for people: what happened, what it means for their money, what to do next.
type Error struct {
	Kind    Kind
	Code    string
	Message Sentence
	// Fields says what is wrong with single fields of the input, by the field's name.
	Fields map[string]Sentence
	// Err is the cause. It goes to the log and never to a person.
	Err error
}

// NewError returns an Error of that kind. The message is formatted as by fmt.Sprintf.
func NewError(kind Kind, code, message string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: Say(message, args...)}
}

// Because returns a copy of e that carries its cause for the log.
func (e *Error) Because(cause error) *Error {
	with := *e
	with.Err = cause
	return &with
}

// Error names the code and the cause: it is written for a log, Message is what people are shown.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Code + ": " + e.Err.Error()
	}
	return e.Code + ": " + e.Message.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// AsError returns the Error in err's chain. Any other error becomes an Internal one with a sentence
// that gives nothing away. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	return NewError(Internal, "internal_error",
		"Something went wrong on our side. Nothing was charged by this step; please try again in a minute.").Because(err)
}

// IsKind reports whether err is an Error of that kind.
func IsKind(err error, kind Kind) bool {
	var known *Error
	return errors.As(err, &known) && known.Kind == kind
}

// invalidFields collects what is wrong with the fields of one input.
type invalidFields map[string]Sentence

func (f invalidFields) err() error {
	if len(f) == 0 {
		return nil
	}
	e := NewError(Invalid, "invalid_input", "Please check the marked fields. Nothing was ordered or charged.")
	e.Fields = f
	return e
}
