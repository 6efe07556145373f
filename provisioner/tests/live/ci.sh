#!/usr/bin/env bash
# Podman builds the services' images, pushes them to the registry of a served sandbox, and runs them as its tasks.
#
#   provisioner/tests/live/ci.sh            (after: cargo build --workspace)
#
# Needs Linux and root, and installs podman, runc and slirp4netns from Debian where they are missing; HCCTL_NO_CONTAINERS=1 leaves all
# of it out, on a machine that refuses containers. No image is pulled from elsewhere: the base is imported, with
# the libraries that this machine's build of the services links to. The repository's own Dockerfiles are not proven by this.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd)
bin=${HCCTL_BIN:-$root/target/debug}
if [ -n "${HCCTL_NO_CONTAINERS:-}" ]; then
    echo "$0: SKIPPED, because HCCTL_NO_CONTAINERS is set: nothing was pushed, and nothing ran"
    exit 0
fi
missing=()
for program in podman runc slirp4netns; do
    command -v $program >/dev/null || missing+=($program)
done
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update --quiet=2 && apt-get install --quiet=2 --yes "${missing[@]}" >/dev/null
fi

work=$(mktemp -d)
base=localhost/hcctl-live-base:$$
list=localhost/hcctl-live-list:$$
port=${HCCTL_LIVE_PORT:-4579}
server=

finish() {
    status=$?
    [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
    podman manifest rm "$list" >/dev/null 2>&1 || true
    podman image rm --force "$base" >/dev/null 2>&1 || true
    [ $status -eq 0 ] || tail -n 12 "$work"/*.log >&2 || true
    rm -rf "$work"
    exit $status
}
trap finish EXIT

say() { printf '%s\n' "--- $*"; }
expect() { # WANTED WHAT COMMAND...
    wanted=$1 what=$2
    shift 2
    got=$("$@" 2>&1) || true
    case $got in *"$wanted"*) ;; *)
        printf 'expected %s: %s\ngot: %s\n' "$what" "$wanted" "$got" >&2
        exit 1
        ;;
    esac
}
status_of() { curl -s -o /dev/null -w '%{http_code}' "$1"; }
json() { python3 -c "import json,sys; print(json.load(sys.stdin)$1)"; }

if [ -z "${CONTAINERS_CONF:-}" ]; then
    export CONTAINERS_CONF=$work/containers.conf
    cat >"$CONTAINERS_CONF" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
END
fi

say "a base image of this machine's libraries"
mkdir -p "$work/base" "$work/place"
for library in $(ldd "$bin/patient-service" | grep -o '/[^ ]*'); do
    mkdir -p "$work/base$(dirname "$library")"
    cp -L "$library" "$work/base$library"
done
mkdir -p "$work/base/etc/ssl/certs"
cp -L /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/"
tar -C "$work/base" -c . | podman import - "$base" >/dev/null 2>&1

cd "$work/place"
cp -r "$root/environments" .
for service in patient appointment; do
    cp "$bin/$service-service" .
    cat >"Dockerfile.$service" <<END
FROM $base
ARG VERSION=dev
LABEL org.opencontainers.image.version="\$VERSION"
COPY $service-service /$service-service
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/$service-service"]
END
done

say "serving"
"$bin/hcctl" sandbox serve --live --port "$port" >"$work/serve.log" 2>"$work/server.log" &
server=$!
for _ in $(seq 100); do grep -q Serving "$work/serve.log" && break; sleep 0.1; done
grep -q Serving "$work/serve.log"
export HCCTL_ENGINE=podman
hcctl() { "$bin/hcctl" --sandbox "$@"; }
hcctl apply dev --yes >"$work/apply.log" 2>&1

say "push, by Podman, to the sandbox's registry"
hcctl push dev --tag v1 >"$work/push.log" 2>&1
digest=$(hcctl push dev --tag v1 --format json 2>/dev/null | json "['images'][0]['digest']")
expect "sha256:" "a digest" echo "$digest"

say "the registry, as Podman itself sees it"
aws() { # OPERATION INPUT
    curl -s "http://127.0.0.1:$port/" -H "x-amz-target: AmazonEC2ContainerRegistry_V20150921.$1" -d "$2" \
        -H 'authorization: AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/ecr/aws4_request, Signature=0'
}
export REGISTRY_AUTH_FILE=$work/auth.json
aws GetAuthorizationToken '{}' | json "['authorizationData'][0]['authorizationToken']" | base64 -d | cut -d: -f2- |
    podman login --username AWS --password-stdin --tls-verify=false "127.0.0.1:$port" >/dev/null
at=127.0.0.1:$port/healthcare-app-dev-patient-service
podman pull --quiet --tls-verify=false "$at:v1" >/dev/null
expect "cannot be overwritten because the repository is immutable" "an immutable tag" \
    podman push --tls-verify=false "$at:v1"
podman tag "$at:v1" "127.0.0.1:$port/nothing:v1"
expect "The repository with name 'nothing' does not exist" "no such repository" \
    podman push --tls-verify=false "127.0.0.1:$port/nothing:v1"
podman manifest create "$list" >/dev/null
podman manifest add --tls-verify=false "$list" "docker://$at:v1" >/dev/null
podman manifest push --all --tls-verify=false "$list" "docker://$at:both" >"$work/index.log" 2>&1
expect 'image.index.v1+json' "an index" aws BatchGetImage \
    '{"repositoryName":"healthcare-app-dev-patient-service","imageIds":[{"imageTag":"both"}]}'

say "deploy, as containers"
hcctl deploy dev --image v1 >"$work/deploy.log" 2>&1
url=$(sed -n 's/^Open //p' "$work/deploy.log")
for path in patients appointments; do
    expect 200 "$path through the load balancer" status_of "$url/api/$path"
done
id=$(podman ps --quiet --filter name=hcctl- | sed -n 1p)
expect true "a read-only root" podman inspect "$id" --format '{{.HostConfig.ReadonlyRootfs}}'
expect 65532 "a user that is not root" podman inspect "$id" --format '{{.Config.User}}'
[ "$(ss -ltnH | grep -vE '127\.|\[::1\]' | grep -cE "rootlessport|:$port ")" = 0 ]
expect kind "what a container wrote, in its log stream" hcctl logs dev

say "a deploy under load"
hcctl push dev --tag v2 >"$work/push.log" 2>&1
"$root/provisioner/tests/live/load.py" "$url/api/patients" 20 4 >"$work/load.json" &
load=$!
hcctl deploy dev --image v2 >"$work/deploy.log" 2>&1
wait $load
expect '"lost": {}' "no request lost" cat "$work/load.json"
cat "$work/load.json"

say "nothing is left when the server ends"
kill "$server"
wait "$server" || true
server=
[ -z "$(podman ps --all --quiet --filter name=hcctl-)" ]
say "done"
