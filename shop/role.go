package shop

import (
	"slices"
	"time"
)

// Role is what a member of staff is at the desk for.
type Role string

// The roles.
const (
	RoleAdmin   Role = "admin"   // everything, and the only one for staff, settings and erasing people
	RoleCatalog Role = "catalog" // products, files, editions
	RoleSupport Role = "support" // orders, mails, refunds
	RoleFinance Role = "finance" // money: orders, refunds, reports
)

// Permission is one thing that staff may do. A token of the API names those that it is for: its scopes.
type Permission string

// The permissions.
const (
	SeeDashboard  Permission = "dashboard.read"
	SeeCatalog    Permission = "catalog.read"
	EditCatalog   Permission = "catalog.write"
	SeeOrders     Permission = "orders.read"
	HandleOrders  Permission = "orders.write" // resend, correct, grant, revoke, extend, note
	RefundOrders  Permission = "orders.refund"
	SeeMails      Permission = "mails.read"
	SeeMoney      Permission = "money.read" // revenue and refunds of many orders at once, and their export
	ManagePeople  Permission = "people.write"
	ManageStaff   Permission = "staff.write"
	ManageTokens  Permission = "tokens.write"
	EditSettings  Permission = "settings.write"
	SeeAuditTrail Permission = "audit.read"
)

// Permissions returns what a role may do. This is the table; nothing else decides it.
func (r Role) Permissions() []Permission {
	switch r {
	case RoleAdmin:
		return []Permission{
			SeeDashboard, SeeCatalog, EditCatalog, SeeOrders, HandleOrders, RefundOrders, SeeMails, SeeMoney,
			ManagePeople, ManageStaff, ManageTokens, EditSettings, SeeAuditTrail,
		}
	case RoleCatalog:
		return []Permission{SeeDashboard, SeeCatalog, EditCatalog}
	case RoleSupport:
		return []Permission{SeeDashboard, SeeCatalog, SeeOrders, HandleOrders, RefundOrders, SeeMails}
	case RoleFinance:
		return []Permission{SeeDashboard, SeeCatalog, SeeOrders, RefundOrders, SeeMoney, SeeAuditTrail}
	default:
		return nil
	}
}

// Roles returns every role.
func Roles() []Role { return []Role{RoleAdmin, RoleCatalog, RoleSupport, RoleFinance} }

// Known reports whether there is such a role.
func (r Role) Known() bool { return slices.Contains(Roles(), r) }

// Actor is who does something in the back office: a member of staff at the desk, or a token of the API in
// the name of whoever made it.
type Actor struct {
	StaffID string
	Name    string // as the audit trail shows it
	Email   string
	Role    Role
	TokenID string       // empty at the desk
	Scopes  []Permission // of the token
	IP      string

	SessionID string    // at the desk
	ProvedAt  time.Time // when the second factor was shown last; zero for a token
}

// ErrNotAllowed answers somebody who is known and may not.
var ErrNotAllowed = NewError(Forbidden, "not_allowed", "Your role does not allow this. Nothing was changed; an admin can change your role.")

// May reports whether the actor may do that: as the role says, and for a token only within its scopes.
func (a Actor) May(p Permission) bool {
	return slices.Contains(a.Role.Permissions(), p) && (a.TokenID == "" || slices.Contains(a.Scopes, p))
}

// Allow is the one check of every route of the back office; ErrNotAllowed when the actor may not.
func (a Actor) Allow(p Permission) error {
	if !a.May(p) {
		return ErrNotAllowed
	}
	return nil
}
