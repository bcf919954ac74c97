# Two commands do everything on a fresh machine: make run, make test. Others are for development.
SHELL := /bin/bash
.DEFAULT_GOAL := help
GO ?= go
BIN := bin/vedette
DATA ?= data
LISTEN ?= 127.0.0.1:8320
# Folders that file and folder sources may read.
ROOTS ?= $(abspath $(DATA))/inbox,$(abspath ..),$(HOME),/tmp
LDFLAGS := -s -w -buildid=
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0
export CGO_ENABLED := 0

.PHONY: help run build test lint gen dev bench e2e setup setup-run web test-go test-web test-clients race fuzz soak clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: setup-run build ## set up, build, serve with embedded stores, and say where to open it
	@mkdir -p $(DATA)/inbox
	$(BIN) serve --data $(DATA) --listen $(LISTEN) --set sources.roots=$(ROOTS)

build: web ## build the binary with the console in it
	$(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/vedette

web: web/node_modules/.stamp ## build the console
	@if [ -n "$$(find web/src web/public web/index.html web/vite.config.ts web/openapi.json web/package.json -newer web/dist/app/index.html 2>/dev/null | head -1)" ] || [ ! -f web/dist/app/index.html ]; then cd web && npm run build; fi

web/node_modules/.stamp: web/package-lock.json
	@scripts/setup.sh node
	cd web && npm ci --no-audit --no-fund && touch node_modules/.stamp

setup-run: ## what building and running needs
	@scripts/setup.sh go node

setup: ## what the tests need as well
	@scripts/setup.sh go node postgres chromium poppler venv

test: setup build test-web test-go test-clients e2e ## set up and run all tests
	@echo "All tests passed."

test-go:
	$(GO) test -timeout 25m ./...

test-web: web
	cd web && npm run lint && npm test && npm run size

test-clients: build ## exports judged by the field's own validators
	.venv/bin/python test/clients/run.py $(BIN)

e2e: build ## drive the console in a real browser
	cd web && npm run build:gallery && VEDETTE_BIN=$(abspath $(BIN)) npm run e2e

lint: setup-run web ## formatting, vet, staticcheck, the console's linters
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these'; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test ./internal/archtest
	cd web && npm run lint

gen: ## OpenAPI from the code, TypeScript types from OpenAPI
	$(GO) test ./internal/api/rest -run OpenAPI -update
	cd web && npm run gen

dev: setup-run web/node_modules/.stamp ## console with hot reload on :5173, server on :8320
	@trap 'kill 0' EXIT; ($(GO) run ./cmd/vedette serve --data $(DATA) --listen $(LISTEN) --no-open) & cd web && npm run dev

bench: setup build ## figures, written to docs/bench.md
	scripts/bench.sh

race: setup ## the Go tests under the race detector
	CGO_ENABLED=1 $(GO) test -race -timeout 60m ./...

FUZZTIME ?= 30s
fuzz: ## every fuzz target for FUZZTIME
	scripts/fuzz.sh $(FUZZTIME)

soak: setup build ## kill -9 at 200 moments, judged by an outside log
	$(GO) run ./internal/bench/soak -bin $(BIN)

clean:
	rm -rf bin web/dist/app web/node_modules/.stamp
