#!/usr/bin/env python3
"""Measures the patient service beside a bare hyper server, in turns, and prints medians of several rounds.

    cargo build --config services/release.toml --release -p patient-service
    (cd services/bench && cargo build --release)
    services/bench/run.py [ROUNDS] [SECONDS]

Needs wrk. Ratios are of requests per second; each is taken within a round, so that a noisy machine hurts both sides. Both
servers get the same request, path included. FLAVOUR=shared gives the bare server tokio's usual runtime instead of ours.
"""
import http.client
import json
import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PROGRAM = os.environ.get("PROGRAM", os.path.join(ROOT, "target/release/patient-service"))
BARE = os.path.join(ROOT, "services/bench/target/release/bare-hyper")
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 4
PORT, SMALL, LARGE = 3510, 3512, 3513
CONNECTIONS = os.environ.get("CONNECTIONS", "64")
FLAVOUR = os.environ.get("FLAVOUR", "apart")


def used(pid):
    """Processor seconds that a process has used."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(server, url):
    """Rate, p99, wrong answers, and microseconds of processor time per request: the server's and wrk's own."""
    before, mine = used(server.pid), resource.getrusage(resource.RUSAGE_CHILDREN)
    rate, p99, wrong = wrk(url)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    count = rate * SECONDS
    wrk_time = after.ru_utime + after.ru_stime - mine.ru_utime - mine.ru_stime
    return rate, p99, wrong, (used(server.pid) - before) / count * 1e6, wrk_time / count * 1e6


def wrk(url, script=None):
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency"]
    if script:
        command += ["-s", script]
    text = subprocess.run(command + [url], capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    p99 = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return rate, p99, int(wrong[1]) if wrong else 0


def call(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    connection.request(method, path, body, {"content-type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def patient(number):
    return json.dumps({
        "name": {"family": "Lovelace", "given": ["Ada"]}, "birthDate": "1915-12-10", "gender": "female",
        "telecom": [{"system": "email", "value": "ada@example.org"}], "medicalRecordNumber": f"MRN-{number:08}",
    })


def memory(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024


def start(directory):
    environment = {"PORT": str(PORT), "DATABASE": os.path.join(directory, "store.db"), "METRICS_PORT": "0"}
    log = open(os.path.join(directory, "log"), "ab")
    begin = time.perf_counter()
    process = subprocess.Popen([PROGRAM], env=environment, stdout=log, stderr=log)
    children.append(process)
    while True:
        try:
            if call("GET", "/ready")[0] == 200:
                return process, (time.perf_counter() - begin) * 1000
        except OSError:
            time.sleep(0.0005)


children = []


def main():
    with tempfile.TemporaryDirectory() as directory:
        starts = []
        for _ in range(10):
            process, ready = start(directory)
            starts.append(ready)
            idle = memory(process)
            process.send_signal(signal.SIGTERM)
            process.wait()
        process, _ = start(directory)
        first = None
        for number in range(1000):
            status, body = call("POST", "/api/patients", patient(number))
            assert status == 201, body
            first = first or json.loads(body)["id"]
        one, many = f"/api/patients/{first}", "/api/patients?limit=20"
        sizes = [str(len(call("GET", path)[1])) for path in (one, many)]
        bare = [subprocess.Popen([BARE, str(port), size, FLAVOUR]) for port, size in zip((SMALL, LARGE), sizes)]
        children.extend(bare)
        post = os.path.join(directory, "post.lua")
        with open(post, "w") as script:
            script.write("local n = 0\nlocal threads = 0\nfunction setup(thread) threads = threads + 1; thread:set('me', threads) end\n"
                         "function request() n = n + 1\n local body = string.format('" + patient(0).replace("MRN-00000000", "T%d-%d-%d")
                         + "', me, n, os.time())\n return wrk.format('POST', '/api/patients', {['content-type'] = 'application/json'}, body)\nend\n")
        time.sleep(0.3)
        rows = {"get": [], "list": [], "post": []}
        for turn in range(ROUNDS):
            for name, port, path, server in (("get", SMALL, one, bare[0]), ("list", LARGE, many, bare[1])):
                pair = [(server, f"http://127.0.0.1:{port}{path}", "bare"), (process, f"http://127.0.0.1:{PORT}{path}", "ours")]
                found = {kind: measure(who, url) for who, url, kind in (pair if turn % 2 == 0 else pair[::-1])}
                assert found["ours"][2] == 0, "answers other than 2xx"
                rows[name].append((found["bare"][0], found["ours"][0], found["ours"][0] / found["bare"][0], found["ours"][1], found["bare"][1],
                                   found["bare"][3], found["ours"][3], found["bare"][4], found["ours"][4]))
            rows["post"].append(wrk(f"http://127.0.0.1:{PORT}/api/patients", post))
        assert all(row[2] == 0 for row in rows["post"]), "POST answered other than 2xx"
        loaded = memory(process)
        process.send_signal(signal.SIGTERM)
        process.wait()
        for server in bare:
            server.kill()
    middle = lambda values: statistics.median(values)
    for name, size in zip(("get", "list"), sizes):
        bare_rate, ours, ratio, p99, bare_p99, bare_cpu, cpu, bare_wrk, our_wrk = (middle(column) for column in zip(*rows[name]))
        every = " ".join(f"{row[2]:.2f}" for row in rows[name])
        print(f"{name:5} {size:>5} B  bare {bare_rate:8.0f}/s (p99 {bare_p99:.2f} ms)  ours {ours:8.0f}/s (p99 {p99:.2f} ms)  ratio {ratio:.2f}  [{every}]")
        print(f"               processor time per request: bare {bare_cpu:.2f} us + wrk {bare_wrk:.2f}, ours {cpu:.2f} us + wrk {our_wrk:.2f}: "
              f"ratio on a machine of our own {(bare_cpu + bare_wrk) / (cpu + our_wrk):.2f}")
    print(f"post          durable {middle([row[0] for row in rows['post']]):8.0f}/s (p99 {middle([row[1] for row in rows['post']]):.2f} ms)")
    print(f"ready after {middle(starts):.1f} ms (worst {max(starts):.1f}), idle {idle:.1f} MiB, after the load {loaded:.1f} MiB, "
          f"binary {os.path.getsize(PROGRAM) / 1048576:.2f} MiB")


try:
    main()
finally:
    for child in children:
        child.kill()
