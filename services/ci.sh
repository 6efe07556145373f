#!/bin/sh
# Everything about the services that is beyond `cargo test`: schemathesis against both programs, signed in, over the wire.
#
#   services/ci.sh            about two minutes once the programs are built
#   EXAMPLES=500 services/ci.sh    a longer look
#
# Installs schemathesis into a virtual environment of its own under target/, unless HCCTL_SCHEMATHESIS names a program.
set -eu
cd "$(dirname "$0")/.."
root=$PWD

version=4.32.5
examples=${EXAMPLES:-40}
program=${HCCTL_SCHEMATHESIS:-}
if [ -z "$program" ]; then
    venv=$root/target/venv-schemathesis-$version
    if [ ! -x "$venv/bin/schemathesis" ]; then
        python3 -m venv "$venv"
        "$venv/bin/pip" --quiet install "schemathesis==$version"
    fi
    program=$venv/bin/schemathesis
fi

cargo build --quiet -p patient-service -p appointment-service
cargo build --quiet -p service-kit --example issuer

work=$(mktemp -d)
pids=
clean() {
    for pid in $pids; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM

check() {
    name=$1 port=$2 issuer=$3
    target/debug/examples/issuer "$issuer" "${name}s:read" "${name}s:write" > "$work/token" &
    pids="$pids $!"
    APP_ENV=ci HOST=127.0.0.1 PORT=$port DATABASE="$work/$name.db" \
        AUTH_ISSUER="http://127.0.0.1:$issuer" AUTH_AUDIENCE=hospital AUTH_ALGORITHM=ES256 \
        "target/debug/$name-service" > "$work/$name.log" 2>&1 &
    service=$!
    pids="$pids $service"
    tries=0
    until [ -s "$work/token" ] && PORT=$port "target/debug/$name-service" --health; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ]; then
            echo "$name-service did not start:" >&2
            cat "$work/$name.log" >&2
            exit 1
        fi
        sleep 0.1
    done
    # `--seed`: a failure shows again. The file says which answers are right besides 2xx.
    # In the temporary directory, where schemathesis may leave its notes.
    (cd "$work" && "$program" --config-file "$root/services/schemathesis.toml" run "http://127.0.0.1:$port/openapi.json" \
        --header "Authorization: Bearer $(cat "$work/token")" \
        --max-examples "$examples" --seed 3 --no-color)
    kill -TERM "$service"
    wait "$service"
    if grep -q '"level":"ERROR"' "$work/$name.log"; then
        echo "$name-service logged errors:" >&2
        grep '"level":"ERROR"' "$work/$name.log" | head -5 >&2
        exit 1
    fi
}

check patient 3410 3412
check appointment 3420 3422
echo "services/ci.sh: both services hold against schemathesis"
