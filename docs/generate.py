#!/usr/bin/env python3
"""Writes the generated parts of the reference: between `<!-- generated: WHAT -->` and `<!-- end -->` in docs/src.

    docs/generate.py [--hcctl PATH] [--check]     --check writes nothing, and fails where something would change

`verbs` comes from `hcctl --help`, `environment` from environments/schema.json, `json` from provisioner/schemas, `policies` from
provisioner/policies, `picture` is docs/src/prod.svg.
"""

import argparse
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs/src"


def cell(text):
    """Text in a table's cell."""
    return str(text).replace("|", "\\|").replace("\n", " ")


# --- the environment file ---------------------------------------------------------------------------------------------


def schema_type(schema):
    """What a value may be, in a few words."""
    if "oneOf" in schema and all("const" in one for one in schema["oneOf"]):
        return ", ".join(f"`{one['const']}`" for one in schema["oneOf"])
    if "enum" in schema:
        values = schema["enum"]
        if len(values) > 8:
            return f"one of {len(values)} numbers, `{values[0]}` to `{values[-1]}`"
        return ", ".join(f"`{value}`" for value in values)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(schema_type(one) for one in schema["anyOf"]))
    kinds = schema.get("type", "any")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "null"}
    named = []
    for kind in kinds:
        if kind == "array":
            named.append(f"list of {schema_type(schema['items'])}")
        elif kind == "object":
            named.append("mapping")
        else:
            named.append(words.get(kind, kind))
    text = " or ".join(named)
    if "minimum" in schema and "maximum" in schema:
        text += f", {schema['minimum']} to {schema['maximum']}"
    if "integer" not in kinds and "number" not in kinds and "maxLength" in schema:
        text += f", at most {schema['maxLength']} characters"
    return text


def schema_rows(schema, path, rows, required):
    """The keys below a schema, the nested ones after the one that holds them."""
    for name, below in schema.get("properties", {}).items():
        must = name in schema.get("required", [])
        rows.append((f"{path}{name}", below, must and required))
        schema_rows(below, f"{path}{name}.", rows, must and required)
    for below in schema.get("patternProperties", {}).values():
        rows.append((f"{path}NAME", below, False))
        schema_rows(below, f"{path}NAME.", rows, True)


def environment():
    schema = json.loads((ROOT / "environments/schema.json").read_text())
    text = []
    for top, below in schema["properties"].items():
        rows = [(top, below, top in schema["required"])]
        schema_rows(below, f"{top}.", rows, top in schema["required"])
        text += [f"### `{top}`", "", below.get("description", ""), ""]
        if len(rows) == 1:
            text += [f"{schema_type(below).capitalize()}; {'**required**' if rows[0][2] else 'may be left out'}"
                     + (f", default `{json.dumps(below['default'])}`." if "default" in below else "."), ""]
            continue
        rows = rows[1:]
        text += ["| key | value | default | meaning |", "|---|---|---|---|"]
        for path, value, must in rows:
            default = "**required**" if must else ""
            if "default" in value and not isinstance(value["default"], dict):
                default = f"`{json.dumps(value['default'])}`"
            meaning = value.get("description", "")
            if "oneOf" in value:
                meaning += "".join(f"<br>`{one['const']}`: {one['description']}" for one in value["oneOf"] if "description" in one)
            text.append(f"| `{path}` | {cell(schema_type(value))} | {cell(default)} | {cell(meaning)} |")
        text.append("")
    return "\n".join(text).rstrip()


# --- the verbs --------------------------------------------------------------------------------------------------------


