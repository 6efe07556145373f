#!/usr/bin/env bash
# HTTPS_PROXY, proven with a real forward proxy in a network namespace that has no other way out.
#
#   provisioner/tests/proxy/ci.sh [HCCTL]     under half a minute once hcctl is built
#
# In there, hcctl resolves no name and reaches nothing but loopback. tinyproxy, from Debian, has a hosts file to itself in
# which AWS's names lead to a TLS server with certificates of a throw-away CA, and that to `hcctl sandbox serve`. Installs
# tinyproxy where it is missing. A machine that refuses namespaces fails; HCCTL_NO_NETNS=1 leaves all of it out.
set -euo pipefail
cd "$(dirname "$0")/../../.."
root=$PWD
me=provisioner/tests/proxy/ci.sh

region=us-east-1
account=123456789012
# Every host that `plan`, `apply` and `drift` call. A call to one that is missing here fails: the proxy cannot resolve it.
# credentials.md lists them for whoever keeps a proxy.
hosts=(
    {api.ecr,application-autoscaling,dynamodb,ec2,ecs,elasticloadbalancing,logs,monitoring,servicequotas,sts,tagging}".$region.amazonaws.com"
    "hcctl-$account-$region.s3.$region.amazonaws.com"
    "$account.ddb.$region.amazonaws.com"
    iam.amazonaws.com
)
secret=hunter2

# --- outside: what is needed, and the namespaces

