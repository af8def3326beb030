package tour

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// Demo is the running program with its own data folder.
type Demo struct {
	URL string // without a slash at its end

	program string
	data    string
	process *exec.Cmd
	readers atomic.Int64 // how many have been made up
	stock   stock
}

// Start builds the program, starts it on a free port with its data under dir, and puts on the shelf what
// the pages need to be seen in every state.
func Start(dir string) (*Demo, error) {
	d := &Demo{program: filepath.Join(dir, "bookroom"), data: filepath.Join(dir, "data")}
	if out, err := exec.Command("go", "build", "-o", d.program, "bookroom/cmd/bookroom").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	if err := d.start(); err != nil {
		return nil, fmt.Errorf("start the demo: %w", err)
	}
	if err := d.fill(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the demo: %w", err), d.Stop())
	}
	return d, nil
}

func (d *Demo) start() error {
	d.process = exec.Command(d.program, "demo", "--listen", "localhost:0", "--data", d.data)
	d.process.Stderr = os.Stderr
	out, err := d.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := d.process.Start(); err != nil {
		return err
	}
	said := bufio.NewScanner(out)
	for said.Scan() && !strings.Contains(said.Text(), "Bookroom is open") {
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // the rest of what it says must not block it
	text, err := os.ReadFile(filepath.Join(d.data, "demo.json"))
	if err != nil {
		return errors.Join(err, d.Stop())
	}
	var at struct{ URL string }
	if err := json.Unmarshal(text, &at); err != nil {
		return errors.Join(err, d.Stop())
	}
	d.URL = at.URL
	return nil
}

// Stop ends the program as Ctrl+C does.
func (d *Demo) Stop() error {
	return errors.Join(d.process.Process.Signal(os.Interrupt), d.process.Wait())
}

// Reader makes up an address that nobody has bought with.
func (d *Demo) Reader() string {
	return fmt.Sprintf("reader-%d@school.example", d.readers.Add(1))
}

// importCatalog brings a folder of products into the running demo.
func (d *Demo) importCatalog(dir string) error {
	_, err := d.run("products", "import", dir)
	return err
}
