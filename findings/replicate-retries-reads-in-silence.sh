#!/usr/bin/env bash
# replicate 1.0.7: one call of predictions.get sends as many as ten requests, and says nothing of it.
#
# A good guess: one call, one request. The client has no setting for retries and documents none for reads,
# so a harness that retries by its own rule believes that it alone decides how often a server is asked.
# Behavior: the client's transport repeats every GET that is answered with 429, 503 or 504, waiting in
# between; only then does the caller see the error. Writes (POST) are repeated after 429 alone.
# Seen: "GET answered with 503: 10 requests for one call; POST answered with 503: 1 request for one call".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check "replicate==1.0.7"
cat > "$folder/try.py" <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import replicate
from replicate.exceptions import ReplicateError

counts = {"GET": 0, "POST": 0}


class Unavailable(BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        counts[self.command] += 1
        self.send_response(503)
        # So that the waiting in between is short.
        self.send_header("retry-after", "0.1")
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST = answer

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Unavailable)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = replicate.Client(api_token="none", base_url=f"http://127.0.0.1:{server.server_port}")
for call in (
    lambda: client.predictions.get("p1"),
    lambda: client.predictions.create(version="v1", input={"prompt": "hello"}),
):
    try:
        call()
    except ReplicateError:
        pass
print(
    f"GET answered with 503: {counts['GET']} requests for one call; "
    f"POST answered with 503: {counts['POST']} request for one call"
)
raise SystemExit(counts != {"GET": 10, "POST": 1})
PYTHON
"$folder/venv/bin/python" "$folder/try.py"
