#!/usr/bin/env bash
# Builds both images from their Dockerfiles with Podman, starts them as Fargate would, and publishes what they weigh.
#
#   services/images.sh            about ten minutes on two cores, most of it the compiler
#   services/images.sh --twice    builds each a second time, from nothing, and compares the digests
#
# Needs root, and installs podman, runc and debootstrap from Debian where they are missing. Nothing is pulled: what stands in
# for the Dockerfiles' base (rust:VERSION-alpine) is made here, of Debian and of this machine's own Rust. So the C library in
# the images is glibc and not musl, both linked statically; everything else is as the Dockerfiles say.
# HCCTL_NO_CONTAINERS=1 leaves all of it out, on a machine that refuses containers.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
me=services/images.sh

if [ -n "${HCCTL_NO_CONTAINERS:-}" ]; then
    echo "$me: SKIPPED, because HCCTL_NO_CONTAINERS is set: no image was built"
    exit 0
fi

target=$root/${CARGO_TARGET_DIR:-target}
case ${CARGO_TARGET_DIR:-} in /*) target=$CARGO_TARGET_DIR ;; esac
# Images and layers stay here for the next run; another directory keeps them over a clean target.
work=${HCCTL_IMAGES:-$target/images}
mkdir -p "$work"

missing=()
command -v podman > /dev/null || missing+=(podman)
command -v runc > /dev/null || missing+=(runc)
command -v debootstrap > /dev/null || missing+=(debootstrap)
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update --quiet=2 && apt-get install --quiet=2 --yes "${missing[@]}" > /dev/null
fi

# Containers and images of our own, apart from those of the machine.
cat > "$work/containers.conf" << CONF
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
cat > "$work/storage.conf" << CONF
[storage]
driver = "overlay"
graphroot = "$work/graph"
runroot = "$work/run"
CONF
export CONTAINERS_CONF=$work/containers.conf CONTAINERS_STORAGE_CONF=$work/storage.conf

started=()
clean() {
    for name in "${started[@]}"; do podman rm --force --time 2 "$name" > /dev/null 2>&1 || true; done
}
trap clean EXIT

# --- the base

version=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
base=docker.io/library/rust:$version-alpine
if ! podman image exists "$base"; then
    echo "$me: making a base in place of rust:$version-alpine"
    tree=$(mktemp -d "$work/base.XXXXXX")
    debootstrap --variant=minbase --include=build-essential,ca-certificates,cmake,perl bookworm "$tree" \
        http://deb.debian.org/debian > "$work/debootstrap.log" 2>&1 || { tail "$work/debootstrap.log" >&2; exit 1; }
    sysroot=$(rustc --print sysroot)
    cp -a "$sysroot/bin/cargo" "$sysroot/bin/rustc" "$tree/usr/local/bin/"
    cp -a "$sysroot/lib/." "$tree/usr/local/lib/"
    # Whom this machine trusts, so that cargo can fetch where a proxy stands between.
    cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/ca-certificates.crt"
    cat > "$tree/usr/local/bin/apk" << 'APK'
#!/bin/sh
# Stands in for Alpine's package manager: this base has what the Dockerfiles ask for.
[ "$1" = add ] || { echo "apk: only add is known here" >&2; exit 1; }
shift
for name in "$@"; do
    case $name in
        --no-cache | build-base | ca-certificates | cmake | perl) ;;
        *) echo "apk: $name is not in this base" >&2; exit 1 ;;
    esac
done
APK
    chmod +x "$tree/usr/local/bin/apk"
    tar -C "$tree" -c . | podman import --quiet -c 'ENV CARGO_HOME=/usr/local/cargo' \
        -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$base" > /dev/null
    rm -rf "$tree"
fi

# --- the images

# Downloads are shared with the machine's own cargo. One time in all files, so that the same sources make the same image.
cache=${CARGO_HOME:-$HOME/.cargo}/registry
mkdir -p "$cache"
build() {
    podman build --quiet --network=host --timestamp 0 --volume "$cache:/usr/local/cargo/registry" "$@" .
}

twice=${1:-}
table=$work/images.md
{
    echo "| image | size | layers | start to healthy | digest |"
    echo "|---|--:|--:|--:|---|"
} > "$table"
port=3310
for service in patient appointment; do
    echo "$me: building $service"
    image=localhost/$service:ci
    build --file "Dockerfile.$service" --tag "$image" > "$work/$service.id" || exit 1
    if [ "$twice" = --twice ]; then
        build --no-cache --file "Dockerfile.$service" --tag "localhost/$service:again" > "$work/$service.again"
        cmp "$work/$service.id" "$work/$service.again" ||
            { echo "$me: the same sources made another image of $service" >&2; exit 1; }
        echo "$me: built again from nothing, $service is the same image"
    fi

    # As Fargate starts it by hcctl's task definition: read-only, nobody, no capability, no new privilege.
    port=$((port + 1))
    name=hcctl-images-$service-$$
    started+=("$name")
    data=$(mktemp -d "$work/data.XXXXXX")
    chmod 777 "$data"
    begun=$(date +%s%N)
    podman run --detach --name "$name" --read-only --cap-drop all --security-opt no-new-privileges --network host \
        --volume "$data:/data" --env APP_ENV=dev --env HOST=127.0.0.1 --env "PORT=$port" \
        --env "DATABASE=/data/$service.db" "$image" > /dev/null
    tries=0
    until podman exec "$name" "/$service-service" --health > /dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ]; then
            echo "$me: $service does not answer its health check:" >&2
            podman logs "$name" >&2
            exit 1
        fi
        sleep 0.05
    done
    ready=$((($(date +%s%N) - begun) / 1000000))

    pid=$(podman inspect --format '{{.State.Pid}}' "$name")
    status=$(cat "/proc/$pid/status")
    grep -q "^Uid:[[:space:]]*65532" <<< "$status" || { echo "$me: $service runs as another user" >&2; exit 1; }
    for set in CapEff CapPrm CapBnd; do
        grep -q "^$set:[[:space:]]*0*$" <<< "$status" || { echo "$me: $service has capabilities" >&2; exit 1; }
    done
    grep -q "^NoNewPrivs:[[:space:]]*1" <<< "$status" || { echo "$me: $service may gain privileges" >&2; exit 1; }
    if podman exec "$name" /bin/sh -c true 2> /dev/null; then
        echo "$me: $service's image has a shell" >&2
        exit 1
    fi
    answer=$(curl --silent --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$port/api/${service}s")
    [ "$answer" = 200 ] || { echo "$me: $service answers /api/${service}s with $answer" >&2; exit 1; }

    # It ends by itself when it is told to.
    podman stop --time 20 "$name" > /dev/null
    code=$(podman inspect --format '{{.State.ExitCode}}' "$name")
    [ "$code" = 0 ] || { echo "$me: $service ended with $code after SIGTERM" >&2; podman logs "$name" >&2; exit 1; }
    podman rm "$name" > /dev/null
    rm -rf "$data"

    size=$(podman image inspect --format '{{.Size}}' "$image")
    layers=$(podman image inspect --format '{{len .RootFS.Layers}}' "$image")
    digest=$(podman image inspect --format '{{.Digest}}' "$image")
    awk -v name="$service" -v size="$size" -v layers="$layers" -v ready="$ready" -v digest="$digest" \
        'BEGIN { printf "| %s | %.1f MB | %d | %d ms | `%s` |\n", name, size / 1e6, layers, ready, substr(digest, 1, 19) }' >> "$table"
done
cat "$table"
