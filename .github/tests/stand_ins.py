"""Programs that stand in for those of a runner: each writes down how it was called, and answers what a test tells it.

Installed into a directory as small scripts that import this module: `python stand_ins.py NAME ARGUMENTS`.
"""

import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.request
import zipfile

HERE = pathlib.Path(os.environ.get("STAND_INS", "."))


def record(name, arguments, **more):
    """One line of JSON per call."""
    with open(HERE / "calls.jsonl", "a", encoding="utf-8") as calls:
        print(json.dumps({"program": name, "arguments": arguments, **more}), file=calls)


def option(arguments, name):
    """The value behind an option."""
    return arguments[arguments.index(name) + 1] if name in arguments else None


def gh(arguments):
    """`gh`: answers `api` from answers.json (path: document) through the real jq, and downloads from a directory."""
    fields = [arguments[i + 1] for i, word in enumerate(arguments) if word == "--field"]
    read = lambda field: pathlib.Path(field.split("=@")[1]).read_text() if "=@" in field else field.split("=", 1)[1]
    record("gh", arguments, fields={field.split("=")[0]: read(field) for field in fields})
    if arguments[0] == "api":
        # The path is the argument that begins with `repos/`.
        path = next(word for word in arguments if word.startswith("repos/"))
        answers = json.loads((HERE / "answers.json").read_text())
        if option(arguments, "--method") not in (None, "GET"):
            return 0
        if path.endswith("/zip"):
            source, packed = HERE / "artifacts" / path.split("/")[-2], io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                for file in source.iterdir():
                    archive.write(file, file.name)
            sys.stdout.buffer.write(packed.getvalue())
            return 0
        if path not in answers:
            print(f"gh: Not Found (HTTP 404): {path}", file=sys.stderr)
            return 1
        text = json.dumps(answers[path])
        return subprocess.run(["jq", "--raw-output", option(arguments, "--jq")], input=text, text=True, check=False).returncode
    if arguments[:2] == ["run", "download"]:
        source = HERE / "artifacts" / arguments[2] / option(arguments, "--name")
        if not source.is_dir():
            print("no valid artifacts found to download", file=sys.stderr)
            return 1
        shutil.copytree(source, option(arguments, "--dir"), dirs_exist_ok=True)
        return 0
    if arguments[:2] == ["release", "download"]:
        source = HERE / "releases" / arguments[2]
        patterns = [arguments[i + 1] for i, word in enumerate(arguments) if word == "--pattern"]
        for pattern in patterns:
            shutil.copy(source / pattern, option(arguments, "--dir"))
        return 0
    if arguments[:2] == ["attestation", "verify"]:
        return 1 if (HERE / "no-attestation").exists() else 0
    print(f"gh: not stood in for: {arguments}", file=sys.stderr)
    return 1


def curl(arguments):
    """`curl`: GitHub's word on who the job is."""
    headers = [arguments[i + 1] for i, word in enumerate(arguments) if word == "--header"]
    told = [pathlib.Path(header[1:]).read_text() for header in headers if header.startswith("@")]
    record("curl", arguments, headers=told)
    print(json.dumps({"count": 1, "value": "the-word-of-github"}))
    return 0


def aws(arguments):
    """`aws sts assume-role-with-web-identity`."""
    token = pathlib.Path(option(arguments, "--web-identity-token").removeprefix("file://")).read_text()
    record("aws", arguments, token=token)
    if (HERE / "refuse").exists():
        print("An error occurred (AccessDenied): Not authorized to perform sts:AssumeRoleWithWebIdentity", file=sys.stderr)
        return 254
    session = {
        "AccessKeyId": "ASIASTANDIN",
        "SecretAccessKey": "secret",
        "SessionToken": "session",
        "Expiration": "2099-01-01T00:00:00+00:00",
    }
    print(json.dumps({"Credentials": session, "AssumedRoleUser": {}}))
    return 0


def cargo(arguments):
    """`cargo build --release`: the debug binary, which is there already; `cargo cyclonedx`: a file where it puts its own."""
    record("cargo", arguments)
    if arguments[0] == "install":
        return 0
    if arguments[0] == "cyclonedx":
        crate = pathlib.Path(option(arguments, "--manifest-path")).parent
        crate.mkdir(exist_ok=True)
        (crate / "hcctl_bin.cdx.json").write_text("what is in it")
        return 0
    target = pathlib.Path(os.environ["CARGO_TARGET_DIR"]) / "release"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "bin" / "hcctl", target / "hcctl")
    return 0


def docker(arguments):
    """`docker`: what is pushed gets into the registry of the sandbox."""
    record("docker", arguments)
    if arguments[0] == "login":
        sys.stdin.read()
    if arguments[0] == "push":
        uri, tag = arguments[1].rsplit(":", 1)
        body = {
            "repositoryName": uri.split("/", 1)[1],
            "imageTag": tag,
            "imageManifest": json.dumps({"schemaVersion": 2, "image": arguments[1]}),
            "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
        }
        scope = "Credential=any/20260101/us-east-1/ecr/aws4_request, SignedHeaders=host, Signature=0"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 {scope}",
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.PutImage",
        }
        url = os.environ["AWS_ENDPOINT_URL"]
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        urllib.request.urlopen(request).read()
    return 0


PROGRAMS = {program.__name__: program for program in (gh, curl, aws, cargo, docker)}


def install(directory):
    """Puts the programs into a directory that a PATH can name."""
    for name in PROGRAMS:
        path = directory / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{pathlib.Path(__file__).resolve()}" {name} "$@"\n')
        path.chmod(0o755)


if __name__ == "__main__":
    sys.exit(PROGRAMS[sys.argv[1]](sys.argv[2:]))
