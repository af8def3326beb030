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
	Current   any            `json:"current,omitempty"`
}

// currentKey is what the present state of a thing is kept under during a request that came too late to change it.
const currentKey = "current"

type fieldProblem struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// pause is how many seconds a client should wait for a part that did not answer.
const pause = "30"

// errUnlisted takes the place of an error whose code the contract does not list.
var errUnlisted = shop.AsError(errors.New("the contract does not list this problem"))

// Fail answers with a problem. An error whose code the contract does not list is unexpected, whatever
// its kind.
func (a *API) Fail(c *gin.Context, e *shop.Error) {
	if !a.contract.codes[e.Code] {
		e = errUnlisted.Because(e)
	}
	if e.Kind == shop.Unavailable {
		c.Header("Retry-After", pause)
	}
	status := gate.Status(e)
	p := problem{
		Type: docsPath + "#" + e.Code, Title: http.StatusText(status), Status: status,
		Detail: e.Message.String(), Code: e.Code, Reference: gate.Report(c, a.Log, e),
	}
	p.Current, _ = c.Get(currentKey)
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		p.Errors = append(p.Errors, fieldProblem{Field: field, Detail: e.Fields[field].String()})
	}
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(status, p)
}
