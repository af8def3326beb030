package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// StaffMemberStore is what the API about staff reads.
type StaffMemberStore interface {
	// Members returns all members of staff by name.
	Members(ctx context.Context, now time.Time) ([]shop.Member, error)
	// AuditRecords returns records of the trail, newest first.
	AuditRecords(ctx context.Context, q shop.AuditQuery) ([]shop.AuditRecord, error)
}

// Tokens are made at the desk alone, behind a second factor: no token makes another.
func (a *API) memberRoutes() []StaffRoute {
	return []StaffRoute{
		{http.MethodGet, "/audit", shop.SeeAuditTrail, http.StatusOK, a.listAudit},
		{http.MethodGet, "/members", shop.ManageStaff, http.StatusOK, a.listMembers},
		{http.MethodGet, "/tokens", shop.ManageTokens, http.StatusOK, a.listTokens},
		{http.MethodDelete, "/tokens/:token", shop.ManageTokens, http.StatusOK, a.revokeToken},
	}
}

// member is somebody of the staff. Nothing that they sign in with is told, but what kind of it there is.
type member struct {
	ID            string          `json:"id"`
	Name          string          `json:"name"`
	Email         string          `json:"email"`
	Role          shop.Role       `json:"role"`
	State         shop.StaffState `json:"state"`
	App           bool            `json:"app"`
	Passkeys      int             `json:"passkeys"`
	RecoveryCodes int             `json:"recovery_codes"`
	Sessions      int             `json:"sessions"`
	LastSeenAt    *time.Time      `json:"last_seen_at"`
	InvitedUntil  *time.Time      `json:"invited_until"`
	CreatedAt     time.Time       `json:"created_at"`
}

type memberList struct {
	Items []member `json:"items"`
}

func newMember(m shop.Member) member {
	return member{
		ID: m.ID, Name: m.Name, Email: m.Email, Role: m.Role, State: m.State, App: m.App, Passkeys: m.Passkeys, RecoveryCodes: m.RecoveryCodes,
		Sessions: m.Sessions, LastSeenAt: moment(m.LastSeenAt), InvitedUntil: moment(m.InvitedUntil), CreatedAt: m.CreatedAt,
	}
}

func (a *API) listMembers(c *gin.Context) (any, error) {
	members, err := a.Store.Members(c.Request.Context(), time.Now())
	if err != nil {
		return nil, err
	}
	return memberList{each(members, newMember)}, nil
}

// staffToken is a token without its secret, which nobody knows but who made it.
type staffToken struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	StaffID    string            `json:"staff_id"`
	Staff      string            `json:"staff"`
	State      string            `json:"state"`
	Scopes     []shop.Permission `json:"scopes"`
	CreatedAt  time.Time         `json:"created_at"`
	ExpiresAt  time.Time         `json:"expires_at"`
	LastUsedAt *time.Time        `json:"last_used_at"`
	RevokedAt  *time.Time        `json:"revoked_at"`
}

type staffTokenList struct {
	Items []staffToken `json:"items"`
}

func (a *API) listTokens(c *gin.Context) (any, error) {
	tokens, err := a.Shop.TokensFor(c.Request.Context(), actor(c))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return staffTokenList{each(tokens, func(t shop.APIToken) staffToken {
		return staffToken{
			ID: t.ID, Name: t.Name, StaffID: t.Staff.ID, Staff: t.Staff.Name, State: t.State(now), Scopes: t.Scopes,
			CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, LastUsedAt: moment(t.LastUsedAt), RevokedAt: moment(t.RevokedAt),
		}
	})}, nil
}

// revokeToken answers with the list as it is then. A token that revokes itself gets this answer, and no other.
func (a *API) revokeToken(c *gin.Context) (any, error) {
	if err := a.Shop.RevokeToken(c.Request.Context(), actor(c), c.Param("token")); err != nil {
		return nil, err
	}
	return a.listTokens(c)
}

// auditRecord is a record of the trail, with the hashes that chain it.
type auditRecord struct {
	Sequence     int64          `json:"sequence"`
	At           time.Time      `json:"at"`
	StaffID      string         `json:"staff_id"`
	Staff        string         `json:"staff"`
	TokenID      string         `json:"token_id"`
	IP           string         `json:"ip"`
	Verb         string         `json:"verb"`
	Subject      auditSubject   `json:"subject"`
	Before       map[string]any `json:"before"`
	After        map[string]any `json:"after"`
	PreviousHash string         `json:"previous_hash"`
	Hash         string         `json:"hash"`
}

type auditSubject struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

type auditList struct {
	Items      []auditRecord `json:"items"`
	NextCursor *string       `json:"next_cursor"`
}

func newAuditRecord(r shop.AuditRecord) auditRecord {
	return auditRecord{
		Sequence: r.Sequence, At: r.At, StaffID: r.StaffID, Staff: r.Staff, TokenID: r.TokenID, IP: r.IP, Verb: r.Verb,
		Subject: auditSubject(r.Subject), Before: r.Before, After: r.After, PreviousHash: r.Previous, Hash: r.Hash,
	}
}

// auditPage is how many records a page holds unless it is said.
const auditPage = 50

func (a *API) listAudit(c *gin.Context) (any, error) {
	query, err := auditQuery(c)
	if err != nil {
		return nil, err
	}
	asked := query.Limit
	query.Limit++ // one more tells whether there is another page
	records, err := a.Store.AuditRecords(c.Request.Context(), query)
	if err != nil {
		return nil, err
	}
	list := auditList{}
	if len(records) > asked {
		records = records[:asked]
		list.NextCursor = optional(strconv.FormatInt(records[asked-1].Sequence, 10))
	}
	list.Items = each(records, newAuditRecord)
	return list, nil
}

// auditQuery reads parameters that the contract has looked at, but for the cursor and for days that no calendar has.
func auditQuery(c *gin.Context) (shop.AuditQuery, error) {
	query := shop.AuditQuery{
		Words: c.Query("q"), Verb: c.Query("verb"), StaffID: c.Query("staff"),
		Subject: shop.Subject{Kind: c.Query("subject_kind"), ID: c.Query("subject_id")}, Limit: auditPage,
	}
	if limit, err := strconv.Atoi(c.Query("limit")); err == nil {
		query.Limit = limit
	}
	wrong := map[string]shop.Sentence{}
	query.From, query.To = instant(c, "from", wrong), instant(c, "to", wrong)
	if len(wrong) > 0 {
		e := shop.NewError(shop.Invalid, "invalid_input", "Please check the marked fields. Nothing was changed.")
		e.Fields = wrong
		return query, e
	}
	if cursor := c.Query("cursor"); cursor != "" {
		var err error
		if query.Before, err = strconv.ParseInt(cursor, 10, 64); err != nil || query.Before < 1 {
			return query, errCursor
		}
	}
	return query, nil
}

// instant reads a parameter; the zero time where it is not there.
func instant(c *gin.Context, name string, wrong map[string]shop.Sentence) time.Time {
	text := c.Query(name)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		wrong[name] = shop.Say("Write a moment as 2026-08-01T09:30:00Z.")
	}
	return t
}
