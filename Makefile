# Everything that is done with this project. `make help` lists it. Nothing needs to be installed first but Python, make and git.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help
# Python keeps what it has compiled: hundreds of its processes are started here, and each would compile what it imports anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
RUN := .venv/.ready-to-run
WORK := .venv/.ready-to-work
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --no-build-isolation --require-hashes
LOCK := uv pip compile pyproject.toml --quiet --no-config --system-certs --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock'
TESTS := $(BIN)/pytest -n 3 --dist worksteal -rs
SERVE ?= 1
MINUTES ?= 10
FUZZ := .venv/fuzz
TRANSLATIONS := webform/qmethod_webform/translations
POT := .venv/messages.pot
REPORT_TRANSLATIONS := analysis/qmethod_analysis/words/translations
REPORT_POT := .venv/report-messages.pot
DRAFT := A draft: no native speaker has read it yet.
DEMO_DATABASE := sqlite:///demo/leadership.sqlite3

.PHONY: help
help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: demo
demo: $(RUN)  ## analyse a real study and one filled with simulated respondents, publish both as a site, and serve the survey (SERVE=0: all but serve)
	@$(BIN)/qmethod analyse climate --factors 1 --no-flag-majority --bipolar split --bootstrap 500 --out demo/climate --overwrite \
		--name f1=Acceptance --name f2=Scepticism --title "Climate change, as 435 Australians sorted it" \
		--notes "Sorts: Andreotta and others (2022), Climatic Change 174, 32; data CC0."
	@echo
	@test -e demo/leadership.sqlite3 || $(BIN)/qmethod simulate leadership -n 40 --seed 1 --database $(DEMO_DATABASE)
	@$(BIN)/qmethod export leadership --database $(DEMO_DATABASE) --include-simulated --overwrite --out demo/leadership
	@echo
	@$(BIN)/qmethod analyse demo/leadership/sorts.csv --factors 4 --bootstrap 500 --out demo/leadership-analysis --overwrite
	@echo
	@$(BIN)/qmethod publish demo/climate demo/leadership-analysis --out demo/site
	@echo; echo "The report on 435 real sorts:      $(CURDIR)/demo/climate/report.html"
	@echo "The report on 40 simulated sorts:  $(CURDIR)/demo/leadership-analysis/report.html"
	@echo "Both for everybody to read:        $(CURDIR)/demo/site/index.html"; echo
ifneq ($(SERVE),0)
	@$(BIN)/qmethod serve leadership --database $(DEMO_DATABASE)
endif

.PHONY: test
test: $(WORK)  ## every check there is: style, types, imports, documentation, all tests
	@# The documentation is built on the core that is idle meanwhile, and what it ends with counts when the tests have ended.
	@$(MAKE) docs & built=$$!; trap 'kill %1 2>/dev/null || true' EXIT; \
	$(MAKE) lint; \
	tools/find-chromium --install; tools/find-postgres --install; tools/find-proxies --install; \
	echo '$(TESTS)'; $(TESTS); \
	wait $$built || { echo "The documentation could not be built: what is wrong with it stands above." >&2; exit 1; }

.PHONY: check
check: lint  ## the inner loop, under two minutes: what lint does, and the fast tests
	$(BIN)/pytest -n 2 --dist worksteal -q -m fast

.PHONY: lint
lint: $(WORK)  ## style, types, and the direction and number of imports; every tool runs, whichever fails
	@failed=; for tool in 'ruff check .' 'ruff format --check .' mypy lint-imports 'python tools/count-arrows' 'python tools/find-writers'; do \
		echo "$$tool"; $(BIN)/$$tool || failed+=" [$$tool]"; \
	done; \
	if [ -n "$$failed" ]; then echo "These found something:$$failed" >&2; exit 1; fi

.PHONY: docs
docs: $(WORK)  ## documentation in docs/_build/html; a warning is an error
	$(BIN)/sphinx-build -W --keep-going --quiet -b html docs docs/_build/html

.PHONY: pictures
pictures: $(WORK)  ## pictures of the survey for the documentation, taken anew in Chromium
	$(BIN)/python tools/take-pictures

# Carry changed texts into catalogues and compile them: $(call renewed,TEMPLATE,CATALOGUES)
define renewed
@$(BIN)/pybabel --quiet update --input-file $(1) --output-dir $(2) --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
@$(BIN)/pybabel --quiet compile --directory $(2)
endef

