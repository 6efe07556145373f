#!/usr/bin/env python3
"""Checks the links of the docs: each file that one leads to is there, and each heading, and each page is in the book.

    docs/links.py

Looks at the Markdown files at the root, in docs/src and in services, and at examples. Nothing is fetched: addresses of other places are left alone.
"""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOOK = ROOT / "docs/src"


def text_of(path):
    """A page without its code."""
    text = path.read_text()
    text = re.sub(r"(?ms)^```.*?^```$", "", text)
    return text


def anchors(path):
    """The headings of a page, as mdBook and GitHub name them."""
    found, times = [], collections.Counter()
    for heading in re.findall(r"(?m)^#{1,6} +(.+?)$", text_of(path)):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        found.append(f"{name}-{times[name]}" if times[name] else name)
        times[name] += 1
    return found


def links(path):
    text = re.sub(r"`[^`\n]*`", "", text_of(path))
    return re.findall(r"\]\(([^)\s]+)\)", text)


def faults():
    pages = [*ROOT.glob("*.md"), *BOOK.rglob("*.md"), *ROOT.glob("services/*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*.md"), *ROOT.glob(".github/*.md")]
    for page in sorted(pages):
        name = page.relative_to(ROOT)
        inside = page.is_relative_to(BOOK)
        for link in links(page):
            if re.match(r"[a-z]+:", link):
                continue
            target, _, heading = link.partition("#")
            to = (page.parent / target).resolve() if target else page
            if not to.exists():
                yield f"{name}: {link}: there is no {target}"
            elif inside and not to.is_relative_to(BOOK):
                yield f"{name}: {link} leads out of the book, where a reader of the built one cannot go"
            elif heading and to.suffix == ".md" and heading not in anchors(to):
                yield f"{name}: {link}: {to.relative_to(ROOT)} has no heading {heading}"
    listed = {(BOOK / link).resolve() for link in links(BOOK / "SUMMARY.md")}
    for page in sorted(BOOK.rglob("*.md")):
        if page not in listed and page.name != "SUMMARY.md":
            yield f"{page.relative_to(ROOT)} is not in docs/src/SUMMARY.md"


if __name__ == "__main__":
    wrong = list(faults())
    print("\n".join(wrong) or "docs/links.py: every link leads somewhere")
    sys.exit(1 if wrong else 0)
