"""`quarterdeck status --json` against the simulated cloud and against moto.

The rows are held against the contract, and against what the server holds.
moto is the stranger here: a server that speaks these APIs, was not written
beside the console, and lacks half of what it asks for.
"""

import contextlib
import datetime
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

import cloud
import contract

PATIENCE = 120


@pytest.fixture
def quarterdeck(tmp_path):
    binary = os.environ.get("QUARTERDECK")
    if not binary:
        pytest.fail("Set QUARTERDECK to the console's binary.", pytrace=False)

    def run(server, *arguments, **variables):
        return subprocess.run(
            [binary, *arguments],
            env={**bare(tmp_path), **(server.variables if server else {}), **variables},
            cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
        )

    return run


def bare(folder):
    """An environment without any configuration, and with a home folder of its own."""
    return {
        **cloud.without_cloud_variables(),
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_DATA_HOME": str(folder / "data"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def status(run, server, *arguments, code=0, **variables):
    """The document that status prints, once it fits the contract."""
    done = run(server, "status", "--json", *arguments, **variables)
    assert done.returncode == code, f"exit {done.returncode}, not {code}\n{done.stderr}\n{done.stdout[:2000]}"
    document = json.loads(done.stdout)
    assert document_problems(document) == []
    return document


def document_problems(document):
    fields = {
        "schema": lambda value: value == 1 and not isinstance(value, bool),
        "at": contract.is_time,
        "environments": lambda value: isinstance(value, list),
        "sources": lambda value: isinstance(value, list) and value != [],
    }
    found = contract.field_problems(document, fields, "")
    if found:
        return found
    for row in document["environments"]:
        found += contract.row_problems(row, contract.STATUS_ROW) + times_problems(row, document["at"])
    for source in document["sources"]:
        found += contract.field_problems(source, contract.STATUS_SOURCE, f"source {source.get('name')}")
        if source.get("ok") is False and not source.get("error"):
            found.append(f"source {source['name']} failed and does not say why")
    keys = [row["key"] for row in document["environments"]]
    if len(keys) != len(set(keys)):
        found.append("a key comes twice")
    return found


def times_problems(row, printed_at):
    """A value is known since a moment that is not after the print, or not known."""
    found = []
    for part in ("version", "health", "instances"):
        at = row[part]["at"]
        if at is not None and contract.parse_time(at) > contract.parse_time(printed_at):
            found.append(f"{row['key']}: {part} was asked for after it was printed")
    version = row["version"]
    if (version["label"] is None and version["sha"] is None) != (version["confidence"] == "unknown"):
        found.append(f"{row['key']}: version {version['label']!r} with confidence {version['confidence']}")
    for part in ("version", "health"):
        if row[part]["source"] is not None and row[part]["at"] is None:
            found.append(f"{row['key']}: {part} says where it was read, not when")
    return found


def by_key(document):
    return {row["key"]: row for row in document["environments"]}


def regions_of(server):
    return sorted({row["region"] for row in server.rows().values()})


# --- against the simulated cloud -------------------------------------------


def test_status_shows_all_that_the_cloud_holds(quarterdeck, fresh):
    document = status(quarterdeck, fresh)
    assert by_key(document).keys() == fresh.rows().keys()
    assert all(source["ok"] and source["error"] is None for source in document["sources"])


def test_status_agrees_with_the_world_at_each_rows_own_age(quarterdeck, fresh):
    for key, row in by_key(status(quarterdeck, fresh)).items():
        if row["version"]["at"] is None:
            continue
        truths = {truth["version"]["label"] for truth in truths_around(fresh, key, row["version"]["at"])}
        assert row["version"]["label"] in truths, (key, row["version"], truths)


def truths_around(server, key, at):
    """The row in the world at the moment, and a second to either side of it.

    `at` is when the question was asked; the answer was formed within the call.
    """
    moment = contract.parse_time(at)
    for offset in (-1, 0, 1):
        shifted = moment + datetime.timedelta(seconds=offset)
        rows = server.rows(at=shifted.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        if key in rows:
            yield rows[key]


def test_status_counts_the_calls_that_the_cloud_received(quarterdeck, fresh):
    """Those that found out who and where included: none goes uncounted."""
    document = status(quarterdeck, fresh)
    received = fresh.calls()
    assert sum(source["calls"] for source in document["sources"]) == len(received)
    assert {call["write"] for call in received} == {False}


def test_status_lists_each_region_in_one_call(quarterdeck, fresh):
    """However many environments a region holds."""
    status(quarterdeck, fresh)
    for region in regions_of(fresh):
        listings = [c for c in fresh.calls() if c["operation"] == "DescribeEnvironments" and c["region"] == region]
        assert len(listings) == 1, (region, len(listings))


def test_status_of_one_region(quarterdeck, fresh):
    document = status(quarterdeck, fresh, "--region", "ca-central-1")
    wanted = {key for key, row in fresh.rows().items() if row["region"] == "ca-central-1"}
    assert wanted and by_key(document).keys() == wanted


def test_status_of_several_regions(quarterdeck, fresh):
    document = status(quarterdeck, fresh, "--region", "ca-central-1", "--region", "us-west-1")
    wanted = {key for key, row in fresh.rows().items() if row["region"] in ("ca-central-1", "us-west-1")}
    assert by_key(document).keys() == wanted


def test_status_of_one_app(quarterdeck, fresh):
    document = status(quarterdeck, fresh, "--app", "h")
    wanted = {key for key, row in fresh.rows().items() if row["app"] == "h"}
    assert wanted and by_key(document).keys() == wanted


def test_status_of_one_tier(quarterdeck, fresh):
    document = status(quarterdeck, fresh, "--tier", "staging")
    assert document["environments"]
    assert {row["tier"] for row in document["environments"]} == {"staging"}


def test_status_without_json_names_every_environment(quarterdeck, fresh):
    done = quarterdeck(fresh, "status", "--region", "us-west-1")
    assert done.returncode == 0, done.stderr
    for row in fresh.rows().values():
        assert row["region"] != "us-west-1" or row["name"] in done.stdout
    assert "\x1b" not in done.stdout


# One region fails in each of the ways a region can; the others must not notice.
REGION_FAULTS = {
    "status": {"kind": "status", "value": 503},
    "denied": {"kind": "denied"},
    "throttle": {"kind": "throttle"},
    "reset": {"kind": "reset"},
    "truncate": {"kind": "truncate", "value": 200},
    "garbage": {"kind": "garbage"},
    "unreachable": {"kind": "unreachable"},
}


@pytest.mark.parametrize("name", REGION_FAULTS)
def test_a_failing_region_leaves_the_others_whole(quarterdeck, fresh, name):
    fresh.fault(service="elasticbeanstalk", region="ca-central-1", **REGION_FAULTS[name])
    regions = [argument for region in regions_of(fresh) for argument in ("--region", region)]
    document = status(quarterdeck, fresh, *regions, code=3)
    wanted = {key for key, row in fresh.rows().items() if row["region"] != "ca-central-1"}
    shown = by_key(document)
    assert wanted <= shown.keys()
    assert all(shown[key]["version"]["label"] for key in wanted if fresh.rows()[key]["version"]["label"])
    assert all(shown[key]["error"] for key in shown.keys() - wanted)
    failed = [source for source in document["sources"] if not source["ok"]]
    assert failed and all("ca-central-1" in source["name"] for source in failed), failed
    assert all(source["error"] for source in failed)


def test_a_slow_region_is_still_read(quarterdeck, fresh):
    fresh.fault(service="elasticbeanstalk", region="ca-central-1", kind="latency", value=1500)
    assert by_key(status(quarterdeck, fresh)).keys() == fresh.rows().keys()


def test_nothing_read_is_exit_one(quarterdeck, fresh):
    fresh.fault(kind="status", value=500)
    done = quarterdeck(fresh, "status", "--json", "--region", "us-west-1")
    assert done.returncode == 1, done.stderr
    assert done.stderr.strip() or json.loads(done.stdout)["sources"][0]["error"]


def test_expired_credentials_say_how_to_renew_them(quarterdeck, fresh):
    fresh.fault(kind="expired")
    done = quarterdeck(fresh, "status", "--json", "--region", "us-west-1")
    assert done.returncode == 1, done.stderr
    assert "expired" in (done.stderr + done.stdout).lower()


def test_nobody_listening_is_exit_one(quarterdeck):
    variables = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    done = quarterdeck(None, "status", "--json", "--region", "us-west-1", **variables)
    assert done.returncode == 1, (done.stdout, done.stderr)


@pytest.mark.parametrize("arguments", [["--no-such-flag"], ["--tier", "nonsense"]], ids=" ".join)
def test_bad_usage_is_exit_two(quarterdeck, fresh, arguments):
    done = quarterdeck(fresh, "status", "--json", *arguments)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stderr.strip() and done.stdout == ""


def test_a_bad_configuration_is_exit_two(quarterdeck, fresh, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text("nonsense = [\n")
    done = quarterdeck(fresh, "--config", str(bad), "status", "--json")
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "bad.toml" in done.stderr and done.stdout == ""


def test_status_reads_a_generated_world(quarterdeck, start_cloud, generated):
    """Nothing of the default world's names and regions may be built in."""
    server = start_cloud(*generated(3))
    assert by_key(status(quarterdeck, server)).keys() == server.rows().keys()


def test_five_systems_are_one_fleet(quarterdeck, start_cloud, tmp_path):
    """With the configuration that goes with the default world, all that it holds is told."""
    server = start_cloud("--config-out", str(tmp_path / "whole.toml"))
    document = status(quarterdeck, server)
    shown, truth = by_key(document), server.rows()
    # One is being terminated while it is looked at.
    assert shown.keys() ^ truth.keys() <= {"beanstalk:111122223333:us-east-2:orchid-wolf-creek"}
    assert {row["platform"] for row in shown.values()} == {"beanstalk", "target-group", "tagged-ec2", "host"}
    assert all(source["ok"] for source in document["sources"]), document["sources"]
    told = {key: row["version"] for key, row in shown.items() if row["platform"] != "beanstalk" and row["version"]["sha"]}
    for key, version in told.items():
        if version["confidence"] == "exact":
            assert version["sha"] == truth[key]["version"]["sha"], key
    # Of one server GitHub's record is not true, and nobody may log in there: that is told to be derived.
    ledger = "host:lion-2:-:ledger"
    assert told[ledger]["confidence"] == "derived" and told[ledger]["sha"] != truth[ledger]["version"]["sha"]


# --- against moto ------------------------------------------------------------

MOTO = os.path.join(os.path.dirname(sys.executable), "moto_server")
MOTO_WORLD = {
    "us-east-1": {"shop": ["shop-prod", "shop-staging"], "blog": ["blog-prod"]},
    "eu-west-1": {"shop": ["shop-prod"]},
}


@pytest.fixture(scope="module")
def moto():
    """moto's server with a few environments in two regions."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, MOTO, "-H", "127.0.0.1", "-p", str(port)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=cloud.without_cloud_variables(),
    )
    try:
        await_answer(process, f"http://127.0.0.1:{port}/moto-api/")
        server = cloud.Cloud({
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        })
        create_moto_world(server)
        yield server
    finally:
        process.kill()
        process.wait()


def free_port():
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def await_answer(process, url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "moto_server ended by itself."
        with contextlib.suppress(OSError):
            opener.open(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise AssertionError("moto_server did not answer within 60 s.")


def create_moto_world(server):
    for region, apps in MOTO_WORLD.items():
        beanstalk = server.client("elasticbeanstalk", region, checked=False)
        for app, names in apps.items():
            beanstalk.create_application(ApplicationName=app)
            for name in names:
                beanstalk.create_environment(
                    ApplicationName=app, EnvironmentName=name,
                    SolutionStackName="64bit Amazon Linux 2023 v4.0.1 running Python 3.11",
                )


def held_by_moto():
    """What `create_moto_world` put there: (region, app, name)."""
    return {
        (region, app, name)
        for region, apps in MOTO_WORLD.items()
        for app, names in apps.items()
        for name in names
    }


def test_moto_holds_what_was_created(moto):
    """Or else the checks below would compare nothing with nothing."""
    held = {
        (region, environment["ApplicationName"], environment["EnvironmentName"])
        for region in MOTO_WORLD
        for environment in moto.client("elasticbeanstalk", region, checked=False).describe_environments()["Environments"]
    }
    assert held == held_by_moto()


def moto_status(quarterdeck, moto, *arguments):
    """Without events and health some source may say that it failed, or not."""
    done = quarterdeck(moto, "status", "--json", *arguments)
    assert done.returncode in (0, 3), done.stderr
    document = json.loads(done.stdout)
    assert document_problems(document) == []
    failed = [source for source in document["sources"] if not source["ok"]]
    assert (done.returncode == 3) == bool(failed), failed
    return document


def test_status_finds_all_that_moto_holds(quarterdeck, moto):
    """Regions too: nothing tells the console where the environments are."""
    document = moto_status(quarterdeck, moto)
    assert {(row["region"], row["app"], row["name"]) for row in document["environments"]} == held_by_moto()


def test_status_of_motos_two_regions(quarterdeck, moto):
    document = moto_status(quarterdeck, moto, "--region", "us-east-1", "--region", "eu-west-1")
    assert {(row["region"], row["app"], row["name"]) for row in document["environments"]} == held_by_moto()
    assert {row["account"] for row in document["environments"]} == {"123456789012"}
    # moto's one label and its one health, the latter with a blank inside ("No Data").
    assert {row["version"]["label"] for row in document["environments"]} == {"1"}
    assert {row["health"]["level"] for row in document["environments"]} == {"unknown"}


def test_what_moto_lacks_is_unknown_not_wrong(quarterdeck, moto):
    """moto answers neither events nor health: nothing may be invented for them."""
    for row in moto_status(quarterdeck, moto, "--region", "us-east-1")["environments"]:
        assert row["instances"]["total"] is None, row
        assert row["instances"]["versions"] == [], row
        assert row["activity"] is None, row
