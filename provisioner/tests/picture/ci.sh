#!/bin/sh
# hcctl's pictures and pages in a real headless Chromium: measured, and kept as screenshots in target/picture/.
#
#   provisioner/tests/picture/ci.sh     about two minutes once hcctl is built
#
# Installs playwright from PyPI into a virtual environment of its own under target/. The browser is Debian's or whatever
# CHROMIUM names.
set -eu
cd "$(dirname "$0")/../../.."

browser=${CHROMIUM:-/usr/bin/chromium}
if [ ! -x "$browser" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        echo "provisioner/tests/picture/ci.sh: no Chromium at $browser: install one, or name it in CHROMIUM" >&2
        exit 1
    fi
    apt-get update -qq > /dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium > /dev/null
fi

version=1.65.2
venv=target/venv-playwright-$version
if [ ! -e "$venv/ready" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" --quiet install "playwright==$version"
    touch "$venv/ready"
fi

# The tests' own binary: another command would choose other features of the SDK, and build all of it again.
cargo test --quiet --workspace --locked --no-run
CHROMIUM=$browser "$venv/bin/python" provisioner/tests/picture/check.py "${CARGO_TARGET_DIR:-target}/debug/hcctl" target/picture
