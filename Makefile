# Postroom: what there is to type. Each line of work stands in scripts/, so that it can be read and run alone.

.DEFAULT_GOAL := help
.PHONY: help run test soak fuzz dev lint bench app package

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-9s %s\n' "$$name" "$$text"; done

run: ## install what is missing, start the sample company on local servers, open the app on it
	@scripts/run.sh

test: ## install what is missing, lint, run every test, the real app's included
	@scripts/test.sh

soak: ## for hours: faults of network and program, far more often than make test
	@scripts/soak.sh

fuzz: ## random responses of servers and random histories of the queue, FUZZ_SECONDS each
	@scripts/fuzz.sh

dev: ## as run, with the user interface served by vite and reloaded on change
	@scripts/run.sh --dev

lint: ## formatting, clippy, svelte-check, eslint, stale bindings
	@scripts/lint.sh

bench: ## measure parsing, storing and syncing, beside other programs
	@scripts/bench.sh

app: ## a release build of the app, opened on your own account; no local servers
	@scripts/app.sh

package: ## what users install: deb and rpm, on macOS app and dmg
	@scripts/package.sh
