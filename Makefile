# One command each; every one sets up what it needs first.
.PHONY: setup run demo bench setup-test format check test lock

BIN := .venv/bin

setup:
	@tools/setup.sh run
	@echo "Ready: $(BIN)/benchcast"

run:
	@tools/setup.sh run
	@$(BIN)/benchcast

demo:
	@tools/setup.sh run
	@$(BIN)/benchcast demo

bench:
	@tools/setup.sh test
	@$(BIN)/benchcast bench

setup-test:
	@tools/setup.sh test

format: setup-test
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix .

# The inner loop: under a minute.
check: setup-test
	@tools/check.sh

test: check
	@QT_QPA_PLATFORM=offscreen $(BIN)/pytest -q -m "service or show or hypothesis"

# New versions of everything that pyproject.toml allows.
lock:
	@tools/lock.sh
