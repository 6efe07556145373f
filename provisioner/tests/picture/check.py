"""Opens hcctl's pictures and pages in a real headless Chromium, measures them, and keeps screenshots.

    check.py HCCTL OUT

HCCTL is the built program, OUT a directory for pictures and screenshots. Every picture and page is looked at as a phone
and as a desk shows it, light and dark. Measured in the page itself:

- the page is no wider than the screen, and nothing was asked of anybody, no error told;
- no text stands on another text, and none leaves the box that it belongs to; no figure is broken in two;
- every text has a contrast of at least 4.5 to 1 with what is behind it (WCAG 2.2, 1.4.3).
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

from playwright.sync_api import sync_playwright

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SCREENS = {"phone": (390, 844), "desk": (1280, 900)}
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Place:
    """A directory with environment files, and an embedded AWS of its own in which nothing takes time."""

    def __init__(self, hcctl, where):
        self.hcctl, self.where = hcctl, where
        shutil.copytree(ROOT / "environments", where / "environments")
        serve = [hcctl, "sandbox", "serve", "--memory", "--instant", "--port", "0"]
        self.server = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=where)
        self.url = self.server.stdout.readline().split()[-1]

    def close(self):
        self.server.send_signal(signal.SIGINT)
        self.server.wait(60)

    def run(self, *words):
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.where),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        done = subprocess.run([self.hcctl, *words], cwd=self.where, env=env, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            sys.exit(f"hcctl {' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def push(self, repository, tag):
        """An image, as the registry takes it (ECR's PutImage)."""
        body = {
            "repositoryName": repository,
            "imageTag": tag,
            "imageManifest": json.dumps({"schemaVersion": 2, "image": f"{repository}:{tag}"}),
            "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
        }
        scope = "Credential=any/20260101/us-east-1/ecr/aws4_request, SignedHeaders=host, Signature=0"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 {scope}",
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.PutImage",
        }
        request = urllib.request.Request(self.url, json.dumps(body).encode(), headers)
        urllib.request.urlopen(request).read()

    def edit(self, name, *changes):
        path = self.where / "environments" / f"{name}.yaml"
        text = path.read_text()
        for before, after in changes:
            if before not in text:
                sys.exit(f"{path.name} has no {before!r}")
            text = text.replace(before, after)
        path.write_text(text)

    def draw(self, name, moment, out):
        """The picture and the page of one environment at one moment."""
        svg, page = out / f"{name}-{moment}.svg", out / f"{name}-{moment}.html"
        svg.write_text(self.run("graph", name))
        page.write_text(self.run("plan", name, "--format", "html"))
        if svg.read_text() != self.run("graph", name, "--format", "svg"):
            sys.exit(f"{svg.name}: the same plan gave another picture")
        return [svg, page]


@contextlib.contextmanager
def place(hcctl):
    with tempfile.TemporaryDirectory() as directory:
        made = Place(hcctl, pathlib.Path(directory))
        with contextlib.closing(made):
            yield made


def scenes(hcctl, out):
    """Dev and prod: new, settled and deployed, changed; many services with long names in a region without prices."""
    made = []
    with place(hcctl) as at:
        for name in ["dev", "prod"]:
            made += at.draw(name, "new", out)
            at.run("apply", name, "--yes")
            for service in ["patient", "appointment"]:
                at.push(f"healthcare-app-{name}-{service}-service", "v1.4.2")
            at.run("deploy", name, "--image", "v1.4.2")
            made += at.draw(name, "settled", out)
        # A service goes and another one comes, one grows: something of every mark.
        at.edit(
            "dev",
            ("retention_days: 7", "retention_days: 30"),
            ("nat: single", "nat: per_zone"),
            ('  appointment:\n    paths: ["/api/appointments*"]\n    cpu: 256', '  visit:\n    paths: ["/api/visits*"]\n    cpu: 256'),
            ("table: appointments", "table: visits"),
            ("scale: { max: 2, cpu_percent: 70 }", "scale: { max: 4, cpu_percent: 60 }"),
        )
        made += at.draw("dev", "changed", out)
        at.edit("prod", ("strategy: blue_green", "strategy: canary"), ("cpu: 512", "cpu: 1024"), ("memory: 1024", "memory: 2048"))
        made += at.draw("prod", "grown", out)
        at.edit("prod", ("cidr: 10.1.0.0/16", "cidr: 10.9.0.0/16"))
        made += at.draw("prod", "moved", out)
    with place(hcctl) as at:
        at.edit("dev", ("region: us-east-1", "region: eu-central-1"), ("zones: 2", "zones: 3"))
        more = ""
        for number in range(1, 6):
            name = f"s{number}-of-a-long-name"
            paths = json.dumps([f"/{letter}/{number}/{'x' * 60}*" for letter in "ab"])
            more += f"""
  {name}:
    paths: {paths}
    cpu: 4096
    memory: 30720
    count: 3
    scale: {{ max: 40 }}
    table: {name}-records-with-quite-a-name
"""
        at.edit("dev", ("\nauth: null", more + "\nauth: null"))
        made += at.draw("dev", "large", out)
    return made


