package press

// A text is a list of blocks, each knowing the line of the file that it starts on.

type block interface{ line() int }

type at int

func (a at) line() int { return int(a) }

type heading struct {
	at
	level int
	spans []span
}

type paragraph struct {
	at
	spans []span
}

type list struct {
	at
	first int // number of the first item; 0 for bullets
	items []item
}

type item struct {
	blocks []block
	task   bool // starts with a box to tick
}

// table has as many cells in each row as in its header.
type table struct {
	at
	header []cell
	rows   [][]cell
}

type cell struct{ spans []span }

func (c cell) empty() bool { return len(c.spans) == 0 }

type quote struct {
	at
	blocks []block
}

// blank is a line to write on.
type blank struct{ at }

// span is text in one style. Its text may hold "\n", a forced end of line.
type span struct {
	text         string
	bold, italic bool
	link         string
}
