#!/usr/bin/env bash
# Format, lint, strict types for all three systems, the import contract and the unit tests.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" QT_QPA_PLATFORM=offscreen

ruff format --check --quiet . || { echo "Run: make format" >&2; exit 1; }
ruff check --quiet .
lint-imports >/dev/null || { lint-imports; exit 1; }

# The types take as long as the tests, and one core each.
types=$(mktemp)
trap 'rm -f "$types"' EXIT
{
    mypy
    # Only these modules know which system they run on; the others' code runs nowhere here, but its types hold.
    for system in darwin win32; do
        mypy --platform "$system" --cache-dir ".mypy_cache/$system" \
            -m studio.system -m studio.system.locks -m studio.system.processes
    done
} >"$types" 2>&1 &
tests=0
pytest -q -m "not service and not show" || tests=$?
wait $! || { cat "$types" >&2; exit 1; }
exit $tests
