# `make demo` and `make test` are all that is needed; dev.py does the work and makes its own environment.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help demo simulator test lint setup format clean
.PHONY: ruff mypy ansible-lint changelog docs-lint docs units roles sanity ansible-units integration integration-modules molecule galaxy controller
.PHONY: test-engines bench matrix fuzz lock-dependencies audit-dependencies

help:  ## this list
	@sed -n 's/^## /  /p; s/^\([a-z-]*\): *## */make \1: /p' Makefile

demo:  ## three simulated WHM servers: an audit, a policy, an outbreak of spam and its end
	@$(PYTHON) dev.py demo

simulator:  ## three simulated WHM servers to try things on, until Ctrl-C; python3 dev.py simulator takes options
	@$(PYTHON) dev.py simulator

test:  ## everything that has to pass, a quarter of an hour: all parts below
	@$(PYTHON) dev.py test

lint:  ## the first five parts: ruff, mypy, ansible-lint, changelog, docs-lint
	@$(PYTHON) dev.py lint

setup:  ## only make the environment in .venv
	@$(PYTHON) dev.py setup

format:  ## put all Python into the form that `make ruff` wants
	@$(PYTHON) dev.py format

clean:  ## remove .venv and .ansible
	@$(PYTHON) dev.py clean

## Parts of `make test`:

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

docs:  ## the site of guides and reference, in .ansible/docs/html
	@$(PYTHON) dev.py docs

units:  ## unit, property and conformance tests
	@$(PYTHON) dev.py units

roles:  ## playbooks and roles on the oldest and the newest ansible-core
	@$(PYTHON) dev.py roles

sanity:  ## ansible-test sanity
	@$(PYTHON) dev.py sanity

ansible-units:  ## the unit tests as ansible-test runs them
	@$(PYTHON) dev.py ansible-units

integration:  ## ansible-test integration
	@$(PYTHON) dev.py integration

integration-modules:  ## the same as ordinary modules, without the action plugin
	@$(PYTHON) dev.py integration-modules

molecule:  ## whole journeys
	@$(PYTHON) dev.py molecule

galaxy:  ## build the collection and check it the way Galaxy does
	@$(PYTHON) dev.py galaxy

controller:  ## the kit for AWX, the execution environment, and the collection as users install it
	@$(PYTHON) dev.py controller

## No parts of `make test`:

test-engines:  ## the simulator against a real Dovecot and Exim, whose packages it names; about a minute
	@$(PYTHON) dev.py test-engines

bench:  ## what tasks cost, measured against a simulator: forty minutes
	@$(PYTHON) dev.py bench

matrix:  ## units, integration, roles and sanity on every ansible-core and Python there is: hours
	@$(PYTHON) dev.py matrix

fuzz:  ## the property tests at length: more than 100,000 damaged answers, and servers with moods
	@$(PYTHON) dev.py fuzz

lock-dependencies:  ## write requirements-dev.lock anew from requirements-dev.txt
	@$(PYTHON) dev.py lock-dependencies

audit-dependencies:  ## ask for known vulnerabilities of everything in the lock; needs a network
	@$(PYTHON) dev.py audit-dependencies
