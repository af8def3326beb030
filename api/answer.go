package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// handler works out the body of an answer.
type handler func(*gin.Context) (any, error)

// answer writes what the handler returns as JSON, or its error as a problem.
func (a *API) answer(status int, handle handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		body, err := handle(c)
		if err != nil {
			a.Fail(c, shop.AsError(err))
			return
		}
		if write, is := body.(stream); is {
			a.stream(c, status, write)
			return
		}
		text, err := encode(body)
		if err != nil {
			a.Fail(c, shop.AsError(err))
			return
		}
		c.Data(status, "application/json", text)
	}
}

func render(c *gin.Context, handle handler) ([]byte, error) {
	body, err := handle(c)
	if err != nil {
		return nil, err
	}
	return encode(body)
}

// stream writes JSON as it comes. When that fails half-way the connection is cut, so that nobody takes a part for the
// whole.
func (a *API) stream(c *gin.Context, status int, write stream) {
	c.Header("Content-Type", "application/json")
	c.Status(status)
	if err := write(c.Writer); err != nil {
		gate.Report(c, a.Log, shop.AsError(err))
		panic(http.ErrAbortHandler)
	}
}

// encode leaves & and < in addresses as they are, and ends with a line break.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return b.Bytes(), nil
}

// money is an amount as the contract writes it.
type money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// each converts a list; an empty one is [] in JSON and not null.
func each[From, To any](list []From, convert func(From) To) []To {
	converted := make([]To, 0, len(list))
	for _, item := range list {
		converted = append(converted, convert(item))
	}
	return converted
}

func same[T any](item T) T { return item }

// optional is null in JSON for the zero value.
func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// moment is null in JSON for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