# The texts of a package: $(call extracted,WHAT,TEMPLATE,PACKAGE)
define extracted
@$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --keywords lazy_gettext --add-location file --no-wrap --sort-output \
	--project qmethod --version "$(1)" --msgid-bugs-address "the qmethod authors" \
	--header-comment "# Translations template of the $(1). $(DRAFT)" --output-file $(2) $(3)
endef

.PHONY: translations
translations: page-translations report-translations  ## carry changed texts of the pages and of reports into their catalogues, and compile them

.PHONY: page-translations
page-translations: $(POT)
	$(call renewed,$(POT),$(TRANSLATIONS))

.PHONY: report-translations
report-translations: $(REPORT_POT)
	$(call renewed,$(REPORT_POT),$(REPORT_TRANSLATIONS))

# A new language: $(call begun,TEMPLATE,CATALOGUES,WHO,TARGET)
define begun
@code='$(subst -,_,$(CODE))'; \
if [ -z "$$code" ]; then echo "Name the language by its code: make $(4) CODE=fi" >&2; exit 1; fi; \
if [ -e "$(2)/$$code" ]; then echo "$(2)/$$code is there already. make translations brings it up to date." >&2; exit 1; fi; \
$(BIN)/pybabel --quiet init --input-file $(1) --output-dir $(2) --locale "$$code" --no-wrap; \
$(MAKE) $(3)-translations; \
echo "The $(3)s offer it from now on. What is not translated yet is in English. Translate $(2)/$$code/LC_MESSAGES/messages.po,"; \
echo "then run make translations. Take the words \"$(DRAFT)\" out of its head when a native speaker has."
endef

.PHONY: language
language: $(POT)  ## begin a new language of the pages: make language CODE=fi, or CODE=pt-BR; then translate the file that it names
	$(call begun,$(POT),$(TRANSLATIONS),page,language)

.PHONY: report-language
report-language: $(REPORT_POT)  ## begin a new language of reports: make report-language CODE=fi; then translate the file that it names
	$(call begun,$(REPORT_POT),$(REPORT_TRANSLATIONS),report,report-language)

.PHONY: $(POT)
$(POT): $(WORK)
	$(call extracted,respondent pages,$(POT),webform/qmethod_webform)

.PHONY: $(REPORT_POT)
$(REPORT_POT): $(WORK)
	$(call extracted,reports,$(REPORT_POT),analysis/qmethod_analysis)

.PHONY: bench
bench: $(WORK)  ## time and memory of the method on small and large studies
	$(BIN)/python benchmarks/growth.py

.PHONY: agreement
agreement: $(WORK)  ## how far the figures are from those of other programs
	$(BIN)/python -m benchmarks.agreement

.PHONY: validation
validation: $(WORK)  ## how often each rule is right on sorts whose truth is known, for the page on it (an hour; goes on where it was)
	$(BIN)/python -m benchmarks.validation

.PHONY: fuzz
fuzz: $(WORK)  ## each reader against bytes that nobody thought of, ten minutes each (READER=table MINUTES=1); what breaks one is kept in fuzz-findings
	@test -d $(FUZZ)/atheris || $(PIP) install --require-hashes --no-deps --target $(FUZZ) -r requirements/fuzz.txt
	@PYTHONPATH=$(FUZZ) $(BIN)/python -m benchmarks.fuzz $(READER) --minutes $(MINUTES)

.PHONY: lock
lock: $(WORK)  ## renew requirements/ from pyproject.toml
	$(BIN)/$(LOCK) --upgrade --output-file requirements/runtime.txt
	$(BIN)/$(LOCK) --upgrade --constraint requirements/runtime.txt --group dev --output-file requirements/dev.txt
	$(BIN)/$(subst compile pyproject.toml,compile,$(LOCK)) --constraint requirements/dev.txt --group build --output-file requirements/build.txt
	$(BIN)/$(subst compile pyproject.toml,compile,$(LOCK)) --upgrade --group fuzz --output-file requirements/fuzz.txt

.PHONY: clean
clean:  ## remove what these commands made, .venv included
	rm -rf .venv demo dist docs/_build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# Set-up. A stamp file is older than what it depends on exactly when there is something to do.
$(BIN)/python:
	@python=$$(tools/find-python) && echo "Making .venv with $$($$python --version)" && $$python -m venv --clear .venv

$(RUN): requirements/build.txt requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the engine needs ..."
	@$(INSTALL) --no-compile -r requirements/build.txt
	@$(INSTALL) -r requirements/runtime.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(WORK): $(RUN) requirements/dev.txt
	@echo "Installing the tools for development ..."
	@$(INSTALL) --no-compile -r requirements/dev.txt
	@touch $@
