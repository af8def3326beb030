# Bookroom. `make help` lists what can be asked for.

GO       ?= go
BIN      := bin/bookroom
# The tools have a module of their own, so that they stay out of the shop's go.mod.
LINT     := $(GO) tool -modfile=tools/go.mod golangci-lint
# Runs a command with a throwaway PostgreSQL cluster beside it that loses nothing in a power cut.
CLUSTER  := $(GO) run ./store/storetest/pgcluster -durable --

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the binary into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/bookroom

.PHONY: run
run: build ## Build and start the demo: the whole shop in one process
	./$(BIN) demo

.PHONY: test
test: needs ## Run every check: format, vet, lint, contract, tests with the race detector, browser tests
	./scripts/check

.PHONY: bench
bench: build needs ## Measure the main routes beside each other and write bench/RESULTS.md
	$(CLUSTER) $(GO) run ./bench -binary $(BIN) -out bench/RESULTS.md

.PHONY: lighthouse
lighthouse: needs ## Audit the main pages with Lighthouse, five times, into bench/RESULTS.md; needs Node
	./scripts/lighthouse -runs 5 -out bench/RESULTS.md

.PHONY: shots
shots: needs ## Take pictures of every page in every state into shots/, and put them on sheets
	$(GO) run ./web/browsertest/shots -out shots

.PHONY: lint
lint: ## Run the linters
	$(LINT) run ./...

.PHONY: needs
needs: ## Install what the tests need from Debian, where it is missing (PostgreSQL, Chromium)
	@./scripts/needs

.PHONY: clean
clean: ## Remove what was built; the demo's data folder stays
	rm -rf bin
