#!/usr/bin/env python3
"""Replays the transcripts of the docs against the sandbox, and compares what is written with what hcctl prints.

    docs/check.py [--hcctl PATH] [--update] [PAGE...]      all pages when none is named

Every `console` block says in the line above it how it is made:

    <!-- replay -->              its commands run in the page's world: a directory with `environments/` and a sandbox
    <!-- replay: fresh -->       the same, in a new world
    <!-- not replayed: WHY -->   it cannot be run here

A line that begins with `$ ` is a command, the lines below it are what it prints; `...` stands for any lines. A command
must succeed, unless `$ echo $?` follows it. Ids, digests and times are compared by their form. `--update` writes what was
printed into the blocks that differ.

    <!-- setup: COMMAND -->      runs a command that the page does not show
    <!-- environment: NAME -->   the `yaml` block below is a file that `hcctl validate NAME` accepts; it stays in the world
    <!-- fragment -->            the `yaml` block below is accepted in place of the same keys of dev.yaml
"""

import argparse
import concurrent.futures
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What differs from run to run, by its form. Order matters: the longer forms first.
FORMS = [
    (r"\b\d{10}-([a-z]+)-\d+\b", r"RUN-\1"),
    (r"\b\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d+)?Z?", "TIME"),
    (r"\b\d{2}:\d{2}:\d{2}(\.\d+)?\b", "TIME"),
    (r"\b\d+:\d{2}\b", "TIME"),
    (r"\b\d+(\.\d+)? ?s\b", "SECONDS"),
    (r"-alb-\d+\b", "-alb-ID"),
    (r"ecs-svc/ ?\d+", "ecs-svc/ID"),
    (r"\b(?=[a-f]*\d)[0-9a-f]{8,64}\b", "ID"),
]
# One line for each thing that happens: what runs side by side tells of itself in any order, and as often as it was seen.
PROGRESS = re.compile(r"^(created|changed|replaced|deleted|waiting|pushed|skipped)  |^[a-z][a-z0-9-]* +\d+:\d{2}  ")


def normal(text):
    """The text with what differs from run to run replaced, on one line: where a line breaks depends on the length of ids."""
    text = re.sub(r"\s+", " ", text).strip()
    for form, name in FORMS:
        text = re.sub(form, name, text)
    return text


def parted(lines):
    """The lines apart: what tells of progress, with the lines that go on from it, and the rest."""
    progress, rest, inside = [], [], False
    for line in lines:
        if PROGRESS.match(line):
            progress.append(line)
            inside = True
        elif inside and line.startswith(" " * 16) and line.strip():
            progress[-1] += " " + line
        else:
            rest.append(line)
            inside = False
    return [normal(line) for line in progress], rest


def agrees(written, printed):
    """Whether a transcript shows what was printed."""
    shown, rest = parted(line for line in written)
    seen, whole = parted(printed)
    # A line that is cut off by `...` of a wrapped one is not worth the exception: write it whole.
    if any(line not in seen for line in shown):
        return False
    if "..." not in written and len(shown) == 0 and len(seen) > 0:
        return False
    parts, part = [], []
    for line in rest:
        if line.strip() == "...":
            parts.append(part)
            part = []
        else:
            part.append(line)
    parts.append(part)
    pattern = r"\s*.*?\s*".join(re.escape(normal("\n".join(part))) for part in parts)
    return re.fullmatch(pattern, normal("\n".join(whole)), re.DOTALL) is not None


def renewed(written, printed):
    """A transcript with the same gaps and what was printed in place of its lines; lines that differ by their ids stay."""
    new = cut(written, printed) if "..." in written else list(printed)
    before, after = ([normal(line) for line in lines] for lines in (written, new))
    for at, to, size in difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        new[to:to + size] = written[at:at + size]
    return new


def cut(written, printed):
    """Of what was printed, the parts that look most like those that a transcript shows."""
    parts, part = [], []
    for line in written:
        if line == "...":
            parts.append(part)
            part = []
        else:
            part.append(line)
    parts.append(part)
    result, begin = [], 0
    for index, part in enumerate(parts):
        if index:
            result.append("...")
        size = len(part)
        if index == 0:
            best = 0
        elif index == len(parts) - 1:
            best = max(begin, len(printed) - size)
        else:
            text = normal("\n".join(part))
            places = range(begin, max(begin, len(printed) - size) + 1)
            likeness = {at: difflib.SequenceMatcher(None, text, normal("\n".join(printed[at:at + size]))).ratio() for at in places}
            best = max(places, key=lambda at: likeness[at])
        result += printed[best:best + size]
        begin = best + size
    return result


