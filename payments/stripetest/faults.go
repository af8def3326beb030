package stripetest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Faults are what goes wrong on purpose. The zero value is Stripe in good
// health.
type Faults struct {
	// Duplicate is how many times more each event is delivered, at once.
	Duplicate int
	// Reorder holds events back until there are so many, and then delivers
	// them last first. 0 and 1 keep the order.
	Reorder int
	// Drop lists the types of event that are never delivered; "*" is all.
	Drop []string
	// Delay is how long each delivery is late.
	Delay time.Duration
	// API is a fault of the API.
	API APIFault
}

// APIFault is a fault of requests to the API.
type APIFault struct {
	Kind FaultKind // empty: none
	// Path is the beginning of the path of the requests that suffer, such as
	// /v1/refunds; empty: all.
	Path string
	// Times is how many requests suffer; 0: all, until the faults change.
	Times int
}

// FaultKind is how a request to the API fails. Go's own HTTP client quietly
// sends a request with an idempotency key again when a connection that it used
// before breaks: such a request suffers more than one of Times.
type FaultKind string

// The ways in which a request fails.
const (
	FaultError       FaultKind = "error"        // 500, kept for the idempotency key as Stripe keeps it
	FaultHang        FaultKind = "hang"         // no effect and no answer, until the client gives up
	FaultResetBefore FaultKind = "reset_before" // the connection breaks before the effect
	FaultResetAfter  FaultKind = "reset_after"  // the connection breaks after the effect
)

func faultKinds() []string {
	return []string{"", string(FaultError), string(FaultHang), string(FaultResetBefore), string(FaultResetAfter)}
}

// SetFaults replaces the faults. Events that Reorder held back are sent.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	s.faults = f
	s.mu.Unlock()
	s.courier.send(nil)
}

func (s *Server) currentFaults() Faults {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.faults
}

func (f Faults) drops(eventType string) bool {
	return slices.Contains(f.Drop, "*") || slices.Contains(f.Drop, eventType)
}

// takeFault returns the fault that a request suffers, and counts it.
func (s *Server) takeFault(path string) FaultKind {
	if s.currentFaults().API.Kind == "" {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := &s.faults.API
	if !strings.HasPrefix(path, fault.Path) {
		return ""
	}
	kind := fault.Kind
	if fault.Times == 1 {
		*fault = APIFault{}
	} else if fault.Times > 1 {
		fault.Times--
	}
	return kind
}

// withFault answers a request, or fails to as the faults say.
func (s *Server) withFault(w http.ResponseWriter, r *http.Request, answer func(http.ResponseWriter)) {
	switch s.takeFault(r.URL.Path) {
	case FaultError:
		s.command(func(*change, *call) (any, error) {
			return nil, unexpected("Sorry! There was an error while talking to one of our backends. (A fault of the Stripe simulator.)")
		})(w, r, &call{})
	case FaultHang:
		select {
		case <-r.Context().Done():
		case <-s.stopped.Done():
		}
		panic(http.ErrAbortHandler)
	case FaultResetBefore:
		panic(http.ErrAbortHandler)
	case FaultResetAfter:
		answer(unheard{header: w.Header()})
		panic(http.ErrAbortHandler)
	default:
		answer(w)
	}
}

// unheard takes an answer that never reaches the client.
type unheard struct{ header http.Header }

func (u unheard) Header() http.Header         { return u.header }
func (u unheard) WriteHeader(int)             {}
func (u unheard) Write(b []byte) (int, error) { return len(b), nil }
