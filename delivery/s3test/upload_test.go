package s3test_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bookroom/delivery/s3test"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// filesIn counts the files under dir.
func filesIn(tb testing.TB, dir string) int {
	tb.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

type multipart struct {
	testing.TB
	client *s3.Client
	id     *string
}

const guide = "guide"

func MustBegin(tb testing.TB, client *s3.Client) multipart {
	tb.Helper()
	out, err := client.CreateMultipartUpload(tb.Context(), &s3.CreateMultipartUploadInput{
		Bucket: aws.String(bucket), Key: aws.String(guide), ContentType: aws.String("application/zip"),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return multipart{tb, client, out.UploadId}
}

func (m multipart) MustSend(number int32, body string) types.CompletedPart {
	m.Helper()
	out, err := m.client.UploadPart(m.Context(), &s3.UploadPartInput{
		Bucket: aws.String(bucket), Key: aws.String(guide), UploadId: m.id, PartNumber: &number, Body: strings.NewReader(body),
	})
	if err != nil {
		m.Fatal(err)
	}
	return types.CompletedPart{PartNumber: &number, ETag: out.ETag}
}

func (m multipart) complete(parts ...types.CompletedPart) error {
	_, err := m.client.CompleteMultipartUpload(m.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: aws.String(bucket), Key: aws.String(guide), UploadId: m.id, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	return err
}

func TestPartsAreJoined(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, endpoint := MustServe(t, dir)
	client := clientOf(endpoint, accessKey, secretKey)
	m := MustBegin(t, client)
	last := m.MustSend(3, "three")
	m.MustSend(1, "a first attempt")
	first := m.MustSend(1, "one ")
	second := m.MustSend(2, "two ")
	if err := m.complete(first, second, last); err != nil {
		t.Fatal(err)
	}
	if out, got := MustGet(t, client, guide); got != "one two three" || *out.ContentType != "application/zip" {
		t.Errorf("got %q of type %q", got, *out.ContentType)
	}
	if err := m.complete(first, second, last); err != nil {
		t.Errorf("completing again: %v", err)
	}
	if n := filesIn(t, filepath.Join(dir, "scratch")); n != 0 {
		t.Errorf("%d files are left over", n)
	}
}

func TestAWrongListOfPartsIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, endpoint := MustServe(t, dir)
	client := clientOf(endpoint, accessKey, secretKey)
	m := MustBegin(t, client)
	first, second := m.MustSend(1, "one"), m.MustSend(2, "two")
	missing := types.CompletedPart{PartNumber: aws.Int32(3), ETag: first.ETag}
	wrong := types.CompletedPart{PartNumber: aws.Int32(2), ETag: first.ETag}
	tests := []struct {
		name  string
		parts []types.CompletedPart
		want  string
	}{
		{"out of order", []types.CompletedPart{second, first}, "InvalidPartOrder"},
		{"one twice", []types.CompletedPart{first, first}, "InvalidPartOrder"},
		{"never sent", []types.CompletedPart{first, second, missing}, "InvalidPart"},
		{"wrong ETag", []types.CompletedPart{first, wrong}, "InvalidPart"},
		{"none", nil, "MalformedXML"},
	}
	for _, test := range tests {
		if err := m.complete(test.parts...); code(err) != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
	if _, err := client.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: aws.String(bucket), Key: aws.String(guide), UploadId: m.id}); err != nil {
		t.Fatal(err)
	}
	if err := m.complete(first, second); code(err) != "NoSuchUpload" {
		t.Errorf("after the abort: got %v, want NoSuchUpload", err)
	}
	if n := filesIn(t, dir); n != 0 {
		t.Errorf("%d files are left over", n)
	}
}

// halfOf is a body of two halves, of which only the first ever comes.
type halfOf struct {
	first *bytes.Reader
	came  chan struct{} // closed when the first half is gone
	stop  chan struct{} // closed to break off
}

func (h halfOf) Read(p []byte) (int, error) {
	if n, err := h.first.Read(p); err == nil {
		return n, nil
	}
	close(h.came)
	<-h.stop
	return 0, errors.New("the sender is gone")
}

const half = 4 << 20

// startHalf begins to send an object of 8 MiB by a presigned link and returns once 4 MiB are on their
// way. Closing stop breaks it off; ended is closed when the sender has noticed.
func startHalf(tb testing.TB, client *s3.Client) (stop chan struct{}, ended chan struct{}) {
	tb.Helper()
	link, err := s3.NewPresignClient(client).PresignPutObject(tb.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(guide), ContentLength: aws.Int64(2 * half)})
	if err != nil {
		tb.Fatal(err)
	}
	body := halfOf{bytes.NewReader(make([]byte, half)), make(chan struct{}), make(chan struct{})}
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodPut, link.URL, body)
	if err != nil {
		tb.Fatal(err)
	}
	request.ContentLength = 2 * half
	for name, values := range link.SignedHeader {
		if name != "Host" && name != "Content-Length" {
			request.Header[name] = values
		}
	}
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		if answer, err := http.DefaultClient.Do(request); err == nil {
			tb.Errorf("half an object was answered with %s, %v", answer.Status, answer.Body.Close())
		}
	}()
	<-body.came
	return body.stop, ended
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, err := s3test.New(s3test.Options{Dir: dir, Bucket: bucket, AccessKey: accessKey, SecretKey: secretKey})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	client := clientOf(listener.URL, accessKey, secretKey)
	stop, ended := startHalf(t, client)
	close(stop)
	<-ended
	listener.Close() // waits for the handler
	if n := filesIn(t, dir); n != 0 {
		t.Errorf("%d files are left over", n)
	}
}

// TestServeUntilKilled is no test: it is the other process of the one below.
func TestServeUntilKilled(t *testing.T) {
	dir := os.Getenv("S3TEST_SERVE_UNTIL_KILLED")
	if dir == "" {
		t.Skip("runs only within TestAKilledServerLeavesNoHalfObject")
	}
	_, endpoint := MustServe(t, dir)
	fmt.Println(endpoint)
	select {}
}

func TestAKilledServerLeavesNoHalfObject(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServeUntilKilled$")
	other.Env = append(os.Environ(), "S3TEST_SERVE_UNTIL_KILLED="+dir)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	client := clientOf(strings.TrimSpace(line), accessKey, secretKey)
	MustPut(t, client, "whole", "kept")
	MustBegin(t, client).MustSend(1, "a part")
	stop, ended := startHalf(t, client)
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err == nil {
		t.Error("the other server ended by itself")
	}
	close(stop)
	<-ended
	if filesIn(t, filepath.Join(dir, "scratch")) == 0 {
		t.Fatal("nothing was under way when the server was killed")
	}

	_, endpoint := MustServe(t, dir)
	client = clientOf(endpoint, accessKey, secretKey)
	if n := filesIn(t, filepath.Join(dir, "scratch")); n != 0 {
		t.Errorf("%d unfinished files are left over", n)
	}
	if _, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String(guide)}); code(err) != "NotFound" {
		t.Errorf("half an object is there: %v", err)
	}
	if _, got := MustGet(t, client, "whole"); got != "kept" {
		t.Errorf("the whole object is %q", got)
	}
}
