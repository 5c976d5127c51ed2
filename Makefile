# `make demo` and `make test` are all that is needed; dev.py does the work and makes its own environment.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help setup demo story test bench format clean lint ruff mypy ansible-lint changelog docs-lint units sanity ansible-units integration molecule galaxy

help:  ## this list
	@sed -n 's/^\([a-z-]*\): *## */make \1: /p' Makefile

demo:  ## three simulated WHM servers, audited and set right by a playbook
	@$(PYTHON) dev.py demo

story:  ## the longer one: audit, policy, an outbreak of spam and its end
	@$(PYTHON) dev.py story

test:  ## everything below, the way continuous integration runs it
	@$(PYTHON) dev.py test

bench:  ## what tasks cost, measured against a simulator: half an hour, no part of `make test`
	@$(PYTHON) dev.py bench

setup:  ## only make the environment in .venv
	@$(PYTHON) dev.py setup

lint:  ## ruff, mypy, ansible-lint, changelog and documentation
	@$(PYTHON) dev.py lint

ruff:  ## style, imports, likely bugs, formatting
	@$(PYTHON) dev.py ruff

mypy:  ## strict types
	@$(PYTHON) dev.py mypy

ansible-lint:  ## the production profile
	@$(PYTHON) dev.py ansible-lint

changelog:  ## changelog fragments
	@$(PYTHON) dev.py changelog

docs-lint:  ## documentation of the plugins
	@$(PYTHON) dev.py docs-lint

units:  ## unit, property and conformance tests
	@$(PYTHON) dev.py units

sanity:  ## ansible-test sanity
	@$(PYTHON) dev.py sanity

ansible-units:  ## the unit tests as ansible-test runs them
	@$(PYTHON) dev.py ansible-units

integration:  ## ansible-test integration
	@$(PYTHON) dev.py integration

molecule:  ## whole journeys
	@$(PYTHON) dev.py molecule

galaxy:  ## build the collection and check it the way Galaxy does
	@$(PYTHON) dev.py galaxy

format:  ## put all Python into the form that `make ruff` wants
	@$(PYTHON) dev.py format

clean:  ## remove .venv and .ansible
	@$(PYTHON) dev.py clean
