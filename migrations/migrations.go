// Package migrations holds the numbered SQL that makes and changes the database: one folder for each
// dialect, in step with each other, embedded into the program. It knows nothing of the Go code that
// uses the tables.
package migrations

import "embed"

// FS holds the folders "sqlite" and "postgres".
//
//go:embed sqlite/*.sql postgres/*.sql
var FS embed.FS
