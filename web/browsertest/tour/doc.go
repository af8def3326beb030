// Package tour starts the demo and a browser beside it, and knows the way to every page of the shop and
// to every state that a page can be in. The browser tests, the sheet of screenshots and the audits by
// Lighthouse all go the same ways.
//
// It knows nothing of the code behind the pages: it uses the built program, its API and the controls of
// the Stripe simulator, and finds its way by addresses, names of fields and words.
package tour
