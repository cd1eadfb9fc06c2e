# Two commands do everything: `make run` and `make test`. Both set up what they need. `make help` lists the others.
SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3.13
BIN := .venv/bin
CLOUD := .venv-cloud/bin
# Your own settings of AWS, for `make doctor` alone: what else runs here must not meet an account of yours.
aws_names := AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_DEFAULT_REGION
own_aws := $(addprefix -u ,$(aws_names)) $(foreach name,$(aws_names),$(if \
	$(filter environment,$(origin $(name))),$(name)='$(value $(name))'))
export AWS_CONFIG_FILE := /dev/null
export AWS_SHARED_CREDENTIALS_FILE := /dev/null
export AWS_DEFAULT_REGION := us-east-1
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# What was given to make itself: many a system has a NAME, a LANGUAGE or a FILE in its environment.
given = $(if $(filter command,$(origin $1)),$(value $1))

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^##@ /{printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)
	@echo; echo 'Most take ARGS, for example ARGS=--help.'

##@ Try it
.PHONY: run
run: setup ## deploy the stack to an embedded cloud and see how each shop is doing; ARGS=--once stops by itself
	@$(BIN)/python -m sandbox $(ARGS)

.PHONY: query
query: override export SQL := $(value SQL)# as it was typed: no shell may read its quotes and dollars
query: setup ## query the archive while it runs: make query SQL="SELECT count(*) FROM logs"
	@$(BIN)/python -m sandbox.query $(ARGS)

.PHONY: call
call: override export ROUTE := $(value ROUTE)# as it was typed
call: setup ## call the API while it runs: make call ROUTE=/status
	@$(BIN)/python -m sandbox.api $(ARGS)

.PHONY: doctor
doctor: setup ## see what a deployed stack still needs: make doctor, or in your AWS account ARGS="--stack NAME"
	@env $(own_aws) $(BIN)/python -m sandbox.doctor $(ARGS)

.PHONY: incident
incident: setup ## play an incident without a cloud and read what is sent: make incident NAME=keys-revoked LANGUAGE=nl
	@$(BIN)/python -m sandbox.incidents $(call given,NAME) $(addprefix --language=,$(call given,LANGUAGE)) $(ARGS)

.PHONY: redact
redact: override export FILE := $(call given,FILE)# as it was typed
redact: setup ## see a record, page or text of your own as it would be stored: make redact FILE=record.json
	@$(BIN)/python -m sandbox.redact $(ARGS) $${FILE:+"$$FILE"}

##@ Test it
SYNCED := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) # macOS' own make is of 2006
.PHONY: test
test: setup ## lint, types, template and every test, end-to-end ones included
	@$(MAKE) --no-print-directory --jobs=2 $(SYNCED) lint types validate
	@$(MAKE) --no-print-directory pytest

HARNESS := tests/crash tests/stateful
.PHONY: pytest
pytest: setup .venv-consumers/ready ## every test, or some: ARGS="tests/unit -k merge"
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
unit: setup ## the fast tests, without a cloud
	$(BIN)/python -m pytest -m "not e2e" $(ARGS)

ASKING := tests/unit/integration_logs/bucket tests/unit/integration_logs/runtime tests/contract/test_store.py
.PHONY: oldest
oldest: .venv-oldest/ready .venv-cloud/ready ## test what asks AWS with the oldest botocore that can do what it needs
	.venv-oldest/bin/python -m pytest -W "ignore:datetime.datetime.utcnow:DeprecationWarning" $(or $(ARGS),$(ASKING))

.PHONY: mutants
mutants: setup ## break each guard and check that a test notices; takes half an hour
	$(BIN)/python -m tests.mutants $(ARGS)

.PHONY: crash
crash: setup ## crash at every point, and run every pair of runs at once
	$(BIN)/python -m tests.crash $(or $(ARGS),--all)

.PHONY: fuzz
fuzz: setup .venv-consumers/ready ## send random and hostile requests to the deployed API
	$(if $(ARGS),,$(BIN)/python -m pytest tests/e2e/api/test_abuse.py --thorough)
	$(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: scale
scale: setup ## the largest runs on a ground as slow as AWS, in simulated time; ARGS="--beside 9229df7"
	$(BIN)/python -m bench.scale $(ARGS)

.PHONY: nightly
nightly: setup .venv-consumers/ready ## what `make test` takes a sample of, whole, and what is drawn afresh; takes hours
	$(BIN)/python -m tests.nightly $(ARGS)

.PHONY: load
load: setup ## fetch under load on the deployed stack, beside a bare GET loop
	$(BIN)/python -m bench.works.load $(ARGS)

.PHONY: bench
bench: setup .venv-consumers/ready .venv-lambda/ready ## measure it beside the alternatives, into bench/RESULTS.md
	$(BIN)/python -m bench $(ARGS)

.PHONY: bench-quick
bench-quick: setup .venv-consumers/ready .venv-lambda/ready ## the same with little data, in two minutes; writes nothing
	$(BIN)/python -m bench --quick $(ARGS)

##@ Change it
.PHONY: lint
lint: setup ## check style, formatting, and which room may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@PYTHONPATH=functions:layers/shared $(BIN)/lint-imports --no-logo --no-cache
	@PYTHONPATH=functions:layers/shared $(BIN)/lint-imports --no-logo --no-cache --config tests/unit/house/purity.toml

.PHONY: format
format: setup ## format the code and fix what can be fixed automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: setup ## check types: mypy, strict
	$(BIN)/mypy

.PHONY: validate
validate: setup .venv-checkov/ready ## check the template: sam validate, cfn-lint with what it only remarks on, checkov
	$(BIN)/sam validate --lint
	$(BIN)/cfn-lint --include-checks I --template template.yaml
	.venv-checkov/bin/checkov --file template.yaml --framework cloudformation --skip-download --quiet --compact

.PHONY: docs
docs: setup ## update the parts of the documentation that are generated
	$(BIN)/python -m docs.generate

.PHONY: lock
lock: setup ## pin the newest versions that the requirements allow
	UV="$(BIN)/uv" bash requirements/lock

.PHONY: clean
clean: ## remove the virtual environments, builds and caches
	rm -rf .venv .venv-cloud .venv-consumers .venv-lambda .venv-oldest .venv-checkov .run .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis

# ---------------------------------------------------------------- environments, made once and made anew when pins change
.PHONY: setup
setup: .venv/ready .venv-cloud/ready

.venv/ready: requirements/dev.txt
	@bash requirements/make-environment "$(PYTHON)" .venv $<

.venv-cloud/ready: requirements/cloud.txt
	@bash requirements/make-environment "$(PYTHON)" .venv-cloud $<

.venv-consumers/ready: requirements/consumers.txt # the readers in consumers/ and other people's tools, for tests and the bench
	@bash requirements/make-environment "$(PYTHON)" .venv-consumers $<

.venv-oldest/ready: requirements/oldest.txt
	@bash requirements/make-environment "$(PYTHON)" .venv-oldest $<

.venv-checkov/ready: requirements/checkov.txt
	@bash requirements/make-environment "$(PYTHON)" .venv-checkov $<

.venv-lambda/ready: requirements/lambda.txt # what a function has in Lambda, and no more: for bench/works/cold.py
	@bash requirements/make-environment "$(PYTHON)" .venv-lambda $<
