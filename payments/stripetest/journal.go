package stripetest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// journal keeps the state in a file: one line for each change, holding the
// objects as they are after it, so that reading the lines in order gives the
// state again. A nil journal keeps nothing.
type journal struct {
	mu    sync.Mutex
	lines []byte // added and not written yet
	added int64  // number of the last change added

	writing sync.Mutex
	file    *os.File
	synced  int64 // number of the last change on disk
	err     error // the first failed write: nothing is answered after it
}

// openJournal opens or creates the file and hands each of its lines to replay.
// A last line without its end was cut off while being written: nobody was
// answered about it, and it is removed.
func openJournal(path string, replay func(line []byte) error) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	if err := load(file, replay); err != nil {
		return nil, errors.Join(fmt.Errorf("journal %s: %w", path, err), file.Close())
	}
	if err := syncFolder(path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &journal{file: file}, nil
}

func load(file *os.File, replay func(line []byte) error) error {
	reader := bufio.NewReader(file)
	var whole int64
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := replay(line); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		whole += int64(len(line))
	}
	if err := file.Truncate(whole); err != nil {
		return err
	}
	_, err := file.Seek(whole, io.SeekStart)
	return err
}

// syncFolder makes a newly created file survive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// add takes the objects of one change and returns its number. The caller's
// lock keeps the changes in order.
func (j *journal) add(objects []object) int64 {
	if j == nil {
		return 0
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(objects) == 0 {
		return j.added
	}
	line, err := json.Marshal(objects)
	if err != nil {
		panic(fmt.Sprintf("stripetest: objects that cannot be written: %v", err))
	}
	j.lines = append(append(j.lines, line...), '\n')
	j.added++
	return j.added
}

// position returns the number of the last change.
func (j *journal) position() int64 {
	if j == nil {
		return 0
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.added
}

// sync returns when the change with this number is on disk. One caller writes
// for all who wait.
func (j *journal) sync(number int64) error {
	if j == nil {
		return nil
	}
	j.writing.Lock()
	defer j.writing.Unlock()
	if j.err != nil || j.synced >= number {
		return j.err
	}
	j.mu.Lock()
	lines, last := j.lines, j.added
	j.lines = nil
	j.mu.Unlock()
	if _, err := j.file.Write(lines); err != nil {
		j.err = fmt.Errorf("writing the journal: %w", err)
		return j.err
	}
	if err := j.file.Sync(); err != nil {
		j.err = fmt.Errorf("writing the journal: %w", err)
		return j.err
	}
	j.synced = last
	return nil
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	err := j.sync(j.position())
	return errors.Join(err, j.file.Close())
}
