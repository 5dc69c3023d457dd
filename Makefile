# Tutti's commands for people and for the gate. `make` alone lists them.

SWIFT  ?= swift
PYTHON ?= python3
PREFIX ?= $(HOME)/.local
# Where an install is assembled before it reaches PREFIX (for packagers).
DESTDIR ?=
# Passed on to the program that a target runs: make torture ARGS='--rounds 5 --seed 7 T01'
ARGS ?=

BUILD := .build
INSTALLED := $(DESTDIR)$(PREFIX)

.DEFAULT_GOAL := help
.PHONY: help deps build release static-host demo test check format-check imports-check tsan words-check simulation mutants \
	torture-quick torture bench contract install uninstall man completions doc format clean

help: ## Lists these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null \
		|| grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST)

deps: ## Installs missing Debian packages (libuv1-dev, libsqlite3-dev)
	@.ci/deps

build: deps ## Debug build
	$(SWIFT) build

release: deps ## Release build
	$(SWIFT) build -c release

# The debug build: from a fresh clone it is there in half the time of a release build.
demo: deps ## A fan-out over sample folders; needs no key and no provider's program
	@$(SWIFT) build --quiet --product tutti
	@$(SWIFT) build --quiet --product tutti-host
	@$(BUILD)/debug/tutti demo $(ARGS)

test: deps ## All tests
	$(SWIFT) test --disable-xctest $(ARGS)

check: format-check words-check imports-check ## Format, explicit imports, links, words

format-check:
	@$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests
	@echo "ok  format"

words-check:
	@$(PYTHON) .ci/check.py

imports-check: deps
	@$(SWIFT) build --build-tests --explicit-target-dependency-import-check error
	@echo "ok  build with explicit imports"

# Not part of the gate: on Linux the sanitizer does not see the futex of Synchronization.Mutex, so what a Mutex guards is
# suppressed by name (Tests/tsan-suppressions.txt), and real children under it are too slow for their time-outs.
TSAN_TESTS ?= EventLoopTests
tsan: deps ## The event loop under the thread sanitizer
	@TSAN_OPTIONS=suppressions=$(abspath Tests/tsan-suppressions.txt) TUTTI_TEST_SLOW=20 SWIFT_BACKTRACE=enable=no $(SWIFT) test \
		--disable-xctest --sanitize thread --scratch-path $(BUILD)/tsan --filter '$(TSAN_TESTS)'
	@echo "ok  thread sanitizer ($(TSAN_TESTS))"

SEEDS ?= 100000
simulation: ## The scheduler in 100,000 random worlds (SEEDS=N), checked after every event
	$(PYTHON) Tests/Mutants/run.py --simulate $(SEEDS)

mutants: ## Plants plausible mistakes in copies of the scheduler and of ownership; each must be caught
	$(PYTHON) Tests/Mutants/run.py $(ARGS)

torture-quick: build ## A few rounds of the most telling faults, and an audit after each
	$(PYTHON) Tests/Torture/run.py --quick $(ARGS)

torture: $(if $(findstring --release,$(ARGS)),release,build) ## All faults in full; ARGS=--list names them
	$(PYTHON) Tests/Torture/run.py $(ARGS)

bench: release static-host ## Tutti beside asyncio and C; writes Documentation/Performance.md
	$(PYTHON) Benchmarks/bench.py $(ARGS)

contract: build ## The real claude and codex programs against a scripted API
	$(PYTHON) Tests/Contract/run.py $(ARGS)

# A linker setting in the package, or the flag in the usual scratch path, would not do: the next plain build makes the
# program dynamic again. Static it takes 120 KB of private memory a session instead of 680.
static-host: deps
	$(SWIFT) build -c release --product tutti-host --scratch-path $(BUILD)/static -Xswiftc -static-executable

