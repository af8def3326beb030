package staff

import (
	"context"
	"net/http"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// MemberStore is what the pages about staff read.
type MemberStore interface {
	// Members returns all members of staff by name, Member one; shop.ErrStaffNotFound where there is none.
	Members(ctx context.Context, now time.Time) ([]shop.Member, error)
	Member(ctx context.Context, id string, now time.Time) (shop.Member, error)
}

func (d *Desk) memberRoutes() []Route {
	return []Route{
		get("/members", shop.ManageStaff, d.members),
		d.post("/members", shop.ManageStaff, d.invite),
		get("/members/:id", shop.ManageStaff, d.member),
		d.post("/members/:id/role", shop.ManageStaff, d.changeRole),
		d.post("/members/:id/disable", shop.ManageStaff, d.disable),
		d.post("/members/:id/enable", shop.ManageStaff, d.enable),
		d.post("/members/:id/end-sessions", shop.ManageStaff, d.endSessionsOf),
		d.post("/members/:id/invite-again", shop.ManageStaff, d.inviteAgain),
		d.post("/members/:id/reset", shop.ManageStaff, d.reset),
	}
}

type membersPage struct {
	frame
	Members []shop.Member
	Form    shop.Staff
	Roles   []shop.Role
}

func (d *Desk) members(c *gin.Context) {
	d.showMembers(c, http.StatusOK, shop.Staff{Role: shop.RoleSupport}, nil)
}

func (d *Desk) showMembers(c *gin.Context, status int, form shop.Staff, wrong error) {
	page := membersPage{frame: d.frame(c, "Staff", "/members"), Form: form, Roles: shop.Roles()}
	page.Trouble = d.tell(c, wrong)
	var err error
	if page.Members, err = d.Store.Members(c.Request.Context(), d.Now()); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, status, "members", page)
}

func (d *Desk) invite(c *gin.Context) {
	form := shop.Staff{Email: c.PostForm("email"), Name: c.PostForm("name"), Role: shop.Role(c.PostForm("role"))}
	member, err := d.Shop.InviteStaff(c.Request.Context(), actor(c), form.Email, form.Name, form.Role)
	switch {
	case shop.IsKind(err, shop.Invalid), shop.IsKind(err, shop.Conflict):
		d.showMembers(c, statusOf(err), form, err)
	case err != nil:
		d.fail(c, err)
	default:
		d.done(c, "/members", "An invitation is on its way to "+member.Email+".")
	}
}

type memberPage struct {
	frame
	Member   shop.Member
	Sessions []shop.StaffSession
	Roles    []shop.Role
}

func (d *Desk) member(c *gin.Context) { d.showMember(c, http.StatusOK, nil) }

func (d *Desk) showMember(c *gin.Context, status int, wrong error) {
	member, err := d.Store.Member(c.Request.Context(), c.Param("id"), d.Now())
	if err != nil {
		d.fail(c, err)
		return
	}
	page := memberPage{frame: d.frame(c, member.Name, "/members"), Member: member, Roles: shop.Roles()}
	page.Trouble = d.tell(c, wrong)
	if page.Sessions, err = d.Store.StaffSessions(c.Request.Context(), member.ID, d.Now()); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, status, "member", page)
}

// changed leads back to the member's page after a change, or says there why there was none.
func (d *Desk) changed(c *gin.Context, err error, sentence string) {
	if err != nil {
		d.showMember(c, statusOf(err), err)
		return
	}
	d.done(c, "/members/"+c.Param("id"), sentence)
}

func (d *Desk) changeRole(c *gin.Context) {
	err := d.Shop.ChangeRole(c.Request.Context(), actor(c), c.Param("id"), shop.Role(c.PostForm("from")), shop.Role(c.PostForm("role")))
	d.changed(c, err, "The role holds from now on.")
}

func (d *Desk) disable(c *gin.Context) {
	d.changed(c, d.Shop.DisableStaff(c.Request.Context(), actor(c), c.Param("id")), "They cannot sign in any more, and are signed out everywhere.")
}

func (d *Desk) enable(c *gin.Context) {
	d.changed(c, d.Shop.EnableStaff(c.Request.Context(), actor(c), c.Param("id")), "They can come in again.")
}

func (d *Desk) endSessionsOf(c *gin.Context) {
	d.changed(c, d.Shop.EndSessionsOf(c.Request.Context(), actor(c), c.Param("id")), "They are signed out everywhere.")
}

func (d *Desk) inviteAgain(c *gin.Context) {
	d.changed(c, d.Shop.ResendInvitation(c.Request.Context(), actor(c), c.Param("id")), "Another invitation is on its way; the one before is not good any more.")
}

func (d *Desk) reset(c *gin.Context) {
	d.changed(c, d.Shop.ResetStaff(c.Request.Context(), actor(c), c.Param("id")), "What they signed in with is gone, and an invitation to choose anew is on its way.")
}
