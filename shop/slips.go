package shop

import "slices"

// Slips counts slips of the finger. It keeps its table's rows from one pair of texts to the next; the zero
// value is ready. It is not safe for concurrent use.
type Slips struct{ before, last, row []int }

// Between is the least number of letters to add, leave out, change or swap with the next one to turn
// typed into known, or into a beginning of known; any number above most where it is more than that.
func (s *Slips) Between(typed, known []rune, most int, beginning bool) int {
	if beginning {
		known = known[:min(len(known), len(typed)+most)]
	}
	s.fit(len(known) + 1)
	for i := range s.row {
		s.row[i] = i
	}
	for i, t := range typed {
		s.before, s.last, s.row = s.last, s.row, s.before
		s.row[0] = i + 1
		least := s.row[0]
		for j, k := range known {
			change := s.last[j]
			if t != k {
				change++
			}
			d := min(s.last[j+1]+1, s.row[j]+1, change)
			if i > 0 && j > 0 && t == known[j-1] && typed[i-1] == k {
				d = min(d, s.before[j-1]+1)
			}
			s.row[j+1] = d
			least = min(least, d)
		}
		if least > most {
			return least
		}
	}
	if beginning {
		return slices.Min(s.row)
	}
	return s.row[len(known)]
}

func (s *Slips) fit(n int) {
	for _, row := range []*[]int{&s.before, &s.last, &s.row} {
		if cap(*row) < n {
			*row = make([]int, n, 2*n)
		}
		*row = (*row)[:n]
	}
}
