"""Plays the scripts of a directory on an endpoint: python differential.py ENDPOINT DIRECTORY.

One line of JSON per step: its name, and its answer as `PATH = VALUE` lines, or its error's code. What the service makes
up (ids, times, hosts, digests) is replaced: by its variable where the script keeps it, else by a word for its kind; a
policy is read as JSON. Lists lose their order, for none is promised.
"""
import datetime
import json
import pathlib
import re
import sys

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

endpoint, directory = sys.argv[1:]
config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
clients, kept, counts = {}, {}, {}
MADE_UP = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"\b([a-z]+(?:-assoc)?)-[0-9a-f]{8,17}\b", r"\1-ID"),
    (r"[A-Za-z0-9.-]+\.elb\.amazonaws\.com", "HOST"),
    (r"\b(AROA|AKIA|AIDA|Z)[A-Z0-9]{8,}\b", r"\1ID"),
    (r"sha256:[0-9a-f]{64}", "DIGEST"),
    (r"\b\d+\.\d+\.\d+\.\d+(?!/)\b", "IP"),
    (r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)", "TIME"),
    (r"\b[0-9a-f]{16,40}\b|\b[0-9]{13,}\b", "HEX"),
]


def client(service):
    if service not in clients:
        clients[service] = boto3.client(service, endpoint_url=endpoint, region_name="us-east-1", config=config)
    return clients[service]


def fill(text):
    return re.sub(r"\$([a-z0-9]+)", lambda found: json.dumps(kept.get(found[1], "unknown"))[1:-1], text)


def plain(value):
    if isinstance(value, (datetime.datetime, datetime.date)):
        return "TIME"
    text = str(value.read(), "utf-8") if hasattr(value, "read") else value
    if not isinstance(text, str):
        # Logs and a few others count milliseconds.
        return "TIME" if isinstance(text, int) and text > 10**12 else json.dumps(text)
    for name, known in sorted(kept.items(), key=lambda item: -len(item[1])):
        text = text.replace(known, f"${name}")
    if text.startswith("{"):
        text = json.dumps(json.loads(text), sort_keys=True)
    for pattern, word in MADE_UP:
        text = re.sub(pattern, word, text)
    return json.dumps(text)


def flat(value, path=""):
    if isinstance(value, dict):
        # Key and value in one, or two sets of attributes could not be told apart.
        if {key.lower() for key in value} == {"key", "value"}:
            key, value = sorted(value.items())
            return [f"{path}[{key[1]}] = {plain(value[1])}"]
        return [line for key, item in value.items() for line in flat(item, f"{path}.{key}" if path else key)]
    if isinstance(value, list):
        return [line for item in value for line in flat(item, f"{path}[]")]
    # To a client nothing, an empty text and an empty list are the same.
    return [f"{path} = {plain(value)}"] if value != "" else []


def at(value, path):
    for part in path.split("."):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


for script in sorted(pathlib.Path(directory).glob("*.script")):
    for line in script.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        service, operation, rest = line.split(" ", 2)
        parameters, end = json.JSONDecoder().raw_decode(rest)
        parameters = json.loads(fill(json.dumps(parameters)))
        counts[service, operation] = counts.get((service, operation), 0) + 1
        step = f"{service}:{operation} {counts[service, operation]}"
        try:
            answer = getattr(client(service), xform_name(operation))(**parameters)
        except ClientError as error:
            print(json.dumps({"step": step, "answer": [f"error = {error.response['Error']['Code']}"]}))
            continue
        except ResponseParserError:
            print(json.dumps({"step": step, "answer": ["error = (a body that is not AWS's)"]}))
            continue
        answer.pop("ResponseMetadata", None)
        for part in rest[end:].replace(">", " ").split():
            name, path = part.split("=")
            kept[name] = at(answer, path)
        print(json.dumps({"step": step, "answer": sorted(set(flat(answer)))}))
