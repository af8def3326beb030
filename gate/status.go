package gate

import (
	"net/http"

	"bookroom/shop"
)

// The codes of the errors that HTTP has a status of its own for, whatever their kind.
const (
	CodeMethod    = "method_not_allowed"
	CodeMediaType = "unsupported_media_type"
)

// Status is the status under which an error is answered: the one table from kinds to statuses.
func Status(e *shop.Error) int {
	switch e.Code {
	case CodeMethod:
		return http.StatusMethodNotAllowed
	case CodeMediaType:
		return http.StatusUnsupportedMediaType
	}
	switch e.Kind {
	case shop.Invalid:
		return http.StatusBadRequest
	case shop.NotFound:
		return http.StatusNotFound
	case shop.Conflict:
		return http.StatusConflict
	case shop.Gone:
		return http.StatusGone
	case shop.Unauthorized:
		return http.StatusUnauthorized
	case shop.Forbidden:
		return http.StatusForbidden
	case shop.TooMany:
		return http.StatusTooManyRequests
	case shop.TooLarge:
		return http.StatusRequestEntityTooLarge
	case shop.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}
