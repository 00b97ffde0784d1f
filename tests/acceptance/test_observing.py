"""A hub as its operators see it: /metrics, `calder top`, and the traces that a collector is sent."""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.conftest import CALDER
from tests.acceptance.hospital import wait_until
from tests.acceptance.mllp_hub import registration, wire
from tests.acceptance.mllp_sender import connected

SECRET = "ZZPLANTED"
REFUSED = wire(f"MSH|^~\\&|{SECRET}|RCF|CALDER|HUB|20260501140643||ADT^A99|{SECRET}1|P|2.4", f"PID|1||{SECRET}^^^RCF^MR||{SECRET}^ADA")


@pytest.fixture
def collector():
    """Takes OTLP over HTTP; gives the spans it was sent."""
    spans = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self):
            request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
            spans.extend(span for one in request.resource_spans for scope in one.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Takes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", spans
    server.shutdown()
    server.server_close()


def say_some(hub, http) -> None:
    with connected(hub.mllp) as sender:
        assert sender.send(registration("M1", nhs="", local="L1")).code == "AA"
        assert sender.send(REFUSED).code == "AE"
    assert http.get(f"{hub.fhir}/Patient", params={"family": SECRET}).status_code == 200


def test_the_page_of_metrics_counts_what_happened_and_names_nobody(hub, http):
    say_some(hub, http)
    page = http.get(hub.fhir.removesuffix("/fhir") + "/metrics").text
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    assert found["calder_messages_total", "AA", "committed", "mllp"] == 1
    assert found["calder_messages_total", "AE", "mllp", "refused"] == 1
    assert found["calder_requests_total", "200", "search-type"] == 1
    assert found["calder_received", "mllp"] == 2
    assert found["calder_sync_seconds_count",] > 0
    assert found["calder_store_up",] == 1
    assert SECRET not in page


def test_top_looks_beside_a_running_hub(hub, http):
    say_some(hub, http)

    def top(*options: str) -> str:
        done = subprocess.run([CALDER, "top", "--data", str(hub.data), *options], capture_output=True, text=True, check=True)
        return done.stdout

    assert json.loads(top("--json"))["sources"]["mllp"] == {"received": 2}
    assert "mllp" in top("--once")


def test_traces_go_where_hub_yaml_says_and_name_nobody(serve, http, collector, tmp_path):
    url, spans = collector
    config = tmp_path / "hub.yaml"
    config.write_text(f"telemetry: {{otlp: {url}}}\n")
    hub = serve("--config", str(config))
    say_some(hub, http)
    assert hub.stop() == 0  # what is left is sent at the end
    names = {span.name for span in spans}
    assert {"message mllp", "fhir search-type", "commit"} <= names
    message = next(span for span in spans if span.name == "message mllp")
    assert message.end_time_unix_nano > message.start_time_unix_nano
    assert SECRET not in str(spans)


def test_a_collector_that_is_away_holds_nothing_up(serve, http, tmp_path):
    config = tmp_path / "hub.yaml"
    config.write_text("telemetry: {otlp: 'http://127.0.0.1:9/v1/traces'}\n")
    hub = serve("--config", str(config))
    say_some(hub, http)
    wait_until(lambda: http.get(hub.fhir.removesuffix("/fhir") + "/health/ready").status_code == 200)
    assert hub.stop() == 0
