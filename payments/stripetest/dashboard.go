package stripetest

import (
	"net/http"
)

// simulatorPage is what people see at /_stripe/.
type simulatorPage struct {
	Now        int64
	Webhook    string
	Faults     Faults
	FaultKinds []string
	Payments   []paymentRow
	Balance    *balance
	Payouts    []*payout
	Events     []Event
}

// paymentRow is a payment and what can be done with it.
type paymentRow struct {
	Session *session
	Charge  *charge  // nil: not tried yet
	Dispute *dispute // nil: not disputed
	Refunds []*refund
}

// Awaited says that a bank debit is on its way.
func (p paymentRow) Awaited() bool { return p.Charge != nil && p.Charge.Status == "pending" }

// Refundable says that money can be given back.
func (p paymentRow) Refundable() bool {
	return p.Charge != nil && p.Charge.Paid && !p.Charge.Refunded && !p.Charge.Disputed
}

// Disputable says that the buyer can dispute the payment.
func (p paymentRow) Disputable() bool { return p.Refundable() }

// Contested says that a dispute waits for its end.
func (p paymentRow) Contested() bool { return p.Dispute != nil && !p.Dispute.decided() }

const rowsShown = 50

// showSimulator is GET /_stripe/.
func (s *Server) showSimulator(w http.ResponseWriter, _ *http.Request) {
	page := simulatorPage{FaultKinds: faultKinds()[1:]}
	if err := s.read(func(st *state) { s.fill(&page, st) }); err != nil {
		s.showFailure(w, err)
		return
	}
	s.show(w, http.StatusOK, "simulator.html", page, "")
}

func (s *Server) fill(page *simulatorPage, st *state) {
	page.Now, page.Webhook, page.Faults = st.now(), s.endpoint.url, s.faults
	page.Balance = st.balance()
	disputes := map[string]*dispute{}
	for d := range st.disputes.newest() {
		disputes[d.Charge] = d
	}
	refunds := map[string][]*refund{}
	for r := range st.refunds.newest() {
		refunds[r.Charge] = append(refunds[r.Charge], r)
	}
	for sess := range st.sessions.newest() {
		if len(page.Payments) == rowsShown {
			break
		}
		row := paymentRow{Session: sess}
		if payment, ok := st.intents.get(string(sess.PaymentIntent)); ok {
			row.Charge = st.charges.byID[string(payment.LatestCharge)]
		}
		if row.Charge != nil {
			row.Dispute, row.Refunds = disputes[row.Charge.ID], refunds[row.Charge.ID]
		}
		page.Payments = append(page.Payments, row)
	}
	for p := range st.payouts.newest() {
		page.Payouts = append(page.Payouts, p)
	}
	for e := range st.events.newest() {
		if len(page.Events) == rowsShown {
			break
		}
		page.Events = append(page.Events, st.eventSummary(e))
	}
}

func (s *Server) showStyle(w http.ResponseWriter, _ *http.Request) {
	style, err := pageFiles.ReadFile("pages/simulator.css")
	if err != nil {
		panic("stripetest: a file is missing from the binary: " + err.Error())
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=3600")
	if _, err := w.Write(style); err != nil {
		s.log.Debug("the browser went away", "error", err)
	}
}
