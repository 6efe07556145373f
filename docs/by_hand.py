#!/usr/bin/env python3
"""Changes something in the sandbox behind hcctl's back, as somebody with the AWS console would: for the page about drift.

    docs/by_hand.py LOG_GROUP DAYS      sets how long a log group keeps its events

Serves the sandbox of the current directory on a loopback port for the moment, and calls CloudWatch Logs there.
"""

import json
import re
import subprocess
import sys
import urllib.request

group, days = sys.argv[1], int(sys.argv[2])
served = subprocess.Popen(["hcctl", "sandbox", "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
try:
    for line in served.stdout:
        url = re.search(r"http://127\.0\.0\.1:\d+", line)
        if url:
            break
    else:
        sys.exit("the sandbox was not served")
    request = urllib.request.Request(
        url[0],
        data=json.dumps({"logGroupName": group, "retentionInDays": days}).encode(),
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "Logs_20140328.PutRetentionPolicy",
            # The sandbox checks no signature; it reads which service and region a request is for.
            "Authorization": "AWS4-HMAC-SHA256 Credential=AKIABYHAND/20260101/us-east-1/logs/aws4_request, "
            "SignedHeaders=host, Signature=none",
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()
finally:
    served.terminate()
    served.wait(10)
