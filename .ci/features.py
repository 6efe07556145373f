#!/usr/bin/env python3
"""Whether every usual build of the workspace resolves the same features of the same dependencies.

Where it does not, cargo builds the AWS SDK once for each: what is missing has to be named in workspace-hack/Cargo.toml.
"""

import subprocess
import sys

# A member's own features are its own business: nothing else is built anew for them.
OWN = ("hcctl", "service-kit", "patient-service", "appointment-service", "workspace-hack")
BUILDS = {
    "cargo test --workspace": ["--workspace"],
    "cargo build --workspace": ["--workspace", "-e", "no-dev"],
    "cargo run": ["-p", "hcctl", "-e", "no-dev"],
    "cargo test -p hcctl": ["-p", "hcctl"],
}


def features(arguments):
    command = ["cargo", "tree", "--locked", "--prefix", "none", "-f", "{p}|{f}", *arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = {}
    for line in output.splitlines():
        package, _, listed = line.removesuffix(" (*)").replace(" (proc-macro)", "").partition("|")
        if package and not package.startswith(OWN):
            found.setdefault(package, set()).update(filter(None, listed.split(",")))
    return found


def main():
    (first, arguments), *others = BUILDS.items()
    whole = features(arguments)
    differences = 0
    for name, arguments in others:
        for package, listed in sorted(features(arguments).items()):
            if missing := whole.get(package, listed) ^ listed:
                differences += 1
                print(f"{package}: `{first}` and `{name}` differ in {', '.join(sorted(missing))}")
    if differences:
        sys.exit("name these features in workspace-hack/Cargo.toml, so that one build of the SDK serves all")
    print(f"{len(whole)} packages have the same features in {len(BUILDS)} builds")


main()
