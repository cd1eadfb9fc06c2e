# Two commands do everything: `make run` and `make test`. Both set up what they need.
SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3.13
BIN := .venv/bin
CLOUD := .venv-cloud/bin
# What runs here must not meet an account of yours.
export AWS_CONFIG_FILE := /dev/null
export AWS_SHARED_CREDENTIALS_FILE := /dev/null
export AWS_DEFAULT_REGION := us-east-1
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: setup ## run the whole stack on an embedded cloud; ARGS=--once to end by itself, ARGS=--help for more
	@$(BIN)/python -m sandbox $(ARGS)

.PHONY: query
# As it was typed: the shell must not read its quotes and dollars.
query: override export SQL := $(value SQL)
query: setup ## query the running stack's archive: make query SQL="SELECT count(*) FROM logs"
	@$(BIN)/python -m sandbox.query $(ARGS)

.PHONY: call
call: override export ROUTE := $(value ROUTE)
call: setup ## call the running stack's API: make call ROUTE=/status ARGS="--method GET"
	@$(BIN)/python -m sandbox.api $(ARGS)

.PHONY: incident
incident: setup ## play an incident and see what is sent, without a cloud: make incident NAME=keys-revoked LANGUAGE=nl
	@$(BIN)/python -m sandbox.incidents $(NAME) $(if $(LANGUAGE),--language $(LANGUAGE)) $(ARGS)

.PHONY: redact
redact: setup ## a record, page or text as it would be stored: make redact FILE=record.json, or < record.json; ARGS=--help
	@$(BIN)/python -m sandbox.redact $(ARGS) $(if $(FILE),"$(FILE)")

.PHONY: test
test: lint types validate pytest ## everything: lint, types, template, unit, property, contract and end-to-end tests

HARNESS := tests/crash tests/stateful
.PHONY: pytest
pytest: setup .venv-consumers/ready ## every test; ARGS="tests/unit -k merge" for some
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else # side by side: what is deployed mostly waits
	@mkdir -p .run && echo "The other tests run beside these, in two processes; their reports follow."
	@$(BIN)/python -m pytest -m "not e2e" $(HARNESS:%=--ignore %) >.run/unit.log 2>&1 & unit=$$!; \
	$(BIN)/python -m pytest tests/e2e/api $(HARNESS) >.run/api.log 2>&1 & api=$$!; \
	$(BIN)/python -m pytest -m e2e --ignore tests/e2e/api; deployed=$$?; \
	wait $$api; api=$$?; cat .run/api.log; \
	wait $$unit; unit=$$?; cat .run/unit.log; exit $$((unit | api | deployed))
endif

.PHONY: unit
unit: setup ## the fast tests alone
	$(BIN)/python -m pytest -m "not e2e" $(ARGS)

.PHONY: mutants
mutants: setup ## break each guard once and see that its test notices; ten minutes
	$(BIN)/python -m tests.mutants $(ARGS)

.PHONY: crash
crash: setup ## every crash point and every pair of runs, without thinning: ARGS=--help for more
	$(BIN)/python -m tests.crash $(or $(ARGS),--all)

.PHONY: fuzz
fuzz: setup .venv-consumers/ready ## made-up and hostile requests to the deployed API, for longer; ARGS=--help for the made-up alone
	$(if $(ARGS),,$(BIN)/python -m pytest tests/e2e/api/test_abuse.py --thorough)
	$(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: load
load: setup ## fetch_logs under load on the deployed stack, beside a bare GET loop: ARGS=--help for more
	$(BIN)/python -m bench.works.load $(ARGS)

.PHONY: bench
bench: setup .venv-consumers/ready .venv-lambda/ready ## measure beside what a user would take instead, into bench/RESULTS.md; ARGS=--help for more
	$(BIN)/python -m bench $(ARGS)

.PHONY: bench-quick
bench-quick: setup .venv-consumers/ready .venv-lambda/ready ## the same, small, in two minutes, written nowhere
	$(BIN)/python -m bench --quick $(ARGS)

.PHONY: lint
lint: setup ## ruff: lint and format; lint-imports: which room may use which, and that pure logic stays pure
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@PYTHONPATH=functions:layers/shared $(BIN)/lint-imports --no-logo --no-cache
	@PYTHONPATH=functions:layers/shared $(BIN)/lint-imports --no-logo --no-cache --config tests/unit/house/purity.toml

.PHONY: format
format: setup ## fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: setup ## mypy, strict
	$(BIN)/mypy

.PHONY: validate
validate: setup ## the template: sam validate --lint
	$(BIN)/sam validate --lint

.PHONY: docs
docs: setup ## write what the documentation takes from the code
	$(BIN)/python -m docs.generate

.PHONY: lock
lock: setup ## pin the newest versions that requirements/*.in and layers/*/requirements.in allow
	UV="$(BIN)/uv" bash requirements/lock

.PHONY: clean
clean: ## remove environments, builds and caches
	rm -rf .venv .venv-cloud .venv-consumers .venv-lambda .run .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis

# ---------------------------------------------------------------- environments, made once and made anew when pins change
.PHONY: setup
setup: .venv/ready .venv-cloud/ready

.venv/ready: requirements/dev.txt
	@bash requirements/make-environment "$(PYTHON)" .venv $<

.venv-cloud/ready: requirements/cloud.txt
	@bash requirements/make-environment "$(PYTHON)" .venv-cloud $<

.venv-consumers/ready: requirements/consumers.txt # the readers in consumers/ and other people's tools, for tests and the bench
	@bash requirements/make-environment "$(PYTHON)" .venv-consumers $<

.venv-lambda/ready: requirements/lambda.txt # what a function has in Lambda, and no more: for bench/works/cold.py
	@bash requirements/make-environment "$(PYTHON)" .venv-lambda $<
