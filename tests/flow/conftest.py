"""Fixtures of the scenarios. `make_fleet` gives a fleet of the test's own; `shop` and `toy` are shared by the tests that don't disturb each other."""

import os
import subprocess

import fleet
import pytest


def pytest_configure(config):
    if not os.access(fleet.BIN, os.X_OK):
        pytest.exit(f"{fleet.BIN} is not there; build it or set PLEACH_BIN", 2)
    subprocess.run(["make", "-s", "-C", str(fleet.SHOP)], check=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for f in fleet.live:
            report.sections.append((f"fleet {f.config['fleet']}", f.report()))


@pytest.fixture
def make_fleet():
    made = []

    def make(**config):
        made.append(fleet.Fleet(**config))
        return made[-1]

    make.shop = lambda **relay: made.append(fleet.Fleet.shop(**relay)) or made[-1]
    yield make
    for f in made:
        f.stop()


@pytest.fixture(scope="session")
def shop():
    """The shop with a mail relay that is often slow and refuses a lot, running."""
    f = fleet.Fleet.shop(RELAY_SLOW_PERCENT="10", RELAY_REFUSE_PERCENT="30", RELAY_SEED="3")
    try:
        f.up()
        yield f
    finally:
        f.stop()


@pytest.fixture(scope="session")
def toy():
    """front (2 instances) -> middle -> back, programs that do what the path says, running. Tests must leave it healthy."""
    f = fleet.Fleet(gateway={"expose": ["front", "lonely"], "max_body": "1M", "first_byte_timeout": "1s", "timeout": "2s"})
    f.add("front", calls=["middle"], instances=2)
    f.add("middle", calls={"back": {"timeout": "400ms", "on_failure": "the shelf stays empty"}}, owner="billing")
    f.add("back", owner="billing", tier="gold")
    f.add("lonely")
    try:
        f.up()
        yield f
    finally:
        f.stop()
