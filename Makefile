# The project's commands. Each does the set-up that is missing first: an environment of Python 3.11 in .venv with every
# package (Java, Spark and Node included), and the pinned CDK command line in node_modules. The second time it does none of it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV ?= .venv
CONFIG ?= default-config.yaml
REPORTS ?=
PYTHON := $(VENV)/bin/python
export PATH := $(abspath $(VENV))/bin:$(abspath node_modules)/.bin:$(PATH)

# much of a test's time is spent waiting; a file's tests share what they have started
side_by_side = -n 2 --dist loadfile
junit = $(if $(REPORTS),--junitxml=$(REPORTS)/$(1).xml)
synth_config = $(if $(filter-out default-config.yaml,$(CONFIG)),-c config=$(CONFIG))

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: rehearse
rehearse: setup ## play the whole pipeline on this machine [DATA=DIR: buckets over the samples; DATABASES=DIR: tables; CONFIG=FILE; TESTS=yes]
	@$(PYTHON) -m rehearsal $(if $(TESTS),--with-unit-tests) $(if $(DATA),--data '$(DATA)') $(if $(DATABASES),--databases '$(DATABASES)') $(if $(synth_config),--config '$(CONFIG)')

.PHONY: test
test: setup ## run every test that this machine can run, in two processes
	@$(PYTHON) -m pytest $(side_by_side) $(call junit,tests)

.PHONY: check
check: setup ## what a reviewer would run: ruff, mypy and the tests
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	@$(PYTHON) -m pytest $(side_by_side)

.PHONY: validate
validate: setup ## check config, catalog and workflows, in a second [CONFIG=FILE]
	@$(PYTHON) -m aws_glue_cdk_baseline validate --config '$(CONFIG)'

.PHONY: graph
graph: setup ## draw the workflows in the README
	@$(PYTHON) -m aws_glue_cdk_baseline graph --into README.md

.PHONY: lineage
lineage: setup ## draw which table of the data products is made of which, to build/lineage [COLUMNS=yes]
	@$(PYTHON) -m aws_glue_cdk_baseline lineage $(if $(COLUMNS),--columns)

.PHONY: contracts
contracts: setup ## how contracts of data products differ from another commit's [AGAINST=origin/main; FORMAT=markdown]
	@$(PYTHON) -m aws_glue_cdk_baseline contracts $(if $(AGAINST),--against '$(AGAINST)') $(if $(FORMAT),--format '$(FORMAT)')

.PHONY: synth
synth: setup ## write the templates to cdk.out [CONFIG=FILE]
	@echo "Writing the templates to cdk.out"
	@cdk synth --quiet $(synth_config)

.PHONY: test-unit
test-unit: setup ## unit and snapshot tests only
	@$(PYTHON) -m pytest tests/unit tests/snapshot $(call junit,unit)

.PHONY: test-jobs
test-jobs: setup ## the job scripts' tests on local Spark only
	@$(PYTHON) -m pytest aws_glue_cdk_baseline/job_scripts/tests $(call junit,jobs)

.PHONY: test-glue-image
test-glue-image: ## the job scripts' tests inside the Glue image (needs Docker)
	@mkdir -p build/reports && chmod 777 build/reports
	docker run --rm -v "$(CURDIR)":/home/hadoop/workspace --workdir /home/hadoop/workspace \
	  public.ecr.aws/glue/aws-glue-libs:5 \
	  -c "python3 -m pytest -c /dev/null --rootdir=. -p no:cacheprovider -W ignore::DeprecationWarning aws_glue_cdk_baseline/job_scripts/tests --junitxml=build/reports/glue-image.xml"

.PHONY: test-integration
test-integration: setup ## run a deployed stage's jobs on AWS [ACCOUNT, REGION, STAGE_NAME, TEST_ROLE_ARN]
	@$(PYTHON) -m pytest tests/integ --account '$(ACCOUNT)' --region '$(REGION)' --stage-name '$(STAGE_NAME)' \
	  --sts-role-arn '$(TEST_ROLE_ARN)' $(call junit,integration)

.PHONY: snapshots
snapshots: setup ## accept the templates of now as the new snapshots
	@$(PYTHON) -m pytest tests/snapshot --snapshot-update

.PHONY: clean
clean: ## remove what builds, tests and rehearsals left; the environment stays
	rm -rf build cdk.out .pytest_cache .mypy_cache .ruff_cache .hypothesis

# ---- set-up -----------------------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(VENV)/.installed node_modules/.installed

# Each stamp is written last: a set-up that was interrupted is done again.
$(VENV)/.installed: requirements.txt requirements-dev.txt constraints.txt
	@python=$$(for one in python3.11 python3 python; do \
	    "$$one" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && { echo "$$one"; break; }; done); \
	  if [ -z "$$python" ]; then \
	    found=$$(python3 --version 2>/dev/null || echo "no Python"); \
	    echo "Python 3.11 is needed (Glue 5 runs it), and there is $$found here."; \
	    echo "Install it (Debian: apt-get install python3.11-venv; macOS: brew install python@3.11; or pyenv), then call make again."; \
	    exit 1; fi; \
	  echo "Setting up $(VENV) with $$("$$python" --version): about 1.5 GB, a minute or more, once."; \
	  "$$python" -m venv '$(VENV)' || { \
	    echo "Python could not make a virtual environment; on Debian: apt-get install python3.11-venv"; exit 1; }
	@( while sleep 10; do echo "  ... installing, $${SECONDS} s"; done ) & beat=$$!; trap "kill $$beat" EXIT; \
	  $(PYTHON) -m pip install --disable-pip-version-check --progress-bar off -r requirements-dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json | $(VENV)/.installed
	@echo "Installing the CDK command line."
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: lock
lock: $(VENV)/.installed ## pin again what requirements*.txt bring (after changing them)
	@rm -rf build/lock && mkdir -p build/lock && cp requirements*.txt build/lock && touch build/lock/constraints.txt
	$(PYTHON) -m venv build/lock/venv && build/lock/venv/bin/pip install -r build/lock/requirements-dev.txt
	@{ echo "# Everything that requirements*.txt bring, pinned by \`make lock\`."; build/lock/venv/bin/pip freeze; } > build/lock/new
	@mv build/lock/new constraints.txt && rm -rf build/lock
