# `make demo` and `make test` are all that is needed; `make help` names the rest. What dev.py can do, make can: it does the work, and makes
# its own environment.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help FORCE

help:
	@$(PYTHON) dev.py --help

%: FORCE
	@$(PYTHON) dev.py $@

Makefile: ;
FORCE: ;
