#!/usr/bin/env python3
"""Load through a load balancer of a live sandbox: URL SECONDS CONNECTIONS; prints what was lost."""
import http.client, json, sys, threading, time, urllib.parse
url, seconds, connections = urllib.parse.urlsplit(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
end = time.monotonic() + seconds
lock = threading.Lock(); all_times = []; lost = {}
def work():
    times, own = [], {}
    c = None
    while time.monotonic() < end:
        t = time.monotonic()
        try:
            if c is None: c = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
            c.request("GET", url.path); r = c.getresponse(); r.read(); what = r.status
        except Exception as e:
            what = type(e).__name__; c = None
        times.append(time.monotonic() - t)
        if what != 200: own[what] = own.get(what, 0) + 1
        time.sleep(0.002)
    with lock:
        all_times.extend(times)
        for k, v in own.items(): lost[k] = lost.get(k, 0) + v
ts = [threading.Thread(target=work) for _ in range(connections)]
[t.start() for t in ts]; [t.join() for t in ts]
all_times.sort()
print(json.dumps({"requests": len(all_times), "lost": lost, "p50_ms": round(all_times[len(all_times)//2]*1e3,1), "p99_ms": round(all_times[int(len(all_times)*.99)]*1e3,1)}))