class Program:
    """hcctl under its own name, with nothing of this machine's user in its environment."""

    def __init__(self, path):
        self.place = tempfile.TemporaryDirectory(prefix="hcctl-docs-")
        self.name = pathlib.Path(self.place.name) / "hcctl"
        self.name.symlink_to(path)

    def run(self, *words, cwd=ROOT):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.place.name, "COLUMNS": "100", "LANG": "C.UTF-8"}
        done = subprocess.run([self.name, *words], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        return done.stdout


def options(help_text):
    """The options of a help text, each with its lines."""
    part = re.search(r"(?m)^Options:\n(.*?)(?=^\S|\Z)", help_text, re.DOTALL)
    found = {}
    for line in (part[1] if part else "").split("\n"):
        if re.match(r" {2,6}-", line):
            name = line.strip()
            found[name] = [line]
        elif found:
            found[name].append(line)
    return found


def subcommands(help_text):
    part = re.search(r"(?m)^Commands:\n(.*?)(?=^\S|\Z)", help_text, re.DOTALL)
    names = re.findall(r"(?m)^  ([a-z]+)", part[1] if part else "")
    return [name for name in names if name != "help"]


def fenced(text):
    return ["```text", *text.strip("\n").split("\n"), "```", ""]


def verb(program, words, common):
    """The section of one verb, and those of what is below it."""
    text = program.run(*words, "--help")
    head, rest = text.split("Usage: ", 1)
    about, _, more = head.strip().partition("\n\n")
    usage, rest = rest.split("\n\n", 1)
    own = {name: lines for name, lines in options(rest).items() if name not in common}
    arguments = re.search(r"(?m)^Arguments:\n(.*?)(?=^\S|\Z)", rest, re.DOTALL)
    after = re.search(r"(?m)^Examples", rest)
    section = [f"{'#' * (len(words) + 1)} `hcctl {' '.join(words)}`", "", " ".join(about.split()) + ".", ""]
    if more:
        section += [re.sub(r"(?<!\n)\n(?!\n)", " ", more), ""]
    section += fenced(usage)
    if arguments:
        section += fenced("Arguments:\n" + arguments[1].rstrip())
    if own:
        lines = [line for lines in own.values() for line in lines]
        section += fenced("Options:\n" + "\n".join(lines).rstrip())
    if after:
        section += fenced(rest[after.start():])
    for below in subcommands(text):
        section += verb(program, [*words, below], common)
    return section


def verbs(program):
    text = program.run("--help")
    common = options(text)
    # What every verb prints of these.
    common["-h, --help"] = []
    names = subcommands(text)
    section = ["| verb | does |", "|---|---|"]
    for name in names:
        about = program.run(name, "--help").split("Usage: ", 1)[0].strip().partition("\n\n")[0]
        section.append(f"| [`{name}`](#hcctl-{name}) | {cell(' '.join(about.split()))} |")
    shown = {name: lines for name, lines in common.items() if name not in ("-h, --help", "-V, --version")}
    section += ["", "## Options of every verb", ""]
    section += fenced("\n".join(line for lines in shown.values() for line in lines).rstrip())
    for name in names:
        section += verb(program, [name], common)
    return "\n".join(line.rstrip() for line in section).rstrip()


# --- JSON output ------------------------------------------------------------------------------------------------------


def kinds(schema):
    """What a value is, for a table of fields."""
    if schema is True:
        return "anything"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if "anyOf" in schema or "oneOf" in schema:
        parts = schema.get("anyOf") or schema["oneOf"]
        return " or ".join(dict.fromkeys(kinds(part) for part in parts))
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(dict.fromkeys(kinds({**schema, "type": one}) for one in kind))
    if kind == "array":
        return f"array of {kinds(schema.get('items', {}))}"
    return kind


def field_rows(schema, path, rows):
    """Each field below a schema with its path: `[]` stands for each of a list, `*` for each of an object's own names."""
    if schema is True:
        return
    for part in (schema.get("anyOf") or []) + (schema.get("oneOf") or []):
        field_rows(part, path, rows)
    if "items" in schema:
        field_rows(schema["items"], f"{path}[]", rows)
    if isinstance(schema.get("additionalProperties"), dict):
        field_rows(schema["additionalProperties"], f"{path}.*", rows)
    for name, below in schema.get("properties", {}).items():
        at = f"{path}.{name}"
        if at not in [row[0] for row in rows]:
            rows.append((at, kinds(below), "" if below is True else below.get("description", "")))
        field_rows(below, at, rows)


def json_output():
    text = []
    for path in sorted((ROOT / "provisioner/schemas").glob("*.json")):
        schema = json.loads(path.read_text())
        name = path.stem.replace("-", " ")
        documents = schema.get("anyOf", [schema])
        lines = "line" in schema["title"]
        text += [f"## `{name}`", ""]
        text += [f"{'One document a line' if lines else 'One document'}; schema `provisioner/schemas/{path.name}`.", ""]
        for document in documents:
            if len(documents) > 1:
                text += [f"**{document.get('description', 'One document.')}**", ""]
            rows = []
            field_rows(document, "", rows)
            text += ["| field | is | meaning |", "|---|---|---|"]
            text += [f"| `{at.lstrip('.')}` | {cell(kind)} | {cell(meaning)} |" for at, kind, meaning in rows]
            text.append("")
    return "\n".join(text).rstrip()


# --- permissions ------------------------------------------------------------------------------------------------------


def policies():
    text = []
    for name in ("plan", "apply", "boundary", "bootstrap"):
        policy = (ROOT / f"provisioner/policies/{name}.json").read_text().strip()
        actions = set()
        for statement in json.loads(policy)["Statement"]:
            action = statement.get("Action", [])
            actions.update([action] if isinstance(action, str) else action)
        text += [f"### {name}.json", "", f"{len(actions)} actions.", "", "```json", policy, "```", ""]
    return "\n".join(text).rstrip()


def picture(program):
    """The picture of prod in a sandbox where it runs its first image."""
    with tempfile.TemporaryDirectory(prefix="hcctl-docs-") as place:
        (pathlib.Path(place) / "environments").symlink_to(ROOT / "environments")
        for words in ("apply prod --yes", "push prod --tag v1", "deploy prod --image v1"):
            program.run("--sandbox", *words.split(), cwd=place)
        return program.run("--sandbox", "graph", "prod", cwd=place)


def main():
    parser = argparse.ArgumentParser(description="Writes the generated parts of the docs.")
    parser.add_argument("--hcctl", default=ROOT / "target/debug/hcctl", type=pathlib.Path)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where something would change")
    asked = parser.parse_args()
    if not os.access(asked.hcctl, os.X_OK):
        sys.exit(f"docs/generate.py: there is no program {asked.hcctl}; build it, or name it with --hcctl")
    program = Program(asked.hcctl.resolve())
    parts = {
        "environment": environment,
        "verbs": lambda: verbs(program),
        "json": json_output,
        "policies": policies,
    }
    wanted = {PAGES / "prod.svg": picture(program)}
    for page in sorted(PAGES.rglob("*.md")):
        text = page.read_text()
        wanted[page] = re.sub(
            r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)",
            lambda found: f"{found[1]}\n{parts[found[2]]()}\n\n{found[3]}",
            text,
            flags=re.DOTALL,
        )
    stale = [path for path, text in wanted.items() if path.read_text() != text]
    for path in stale:
        name = path.relative_to(ROOT)
        if asked.check:
            difference = difflib.unified_diff(path.read_text().split("\n"), wanted[path].split("\n"), "is", "should be", lineterm="", n=1)
            print(f"{name} is not current:", *list(difference)[:40], sep="\n")
        else:
            path.write_text(wanted[path])
            print(f"wrote {name}")
    if asked.check and stale:
        sys.exit("docs/generate.py: run it without --check, and look at what changes")


if __name__ == "__main__":
    main()
