// Package gate is what every request passes on its way in, whatever room it goes to: the access log,
// recovery from panics, security headers, rate limits, the status of an error, and the cache of rendered
// answers.
//
// It knows nothing of products or orders, and never writes a path's secret parts or a query to a log.
package gate
