// Package sheet writes the prices and the texts of products as a table in CSV, and reads it back. It must not know where
// products are kept, or what may be changed.
//
// The first line names the columns, in any order. There is a line for each product:
//
//	slug             which product it is; needed on the way in, and never changed by a table
//	version          of the product when the table was written, so that newer changes are noticed; may be left out
//	kind, status     for the reader; not read back
//	title, subtitle, summary, description, language, pages, currency
//	authors, tags, distinguishers, goals, accessibility
//	                 lists, with a line in the cell for each entry
//	contents         a line for each heading: its title, "|" and its page, with two spaces before it for each level below
//	                 a chapter
//	individual_on_sale, individual_price, individual_suggested, individual_sku, and the same with school_
//	                 yes or no; amounts without a currency, such as 38.00; a price that is empty is none
//
// A column that is left out changes nothing. An empty cell empties the fact. The text is UTF-8, with or without a byte
// order mark; columns are parted by commas, or by semicolons if the first line is. A cell that a spreadsheet would
// take for a formula begins with an apostrophe, which is taken away again on the way in.
package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"bookroom/shop"
)

const (
	byteOrderMark = "\uFEFF"
	columnVersion = "version"
	columnKind    = "kind"
	columnStatus  = "status"
)

// Columns are the names of all columns, in the order in which Write has them.
func Columns() []string {
	columns := []string{shop.FactSlug, columnVersion, columnKind, columnStatus}
	for _, fact := range new(shop.EditedProduct).Facts() {
		if fact.Key != shop.FactSlug {
			columns = append(columns, fact.Key)
		}
	}
	return columns
}

// Write writes a table of products, with a byte order mark, which spreadsheets need to read it as UTF-8.
func Write(w io.Writer, products []shop.EditedProduct) error {
	buffered := bufio.NewWriter(w)
	if _, err := buffered.WriteString(byteOrderMark); err != nil {
		return fmt.Errorf("write a table of products: %w", err)
	}
	table := csv.NewWriter(buffered)
	lines := [][]string{Columns()}
	for i := range products {
		lines = append(lines, cells(&products[i]))
	}
	if err := table.WriteAll(lines); err != nil {
		return fmt.Errorf("write a table of products: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write a table of products: %w", err)
	}
	return nil
}

func cells(p *shop.EditedProduct) []string {
	line := []string{p.Slug, strconv.Itoa(p.Version), string(p.Kind), string(p.Status)}
	for _, fact := range p.Facts() {
		if fact.Key != shop.FactSlug {
			line = append(line, neutral(fact.Text))
		}
	}
	return line
}

// neutral keeps a spreadsheet from taking a cell for a formula. harmful undoes it.
func neutral(text string) string {
	if isFormula(text) {
		return "'" + text
	}
	return text
}

func harmful(cell string) string {
	if strings.HasPrefix(cell, "'") && isFormula(cell) {
		return cell[1:]
	}
	return cell
}

// isFormula reports whether a cell is one, behind any apostrophes.
func isFormula(cell string) bool {
	cell = strings.TrimLeft(cell, "'")
	return cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0]))
}

// Read reads a table. What cannot be read is told by line and column; the rows are whole only where nothing is.
func Read(text []byte) ([]shop.ProductRow, []shop.RowProblem) {
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	if !utf8.Valid(text) {
		return nil, problem(lineOf(text), "", shop.Say("The table is not UTF-8. Save it as “CSV UTF-8”."))
	}
	table := csv.NewReader(bytes.NewReader(text))
	table.FieldsPerRecord = -1
	table.Comma = separator(text)
	columns, err := table.Read()
	if err != nil {
		return nil, broken(err)
	}
	if problems := checkColumns(columns); problems != nil {
		return nil, problems
	}
	var rows []shop.ProductRow
	var problems []shop.RowProblem
	for {
		record, err := table.Read()
		switch {
		case errors.Is(err, io.EOF):
			return rows, problems
		case err != nil:
			return nil, append(problems, broken(err)...)
		}
		line, _ := table.FieldPos(0)
		row, wrong := read(line, columns, record)
		rows, problems = append(rows, row), append(problems, wrong...)
	}
}

// lineOf is the line in which a text stops being UTF-8.
func lineOf(text []byte) int {
	valid := bytes.ToValidUTF8(text, []byte{0})
	for i := range valid {
		if valid[i] != text[i] {
			return 1 + bytes.Count(text[:i], []byte("\n"))
		}
	}
	return 1
}

// separator is the semicolon where the first line has that and no comma, as spreadsheets of some countries write it.
func separator(text []byte) rune {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if bytes.ContainsRune(first, ';') && !bytes.ContainsRune(first, ',') {
		return ';'
	}
	return ','
}

func checkColumns(columns []string) []shop.RowProblem {
	known := Columns()
	var problems []shop.RowProblem
	for i, name := range columns {
		columns[i] = strings.ToLower(strings.TrimSpace(name))
		switch {
		case !slices.Contains(known, columns[i]):
			problems = append(problems, problem(1, name, shop.Say("There is no such column."))...)
		case slices.Contains(columns[:i], columns[i]):
			problems = append(problems, problem(1, name, shop.Say("This column is there twice."))...)
		}
	}
	if !slices.Contains(columns, shop.FactSlug) {
		problems = append(problems, problem(1, shop.FactSlug, shop.Say("This column is missing: it says which product a line is of."))...)
	}
	return problems
}

func read(line int, columns, record []string) (shop.ProductRow, []shop.RowProblem) {
	row := shop.ProductRow{Line: line, Typed: map[string]string{}}
	if len(record) != len(columns) {
		return row, problem(line, "", shop.Say("This line has %d cells, the first line %d.", len(record), len(columns)))
	}
	for i, column := range columns {
		cell := harmful(record[i])
		switch column {
		case shop.FactSlug:
			row.Slug = strings.TrimSpace(cell)
		case columnVersion:
			version, err := strconv.Atoi(strings.TrimSpace(cell))
			if cell != "" && (err != nil || version < 1) {
				return row, problem(line, column, shop.Say("A version is a whole number from 1 on. Leave the cell as it was written, or empty."))
			}
			row.Version = version
		case columnKind, columnStatus:
		default:
			row.Typed[column] = cell
		}
	}
	return row, nil
}

func problem(line int, column string, why shop.Sentence) []shop.RowProblem {
	return []shop.RowProblem{{Line: line, Column: column, Why: why}}
}

// broken says what the parser could not read.
func broken(err error) []shop.RowProblem {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return problem(1, "", shop.Say("The table is empty."))
	case errors.As(err, &parse) && errors.Is(parse.Err, csv.ErrQuote):
		return problem(parse.StartLine, "", shop.Say("A quote in this line is not closed."))
	default:
		line := 1
		if parse != nil {
			line = parse.Line
		}
		return problem(line, "", shop.Say("A quote stands alone in this line. A quote within a cell is written twice."))
	}
}
