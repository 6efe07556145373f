# Recipes for `just` (https://just.systems). `just` alone lists them.

_list:
    @just --list --unsorted

# The fast lane: all tests but those that kill, wait or ask another program
fast:
    cargo fmt --all --check
    cargo nextest run --workspace --profile fast

# All tests
test:
    cargo test --workspace --locked

# The engine alone: no AWS SDK, seconds
engine:
    cargo test -p hcctl-engine

# Format and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Write the JSON schemas anew
schemas:
    UPDATE_SCHEMA=1 cargo test --quiet --workspace --locked --lib schema

# Write the generated pages and the transcripts anew; look at the difference before you commit
docs hcctl="target/debug/hcctl":
    docs/generate.py --hcctl {{ hcctl }}
    docs/check.py --hcctl {{ hcctl }} --update

# Check the docs, and build the book into target/book
book hcctl="target/debug/hcctl":
    docs/ci.sh {{ hcctl }}

# What a plan costs: calls, time, memory
bench:
    cargo bench -p hcctl --bench plan

# hcctl on the sandbox: `just sandbox plan dev`
sandbox +words:
    cargo run --quiet -- --sandbox {{ words }}

# Everything that must hold before a change lands
ci:
    bash .ci/run
