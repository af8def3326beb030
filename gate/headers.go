package gate

import (
	"net/http"
	"net/netip"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// Origins are the places outside the shop that a page may send its visitor to by a form: browsers hold
// the redirect that follows a form against the policy too.
type Origins struct {
	Forms []string // e.g. https://checkout.stripe.com and the bucket's address
	HTTPS bool     // the shop is reached by https only
}

// Headers sets the security headers of every answer. Pages take nothing from anywhere but the shop:
// no inline script or style, no frames, no third party.
func Headers(o Origins) gin.HandlerFunc {
	policy := strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
		"connect-src 'self'", "manifest-src 'self'", "form-action " + strings.Join(append([]string{"'self'"}, o.Forms...), " "),
		"base-uri 'none'", "frame-ancestors 'none'",
	}, "; ")
	return func(c *gin.Context) {
		h := c.Writer.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("X-Frame-Options", "DENY")
		if o.HTTPS {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
	}
}

// AllowSending lets the page that is being answered send to that origin as well, as https://files.example.org.
func AllowSending(c *gin.Context, origin string) {
	const own = "connect-src 'self'"
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), own, own+" "+origin, 1))
}

// SameOrigin answers forms that another site's page has posted by fail, with an Error of kind Forbidden.
func SameOrigin(guard *http.CrossOriginProtection, fail Fail) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := guard.Check(c.Request); err != nil {
			fail(c, shop.NewError(shop.Forbidden, "cross_origin",
				"This was sent from a page of another site, so nothing was done. Please start from our own pages.").Because(err))
			c.Abort()
		}
	}
}

// ClientIP is the address that the request came from. Forwarded headers count only from proxies that
// the engine was told to trust.
func ClientIP(c *gin.Context) netip.Addr {
	ip, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap()
}

// NetworkOf is the client's address without the part that tells the device: a /24 of IPv4, a /48 of IPv6.
func NetworkOf(c *gin.Context) netip.Prefix {
	ip := ClientIP(c)
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	network, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}
