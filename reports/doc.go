// Package reports writes what the shop knows as files that leave it: documents, and tables for a spreadsheet, streamed
// line by line so that a report of a million orders takes no more memory than one of ten.
//
// It knows how a file is laid out. It does not know where the lines come from, nor who may have them.
package reports
