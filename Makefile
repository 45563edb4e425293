# The commands of this repository. Each step can be called alone and sets up what it needs; nothing is made outside .cache/
# but podman objects whose name begins with "evenkeel-". The scripts behind the steps are in lab/.

SHELL := /bin/bash
.DEFAULT_GOAL := help
RUN := . lab/env.sh;

LINT := ruff mypy yamllint shellcheck changelog ansible-lint docs sanity
UNIT := unit pythons manifests
MOLECULE := molecule-default molecule-failover
LONG := all-pythons newcomer faults client session fleet servers lifecycle tls ipv6 upgrade spc kubernetes migration hostile inuse machine soak

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

## The two commands of the README, and their parts

.PHONY: demo test test-all bench bench-servers mutants lint molecule clean
demo: image ## watch mounts survive frozen servers, on containers of this machine
	@lab/demo

test: ## all checks and tests, about ten minutes
	@lab/steps $(LINT) $(UNIT) -- $(MOLECULE)

test-all: test ## the same and the long ones: every fault, clients, servers, life cycle, TLS, soak
	@lab/steps $(LONG)

bench: image ## the mount against its alternatives; the figures go to docs/benchmark.md
	@lab/hosts bench 1800 python -m tests.bench

bench-servers: image ## the modules for servers against those of gluster.gluster; the figures go to docs/benchmark-servers.md
	@lab/hosts provision 1800 python -m tests.bench.provision

soak: image ## two hundred rounds of mount, fault, heal, unmount: nothing is left
	@lab/hosts soak 3000 python -m tests.soak

mutants: venv ## unit tests against small changes of the engine: at least 85 % are found
	@lab/mutants 85 _host _gluster _mount

lint: ## all checks that start nothing
	@lab/steps $(LINT) --

molecule: ## both molecule scenarios, on containers
	@lab/steps $(MOLECULE)

clean: ## remove what all of this has made: containers, images, .cache
	@lab/clean

## Steps

.PHONY: $(LINT) $(UNIT) $(MOLECULE) $(LONG)
ruff: venv ## Python: lint, security rules, format
	@$(RUN) ruff check; ruff format --check

format: venv ## put Python into the format that the step ruff asks for
	@$(RUN) ruff check --fix; ruff format

mypy: venv ## Python: types of plugins/module_utils, strict
	@$(RUN) mypy

yamllint: venv ## YAML
	@$(RUN) yamllint --strict .

shellcheck: venv ## shell scripts
	@$(RUN) shellcheck --external-sources --source-path SCRIPTDIR .ci/run $$(grep -rlE '^#!.*bash|^# shellcheck shell=bash' lab)

changelog: venv ## fragments of the changelog
	@$(RUN) lab/in-place antsibull-changelog lint

ansible-lint: collections ## playbooks, roles and modules, profile production
	@$(RUN) ansible-lint --offline

docs: collections ## the documentation of the plugins; each command of a page, by the collection as it is installed
	@lab/in-place antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .
	@$(RUN) pytest --quiet tests/pages

sanity: venv ## ansible-test sanity, without exceptions
	@lab/sanity

unit: venv ## unit tests; at least 95 % of each package's branches are covered
	@$(RUN) pytest --cov --cov-report=; coverage report; \
	for package in plugins/module_utils/_*/; do \
	    coverage report --include "$$package*" --fail-under 95 --format total; done

pythons: venv ## unit tests on the oldest and the newest Python from 3.8 to 3.14 found here
	@lab/pythons ends

all-pythons: venv ## unit tests on every Python from 3.8 to 3.13 found here, and on 3.14
	@lab/pythons all

manifests: collections ## Kubernetes manifests: strict schemas, rules beyond them, what an API server makes of them
	@$(RUN) pytest -m 'not long' tests/kubernetes

migration: image ## in-tree volumes of Kubernetes and their way over, before an API server, and to mounts of real nodes
	@$(RUN) pytest -m long tests/kubernetes
	@lab/molecule migration

molecule-default: image ## the mount module on three peers and two clients
	@lab/molecule default

molecule-failover: image ## the quick ones of the faults against real peers
	@lab/molecule failover

newcomer: blank ## docs/first-hour.md as it stands, on blank hosts; EVENKEEL_SEED=... draws the same names and releases again
	@export EVENKEEL_SEED=$${EVENKEEL_SEED:-$$RANDOM}; echo "EVENKEEL_SEED=$$EVENKEEL_SEED"; \
	EVENKEEL_SCENARIO_SECONDS=$${EVENKEEL_SCENARIO_SECONDS:-3600} lab/molecule newcomer

faults: image ## the long ones of the faults
	@EVENKEEL_FAULTS=long lab/molecule failover

client: image ## the role gluster_client: boots under failing servers, healing, removal
	@EVENKEEL_SCENARIO_SECONDS=$${EVENKEEL_SCENARIO_SECONDS:-2400} lab/molecule client

inuse: image ## mounts in use, while they are taken away, renewed, healed and covered
	@lab/molecule inuse

session: image ## clients that have lost their servers: seen, and brought back where nobody uses their mounts
	@lab/molecule session

fleet: image ## twelve nodes on three servers: each its share, also after one server died
	@lab/molecule fleet

servers: image ## the role gluster_server: bricks, firewall, pool, volumes
	@lab/molecule servers

lifecycle: image ## a pool and its volumes from the first host to the last, while a client writes
	@lab/molecule lifecycle

tls: image ## servers that speak TLS, and a change of their authority under a mount
	@lab/molecule tls

ipv6: image ## a network without IPv4: servers, mounts, boots, healing; then by TLS
	@lab/molecule ipv6

spc: bare ## the role gluster_spc: mounts by containers on hosts without GlusterFS
	@lab/molecule spc

upgrade: image ## GlusterFS 10.3 to 11.1, while a client writes
	@lab/molecule upgrade

hostile: image ## an unprivileged user of a node, and pods, against its mounts
	@lab/molecule hostile

machine: image ## hosts with a kernel of their own: thin volumes, automount, real reboots, AppArmor
	@lab/packages guest
	@lab/guest/build
	@lab/guest/image
	@lab/guests 2400 molecule --env-file none test --scenario-name machine --no-command-borders

kubernetes: kubernetes-nodes ## pods over the nodes' mounts, whose clients are killed under them
	@lab/molecule kubernetes

## What the steps need; each takes no time when it is there

.PHONY: venv collections podman image bare blank kubernetes-nodes requirements
venv:
	@lab/venv

collections: venv
	@lab/collections

image: collections
	@lab/podman
	@lab/image/build gluster "$${EVENKEEL_DEBIAN:-12}"
	@lab/molecule-env

bare: image ## images of hosts with podman and without GlusterFS
	@lab/image/build podman 12
	@lab/image/build podman 13

blank: image ## images of hosts with ssh and Python alone; a controller with the installed collection
	@lab/image/build blank 12
	@lab/image/build blank 13
	@lab/image/build blank 14
	@lab/controller .cache/controller

kubernetes-nodes: image ## images of nodes whose pods podman runs
	@lab/image/build kubernetes 12
	@lab/image/build kubernetes 13

requirements: venv ## pin newer versions of the development tools
	@$(RUN) for set in dev:3.11 mutants:3.11 node:3.8; do \
	    uv pip compile --quiet --upgrade --universal --no-annotate --custom-compile-command 'make requirements' \
	        --python-version "$${set#*:}" "lab/requirements/$${set%:*}.in" --output-file "lab/requirements/$${set%:*}.txt"; done
