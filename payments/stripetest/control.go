package stripetest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// controls answers /_stripe/: a page for people, and what a test needs to play
// the dashboard, the bank, the clock and the weather. Parameters come as a
// form or in the query; answers are JSON, or a redirect back to the page for a
// browser.
func (s *Server) controls() http.Handler {
	mux := http.NewServeMux()
	act := func(path string, run func(r *http.Request) (any, error)) {
		mux.HandleFunc("POST /_stripe"+path, func(w http.ResponseWriter, r *http.Request) { s.act(w, r, run) })
	}
	mux.HandleFunc("GET /_stripe/{$}", s.showSimulator)
	mux.HandleFunc("GET /_stripe/simulator.css", s.showStyle)
	mux.HandleFunc("GET /_stripe/events", func(w http.ResponseWriter, _ *http.Request) { s.writeValue(w, s.Events()) })
	mux.HandleFunc("GET /_stripe/faults", func(w http.ResponseWriter, _ *http.Request) { s.writeValue(w, s.currentFaults()) })

	act("/clock/advance", s.postAdvance)
	act("/faults", s.postFaults)
	act("/payouts", s.postPayout)
	act("/events/{id}/redeliver", func(r *http.Request) (any, error) { return nil, s.Redeliver(r.PathValue("id")) })
	act("/sessions/{id}/expire", func(r *http.Request) (any, error) { return nil, s.ExpireSession(r.PathValue("id")) })
	act("/sessions/{id}/settle", s.postSettle)
	act("/charges/{id}/refund", s.postRefund)
	act("/charges/{id}/dispute", s.postDispute)
	act("/refunds/{id}/settle", func(r *http.Request) (any, error) { return nil, s.SettleRefund(r.PathValue("id")) })
	act("/refunds/{id}/fail", func(r *http.Request) (any, error) { return nil, s.FailRefund(r.PathValue("id")) })
	act("/disputes/{id}/close", s.postDecide)
	return http.NewCrossOriginProtection().Handler(mux)
}

// act runs one control and answers.
func (s *Server) act(w http.ResponseWriter, r *http.Request, run func(*http.Request) (any, error)) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	result, err := run(r)
	browser := strings.Contains(r.Header.Get("Accept"), "text/html")
	switch {
	case err != nil && browser:
		e := asAPIError(err)
		s.show(w, e.status, "message.html", messagePage{
			Title: "That did not work", Text: e.Message, Link: "/_stripe/", LinkText: "Back to the simulator",
		}, "")
	case err != nil:
		s.writeError(w, err)
	case browser:
		http.Redirect(w, r, "/_stripe/", http.StatusSeeOther)
	case result == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		s.writeValue(w, result)
	}
}

func (s *Server) writeValue(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.writeError(w, err)
		return
	}
	s.writeJSON(w, http.StatusOK, body)
}

// made is the answer of a control that made an object.
type made struct {
	ID string `json:"id"`
}

func (s *Server) postAdvance(r *http.Request) (any, error) {
	d, err := time.ParseDuration(r.FormValue("duration"))
	if err != nil {
		return nil, invalid("duration", "A duration looks like 36h or 90s.")
	}
	return nil, s.Advance(d)
}

func (s *Server) postRefund(r *http.Request) (any, error) {
	amount, err := formNumber(r, "amount")
	if err != nil {
		return nil, err
	}
	id, err := s.Refund(r.PathValue("id"), amount)
	return made{id}, err
}

func (s *Server) postDispute(r *http.Request) (any, error) {
	reason := r.FormValue("reason")
	if reason == "" {
		reason = disputeReasons()[0]
	}
	id, err := s.Dispute(r.PathValue("id"), reason)
	return made{id}, err
}

func (s *Server) postDecide(r *http.Request) (any, error) {
	outcome := r.FormValue("outcome")
	if outcome != disputeWon && outcome != disputeLost {
		return nil, invalid("outcome", "The outcome of a dispute is won or lost.")
	}
	return nil, s.DecideDispute(r.PathValue("id"), outcome == disputeWon)
}

func (s *Server) postSettle(r *http.Request) (any, error) {
	outcome := r.FormValue("outcome")
	if outcome != "succeed" && outcome != "fail" {
		return nil, invalid("outcome", "The outcome of a bank debit is succeed or fail.")
	}
	return nil, s.SettleBankDebit(r.PathValue("id"), outcome == "succeed")
}

func (s *Server) postPayout(r *http.Request) (any, error) {
	currency := r.FormValue("currency")
	if currency == "" {
		currency = "usd"
	}
	id, err := s.Payout(currency)
	return made{id}, err
}

// postFaults replaces all faults; what is not given is healed.
func (s *Server) postFaults(r *http.Request) (any, error) {
	duplicate, err := formNumber(r, "duplicate")
	if err != nil {
		return nil, err
	}
	reorder, err := formNumber(r, "reorder")
	if err != nil {
		return nil, err
	}
	times, err := formNumber(r, "api_times")
	if err != nil {
		return nil, err
	}
	var delay time.Duration
	if value := r.FormValue("delay"); value != "" {
		if delay, err = time.ParseDuration(value); err != nil || delay < 0 {
			return nil, invalid("delay", "A delay looks like 2s or 500ms.")
		}
	}
	kind := r.FormValue("api")
	if !slices.Contains(faultKinds(), kind) {
		return nil, invalid("api", "An API fault is one of %s.", strings.Join(faultKinds()[1:], ", "))
	}
	s.SetFaults(Faults{
		Duplicate: int(duplicate), Reorder: int(reorder), Delay: delay,
		Drop: strings.FieldsFunc(r.FormValue("drop"), func(c rune) bool { return c == ',' || c == ' ' }),
		API:  APIFault{Kind: FaultKind(kind), Path: r.FormValue("api_path"), Times: int(times)},
	})
	return nil, nil
}

// formNumber reads a whole number of 0 or more; 0 if it is not there.
func formNumber(r *http.Request, name string) (int64, error) {
	value := r.FormValue(name)
	if value == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 0 {
		return 0, invalid(name, "%s must be a whole number.", name)
	}
	return n, nil
}
