package api

import (
	"errors"
	"maps"
	"net/http"
	"slices"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// problem is an error as RFC 9457 writes it.
type problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail"`
	Code      string         `json:"code"`
	Reference string         `json:"reference,omitempty"`
	Errors    []fieldProblem `json:"errors,omitempty"`
}

type fieldProblem struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// statuses is the one table from an error's kind to the status of an answer.
var statuses = map[shop.Kind]int{
	shop.Invalid:     http.StatusBadRequest,
	shop.NotFound:    http.StatusNotFound,
	shop.Conflict:    http.StatusConflict,
	shop.Gone:        http.StatusGone,
	shop.Forbidden:   http.StatusForbidden,
	shop.TooMany:     http.StatusTooManyRequests,
	shop.TooLarge:    http.StatusRequestEntityTooLarge,
	shop.Unavailable: http.StatusServiceUnavailable,
	shop.Internal:    http.StatusInternalServerError,
}

// The codes that HTTP has a status of its own for.
const (
	codeMethod    = "method_not_allowed"
	codeMediaType = "unsupported_media_type"
)

func statusOf(e *shop.Error) int {
	switch e.Code {
	case codeMethod:
		return http.StatusMethodNotAllowed
	case codeMediaType:
		return http.StatusUnsupportedMediaType
	default:
		return statuses[e.Kind]
	}
}

// pause is how many seconds a client should wait for a part that did not answer.
const pause = "30"

// Fail answers with a problem. An error whose code the contract does not list is unexpected, whatever
// its kind.
func (a *API) Fail(c *gin.Context, e *shop.Error) {
	if !a.contract.codes[e.Code] {
		e = shop.AsError(errors.New(e.Error()))
	}
	if e.Kind == shop.Unavailable {
		c.Header("Retry-After", pause)
	}
	status := statusOf(e)
	p := problem{
		Type: docsPath + "#" + e.Code, Title: http.StatusText(status), Status: status,
		Detail: e.Message, Code: e.Code, Reference: gate.Report(c, a.Log, e),
	}
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		p.Errors = append(p.Errors, fieldProblem{Field: field, Detail: e.Fields[field]})
	}
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(status, p)
}
