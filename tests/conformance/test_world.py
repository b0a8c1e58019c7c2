"""The simulated cloud's own interface: the world, the calls, read-only."""

import time

import botocore.exceptions
import pytest

import cloud
import contract
import operations


def test_every_row_of_the_world_fits_the_contract(shared):
    world = shared.world()
    assert contract.is_time(world["at"])
    assert world["environments"]
    problems = [problem for row in world["environments"] for problem in contract.row_problems(row, contract.WORLD_ROW)]
    assert problems == []
    keys = [row["key"] for row in world["environments"]]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("scenario", "platform"), [("growl", "target-group"), ("eapd", "tagged-ec2"), ("towlion", "host")])
def test_the_rows_of_every_platform_fit_the_contract(start_cloud, scenario, platform):
    rows = start_cloud("--scenario", scenario).world()["environments"]
    assert [problem for row in rows for problem in contract.row_problems(row, contract.WORLD_ROW)] == []
    assert {row["platform"] for row in rows} == {platform}


def test_the_default_world_holds_every_platform(start_cloud):
    rows = start_cloud().world()["environments"]
    assert [problem for row in rows for problem in contract.row_problems(row, contract.WORLD_ROW)] == []
    assert {row["platform"] for row in rows} == {"beanstalk", "target-group", "tagged-ec2", "host"}
    assert len({row["account"] for row in rows if row["platform"] != "host"}) == 3


def test_the_world_holds_what_the_api_lists(shared):
    rows = shared.rows()
    listed = {}
    for region in {row["region"] for row in rows.values()}:
        for environment in shared.client("elasticbeanstalk", region).describe_environments()["Environments"]:
            if environment["Status"] != "Terminated":
                listed[key_of(environment)] = environment
    assert listed.keys() == rows.keys()
    for key, environment in listed.items():
        assert environment["ApplicationName"] == rows[key]["app"]


def key_of(environment):
    _arn, _aws, _service, region, account, _name = environment["EnvironmentArn"].split(":", 5)
    return f"beanstalk:{account}:{region}:{environment['EnvironmentName']}"


def test_the_account_is_the_callers(shared):
    account = shared.client("sts").get_caller_identity()["Account"]
    assert account in {row["account"] for row in shared.world()["environments"]}


def test_a_past_moment_shows_the_world_as_it_was(fresh):
    subjects = operations.Subjects(fresh)
    environment = subjects.ready()
    key = key_of(environment)
    before = fresh.world()
    label = subjects.other_label(environment)
    subjects.beanstalk.update_environment(EnvironmentName=environment["EnvironmentName"], VersionLabel=label)
    activity = fresh.rows()[key]["activity"]
    assert activity and activity["kind"] == "deploy", activity
    past = {row["key"]: row for row in fresh.world(at=before["at"])["environments"]}
    assert past[key]["activity"] is None
    assert past == {row["key"]: row for row in before["environments"]}


def test_a_moment_that_is_no_time_is_refused(shared):
    assert shared.refusal("GET", "/_sim/world?at=yesterday") == 400


def test_every_call_is_one_entry(fresh):
    since = fresh.last_seq()
    made = fresh.attempts
    fresh.client("elasticbeanstalk").describe_environments()
    fresh.client("ec2", "ca-central-1").describe_regions()
    fresh.client("sts").get_caller_identity()
    with pytest.raises(botocore.exceptions.ClientError):
        fresh.client("elasticbeanstalk").restart_app_server(EnvironmentName="no-such-environment")
    calls = fresh.calls(since)
    problems = [problem for call in calls for problem in contract.field_problems(call, contract.CALL, f"seq {call.get('seq')}")]
    assert problems == []
    assert len(calls) == fresh.attempts - made
    got = [(call["service"], call["operation"], call["region"], call["write"], call["status"], call["fault"]) for call in calls]
    assert got[:2] == [
        ("elasticbeanstalk", "DescribeEnvironments", "us-west-1", False, 200, None),
        ("ec2", "DescribeRegions", "ca-central-1", False, 200, None),
    ]
    assert got[2][:2] == ("sts", "GetCallerIdentity")
    assert got[3] == ("elasticbeanstalk", "RestartAppServer", "us-west-1", True, 400, None)


def test_the_service_of_a_call_is_its_signing_name(fresh):
    since = fresh.last_seq()
    fresh.client("elbv2").describe_load_balancers()
    assert [call["service"] for call in fresh.calls(since)] == ["elasticloadbalancing"]


def test_the_account_of_a_call_follows_from_its_key(fresh):
    since = fresh.last_seq()
    account = fresh.client("sts").get_caller_identity()["Account"]
    assert [call["account"] for call in fresh.calls(since)] == [account]


def test_since_leaves_out_what_came_before(fresh):
    beanstalk = fresh.client("elasticbeanstalk")
    beanstalk.describe_environments()
    since = fresh.last_seq()
    beanstalk.describe_events()
    assert [call["operation"] for call in fresh.calls(since)] == ["DescribeEvents"]
    everything = [call["seq"] for call in fresh.calls()]
    assert everything == sorted(set(everything))


