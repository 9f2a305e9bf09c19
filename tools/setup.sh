#!/usr/bin/env bash
# Sets up what the studio needs to run (`setup.sh run`) or to be tested (`setup.sh test`): system packages with apt
# when root, and a virtual environment from the lock file. Quick when there is nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-run}

packages=()
if [ "$(uname -s)" = Linux ]; then
    # What the wheels link to (Qt on X11, Wayland and offscreen; PortAudio); Qt's libraries bring the rest.
    packages+=(
        libdbus-1-3 libegl1 libfontconfig1 libgl1 libglib2.0-0 libgssapi-krb5-2 libportaudio2 libwayland-client0
        libwayland-cursor0 libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-randr0 libxcb-shape0
        libxcb-sync1 libxcb-xfixes0 libxkbcommon-x11-0
    )
fi
lock=requirements.lock
if [ "$kind" = test ]; then
    # The real parts that tests run against.
    packages+=(
        dbus ffmpeg gnome-keyring imagemagick iproute2 libasound2-plugins libfaketime libnginx-mod-rtmp nginx-light
        openssl procps pulseaudio pulseaudio-utils strace stunnel4 tesseract-ocr xdotool xvfb
    )
    lock=requirements-dev.lock
fi

python=
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || { echo "Python 3.11 or newer is missing: install it, then run this again." >&2; exit 1; }
"$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)

stamp=.venv/.set-up-$kind
key=$(cat "$0" pyproject.toml requirements.lock requirements-dev.lock |
    "$python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
[ "$(cat "$stamp" 2>/dev/null)" = "$key $PWD" ] && exit 0

if command -v dpkg-query >/dev/null; then
    # A package may also be there under a newer name that provides the old one.
    installed=" $(dpkg-query -W -f='${db:Status-Status} ${Package} ${Provides}\n' |
        awk '$1 == "installed"' | tr ',\n' '  ') "
    missing=()
    for package in "${packages[@]}"; do
        [[ "$installed" == *" $package "* ]] || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        if [ "$(id -u)" != 0 ]; then
            echo "System packages are missing; run: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
            exit 1
        fi
        # Servers are only wanted inside tests: installing one must not start it.
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
            chmod +x /usr/sbin/policy-rc.d
            trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        fi
        echo "Installing system packages: ${missing[*]}"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    fi
elif [ ${#packages[@]} -gt 0 ]; then
    echo "System packages cannot be checked without dpkg; see that these are there (Debian's names): ${packages[*]}" >&2
fi

if ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    "$python" -m venv --clear .venv
fi
echo "Installing Python packages from $lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
# What builds us is in the lock too: pip must not fetch a newer one for the moment.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
echo "$key $PWD" > "$stamp"
