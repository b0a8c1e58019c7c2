"""Refusals: the code, the status and the sentence of the real service.

The envelope of every error is held against the protocol by the client
itself (see `cloud.Cloud`).
"""

import re

import botocore.exceptions
import pytest

import operations

NOBODY = "no-such-environment"


def refusal(call, **params):
    """The code, HTTP status and message with which a call is refused."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def assert_refused(call, code, status, message, **params):
    got = refusal(call, **params)
    assert got[:2] == (code, status), got
    assert re.search(message, got[2]), got


UNKNOWN_ENVIRONMENT = [
    ("describe_environment_health", {"AttributeNames": ["All"]}),
    ("describe_instances_health", {"AttributeNames": ["All"]}),
    ("describe_environment_resources", {}),
    ("update_environment", {"VersionLabel": "any"}),
    ("restart_app_server", {}),
    ("rebuild_environment", {}),
    ("terminate_environment", {}),
    ("abort_environment_update", {}),
]


@pytest.mark.parametrize(("method", "params"), UNKNOWN_ENVIRONMENT, ids=[row[0] for row in UNKNOWN_ENVIRONMENT])
def test_an_unknown_environment_is_refused(shared, method, params):
    call = getattr(shared.client("elasticbeanstalk"), method)
    code, status, message = refusal(call, EnvironmentName=NOBODY, **params)
    assert status == 400 and code in ("InvalidParameterValue", "ResourceNotFoundException"), (code, status)
    assert "No Environment found" in message and NOBODY in message, message


def test_an_unknown_environment_is_absent_from_a_listing(shared):
    answer = shared.client("elasticbeanstalk").describe_environments(EnvironmentNames=[NOBODY])
    assert answer["Environments"] == []


def test_an_environment_must_be_ready(fresh):
    beanstalk = fresh.client("elasticbeanstalk")
    subjects = operations.Subjects(fresh)
    name = operations.updating(subjects)
    label = subjects.other_label()
    for call, params in [
        (beanstalk.update_environment, {"VersionLabel": label}),
        (beanstalk.restart_app_server, {}),
        (beanstalk.rebuild_environment, {}),
    ]:
        assert_refused(
            call, "InvalidParameterValue", 400,
            f"Environment named {name} is in an invalid state for this operation. Must be Ready.",
            EnvironmentName=name, **params,
        )


def test_an_unknown_version_is_refused(shared):
    subjects = operations.Subjects(shared)
    assert_refused(
        subjects.beanstalk.update_environment, "InvalidParameterValue", 400,
        "No Application Version named 'no-such-version' found",
        EnvironmentName=subjects.name(), VersionLabel="no-such-version",
    )


def test_a_version_together_with_options_is_refused(shared):
    subjects = operations.Subjects(shared)
    option = {"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "A", "Value": "b"}
    assert_refused(
        subjects.beanstalk.update_environment, "InvalidParameterCombination", 400, ".",
        EnvironmentName=subjects.name(), VersionLabel=subjects.other_label(), OptionSettings=[option],
    )


def test_a_refused_update_changes_nothing(fresh):
    subjects = operations.Subjects(fresh)
    before = subjects.ready()
    refusal(subjects.beanstalk.update_environment, EnvironmentName=before["EnvironmentName"], VersionLabel="no-such-version")
    after = subjects.beanstalk.describe_environments(EnvironmentNames=[before["EnvironmentName"]])["Environments"][0]
    assert (after["Status"], after["VersionLabel"]) == (before["Status"], before["VersionLabel"])


def test_an_abort_needs_something_to_abort(shared):
    subjects = operations.Subjects(shared)
    assert_refused(
        subjects.beanstalk.abort_environment_update, "InvalidParameterValue", 400, subjects.name(),
        EnvironmentName=subjects.name(),
    )


@pytest.mark.parametrize("method", ["describe_environment_health", "describe_instances_health"])
def test_basic_health_cannot_be_asked_for_enhanced_health(shared, method):
    region, environment = operations.Subjects(shared).basic()
    assert_refused(
        getattr(shared.client("elasticbeanstalk", region), method), "InvalidRequestException", 400, ".",
        EnvironmentName=environment["EnvironmentName"], AttributeNames=["All"],
    )


def test_a_write_without_its_parameter_is_refused(shared):
    """botocore does not know that one of name and id is required; the service does."""
    code, status, _message = refusal(shared.client("elasticbeanstalk").rebuild_environment)
    assert status == 400 and code in ("MissingParameter", "MissingRequiredParameter", "InvalidParameterCombination"), code


# Code and status per kind of fault: the services of one cloud differ here.
FAULTED = {
    "throttle": {
        "elasticbeanstalk": ({"Throttling"}, 400),
        "elbv2": ({"Throttling", "ThrottlingException"}, 400),
        "sts": ({"Throttling"}, 400),
        "ec2": ({"RequestLimitExceeded"}, 503),
    },
    "denied": {
        "elasticbeanstalk": ({"AccessDenied", "AccessDeniedException"}, 403),
        "elbv2": ({"AccessDenied", "AccessDeniedException"}, 403),
        "sts": ({"AccessDenied", "AccessDeniedException"}, 403),
        "ec2": ({"UnauthorizedOperation"}, 403),
    },
    "expired": {
        "elasticbeanstalk": ({"ExpiredToken"}, 403),
        "elbv2": ({"ExpiredToken"}, 403),
        "sts": ({"ExpiredToken"}, 403),
        "ec2": ({"RequestExpired", "ExpiredToken"}, None),
    },
}
ASKED = {
    "elasticbeanstalk": "describe_environments",
    "elbv2": "describe_load_balancers",
    "sts": "get_caller_identity",
    "ec2": "describe_regions",
}


@pytest.mark.parametrize("kind", FAULTED)
def test_a_faulted_call_is_refused_as_each_service_refuses(fresh, kind):
    fresh.fault(kind=kind)
    for service, (codes, status) in FAULTED[kind].items():
        code, got, message = refusal(getattr(fresh.client(service), ASKED[service]))
        assert code in codes and (status is None or got == status), (service, code, got, message)
        assert message, service


def test_a_denied_call_names_who_and_what(fresh):
    fresh.fault(kind="denied", service="elasticbeanstalk")
    _code, _status, message = refusal(fresh.client("elasticbeanstalk").describe_environments)
    assert re.search(r"User: arn:aws:\S+ is not authorized to perform: elasticbeanstalk:DescribeEnvironments", message), message