outside() {
    if [ -n "${HCCTL_NO_NETNS:-}" ]; then
        echo "$me: SKIPPED, because HCCTL_NO_NETNS is set: no real proxy was tried"
        exit 0
    fi
    if [ $# -gt 0 ]; then
        hcctl=$(realpath "$1")
    else
        # The tests' own binary: another command would choose other features of the SDK, and build all of it again.
        cargo test --quiet --workspace --locked --no-run
        hcctl=$(realpath "${CARGO_TARGET_DIR:-target}/debug/hcctl")
    fi
    local missing=() apart=(unshare --net --mount --pid --fork --kill-child)
    command -v tinyproxy > /dev/null || missing+=(tinyproxy-bin)
    command -v ip > /dev/null || missing+=(iproute2)
    command -v openssl > /dev/null || missing+=(openssl)
    if [ ${#missing[@]} -gt 0 ]; then
        if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
            echo "$me: not here: ${missing[*]} (by Debian's names): install them" >&2
            exit 1
        fi
        apt-get update -qq > /dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
    fi
    [ "$(id -u)" = 0 ] || apart+=(--map-root-user)
    if ! "${apart[@]}" ip link set lo up; then
        echo "$me: this machine allows no namespaces (${apart[*]}): run it as root, or leave it out with HCCTL_NO_NETNS=1" >&2
        exit 1
    fi
    work=$(mktemp -d)
    # unshare heeds no other signal. All that was started in there ends with it: the namespace of processes sees to that.
    trap '{ kill -KILL $child; wait $child; } 2> /dev/null || true; rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    "${apart[@]}" "$BASH" "$root/$me" --inside "$hcctl" "$work" &
    child=$!
    timeout 300 tail --pid=$child --follow /dev/null &
    wait $! || {
        echo "$me: not done after 300 seconds" >&2
        exit 1
    }
    wait $child
}

# --- inside: the servers

started=()
start() {
    "$@" > "$work/server-${#started[@]}" 2>&1 &
    started+=($!)
}

stop() {
    kill "${started[@]}" 2> /dev/null || true
    wait "${started[@]}" 2> /dev/null || true
}

listens() { # HOST PORT
    for _ in {1..100}; do
        if (: < "/dev/tcp/$1/$2") 2> /dev/null; then return; fi
        sleep 0.1
    done
    echo "$me: nothing listens on $1:$2" >&2
    tail -n 5 "$work"/server-* >&2
    exit 1
}

certificates() {
    local names
    names=$(printf 'DNS:%s,' '*.amazonaws.com' {'*','*.ddb','*.ecr','*.s3'}.$region.amazonaws.com)
    local new=(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1)
    "${new[@]}" -subj '/CN=throw-away CA' -keyout ca.key -out ca.pem 2> /dev/null
    "${new[@]}" -subj '/CN=amazonaws.com' -CA ca.pem -CAkey ca.key -keyout server.key -out server.pem \
        -addext "subjectAltName=${names%,}" -addext basicConstraints=critical,CA:FALSE 2> /dev/null
}

proxy() { # PORT, lines of its configuration
    local port=$1
    shift
    : > "proxy-$port.log"
    printf '%s\n' "Listen 127.0.0.1" "Port $port" "LogFile \"$work/proxy-$port.log\"" "LogLevel Connect" "MaxClients 100" \
        "Timeout 60" "Allow 127.0.0.1" "$@" > "proxy-$port.conf"
    # shellcheck disable=SC2016  # for the inner shell
    start unshare --mount sh -c 'mount --bind hosts /etc/hosts && exec tinyproxy -d -c "$1"' sh "proxy-$port.conf"
}

servers() {
    ip link set lo up
    # Where a container finds its credentials.
    ip address add 169.254.170.2/32 dev lo
    printf '127.0.0.2 %s\n' "${hosts[@]}" > hosts
    echo '127.0.0.1 localhost' > no-hosts
    echo 'hosts: files' > nsswitch
    # No resolver of the machine's either, which a socket in the file system might still lead to.
    mount --bind no-hosts /etc/hosts
    [ ! -e /etc/nsswitch.conf ] || mount --bind nsswitch /etc/nsswitch.conf
    certificates
    : > tls.log
    mkdir container home out
    printf '{"AccessKeyId":"container","SecretAccessKey":"x","Token":"x","Expiration":"%s"}' \
        "$(date --utc --date '1 hour' +%FT%TZ)" > container/role
    start "$hcctl" sandbox serve --port 4566 --memory --instant --environments "$root/environments"
    start python3 "$root/provisioner/tests/proxy/tls.py" server.pem server.key 127.0.0.2:443 127.0.0.1:4566 tls.log
    start python3 -m http.server --bind 169.254.170.2 --directory container 80
    proxy 3128 'ConnectPort 443'
    proxy 3129 'ConnectPort 443' "BasicAuth maria $secret"
    proxy 3130 'ConnectPort 8443'
    for port in 3128 3129 3130 4566; do listens 127.0.0.1 $port; done
    listens 127.0.0.2 443
    listens 169.254.170.2 80
}

# --- inside: the proofs

passed=0
failed=0
runs=0

# Whether a proof, which is a function, holds.
prove() { # TEXT FUNCTION
    if "$2"; then
        passed=$((passed + 1))
        echo "ok      $1"
    else
        failed=$((failed + 1))
        echo "FAILED  $1"
        # The last run is the one that did not do what was expected.
        tail -n 20 "out/$runs" | sed 's/^/        /'
    fi
}

# Runs hcctl with nothing but these variables. False where it ends with another code.
run() { # CODE VARIABLE=VALUE... -- WORDS
    local code=0 expected=$1 variables=(AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test)
    shift
    while [ "$1" != -- ]; do
        variables+=("$1")
        shift
    done
    shift
    asked=$(wc -l < proxy-3128.log)
    reached=$(wc -l < tls.log)
    runs=$((runs + 1))
    env -i PATH="$PATH" HOME="$work/home" COLUMNS=400 AWS_CA_BUNDLE="$work/ca.pem" AWS_EC2_METADATA_DISABLED=true \
        "${variables[@]}" timeout 60 "$hcctl" --environments "$root/environments" "$@" > "out/$runs" 2>&1 < /dev/null || code=$?
    [ $code = "$expected" ] || {
        echo "exit code $code, not $expected: ${variables[*]/$secret/...} hcctl $*" >> "out/$runs"
        false
    }
}

says() { # TEXT...
    local text
    for text in "$@"; do
        grep --quiet --fixed-strings -- "$text" "out/$runs" || {
            echo "not in there: $text" >> "out/$runs"
            return 1
        }
    done
}

# The hosts that clients asked a proxy to connect to, from a line of its log on.
connects() { # PORT [LINE]
    tail -n "+${2:-1}" "proxy-$1.log" | sed -n 's|.*: CONNECT \([^ ]*\):443 HTTP/1\.1$|\1|p' | sort --unique
}

# Whether the last run went through the proxy, or past it: by the proxy's log and the TLS server's.
through() { [ -n "$(connects 3128 $((asked + 1)))" ] && [ "$(wc -l < tls.log)" -gt "$reached" ]; }
past() { [ "$(wc -l < proxy-3128.log)" = "$asked" ] && [ "$(wc -l < tls.log)" = "$reached" ]; }

open=http://127.0.0.1:3128
closed=http://127.0.0.1:1
guarded=127.0.0.1:3129

names() {
    local host
    for host in "${hosts[@]}"; do
        if getent hosts "$host" > "out/$runs"; then return 1; fi
    done
    [ "$(ip -oneline link | wc -l)" = 1 ] && [ -z "$(ip route show default)" ]
}
without() { run 1 -- plan dev && says 'sts:GetCallerIdentity: no connection' && past; }
of_http_only() { run 1 HTTP_PROXY=$open -- plan dev && says 'no connection' && past; }
plan() { run 0 HTTPS_PROXY=$open -- plan dev && says ' to create' && through; }
apply() { run 0 HTTPS_PROXY=$open -- apply dev --yes && through; }
drift() { run 0 HTTPS_PROXY=$open -- drift dev && through && run 0 HTTPS_PROXY=$open -- plan dev --detailed-exitcode; }
every_service() {
    printf '%s\n' "${hosts[@]}" | sort > expected
    diff expected <(connects 3128) > "out/$runs" && diff expected <(sort --unique tls.log) >> "out/$runs"
}
lower_wins() {
    run 0 https_proxy=$open HTTPS_PROXY=$closed -- plan dev && through &&
        run 1 https_proxy=$closed HTTPS_PROXY=$open -- plan dev && past && says 'Connection refused' $closed https_proxy &&
        run 1 https_proxy= HTTPS_PROXY=$open -- plan dev && past
}
of_all() {
    run 0 ALL_PROXY=$open -- plan dev && through &&
        run 0 all_proxy=$open ALL_PROXY=$closed -- plan dev && through &&
        run 0 HTTPS_PROXY=$open ALL_PROXY=$closed -- plan dev && through
}
bare() { run 0 HTTPS_PROXY=127.0.0.1:3128 -- plan dev && through; }
around() {
    local rule
    for rule in .amazonaws.com amazonaws.com '*.amazonaws.com' 'example.com, .amazonaws.com' '*'; do
        run 1 HTTPS_PROXY=$open NO_PROXY="$rule" -- plan dev && says 'no connection' && past || return
    done
    run 1 HTTPS_PROXY=$open NO_PROXY=example.com no_proxy=.amazonaws.com -- plan dev && past &&
        run 0 HTTPS_PROXY=$open NO_PROXY=.example.com,amazonaws.com.example.com -- plan dev && through
}
of_container() {
    run 0 HTTPS_PROXY=$open HTTP_PROXY=$open AWS_ACCESS_KEY_ID= AWS_SECRET_ACCESS_KEY= \
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/role -- plan dev && says user/container && through &&
        ! grep 169.254 proxy-3128.log >> "out/$runs"
}
refused() { run 1 HTTPS_PROXY=http://127.0.0.1:3130 -- plan dev && says 'refuses to connect' http://127.0.0.1:3130 HTTPS_PROXY; }
password() {
    # %32 is a 2: tinyproxy takes letters and figures only.
    run 0 HTTPS_PROXY="http://maria:$secret@$guarded" -- plan dev -vv && [ -n "$(connects 3129)" ] &&
        run 0 HTTPS_PROXY="http://maria:${secret/2/%32}@$guarded" -- plan dev -vv
}
no_password() { run 1 HTTPS_PROXY="http://$guarded" -- plan dev && says 'wants a user and a password' "http://$guarded" HTTPS_PROXY; }
wrong_password() { run 1 HTTPS_PROXY="http://maria:hunter3@$guarded" -- plan dev -vv && says "http://$guarded" HTTPS_PROXY; }
secrets() {
    local told
    for told in hunter "$(printf 'maria:%s' "$secret" | base64)" "$(printf maria:hunter3 | base64)"; do
        ! grep --files-with-matches --fixed-strings -- "$told" out/* || return
    done
}

inside() {
    cd "$work"
    trap stop EXIT
    servers
    : > out/0
    prove 'in here there is loopback only, and no name of AWS resolves' names
    prove 'without a proxy AWS cannot be reached, and nothing is tried elsewhere' without
    prove 'HTTP_PROXY alone says nothing of HTTPS' of_http_only
    prove 'plan works through HTTPS_PROXY' plan
    prove 'apply works through HTTPS_PROXY' apply
    prove 'drift and a second plan find nothing, through HTTPS_PROXY' drift
    prove "every service was reached by CONNECT HOST:443, and by nothing else: ${#hosts[@]} hosts" every_service
    prove 'https_proxy goes before HTTPS_PROXY, also where it is wrong or empty' lower_wins
    prove 'ALL_PROXY and all_proxy work; HTTPS_PROXY goes before them' of_all
    prove 'a proxy may be written as HOST:PORT' bare
    prove 'NO_PROXY leads around the proxy for the hosts that it names, and for no others' around
    prove 'credentials of a container are fetched directly, whatever the proxy' of_container
    prove 'a proxy that refuses CONNECT is told by its address and variable' refused
    prove 'a proxy that wants a password gets it from the URL, also percent-encoded' password
    prove 'without the password, what is missing is told' no_password
    prove 'a wrong password ends the command, and the proxy is named' wrong_password
    prove 'no password in any output, -vv included' secrets
    echo "$passed passed, $failed failed"
    [ $failed = 0 ]
}

if [ "${1:-}" = --inside ]; then
    hcctl=$2
    work=$3
    inside
else
    outside "$@"
fi
