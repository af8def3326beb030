// Package reports lays what the shop knows out as documents: for now the evidence of an order, as a PDF. It is given
// what to write and writes it to an io.Writer. It knows neither the database nor routes.
package reports
