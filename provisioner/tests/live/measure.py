#!/usr/bin/env python3
"""What a release costs those who use a service, measured: hcctl on a live sandbox, with load through its load balancer.

    provisioner/tests/live/measure.py            (after: cargo build --workspace --release)

The tasks are processes, two of each service; the sandbox passes a second for each of AWS's minutes, and the rest is real. Writes a
table in Markdown. It is a benchmark, not a test: it fails only where something cannot be run. Everything is on this machine.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import http.client

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
BIN = os.environ.get("HCCTL_BIN", os.path.join(ROOT, "target", "release"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "8"))
PAUSE = float(os.environ.get("PAUSE", "0.01"))

STRATEGIES = {
    "rolling": "strategy: rolling",
    "blue/green": "strategy: blue_green\n  bake_minutes: 1",
    "canary": "strategy: canary\n  percent: 10\n  canary_minutes: 3\n  bake_minutes: 1",
    "linear": "strategy: linear\n  step_percent: 25\n  step_minutes: 1\n  bake_minutes: 1",
}


class Load:
    """Requests over connections that are kept open, until it is stopped."""

    def __init__(self, url):
        self.host, port = url.removeprefix("http://").split(":")
        self.port, self.going = int(port), True
        self.times, self.lost = [], {}
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.work) for _ in range(CONNECTIONS)]
        for thread in self.threads:
            thread.start()

    def work(self):
        connection = None
        while self.going:
            began = time.monotonic()
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
                connection.request("GET", "/api/patients")
                answer = connection.getresponse()
                answer.read()
                outcome = answer.status
            except OSError as error:
                outcome, connection = type(error).__name__, None
            except http.client.HTTPException as error:
                outcome, connection = type(error).__name__, None
            with self.lock:
                self.times.append(time.monotonic() - began)
                if outcome != 200:
                    self.lost[outcome] = self.lost.get(outcome, 0) + 1
            time.sleep(PAUSE)

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join()
        return self


class Place:
    """A directory with an environment, and a live sandbox in it."""

    def __init__(self, deployment):
        self.path = tempfile.mkdtemp(prefix="hcctl-measure-")
        os.mkdir(os.path.join(self.path, "environments"))
        text = open(os.path.join(ROOT, "environments", "dev.yaml")).read()
        text = text.replace("strategy: rolling", deployment).replace("count: 1", "count: 2").replace("max: 2", "max: 4")
        self.write(text)
        self.log = open(os.path.join(self.path, "server.log"), "w")
        command = [f"{BIN}/hcctl", "sandbox", "serve", "--live", "--port", "0"]
        self.server = subprocess.Popen(command, cwd=self.path, stdout=subprocess.PIPE, stderr=self.log, text=True)
        assert "Serving" in self.server.stdout.readline(), "the sandbox does not serve"
        told = self.run("apply dev --yes")
        self.url = re.search(r"Open (http://\S+)", told).group(1)

    def write(self, text):
        self.text = text
        with open(os.path.join(self.path, "environments", "dev.yaml"), "w") as file:
            file.write(text)

    def run(self, line, fails=False):
        command = [f"{BIN}/hcctl", "--sandbox", *line.split()]
        ran = subprocess.run(command, cwd=self.path, capture_output=True, text=True, timeout=600)
        if (ran.returncode != 0) != fails:
            sys.exit(f"hcctl {line} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")
        return ran.stdout + ran.stderr

    def tasks(self, name):
        found = []
        for pid in os.listdir(os.path.join(self.path, ".hcctl", "sandbox", "tasks")):
            try:
                if os.path.basename(os.readlink(f"/proc/{pid}/exe")) == name:
                    found.append(int(pid))
            except OSError:
                pass
        return found

    def end(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(30)
        shutil.rmtree(self.path, ignore_errors=True)


def row(what, place, act):
    load = Load(place.url)
    time.sleep(1)
    began = time.monotonic()
    act()
    took = time.monotonic() - began
    time.sleep(2)
    load.stop()
    times = sorted(load.times)
    lost = ", ".join(f"{count} x {kind}" for kind, count in sorted(load.lost.items(), key=str)) or "none"
    p99, most = times[int(len(times) * 0.99)] * 1e3, times[-1] * 1e3
    print(f"| {what} | {len(times):,} | {lost} | {p99:.0f} ms | {most:.0f} ms | {took:.1f} s |", flush=True)


def kill(place):
    os.kill(place.tasks("patient-service")[0], signal.SIGKILL)
    end = time.monotonic() + 60
    while len(place.tasks("patient-service")) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(2)


def main():
    print("| what | requests | lost | p99 | longest | until it is done |")
    print("|---|---:|---|---:|---:|---:|", flush=True)
    for name, deployment in STRATEGIES.items():
        place = Place(deployment)
        try:
            place.run("push dev --tag v1")
            place.run("deploy dev --image v1")
            place.run("push dev --tag v2")
            row(f"deploy, {name}", place, lambda: place.run("deploy dev --image v2 --service patient"))
            row(f"rollback, {name}", place, lambda: place.run("rollback dev --service patient"))
            bad, how = ("fails-start", "does not start") if name == "blue/green" else ("fails-health", "fails its health checks")
            place.run(f"push dev --tag {bad}")
            row(f"an image that {how}, {name}", place,
                lambda: place.run(f"deploy dev --image {bad} --service patient", fails=True))
            if name == "rolling":
                row("a task killed with SIGKILL", place, lambda: kill(place))
                place.write(place.text.replace("count: 2", "count: 1"))
                row("from two tasks to one", place, lambda: place.run("apply dev --yes"))
        finally:
            place.end()


if __name__ == "__main__":
    main()