def test_retries_are_counted_one_by_one(fresh):
    fresh.fault(kind="throttle", service="elasticbeanstalk", operation="DescribeEnvironments")
    since, made = fresh.last_seq(), fresh.attempts
    with pytest.raises(botocore.exceptions.ClientError):
        fresh.client("elasticbeanstalk", attempts=3).describe_environments()
    calls = fresh.calls(since)
    assert fresh.attempts - made == 3
    assert [(call["status"], call["fault"]) for call in calls] == [(400, "throttle")] * 3


def test_the_servers_own_interface_is_not_counted(fresh):
    since = fresh.last_seq()
    fresh.world()
    fresh.calls()
    assert fresh.calls(since) == []


@pytest.mark.parametrize("operation", operations.WRITES, ids=str)
def test_read_only_refuses_every_write(start_cloud, operation):
    fresh = start_cloud(*operation.flags)
    prepared = operation.calls(operations.Subjects(fresh))
    before = rest_of_world(fresh)
    fresh.read_only(True)
    assert fresh.ask("GET", "/_sim/read-only") == {"on": True, "refused": 0}
    since = fresh.last_seq()
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        operations.call(fresh, operation, prepared[0])
    assert 400 <= caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500
    assert fresh.ask("GET", "/_sim/read-only") == {"on": True, "refused": 1}
    assert [call["write"] for call in fresh.calls(since)] == [True]
    assert rest_of_world(fresh, at=before["at"])["rows"] == before["rows"]
    fresh.read_only(False)
    assert fresh.ask("GET", "/_sim/read-only")["on"] is False
    operations.call(fresh, operation, prepared[0])


def rest_of_world(server, at=None):
    world = server.world(at)
    return {"at": world["at"], "rows": {row["key"]: row for row in world["environments"]}}


@pytest.mark.parametrize("scenario", sorted({read.scenario or "beanstalk" for read in operations.READS}))
def test_read_only_lets_every_read_through(start_cloud, scenario):
    fresh = start_cloud("--scenario", scenario)
    subjects = operations.Subjects(fresh)
    reads = [read for read in operations.READS if (read.scenario or "beanstalk") == scenario]
    prepared = [(read, read.calls(subjects)[0]) for read in reads]
    fresh.read_only(True)
    since = fresh.last_seq()
    for operation, params in prepared:
        operations.call(fresh, operation, params)
    assert fresh.ask("GET", "/_sim/read-only") == {"on": True, "refused": 0}
    assert {call["write"] for call in fresh.calls(since)} == {False}


def test_a_deploy_runs_to_its_end(start_cloud):
    """A world that moves: what is begun through the API is done in time."""
    server = start_cloud("--speed", "200")
    subjects = operations.Subjects(server)
    environment = subjects.ready()
    label = subjects.other_label(environment)
    subjects.beanstalk.update_environment(EnvironmentName=environment["EnvironmentName"], VersionLabel=label)
    row = settled(server, key_of(environment))
    assert row["version"]["label"] == label
    assert {version["label"] for version in row["instances"]["versions"]} == {label}
    health = subjects.beanstalk.describe_instances_health(EnvironmentName=environment["EnvironmentName"], AttributeNames=["All"])
    assert {instance["Deployment"]["VersionLabel"] for instance in health["InstanceHealthList"]} == {label}


def test_logs_that_were_asked_for_arrive(fresh):
    subjects = operations.Subjects(fresh)
    asked = {"EnvironmentName": subjects.name(), "InfoType": "tail"}
    subjects.beanstalk.request_environment_info(**asked)
    deadline = time.monotonic() + 60
    # Each instance sends its own when it has them.
    while {log["Ec2InstanceId"] for log in subjects.beanstalk.retrieve_environment_info(**asked)["EnvironmentInfo"]} != set(subjects.instance_ids()):
        assert time.monotonic() < deadline, "not all logs a minute after they were asked for"
        time.sleep(0.2)


def test_an_assumed_role_is_an_account_of_its_own_keys(fresh):
    """Several accounts are told apart by the access key, temporary ones included."""
    account = operations.Subjects(fresh).account()
    role = {"RoleArn": f"arn:aws:iam::{account}:role/deployer", "RoleSessionName": "conformance"}
    keys = fresh.client("sts").assume_role(**role)["Credentials"]
    assumed = cloud.Cloud({
        **fresh.variables,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    })
    identity = assumed.client("sts").get_caller_identity()
    assert identity["Account"] == account and "assumed-role/deployer/conformance" in identity["Arn"]
    assert assumed.problems == []


def settled(server, key, patience=60):
    """The row once nothing goes on there; the deadline only ends a hung test."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        row = server.rows()[key]
        if row["activity"] is None:
            return row
        time.sleep(0.1)
    raise AssertionError(f"{key} has not settled after {patience} s: {row['activity']}")
