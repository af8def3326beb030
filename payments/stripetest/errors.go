package stripetest

import (
	"fmt"
	"net/http"
)

// apiError is an error in Stripe's words.
type apiError struct {
	Type        string `json:"type"`
	Code        string `json:"code,omitempty"`
	DeclineCode string `json:"decline_code,omitempty"`
	DocURL      string `json:"doc_url,omitempty"`
	Message     string `json:"message"`
	Param       string `json:"param,omitempty"`
	Charge      string `json:"charge,omitempty"`

	status int
	// begun says that the request was sound and had begun to execute. Only
	// then does its idempotency key keep the answer.
	begun bool
}

func (e *apiError) Error() string { return e.Message }

// invalid is a parameter that makes no sense.
func invalid(param, format string, args ...any) *apiError {
	return &apiError{
		Type: "invalid_request_error", Message: fmt.Sprintf(format, args...), Param: param,
		status: http.StatusBadRequest,
	}
}

// with names the error as in https://stripe.com/docs/error-codes.
func (e *apiError) with(code string) *apiError {
	e.Code = code
	e.DocURL = "https://stripe.com/docs/error-codes/" + code
	return e
}

// executing marks an error that Stripe finds while it executes the request.
func (e *apiError) executing() *apiError {
	e.begun = true
	return e
}

func missing(param string) *apiError {
	return invalid(param, "Missing required param: %s.", param).with("parameter_missing")
}

func noSuch(noun, id string) *apiError {
	e := invalid("id", "No such %s: '%s'", noun, id).with("resource_missing")
	e.status = http.StatusNotFound
	return e
}

func unauthorized(message string) *apiError {
	return &apiError{Type: "invalid_request_error", Message: message, status: http.StatusUnauthorized}
}

func keyReused(format string, args ...any) *apiError {
	return &apiError{Type: "idempotency_error", Message: fmt.Sprintf(format, args...), status: http.StatusBadRequest}
}

func unexpected(message string) *apiError {
	return &apiError{Type: "api_error", Message: message, status: http.StatusInternalServerError, begun: true}
}
