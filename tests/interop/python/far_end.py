"""A service of another language, instrumented with OpenTelemetry's Python SDK.

GET /echo     answers with what the SDK read from `traceparent` and `baggage`.
POST /call    calls the URL of the body inside a span, with the baggage of the body, and answers with the
              ids of that span and the answer of the URL.
GET /ready    answers once the server listens.
"""

import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry import baggage, context, propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, format_span_id, format_trace_id

trace.set_tracer_provider(TracerProvider())
tracer = trace.get_tracer("far-end")


def ids(span):
    of_span = span.get_span_context()
    parent = span.parent
    return {
        "trace_id": format_trace_id(of_span.trace_id),
        "span_id": format_span_id(of_span.span_id),
        "parent_id": format_span_id(parent.span_id) if parent else None,
        "sampled": of_span.trace_flags.sampled,
    }


def echo(headers):
    received = propagate.extract(headers)
    with tracer.start_as_current_span("echo", context=received, kind=SpanKind.SERVER) as span:
        return ids(span) | {"baggage": dict(baggage.get_all(received))}


def call(order):
    with tracer.start_as_current_span("call", kind=SpanKind.CLIENT) as span:
        at = context.get_current()
        for name, value in order["baggage"].items():
            at = baggage.set_baggage(name, value, context=at)
        headers = {}
        propagate.inject(headers, context=at)
        request = urllib.request.Request(order["url"], headers=headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            return ids(span) | {"answer": json.load(response)}


class FarEnd(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        # The SDK looks for names in lower case, as HTTP/2 writes them.
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.answer({} if self.path == "/ready" else echo(headers))

    def do_POST(self):
        length = int(self.headers["content-length"])
        self.answer(call(json.loads(self.rfile.read(length))))

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    # All visits connect at once. The default is 5, and further connections are reset.
    request_queue_size = 128
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), FarEnd).serve_forever()
