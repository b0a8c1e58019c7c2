"""Every kind of fault, as boto3 sees it with its retries off."""

import time

import botocore.exceptions
import botocore.parsers
import pytest

import operations

UNANSWERED = (botocore.exceptions.ReadTimeoutError, botocore.exceptions.ConnectTimeoutError)
CUT_OFF = (botocore.exceptions.ConnectionClosedError, botocore.exceptions.ReadTimeoutError)
UNREADABLE = (
    botocore.parsers.ResponseParserError,
    botocore.exceptions.HTTPClientError,
    botocore.exceptions.ResponseStreamingError,
)


def listing(server, region="us-west-1", **options):
    """The listing of one region, by a client that does not judge the answer."""
    return server.client("elasticbeanstalk", region, checked=False, **options).describe_environments()


def faults_seen(server):
    return [call["fault"] for call in server.calls()]


def test_latency_delays_the_answer(fresh):
    """Seen as a client whose patience is shorter than the latency."""
    fresh.fault(kind="latency", value=20_000)
    with pytest.raises(UNANSWERED):
        listing(fresh, read_timeout=1)
    assert faults_seen(fresh) == ["latency"]


def test_a_short_latency_still_answers(fresh):
    fresh.fault(kind="latency", value=50)
    assert listing(fresh)["Environments"]
    assert faults_seen(fresh) == ["latency"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_status_is_answered(fresh, status):
    fresh.fault(kind="status", value=status)
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        listing(fresh)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert [(call["status"], call["fault"]) for call in fresh.calls()] == [(status, "status")]


def test_a_reset_closes_the_connection(fresh):
    fresh.fault(kind="reset")
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        listing(fresh)
    assert faults_seen(fresh) == ["reset"]


@pytest.mark.parametrize("length", [1, 100, 2000])
def test_a_truncated_body_cannot_be_read(fresh, length):
    assert listing(fresh)["Environments"]
    fresh.fault(kind="truncate", value=length)
    with pytest.raises(UNREADABLE):
        listing(fresh)
    assert faults_seen(fresh)[-1] == "truncate"


def test_garbage_cannot_be_parsed(fresh):
    fresh.fault(kind="garbage")
    with pytest.raises(UNREADABLE):
        listing(fresh)
    assert faults_seen(fresh) == ["garbage"]


@pytest.mark.parametrize("kind", ["throttle", "denied", "expired"])
def test_a_refusal_is_an_answer_of_the_service(fresh, kind):
    fresh.fault(kind=kind, service="elasticbeanstalk")
    with pytest.raises(botocore.exceptions.ClientError):
        fresh.client("elasticbeanstalk").describe_environments()
    assert faults_seen(fresh) == [kind]
    assert fresh.client("sts").get_caller_identity()["Account"]


def test_an_unreachable_region_never_answers(fresh):
    fresh.fault(kind="unreachable", region="us-west-1")
    with pytest.raises(UNANSWERED):
        listing(fresh, read_timeout=1)
    assert listing(fresh, region="ca-central-1")["Environments"]


def test_a_lost_answer_takes_effect(fresh):
    subjects = operations.Subjects(fresh)
    environment = subjects.ready()
    label = subjects.other_label(environment)
    fresh.fault(kind="lost-answer", operation="UpdateEnvironment")
    with pytest.raises(CUT_OFF):
        fresh.client("elasticbeanstalk", read_timeout=2).update_environment(
            EnvironmentName=environment["EnvironmentName"], VersionLabel=label
        )
    seen = subjects.beanstalk.describe_environments(EnvironmentNames=[environment["EnvironmentName"]])["Environments"][0]
    assert seen["Status"] == "Updating"
    assert [call["fault"] for call in fresh.calls() if call["operation"] == "UpdateEnvironment"] == ["lost-answer"]


def test_other_faults_have_no_effect_on_the_world(fresh):
    subjects = operations.Subjects(fresh)
    environment = subjects.ready()
    label = subjects.other_label(environment)
    for fault in ({"kind": "reset"}, {"kind": "throttle"}, {"kind": "status", "value": 503}, {"kind": "denied"}):
        identifier = fresh.fault(operation="UpdateEnvironment", **fault)
        with pytest.raises((botocore.exceptions.ClientError, botocore.exceptions.ConnectionClosedError)):
            fresh.client("elasticbeanstalk", checked=False).update_environment(
                EnvironmentName=environment["EnvironmentName"], VersionLabel=label
            )
        fresh.ask("DELETE", f"/_sim/faults/{identifier}")
        seen = subjects.beanstalk.describe_environments(EnvironmentNames=[environment["EnvironmentName"]])["Environments"][0]
        assert seen["Status"] == "Ready", fault


def test_a_fault_stays_within_its_service_operation_and_region(fresh):
    fresh.fault(service="elasticbeanstalk", operation="DescribeEnvironments", region="ca-central-1", kind="status", value=500)
    with pytest.raises(botocore.exceptions.ClientError):
        listing(fresh, region="ca-central-1")
    assert listing(fresh, region="us-west-1")["Environments"]
    assert fresh.client("elasticbeanstalk", "ca-central-1").describe_applications()["Applications"]
    assert fresh.client("ec2", "ca-central-1").describe_regions()["Regions"]


def test_a_star_means_any_operation(fresh):
    fresh.fault(service="elasticbeanstalk", operation="*", kind="status", value=500)
    for method in ("describe_environments", "describe_applications", "describe_events"):
        with pytest.raises(botocore.exceptions.ClientError):
            getattr(fresh.client("elasticbeanstalk", checked=False), method)()


def test_a_fault_ends_when_it_is_deleted(fresh):
    first = fresh.fault(kind="status", value=500)
    second = fresh.fault(kind="status", value=502)
    assert first != second
    fresh.ask("DELETE", f"/_sim/faults/{first}")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        listing(fresh)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 502
    fresh.clear_faults()
    assert listing(fresh)["Environments"]


def test_a_fault_ends_by_itself(fresh):
    fresh.fault(kind="status", value=500, for_s=1)
    with pytest.raises(botocore.exceptions.ClientError):
        listing(fresh)
    deadline = time.monotonic() + 30
    while True:
        try:
            assert listing(fresh)["Environments"]
            return
        except botocore.exceptions.ClientError:
            assert time.monotonic() < deadline, "a fault for one second is still there after thirty"
            time.sleep(0.1)


def test_a_rate_hits_some_and_spares_some(fresh):
    """Forty calls at one half: all alike once in half a million million runs."""
    fresh.fault(kind="status", value=500, rate=0.5)
    statuses = set()
    for _attempt in range(40):
        try:
            statuses.add(listing(fresh)["ResponseMetadata"]["HTTPStatusCode"])
        except botocore.exceptions.ClientError as error:
            statuses.add(error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert statuses == {200, 500}


@pytest.mark.parametrize("fault", [{"kind": "thunder"}, {}, {"kind": "status", "value": "many"}, {"kind": "throttle", "rate": 2}])
def test_a_fault_that_makes_no_sense_is_refused(fresh, fault):
    refused = fresh.refusal("POST", "/_sim/faults", fault)
    assert refused in (400, 422), refused


def test_an_unknown_fault_cannot_be_deleted(fresh):
    assert fresh.refusal("DELETE", "/_sim/faults/12345") == 404
