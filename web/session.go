package web

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
)

// A library stays open on a device for as long as somebody comes back to it within the idle time.
const (
	libraryCookie = "library"
	libraryIdle   = 30 * 24 * time.Hour
	libraryLife   = 365 * 24 * time.Hour
	libraryOwner  = "email" // in the session
)

// SessionStore keeps sessions under their hashed tokens.
type SessionStore interface {
	Session(ctx context.Context, token string, now time.Time) (data []byte, found bool, err error)
	KeepSession(ctx context.Context, token string, data []byte, expires time.Time) error
	EndSession(ctx context.Context, token string) error
}

// sessions is a SessionStore as package scs wants it.
type sessions struct {
	SessionStore
	now func() time.Time
}

var _ scs.CtxStore = sessions{}

func (s sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.Session(ctx, token, s.now())
}

func (s sessions) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	return s.KeepSession(ctx, token, data, expires)
}

func (s sessions) DeleteCtx(ctx context.Context, token string) error { return s.EndSession(ctx, token) }

func (s sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessions) Commit(token string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expires)
}

func (s sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

func (p *Pages) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store, m.HashTokenInStore = sessions{p.Store, p.Now}, true
	m.IdleTimeout, m.Lifetime = libraryIdle, libraryLife
	name := libraryCookie
	if p.secure {
		name = "__Host-" + name // browsers take it from this host alone, and over https
	}
	m.Cookie.Name, m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Secure = name, true, http.SameSiteLaxMode, p.secure
	return m
}

// session is the browser's session, and whose library it opens; nobody's where the browser has none.
func (p *Pages) session(c *gin.Context) (ctx context.Context, owner string, err error) {
	token, err := c.Cookie(p.sessions.Cookie.Name)
	if err != nil {
		token = "" // a new session
	}
	if ctx, err = p.sessions.Load(c.Request.Context(), token); err != nil {
		return nil, "", err
	}
	return ctx, p.sessions.GetString(ctx, libraryOwner), nil
}

// signIn opens a library in this browser, under a token that nobody had before.
func (p *Pages) signIn(c *gin.Context, email string) error {
	ctx, _, err := p.session(c)
	if err != nil {
		return err
	}
	if err := p.sessions.RenewToken(ctx); err != nil {
		return err
	}
	p.sessions.Put(ctx, libraryOwner, email)
	return p.stayIn(c, ctx)
}

// stayIn keeps the session for the idle time from now on.
func (p *Pages) stayIn(c *gin.Context, ctx context.Context) error {
	token, expires, err := p.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	p.sessions.WriteSessionCookie(ctx, c.Writer, token, expires)
	return nil
}

// signOut ends the session, in this browser and in the store.
func (p *Pages) signOut(c *gin.Context) error {
	ctx, _, err := p.session(c)
	if err != nil {
		return err
	}
	if err := p.sessions.Destroy(ctx); err != nil {
		return err
	}
	p.sessions.WriteSessionCookie(ctx, c.Writer, "", time.Time{})
	return nil
}
