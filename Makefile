# Two targets do all the set-up: `make run` runs the agent on this machine, `make test` passes its tests.

PYTHON ?= python3
BIN := .venv/bin
PYTEST = $(BIN)/pytest --numprocesses $(WORKERS) --maxprocesses 8
WORKERS = $(shell echo $$(($$(nproc) * 3 / 2)))# more than cores: many tests wait

unexport PYTHONDONTWRITEBYTECODE # else every worker rewrites the assertions of every file, each time

.PHONY: run demo test test-unit test-e2e test-root foreign soak bench lint clean lock wheelhouse wheel deb release
.PHONY: install-service install-program uninstall-service

run: .venv/agent
	$(BIN)/miner-agent run --table

demo: .venv/agent
	$(BIN)/miner-agent demo --table

test: test-unit test-e2e

# What says in a minute whether a change holds. What the tests of a file share is made once.
test-unit: .venv/dev
	$(PYTEST) --dist loadfile -m 'not e2e and not thorough and not root and not soak'

# The whole agent as a process, real servers, real clients; beside their waiting, what goes through many examples.
test-e2e: WORKERS = $(shell echo $$(($$(nproc) * 3)))
test-e2e: .venv/dev wheelhouse
	$(PYTEST) --dist loadgroup --hypothesis-profile many -m '(e2e or thorough or hypothesis) and not root and not soak'

# The programs of others that sums and files are compared with, each in an environment of its own; a test makes what is missing.
foreign: .venv/dev
	$(BIN)/python -m tests.foreign_tools

test-root: .venv/dev wheelhouse
	$(BIN)/pytest -m root

# Takes about half an hour: a month in compressed time, hundreds of kills and of failing writes, millions of damaged answers.
soak: .venv/dev
	$(BIN)/pytest -m soak -o faulthandler_timeout=0

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/dev
	$(BIN)/python -m bench

clean:
	rm -rf .venv dist build

# What a release installs, to the byte: every library with its version and its hashes, for every Python that we run on.
# What is locked stays as it is where that does; UPGRADE=--upgrade takes the newest.
lock: .venv/release
	$(BIN)/uv --no-config pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url $(UPGRADE) --output-file packages/locked.txt pyproject.toml

# Those libraries, and what builds ours, for the Python of .venv: packages are made of them, without a network.
wheelhouse: .venv/wheelhouse/complete

wheel deb release: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1580601600)
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' miner_agent/__init__.py)
WHEEL = dist/miner_agent-$(VERSION)-py3-none-any.whl

wheel: .venv/release
	$(BIN)/python -m hatchling build -d dist

# For the release that this runs on; docs/service.md says how it is made for another one.
deb: .venv/wheelhouse/complete wheel
	$(BIN)/python -m tools.deb --wheel $(WHEEL) --wheelhouse .venv/wheelhouse --out dist

# All that is published, the same to the byte each time: what it consists of and the sum of each file are beside it.
release:
	rm -rf dist
	$(MAKE) --no-print-directory deb
	install -m 644 packages/locked.txt dist/miner-agent-$(VERSION)-locked.txt
	$(BIN)/python -m tools.sbom --wheel $(WHEEL) --wheelhouse .venv/wheelhouse --out dist/miner-agent-$(VERSION).cdx.json
	cd dist && sha256sum miner* >SHA256SUMS

