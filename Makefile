# One command each; every one sets up what it needs first.
.PHONY: setup run demo bench faults soak hostile setup-test format check test lock

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

# Each fault in a live show, and what it cost; ONLY=engine,server for some.
faults: setup-test
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.faults --only "$(ONLY)"

# A real show, watched; MINUTES=90 unless said otherwise. VIRTUAL=1: four show-hours in minutes, or HOURS=1.
soak: setup-test
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.soak \
		$(if $(VIRTUAL),--virtual --hours $(or $(HOURS),4),--minutes $(or $(MINUTES),90))

# Bytes that nobody meant, at every door; INPUTS=1000000 for a recorded run, GUIDED=1: half of them led by what they reach.
hostile: setup-test
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.hostile --inputs $(or $(INPUTS),100000) $(if $(GUIDED),--guided)

setup-test:
	@tools/setup.sh test

format: setup-test
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix .

# The inner loop: under a minute.
check: setup-test
	@tools/check.sh

test: check
	@QT_QPA_PLATFORM=offscreen $(BIN)/pytest -q -m "service or show or long or hypothesis"

# New versions of everything that pyproject.toml allows.
lock:
	@tools/lock.sh
