#!/usr/bin/env bash
# Writes the lock files anew from pyproject.toml, for all systems and Python versions, with hashes.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check uv
compile() {
    "$folder/bin/uv" pip compile --upgrade --universal --extra build --quiet --generate-hashes --no-emit-index-url --no-header "$@"
}
compile pyproject.toml --output-file requirements.lock
compile --extra dev --constraints requirements.lock pyproject.toml --output-file requirements-dev.lock
