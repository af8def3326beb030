package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// handler works out the body of an answer.
type handler func(*gin.Context) (any, error)

// answer writes what the handler returns as JSON, or its error as a problem.
func (a *API) answer(status int, handle handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		body, err := render(c, handle)
		if err != nil {
			a.Fail(c, shop.AsError(err))
			return
		}
		c.Data(status, "application/json", body)
	}
}

func render(c *gin.Context, handle handler) ([]byte, error) {
	body, err := handle(c)
	if err != nil {
		return nil, err
	}
	return encode(body)
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
