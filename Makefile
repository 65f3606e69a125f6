# The short way to everything: `make` lists the targets. Each one is a thin call of cmake or of a script in scripts/,
# which can be run by itself as well.

PREFIX  ?= /usr/local
DESTDIR ?=
# What you may say: make test ONLY=landing | make fuzz FUZZ_SECONDS=60 | make lint ALL=1 | make bench ARGS='--quick'
ONLY         ?=
FUZZ_SECONDS ?= 20
ALL          ?=
ARGS         ?=

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help build demo test e2e lint fuzz bench install deb clean

help: ## this list
	@echo 'bailey: AI coding agents in a yard with walls. On Debian 12 every target installs what it needs first.'
	@echo
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'
	@echo
	@echo 'Begin with `make demo`: a small repository, a worker that misbehaves, and the branch that came out.'

demo: ## see it work: a worker that builds, tests, commits and then misbehaves, on one screen
	@scripts/demo

test: ## build, unit tests, end-to-end tests as an ordinary user (and a few as root), one summary
	@scripts/test --only '$(ONLY)'

e2e: ## the end-to-end tests alone; ONLY=PATTERN picks some
	@scripts/test --label e2e --only '$(ONLY)'

build: ## build/release/bin/bailey
	@scripts/build release

lint: ## formatting, clang-tidy on what changed (ALL=1: on everything), layering, shell scripts
	@scripts/lint $(if $(ALL),--all)

fuzz: ## every parser's fuzz target for FUZZ_SECONDS (20) each
	@scripts/fuzz $(FUZZ_SECONDS)

bench: ## the promised ratios, measured here against bubblewrap, docker and cp
	@scripts/bench $(ARGS)

install: build ## into PREFIX (/usr/local), below DESTDIR when given; the tree may be moved afterwards
	@DESTDIR='$(DESTDIR)' cmake --install build/release --prefix '$(PREFIX)' --strip

deb: build ## build/release/bailey_VERSION_ARCH.deb
	@cd build/release && cpack -G DEB

clean: ## remove build/
	@rm -rf build
