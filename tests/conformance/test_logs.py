"""CloudWatch Logs: searched and listened to by boto3, held against all that was written."""

import collections
import datetime
import time

import botocore.exceptions
import botocore.validate
import pytest

import cloud

QUIET = """
[[environment]]
app = "shop"
name = "shop-prod"
region = "us-west-1"
version = "v1"
requests = 600
platform = "Node.js 20"
instances = 3

[[environment]]
app = "shop"
name = "shop-prod-2"
region = "us-west-1"
version = "v1"
"""

ACCESS = "/aws/elasticbeanstalk/shop-prod/var/log/nginx/access.log"


@pytest.fixture
def shop(start_cloud, tmp_path):
    """Starts a world with a shop; `requests` in ten seconds."""

    def start(requests=600, *flags):
        scenario = tmp_path / "shop.toml"
        scenario.write_text(QUIET.replace("600", str(requests)))
        return start_cloud("--scenario", str(scenario), *flags)

    return start


def moment(millis):
    return datetime.datetime.fromtimestamp(millis / 1000, datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def written(server, group=ACCESS, since=None, until=None):
    """All lines of a group, as the world has written them."""
    times = "".join(f"&{name}={moment(at)}" for name, at in (("since", since), ("until", until)) if at is not None)
    return server.ask("GET", f"/_sim/logs?group={group}{times}")["lines"]


def identity(line, ingestion="ingestionTime", stream="logStreamName"):
    return line[stream], line["timestamp"], line[ingestion], line["message"]


def truth(lines):
    return collections.Counter(identity(line, "ingestion", "stream") for line in lines)


def arn(server, name=ACCESS):
    groups = server.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next(group["logGroupArn"] for group in groups if group["logGroupName"] == name)


def listen(server, updates, groups=None):
    """The first updates of a live tail, each held against the model, and its start."""
    client = server.client("logs", read_timeout=30)
    shape = client.meta.service_model.operation_model("StartLiveTail").output_shape.members["responseStream"]
    stream = client.start_live_tail(logGroupIdentifiers=groups or [arn(server)])["responseStream"]
    start, got = None, []
    for event in stream:
        report = botocore.validate.ParamValidator().validate(event, shape)
        assert not report.has_errors(), report.generate_report()
        if "sessionStart" in event:
            start = event["sessionStart"]
            continue
        got.append(event["sessionUpdate"])
        if len(got) == updates:
            break
    stream.close()
    return start, got


def test_pages_have_every_event_once(shop):
    server = shop(1200)
    client = server.client("logs", attempts=5)
    now = int(time.time() * 1000)
    wanted = {"logGroupName": ACCESS, "startTime": now - 120_000, "endTime": now - 40_000}
    pages = list(client.get_paginator("filter_log_events").paginate(**wanted, PaginationConfig={"PageSize": 1_000}))
    events = [event for page in pages for event in page["events"]]
    assert len(pages) > 5 and len({event["eventId"] for event in events}) == len(events)
    assert collections.Counter(map(identity, events)) == truth(written(server, since=now - 120_000, until=now - 40_000))
    assert [event["timestamp"] for event in events] == sorted(event["timestamp"] for event in events)


def test_a_stream_is_read_from_either_end(shop):
    server = shop()
    client = server.client("logs", attempts=5)
    now = int(time.time() * 1000)
    name = client.describe_log_streams(logGroupName=ACCESS)["logStreams"][0]["logStreamName"]
    wanted = {"logGroupName": ACCESS, "logStreamName": name, "startTime": now - 120_000, "endTime": now - 40_000}
    here = [line["message"] for line in written(server, since=now - 120_000, until=now - 40_000) if line["stream"] == name]
    for forward, token in ((True, "nextForwardToken"), (False, "nextBackwardToken")):
        read, last, more = [], None, {}
        while True:
            page = client.get_log_events(**wanted, startFromHead=forward, limit=500, **more)
            texts = [event["message"] for event in page["events"]]
            read = read + texts if forward else texts + read
            if page[token] == last:
                break
            last, more = page[token], {"nextToken": page[token]}
        assert read == here


def test_what_was_taken_in_just_now_is_not_found_yet(shop):
    server = shop()
    now = int(time.time() * 1000)
    time.sleep(3)
    searched = server.client("logs").filter_log_events(logGroupName=ACCESS, startTime=now)["events"]
    everything = truth(written(server, since=now))
    found = collections.Counter(map(identity, searched))
    assert found <= everything and found != everything


def test_a_prefix_without_a_slash_finds_the_neighbour_too(shop):
    client = shop().client("logs")
    names = lambda prefix: {
        group["logGroupName"].split("/")[3] for group in client.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    }
    assert names("/aws/elasticbeanstalk/shop-prod") == {"shop-prod", "shop-prod-2"}
    assert names("/aws/elasticbeanstalk/shop-prod/") == {"shop-prod"}


def test_a_live_tail_has_every_line_once(shop):
    server = shop()
    start, updates = listen(server, 8)
    assert start["logGroupIdentifiers"] == [arn(server)] and len(updates) == 8
    assert not any(update["sessionMetadata"]["sampled"] for update in updates)
    got = collections.Counter(identity(line) for update in updates for line in update["sessionResults"])
    first, last = (choose(line[2] for line in got) for choose in (min, max))
    # Of the outermost milliseconds some lines may belong to the updates before and after.
    inside = lambda lines: collections.Counter({line: count for line, count in lines.items() if first < line[2] < last})
    assert inside(got) == inside(truth(written(server))) and sum(got.values()) > 200
    assert server.world()["log_intervals"] == []


def test_above_five_hundred_a_second_what_is_lost_is_told(shop):
    server = shop(16_000)
    _, updates = listen(server, 4)
    full = updates[1:]
    assert all(update["sessionMetadata"]["sampled"] and len(update["sessionResults"]) == 500 for update in full)
    lost = server.world()["log_intervals"]
    assert len(lost) >= len(full) and {interval["kind"] for interval in lost} == {"sampled"}
    assert all(interval["count"] > 500 and interval["groups"] == [ACCESS] for interval in lost)


def test_a_session_has_ten_groups_and_a_region_fifteen_sessions(shop):
    server = shop()
    client = server.client("logs")
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.start_live_tail(logGroupIdentifiers=[arn(server)] * 11)
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.start_live_tail(logGroupIdentifiers=[arn(server) + ":*"])
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.start_live_tail(logGroupIdentifiers=[arn(server) + "x"])
    patient = server.client("logs", attempts=8)
    open_streams = [patient.start_live_tail(logGroupIdentifiers=[arn(server)])["responseStream"] for _ in range(15)]
    time.sleep(1)
    with pytest.raises(client.exceptions.LimitExceededException):
        client.start_live_tail(logGroupIdentifiers=[arn(server)])
    open_streams[0].close()


def test_a_session_ends_after_three_hours(shop):
    server = shop(60, "--speed", "1000")
    stream = server.client("logs", read_timeout=30).start_live_tail(logGroupIdentifiers=[arn(server)])["responseStream"]
    with pytest.raises(botocore.exceptions.EventStreamError, match="SessionTimeoutException"):
        collections.deque(stream, maxlen=0)


def test_calls_beyond_the_quota_are_throttled(shop):
    client = shop().client("logs", "us-west-1")
    refusals = 0
    for _ in range(40):
        try:
            client.filter_log_events(logGroupName=ACCESS, limit=1)
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "ThrottlingException"
            refusals += 1
    assert refusals > 0


def test_faults_meet_a_live_tail_too(shop):
    server = shop()
    client = server.client("logs")
    group = arn(server)
    server.fault(service="logs", operation="StartLiveTail", kind="denied")
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        client.start_live_tail(logGroupIdentifiers=[group])
    server.clear_faults()
    # In the middle of a frame: what comes before it is whole.
    server.fault(service="logs", operation="StartLiveTail", kind="truncate", value=9_000)
    stream = client.start_live_tail(logGroupIdentifiers=[group])["responseStream"]
    got = []
    with pytest.raises(Exception):
        for event in stream:
            got.append(event)
    assert "sessionStart" in got[0]
    server.clear_faults()
    server.fault(service="logs", operation="StartLiveTail", kind="garbage")
    with pytest.raises(Exception):
        list(client.start_live_tail(logGroupIdentifiers=[group])["responseStream"])


def test_the_home_region_of_the_default_world_has_logs(shared):
    names = [group["logGroupName"] for group in shared.client("logs", cloud.HOME_REGION).describe_log_groups()["logGroups"]]
    assert names == sorted(names) and all(name.startswith("/aws/elasticbeanstalk/") for name in names)
