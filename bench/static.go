package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/gin-gonic/gin"
)

// staticBody is about what a page's smallest useful answer is.
const staticBody = `{"answer":"the same for everybody, from memory, past no gate at all"}`

// serveStatic serves the route that the others are compared with, as plain as gin can be.
func serveStatic(address string) error {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/", func(c *gin.Context) { c.Data(http.StatusOK, "application/json", []byte(staticBody)) })
	server := &http.Server{Addr: address, Handler: engine, ReadHeaderTimeout: time.Minute}
	return server.ListenAndServe()
}

// startStatic runs it in a process of its own, as the shop is.
func startStatic(ctx context.Context) (url string, stop func(), err error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return "", nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return "", nil, fmt.Errorf("find the bench itself: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, "-static", address)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("start the static route: %w", err)
	}
	return "http://" + address, func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }, awaitOpen(ctx, address)
}
