#!/bin/sh
# Everything about the workflows: their schema, zizmor, and their own shell steps run against the sandbox.
#
#   .github/check.sh        under a minute once hcctl is built
#
# Installs what it needs from PyPI into a virtual environment of its own under target/.
set -eu
cd "$(dirname "$0")/.."

tools='check-jsonschema==0.39.0 PyYAML==6.0.3 zizmor==1.32.0'
venv=target/venv-workflows-1
if [ ! -e "$venv/ready" ]; then
    python3 -m venv "$venv"
    # shellcheck disable=SC2086  # three words
    "$venv/bin/pip" --quiet install $tools
    touch "$venv/ready"
fi

"$venv/bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
"$venv/bin/check-jsonschema" --builtin-schema vendor.github-actions .github/actions/*/action.yml
"$venv/bin/check-jsonschema" --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/feature.yml
"$venv/bin/check-jsonschema" --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
# Without the network: the answer must not depend on who asks.
"$venv/bin/zizmor" --offline --quiet --no-progress --persona pedantic .github
for script in .github/scripts/* .github/actions/*/install .github/actions/*/credentials .github/actions/*/sign-in; do
    bash -n "$script"
done

# The tests' own binary: another command would choose other features of the SDK, and build all of it again.
cargo test --quiet --workspace --locked --no-run
"$venv/bin/python" .github/tests/steps.py "${CARGO_TARGET_DIR:-target}/debug/hcctl"
