"""The console's log search in a browser against the real thing: the tests of tests/console, pointed at a running control."""

import os
import subprocess

import pytest
from fleet import ROOT, SANITIZED, SHOP, wait_for

PATIENCE = 600  # seconds; the tests end by their own limits long before


@pytest.mark.skipif(SANITIZED, reason="the browser's part is the same; the API is tested with sanitizers elsewhere")
def test_log_search_in_a_browser(shop):
    """Every click of the log search leads to a query that the store reads, and the page shows what it answers."""
    load = subprocess.Popen([SHOP / "load/load", "--url", shop.gateway, "--rate", "20", "--seconds", str(PATIENCE)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for q in ("level:info service:orders", "level:info service:notification", "level:warn"):
            wait_for(f"rows of {q}", lambda q=q: shop.logs(q), 60)
        tests = subprocess.run(["node", "--test", "--test-reporter=tap", "logs.test.mjs"], cwd=ROOT / "tests/console", env={**os.environ, "PLEACH_CONSOLE_URL": shop.control},
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        assert tests.returncode == 0 and "\n# fail 0\n" in tests.stdout and "\n# pass 0\n" not in tests.stdout, tests.stdout[-8000:]
    finally:
        load.terminate()
        load.wait()
