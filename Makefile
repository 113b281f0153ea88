# One command per job; `make` alone lists them. Works with GNU make 3.81 and newer.

PORT ?= 8000
HOST ?= 127.0.0.1
DATA_DIR ?= .engage
VENV ?= .venv
T ?= tests
DATA ?=
K ?=
JOBS ?= auto

PY := $(VENV)/bin/python
LAUNCHER := $(PY) -m engage.startup
# The embedded database is started for the duration of a command if `make run` is not up.
MANAGE := $(LAUNCHER) exec --data-dir "$(DATA_DIR)" -- manage.py
MANAGE_OWNER := $(LAUNCHER) exec --data-dir "$(DATA_DIR)" --owner -- manage.py
COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make lock"
PYTEST := $(PY) -m pytest

.DEFAULT_GOAL := help
.PHONY: help venv venv-dev run dev test check walk isolation test-network canary faults bench moderation-report demo worker beat migrate \
	migrations shell lint fmt types imports schema check-migrations check-schema lock clean

help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv:
	@sh engage/startup/venv.sh $(VENV) requirements.txt

venv-dev:
	@sh engage/startup/venv.sh $(VENV) requirements.txt tests/requirements.txt

run: venv ## run everything: make run [PORT=8000] [DATA_DIR=.engage] [HOST=127.0.0.1]
	@exec $(LAUNCHER) run --host "$(HOST)" --port "$(PORT)" --data-dir "$(DATA_DIR)"

dev: venv ## the same, and start anew when code changes
	@exec $(LAUNCHER) run --reload --host "$(HOST)" --port "$(PORT)" --data-dir "$(DATA_DIR)"

test: venv-dev ## run the tests: make test [T=tests/inbox] [K=name] [JOBS=auto]
	@$(PYTEST) $(T) -n $(JOBS) --dist worksteal $(if $(K),-k "$(K)")

check: lint types imports check-migrations check-schema test ## everything CI runs

walk: venv-dev ## drive the whole walk in a browser
	@$(PY) -m tests.walk

isolation: venv-dev ## ask every address as everybody; print routes, ids, roles, leaks
	@$(PY) -m tests.isolation

test-network: venv-dev ## install the real social network on loopback and test against it
	@$(PY) -m tests.network

canary: venv-dev ## a word in every personal field, an erasure, a search of everything
	@$(PY) -m tests.canary

faults: venv-dev ## kill processes under load and count what was lost
	@$(PY) -m tests.faults

bench: venv-dev ## measure; prints a table, writes bench/results/latest.json
	@$(PY) -m bench

moderation-report: venv-dev ## measure lists and models: make moderation-report DATA=folder
	@$(MANAGE) evaluate $(if $(DATA),--data "$(DATA)" --phenomena tests/data/moderation)

demo: venv ## build the demo in a running installation and print it as JSON
	@$(MANAGE) demo --json

worker: venv ## only a worker, against the installation in DATA_DIR
	@exec $(LAUNCHER) exec --data-dir "$(DATA_DIR)" -- $(CURDIR)/$(PY) -m celery -A engage.celery:app worker --queues celery,schedule --without-gossip --without-mingle --without-heartbeat

beat: venv ## only the schedule, against the installation in DATA_DIR
	@exec $(LAUNCHER) exec --data-dir "$(DATA_DIR)" -- $(CURDIR)/$(PY) -m celery -A engage.celery:app beat --scheduler celery.beat:Scheduler --pidfile=

migrate: venv ## bring the tables up to the code
	@$(MANAGE_OWNER) prepare

migrations: venv-dev ## write a migration: make migrations NAME=message_add_colour
	@$(MANAGE_OWNER) makemigrations $(if $(NAME),--name "$(NAME)",--dry-run)

shell: venv ## a Python shell inside one brand: make shell [BRAND=acme/north]
	@$(MANAGE) shell $(if $(BRAND),--brand "$(BRAND)")

lint: venv-dev ## rules of style and form
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

fmt: venv-dev ## put the code in form
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

types: venv-dev ## check the types
	@$(PY) -m mypy

imports: venv-dev ## check the direction of imports
	@$(VENV)/bin/lint-imports

schema: venv-dev ## write docs/openapi.yaml
	@$(MANAGE) spectacular --fail-on-warn --validate --file docs/openapi.yaml

check-migrations: venv-dev
	@$(MANAGE_OWNER) makemigrations --check --dry-run

check-schema: venv-dev
	@$(MANAGE) spectacular --fail-on-warn --validate --file "$(VENV)/openapi.yaml"
	@cmp docs/openapi.yaml "$(VENV)/openapi.yaml" || { echo "docs/openapi.yaml is out of date: make schema"; exit 1; }

lock: venv-dev ## compile requirements.txt and tests/requirements.txt from pyproject.toml
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) --group dev pyproject.toml -c requirements.txt -o tests/requirements.txt

clean: ## remove the virtual environment and caches, keep the data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