def look(page, path, theme, screen, out, kept):
    """All that is wrong with one document on one screen."""
    wrong, asked = [], []
    page.on("console", lambda said: said.type in ("error", "warning") and wrong.append(f"console: {said.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    # Folded words are measured too.
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = page.evaluate((HERE / "measure.js").read_text())
    wrong += found["wrong"]
    wrong += [f"asked for {url}" for url in asked if url != path.as_uri() and not url.startswith("data:")]
    if found["texts"] < 30:
        wrong.append(f"only {found['texts']} texts were found to measure")
    page.evaluate("document.querySelectorAll('details').forEach((one, place) => one.open = place < 2)")
    # Chromium gives no whole page of a bare SVG: the screen is made as large as the picture.
    whole = path.suffix == ".html"
    if not whole:
        width, height = page.evaluate("['width', 'height'].map(side => document.documentElement[side].baseVal.value)")
        page.set_viewport_size({"width": int(width), "height": int(height)})
    page.screenshot(path=out / f"{path.stem}-{path.suffix[1:]}-{screen}-{theme}.png", full_page=whole)
    kept.append(found["least"])
    return wrong, found["texts"]


SPOILED = {
    "contrast": "document.querySelectorAll('svg.hcctl text').forEach(one => one.style.fill = '#bbbbbb')",
    "leaves its box": "{ const one = document.querySelector('.node text.name'); one.setAttribute('x', 1000); }",
    "stand on one another": "{ const one = document.querySelector('.node text.body'); one.after(one.cloneNode(true)); }",
    "boxes cross": "document.querySelectorAll('rect.box')[3].setAttribute('height', 400)",
    "a line goes through": "document.querySelector('path.line').setAttribute('d', 'M0 46L600 38')",
    "wide on a screen": "document.querySelector('h1').style.width = '3000px'",
}


def spoil(page, path):
    """What the measure does not find in a page that was spoiled on purpose."""
    for fault, how in SPOILED.items():
        page.goto(path.as_uri())
        page.evaluate(f"() => {{ {how} }}")
        found = page.evaluate((HERE / "measure.js").read_text())["wrong"]
        if not any(fault in one for one in found):
            yield f"a page that was spoiled is found well: {fault}"


def main():
    hcctl, out = sys.argv[1:]
    hcctl, out = str(pathlib.Path(hcctl).resolve()), pathlib.Path(out).resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    documents = scenes(hcctl, out)
    bad, looks, least = 0, 0, []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS, headless=True
        )
        with contextlib.closing(context):
            for path in documents:
                for screen, (width, height) in SCREENS.items():
                    for theme in ["light", "dark"]:
                        page = context.new_page()
                        page.set_viewport_size({"width": width, "height": height})
                        page.emulate_media(color_scheme=theme)
                        wrong, texts = look(page, path, theme, screen, out, least)
                        page.close()
                        looks += 1
                        for one in wrong[:12]:
                            print(f"{path.name}, {screen}, {theme}: {one}")
                        bad += len(wrong)
            page = context.new_page()
            page.emulate_media(color_scheme="light")
            for one in spoil(page, documents[1]):
                print(one)
                bad += 1
    print(f"{looks} looks at {len(documents)} documents; least contrast {min(least):.2f}; {bad} faults")
    if bad:
        sys.exit(1)


main()