# The service: `sudo make install-service RIG=nvidia`. RIG names the drop-ins to add to those that are there, DESTDIR
# stages a tree for a package, PROGRAM=no leaves the program as it is. docs/service.md tells the rest.
RIG ?=
PROGRAM ?= yes
RIGS := $(patsubst systemd/drop-ins/%.conf,%,$(wildcard systemd/drop-ins/*.conf))
STAGE = $(abspath $(DESTDIR))
OPT = $(STAGE)/opt/miner-agent
ETC = $(STAGE)/etc
UNIT = $(ETC)/systemd/system/miner-agent.service
LINK = $(STAGE)/usr/local/bin/miner-agent
SHARE = $(STAGE)/usr/local/share
AS_ROOT = [ -n "$(STAGE)" ] || [ "$$(id -u)" -eq 0 ] || { echo 'run this as root, or set DESTDIR' >&2; exit 1; }

install-service:
	$(if $(filter-out $(RIGS),$(RIG)),$(error RIG=$(RIG) is not known; it is one or more of: $(RIGS)))
	@$(AS_ROOT)
	$(if $(filter no,$(PROGRAM)),,$(MAKE) --no-print-directory install-program)
	install -D -m 644 systemd/miner-agent.service $(UNIT)
	for rig in $(RIGS); do \
	  case " $(RIG) " in *" $$rig "*) ;; *) [ -e $(UNIT).d/$$rig.conf ] || continue ;; esac; \
	  install -D -m 644 systemd/drop-ins/$$rig.conf $(UNIT).d/$$rig.conf || exit; \
	done
	install -D -m 644 systemd/miner-agent.sysusers.conf $(ETC)/sysusers.d/miner-agent.conf
	install -D -m 644 systemd/miner-agent.tmpfiles.conf $(ETC)/tmpfiles.d/miner-agent.conf
	[ -d $(ETC)/miner-agent ] || install -d -m 750 $(ETC)/miner-agent
	[ -e $(ETC)/miner-agent/config.toml ] || install -m 644 systemd/config.example.toml $(ETC)/miner-agent/config.toml
	[ -e $(ETC)/miner-agent/environment ] || install -m 644 systemd/environment.example $(ETC)/miner-agent/environment
	install -d -m 755 $(dir $(LINK))
	ln -sfn /opt/miner-agent/bin/miner-agent $(LINK)
	[ ! -x $(OPT)/bin/python ] || { umask 022; $(OPT)/bin/python -B tools/shell_files.py $(dir $(SHARE)); }
ifeq ($(STAGE),)
	systemd-sysusers /etc/sysusers.d/miner-agent.conf
	systemd-tmpfiles --create /etc/tmpfiles.d/miner-agent.conf
	@printf '%s\n' '' 'Installed; nothing is enabled or started. Edit /etc/miner-agent/config.toml, then:' \
	  '  sudo miner-agent config check' \
	  '  sudo systemctl daemon-reload' \
	  '  sudo systemctl enable miner-agent && sudo systemctl restart miner-agent'
endif

# Everything is fetched and built before the program that is there is touched.
install-program:
	@$(AS_ROOT)
	@[ -n "$(STAGE)" ] || [ ! -e /var/lib/dpkg/info/miner-agent.list ] || \
	  { echo 'the package miner-agent is installed; take it away first: sudo apt remove miner-agent' >&2; exit 1; }
	@[ ! -e $(OPT) ] || [ -e $(OPT)/pyvenv.cfg ] || { echo '$(OPT) is there and not ours; move it away' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=")'
	@$(PYTHON) -c 'import sys; hidden = sys.base_prefix.startswith(("/home/", "/root/", "/run/", "/tmp/", "/var/tmp/")); \
	  sys.exit(hidden and f"the service may not look into {sys.base_prefix}; set PYTHON=/usr/bin/python3")'
	umask 022; set -e; work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	$(PYTHON) -m venv "$$work/venv"; \
	"$$work/venv/bin/python" -m pip --quiet --disable-pip-version-check wheel --wheel-dir "$$work/wheels" .; \
	$(PYTHON) -m venv --clear --without-pip $(OPT); \
	"$$work/venv/bin/python" -m pip --quiet --disable-pip-version-check --python $(OPT)/bin/python \
	  install --no-index --find-links "$$work/wheels" miner-agent; \
	if [ -n "$(STAGE)" ]; then grep -rlIF -- "$(STAGE)" $(OPT)/bin $(OPT)/pyvenv.cfg | xargs -r sed -i 's|$(STAGE)||g'; fi

# State, configuration and the user stay: docs/service.md says how they go too.
uninstall-service:
	@$(AS_ROOT)
ifeq ($(STAGE),)
	[ ! -d /run/systemd/system ] || ! [ -e $(UNIT) ] || systemctl disable --now miner-agent
endif
	rm -f $(UNIT) $(RIGS:%=$(UNIT).d/%.conf) $(ETC)/sysusers.d/miner-agent.conf $(ETC)/tmpfiles.d/miner-agent.conf
	[ ! -d $(UNIT).d ] || rmdir --ignore-fail-on-non-empty $(UNIT).d
	[ "$$(readlink $(LINK))" != /opt/miner-agent/bin/miner-agent ] || rm $(LINK)
	rm -f $(SHARE)/man/man1/miner-agent.1 $(SHARE)/man/man1/miner-agent-*.1 $(SHARE)/zsh/site-functions/_miner-agent \
	  $(SHARE)/bash-completion/completions/miner-agent $(SHARE)/fish/vendor_completions.d/miner-agent.fish
	[ "$(PROGRAM)" = no ] || [ ! -e $(OPT)/pyvenv.cfg ] || rm -rf $(OPT)
ifeq ($(STAGE),)
	[ ! -d /run/systemd/system ] || systemctl daemon-reload
endif

.venv/pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	touch $@

.venv/agent: .venv/pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/wheelhouse/complete: .venv/pip packages/locked.txt
	rm -rf $(@D)
	$(BIN)/python -m pip download --quiet --dest $(@D) --only-binary :all: --require-hashes --requirement packages/locked.txt
	$(BIN)/python -m pip download --quiet --dest $(@D) --only-binary :all: 'pip>=25.1' hatchling editables
	touch $@

.venv/release: .venv/pip pyproject.toml
	$(BIN)/python -m pip install --quiet --group release
	touch $@

.venv/dev: .venv/agent
	$(BIN)/python -m pip install --quiet --group dev
	touch $@
