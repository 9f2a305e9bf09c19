#!/usr/bin/env bash
# Format, lint, strict types for all three systems, the import contract and the unit tests.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" QT_QPA_PLATFORM=offscreen
# Tests start hundreds of processes: each would compile all of the studio anew.
unset PYTHONDONTWRITEBYTECODE
# And they run side by side: threads that wait for work by spinning take the time of the others.
export OPENBLAS_NUM_THREADS=1 OPENCV_FOR_THREADS_NUM=1

ruff format --check --quiet . || { echo "Run: make format" >&2; exit 1; }
ruff check --quiet .

types() {
    # What the others do differently never runs here, but its types hold.
    mypy && for system in darwin win32; do
        mypy --platform "$system" --cache-dir ".mypy_cache/$system" -p studio || return
    done
}

unit() {
    pytest -q --hypothesis-profile quick -o faulthandler_timeout=0 -m "not service and not show and not long" "$@"
}

said=$(mktemp)
drawn=$(mktemp)
trap 'rm -f "$said" "$drawn"' EXIT
types >"$said" 2>&1 & types=$!
# In a process of their own, as in the studio: the window's tests load fonts of the same names.
unit tests/overlays >"$drawn" 2>&1 & overlays=$!
failed=0
# One process more than the cores of a small computer: some tests wait while others reckon. To arm faulthandler's
# timer takes longer than most tests do; the time-out of each test stays.
unit --numprocesses 4 --dist worksteal --ignore tests/overlays || failed=1
if wait "$overlays"; then tail -n 1 "$drawn"; else failed=1; cat "$drawn" >&2; fi
if wait "$types"; then tail -n 1 "$said"; else failed=1; cat "$said" >&2; fi
exit $failed
