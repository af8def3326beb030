package mailtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// letter is what the sink remembers of a message; the message itself is read again whenever somebody asks for it.
type letter struct {
	number   int
	received int
	source   []byte // nil when it is in a file
}

// keep stores a message; after it has returned nil, the message survives a power cut (if the sink has a Dir).
func (s *Sink) keep(source []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	number := s.last + 1
	l := &letter{number: number, received: 1, source: source}
	if s.opts.Dir != "" {
		if err := writeDurably(s.path(number), source); err != nil {
			return err
		}
		l.source = nil
	}
	s.last = number
	s.file(l, read(source))
	close(s.arrived)
	s.arrived = make(chan struct{})
	return nil
}

// file adds the letter to the index, or counts it when the same message has come to the same reader before.
func (s *Sink) file(l *letter, m Message) {
	if m.MessageID == "" {
		s.letters = append(s.letters, l)
		return
	}
	id := m.MessageID + "\n" + strings.ToLower(m.To)
	if first, again := s.byID[id]; again {
		first.received++
		return
	}
	s.byID[id] = l
	s.letters = append(s.letters, l)
}

func (s *Sink) open(l *letter) (Message, error) {
	source := l.source
	if source == nil {
		var err error
		if source, err = os.ReadFile(s.path(l.number)); err != nil {
			return Message{}, fmt.Errorf("reading a kept message: %w", err)
		}
	}
	m := read(source)
	m.ID = strconv.Itoa(l.number)
	s.mu.Lock()
	defer s.mu.Unlock()
	m.Received = l.received
	return m, nil
}

// find returns errNoMessage when there is none with that ID.
func (s *Sink) find(id string) (Message, error) {
	number, err := strconv.Atoi(id)
	if err != nil {
		return Message{}, errNoMessage
	}
	s.mu.Lock()
	i, found := slices.BinarySearchFunc(s.letters, number, func(l *letter, n int) int { return l.number - n })
	var l *letter
	if found {
		l = s.letters[i]
	}
	s.mu.Unlock()
	if l == nil {
		return Message{}, errNoMessage
	}
	return s.open(l)
}

const suffix = ".eml"

func (s *Sink) path(number int) string {
	return filepath.Join(s.opts.Dir, fmt.Sprintf("%06d%s", number, suffix))
}

// load reads the index back from the files.
func (s *Sink) load() error {
	if s.opts.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(s.opts.Dir, 0o700); err != nil {
		return err
	}
	numbers, err := keptNumbers(s.opts.Dir)
	if err != nil {
		return err
	}
	for _, number := range numbers {
		source, err := os.ReadFile(s.path(number))
		if err != nil {
			return err
		}
		s.last = number
		s.file(&letter{number: number, received: 1}, read(source))
	}
	return nil
}

// keptNumbers are in order of arrival. Files of other names, such as those of an interrupted write, are passed over.
func keptNumbers(dir string) ([]int, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, file := range files {
		name, isMessage := strings.CutSuffix(file.Name(), suffix)
		number, err := strconv.Atoi(name)
		if isMessage && err == nil {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// writeDurably returns nil only when file and name are on the disk.
func writeDurably(path string, content []byte) (err error) {
	unfinished := path + ".part"
	f, err := os.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(unfinished, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