install: release static-host completions man ## Installs to PREFIX (default ~/.local)
	install -d $(INSTALLED)/bin $(INSTALLED)/libexec/tutti $(INSTALLED)/share/tutti
	install -m 755 $(BUILD)/release/tutti $(INSTALLED)/bin/tutti
	install -m 755 $(BUILD)/static/release/tutti-host $(INSTALLED)/libexec/tutti/tutti-host
	install -D -m 644 $(BUILD)/completions/tutti.bash $(INSTALLED)/share/bash-completion/completions/tutti
	install -D -m 644 $(BUILD)/completions/_tutti $(INSTALLED)/share/zsh/site-functions/_tutti
	install -D -m 644 $(BUILD)/completions/tutti.fish $(INSTALLED)/share/fish/vendor_completions.d/tutti.fish
	for section in 1 5 7; do install -d $(INSTALLED)/share/man/man$$section; \
		for page in $(BUILD)/man/*.$$section; do \
		[ ! -f "$$page" ] || install -m 644 "$$page" $(INSTALLED)/share/man/man$$section/; done; done
	if [ -d Config ]; then cp -R Config/. $(INSTALLED)/share/tutti/; fi
	@echo "Installed $(INSTALLED)/bin/tutti"
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo "Add $(PREFIX)/bin to PATH to run it as tutti." ;; esac

uninstall: ## Removes what install put there; stores and configs stay
	rm -f $(INSTALLED)/bin/tutti $(INSTALLED)/share/bash-completion/completions/tutti \
		$(INSTALLED)/share/zsh/site-functions/_tutti $(INSTALLED)/share/fish/vendor_completions.d/tutti.fish \
		$(INSTALLED)/share/man/man1/tutti.1 $(INSTALLED)/share/man/man1/tutti.*.1 $(INSTALLED)/share/man/man1/tutti-*.1 \
		$(INSTALLED)/share/man/man5/tutti.yaml.5 $(INSTALLED)/share/man/man5/tutti.batch.yaml.5 \
		$(INSTALLED)/share/man/man7/tutti-*.7
	rm -rf $(INSTALLED)/libexec/tutti $(INSTALLED)/share/tutti

completions: release
	@mkdir -p $(BUILD)/completions
	@$(BUILD)/release/tutti --generate-completion-script bash >$(BUILD)/completions/tutti.bash
	@$(BUILD)/release/tutti --generate-completion-script zsh >$(BUILD)/completions/_tutti
	@$(BUILD)/release/tutti --generate-completion-script fish >$(BUILD)/completions/tutti.fish

man: release ## Man pages, to .build/man
	@rm -rf $(BUILD)/man && mkdir -p $(BUILD)/man
	@$(SWIFT) package plugin --allow-writing-to-directory $(BUILD)/man generate-manual --multi-page \
		--output-directory $(BUILD)/man >/dev/null
	@find $(BUILD)/man -mindepth 2 -name '*.1' -exec mv -t $(BUILD)/man {} +
	@for topic in exit-codes json events environment serving; do \
		$(BUILD)/release/tutti help $$topic --man >$(BUILD)/man/tutti-$$topic.7 || exit 1; done
	@$(BUILD)/release/tutti help settings --man >$(BUILD)/man/tutti.yaml.5
	@$(BUILD)/release/tutti help batch-files --man >$(BUILD)/man/tutti.batch.yaml.5

doc: ## The library's reference (TuttiKit), to .build/doc
	@rm -rf $(BUILD)/symbols && mkdir -p $(BUILD)/symbols
	$(SWIFT) build --target TuttiKit -Xswiftc -emit-symbol-graph -Xswiftc -emit-symbol-graph-dir \
		-Xswiftc $(abspath $(BUILD))/symbols --scratch-path $(BUILD)/docs
	@find $(BUILD)/symbols -type f ! -name 'TuttiKit*' -delete
	docc convert --fallback-display-name TuttiKit --fallback-bundle-identifier tutti.TuttiKit \
		--additional-symbol-graph-dir $(BUILD)/symbols --output-path $(BUILD)/doc
	@echo "Open $(BUILD)/doc/index.html through a web server: $(PYTHON) -m http.server -d $(BUILD)/doc"

format: ## Formats all Swift files in place
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

clean: ## Removes everything that was built
	rm -rf $(BUILD) Benchmarks/.build
