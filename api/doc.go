// Package api answers programs: the shop as JSON under /api/v1, the page that explains it, and the
// address that Stripe reports to.
//
// openapi.yaml is the contract: requests are held against it before a handler sees them, and tests hold
// every answer against it. The package reads from the store and leaves everything that moves money or
// access to package shop. It knows nothing of SQL, Stripe or S3.
package api
