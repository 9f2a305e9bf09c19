#!/usr/bin/env bash
# Format, lint, strict types for all three systems, the import contract and the unit tests.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" QT_QPA_PLATFORM=offscreen

ruff format --check --quiet . || { echo "Run: make format" >&2; exit 1; }
ruff check --quiet .

types() {
    # What the others do differently never runs here, but its types hold.
    mypy && for system in darwin win32; do
        mypy --platform "$system" --cache-dir ".mypy_cache/$system" -p studio || return
    done
}
unit_tests() { pytest -q -m "not service and not show" "$@"; }

# In two halves of about the same length, for two cores.
half=(capture engine system ui workspace)
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
types >"$said/types" 2>&1 & types=$!
unit_tests "${half[@]/#/tests/}" >"$said/first" 2>&1 & first=$!
unit_tests "${half[@]/#/--ignore=tests/}" >"$said/second" 2>&1 & second=$!
failed=0
for part in types first second; do
    wait "${!part}" || { failed=1; cat "$said/$part" >&2; continue; }
    tail -n 1 "$said/$part"
done
exit $failed