class World:
    """A directory with environment files, a sandbox and nothing else of this machine's user."""

    def __init__(self, hcctl):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="hcctl-docs-"))
        self.work = self.place / "work"
        shutil.copytree(ROOT / "environments", self.work / "environments")
        programs = self.place / "bin"
        programs.mkdir()
        (programs / "hcctl").symlink_to(hcctl)
        # README.md's first command is cargo's.
        (programs / "cargo").write_text('#!/bin/sh\n[ "$1 $2" = "run --" ] || exit 99\nshift 2\nexec hcctl "$@"\n')
        (programs / "cargo").chmod(0o755)
        self.code = 0
        self.env = {
            "PATH": f"{programs}:{pathlib.Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.place),
            "HOSTNAME": "laptop",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "DOCS": str(ROOT / "docs"),
        }

    def run(self, command):
        """Runs a shell command; the code of the one before it is `$?`."""
        done = subprocess.run(
            ["bash", "-c", f"(exit {self.code})\n{command}"],
            cwd=self.work,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        self.code = done.returncode
        return done.stdout.rstrip("\n").split("\n") if done.stdout.strip() else []

    def remove(self):
        shutil.rmtree(self.place, ignore_errors=True)


def commands(lines):
    """A block's lines as (lines of the command, lines of what it prints)."""
    found = []
    goes_on = False
    for line in lines:
        if goes_on:
            found[-1][0].append(line)
        elif line.startswith("$ "):
            found.append(([line], []))
        elif found:
            found[-1][1].append(line)
        else:
            raise ValueError(f"`{line}` stands before any command")
        goes_on = (goes_on or line.startswith("$ ")) and line.endswith("\\")
    return found


def merged(base, fragment):
    """An environment file with the top-level keys of a fragment in place of its own."""
    def sections(text):
        found = re.split(r"(?m)^(?=[a-z_]+:)", text)
        return {part.split(":", 1)[0]: part for part in found if re.match(r"[a-z_]+:", part)}
    return "".join({**sections(base), **sections(fragment)}.values())


class Page:
    """One page: its blocks are replayed from the top to the bottom."""

    def __init__(self, path, hcctl):
        self.path = path
        self.hcctl = hcctl
        self.world = World(hcctl)
        self.wrong = []
        self.count = 0

    def fault(self, number, what):
        self.wrong.append(f"{self.path.relative_to(ROOT)}:{number}: {what}")

    def replay(self):
        """Replays the page; answers its text as it should be."""
        lines = self.path.read_text().split("\n")
        text, note, at = [], "", 0
        while at < len(lines):
            line = lines[at]
            opening = re.match(r"^```(\w+)", line)
            if not opening:
                comment = re.match(r"^<!-- (.+) -->$", line)
                if comment:
                    note = comment[1]
                    if note.startswith("setup: "):
                        self.prepare(at + 1, note.removeprefix("setup: "))
                elif line.strip():
                    note = ""
                text.append(line)
                at += 1
                continue
            end = lines.index("```", at + 1)
            block = lines[at + 1:end]
            if opening[1] == "console":
                block = self.transcript(at + 1, note, block)
            elif opening[1] == "yaml":
                self.file(at + 1, note, block)
            text += [line, *block, "```"]
            note, at = "", end + 1
        self.world.remove()
        return "\n".join(text)

    def prepare(self, number, command):
        printed = self.world.run(command)
        if self.world.code != 0:
            self.fault(number, f"`{command}` exits with {self.world.code}:\n" + "\n".join(printed))

    def transcript(self, number, note, block):
        if note.startswith("not replayed: "):
            return block
        if note == "replay: fresh":
            self.world.remove()
            self.world = World(self.hcctl)
        elif note != "replay":
            self.fault(number, "a console block needs `<!-- replay -->` or `<!-- not replayed: WHY -->` above it")
            return block
        result = []
        steps = commands(block)
        for index, (command, written) in enumerate(steps):
            typed = "\n".join(command)[2:]
            # A blank line before the next command is the writer's.
            gap = []
            while written and not written[-1].strip():
                gap.append(written.pop())
            printed = self.world.run(typed)
            self.count += 1
            asked = index + 1 < len(steps) and steps[index + 1][0] == ["$ echo $?"]
            if self.world.code != 0 and not asked:
                self.fault(number, f"`{typed}` exits with {self.world.code}:\n" + "\n".join(printed))
            if not agrees(written, printed):
                new = renewed(written, printed)
                difference = difflib.unified_diff(written, printed, "written", "printed", lineterm="", n=1)
                self.fault(number, f"`{typed}` prints something else:\n" + "\n".join(difference))
                written = new
            result += command + written + gap
        return result

    def file(self, number, note, block):
        text = "\n".join(block) + "\n"
        files = self.world.work / "environments"
        if note.startswith("environment: "):
            name = note.removeprefix("environment: ")
        elif note == "fragment":
            name, text = "fragment", merged((files / "dev.yaml").read_text(), text)
        else:
            return
        (files / f"{name}.yaml").write_text(text)
        self.prepare(number, f"hcctl validate {name}")
        self.count += 1
        if note == "fragment":
            (files / "fragment.yaml").unlink()


def main():
    parser = argparse.ArgumentParser(description="Replays the transcripts of the docs against the sandbox.")
    parser.add_argument("--hcctl", default=ROOT / "target/debug/hcctl", type=pathlib.Path)
    parser.add_argument("--update", action="store_true", help="write what was printed into the blocks that differ")
    parser.add_argument("pages", nargs="*", type=pathlib.Path)
    asked = parser.parse_args()
    hcctl = asked.hcctl.resolve()
    if not os.access(hcctl, os.X_OK):
        sys.exit(f"docs/check.py: there is no program {hcctl}; build it, or name it with --hcctl")
    paths = [path.resolve() for path in asked.pages]
    paths = paths or [ROOT / "README.md", *sorted((ROOT / "docs/src").rglob("*.md"))]
    pages = [Page(path, hcctl) for path in paths]
    # They mostly wait: the sandbox takes a second for each of AWS's minutes.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(Page.replay, pages))
    wrong = [fault for page in pages for fault in page.wrong]
    for page, text in zip(pages, texts):
        if asked.update and text != page.path.read_text():
            page.path.write_text(text)
    for fault in wrong:
        print(fault, end="\n\n")
    count = sum(page.count for page in pages)
    print(f"docs/check.py: {count} commands and files on {len(pages)} pages, {len(wrong)} differ")
    sys.exit(1 if wrong and not asked.update else 0)


if __name__ == "__main__":
    main()
