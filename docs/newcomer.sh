#!/bin/sh
# A newcomer's path, timed: from a clone to an environment in the sandbox with a deployed service, its logs, a rollback and
# an end. docs/src/tutorial.md shows what it printed.
#
#   docs/newcomer.sh [REPOSITORY [DIRECTORY]]
#
# Clones REPOSITORY (this one) into DIRECTORY (a new temporary one, removed at the end) and needs Rust, nothing else.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
repository=${1:-$here}
if [ "${2:-}" ]; then
    place=$2
else
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
fi

whole=$(date +%s)
# Says a command, runs it, says how long it took and the last lines of what it wrote.
step() {
    began=$(date +%s.%N)
    if "$@" > "$place/said" 2>&1; then code=0; else code=$?; fi
    ended=$(date +%s.%N)
    printf '%7.1f s  $ %s\n' "$(echo "$ended $began" | awk '{print $1 - $2}')" "$*"
    tail -n 3 "$place/said" | sed 's/^/             /'
    if [ "$code" -ne 0 ]; then
        cat "$place/said" >&2
        echo "exit code $code" >&2
        exit 1
    fi
}

mkdir -p "$place"
step git clone --quiet "$repository" "$place/hcctl"
cd "$place/hcctl"
unset CARGO_TARGET_DIR HCCTL_ENV
step cargo build
hcctl() { target/debug/hcctl --sandbox "$@"; }
step hcctl apply dev --yes
step hcctl push dev --tag v1
step hcctl deploy dev --image v1
step hcctl status dev
step hcctl logs dev --since 1h
step hcctl push dev --tag v2
step hcctl deploy dev --image v2
step hcctl rollback dev
step hcctl destroy dev --yes
echo "$(($(date +%s) - whole)) s in all"
