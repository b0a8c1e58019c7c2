"""EC2, target groups, images and commands, driven by boto3's own waiters and pages.

A waiter knows which states lead where: that it ends is a stranger's word that
the states, their order and their names are right.
"""

import time

import botocore.exceptions
import pytest

import cloud

PAST = {"Delay": 1, "MaxAttempts": 120}


def group_named(client, name):
    return client.describe_target_groups(Names=[name])["TargetGroups"][0]


def states(client, group):
    targets = client.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    return {target["Target"]["Id"]: target["TargetHealth"]["State"] for target in targets}


@pytest.fixture
def growl(start_cloud):
    """A world that goes fast: what takes minutes is over in a second."""
    return start_cloud("--scenario", "growl", "--speed", "100")


def test_a_target_leaves_and_comes_back(growl):
    client = growl.client("elbv2", "us-west-2")
    group = group_named(client, "growl-prod")
    first = next(iter(states(client, group)))
    wanted = {"TargetGroupArn": group["TargetGroupArn"], "Targets": [{"Id": first}]}
    client.deregister_targets(**wanted)
    assert states(client, group)[first] == "draining"
    client.get_waiter("target_deregistered").wait(**wanted, WaiterConfig=PAST)
    assert first not in states(client, group)
    client.register_targets(**wanted)
    client.get_waiter("target_in_service").wait(**wanted, WaiterConfig=PAST)
    assert states(client, group)[first] == "healthy"
    assert growl.rows()["target-group:111122223333:us-west-2:growl-prod"]["instances"]["healthy"] == 3


def test_an_instance_lives_and_ends(growl):
    client = growl.client("ec2")
    launched = client.run_instances(ImageId="ami-0123456789abcdef0", InstanceType="t3.small", MinCount=1, MaxCount=1)
    wanted = {"InstanceIds": [launched["Instances"][0]["InstanceId"]]}
    client.get_waiter("instance_running").wait(**wanted, WaiterConfig=PAST)
    client.terminate_instances(**wanted)
    client.get_waiter("instance_terminated").wait(**wanted, WaiterConfig=PAST)


def test_a_command_is_waited_for(growl):
    ids = [
        instance["InstanceId"]
        for reservation in growl.client("ec2").describe_instances(
            Filters=[{"Name": "tag:Environment", "Values": ["dev"]}, {"Name": "instance-state-name", "Values": ["running"]}]
        )["Reservations"]
        for instance in reservation["Instances"]
    ]
    client = growl.client("ssm", attempts=3)
    sent = client.send_command(
        InstanceIds=ids, DocumentName="AWS-RunShellScript",
        Parameters={"commands": ["docker inspect --format '{{range .Config.Env}}{{println .}}{{end}}' growl-backend"]},
    )["Command"]["CommandId"]
    for instance in ids:
        told = executed(client, sent, instance)
        assert told["Status"] == "Success"
        assert told["StandardOutputContent"].startswith("GIT_COMMIT=")


def executed(client, command, instance):
    """Waits for a command; for a moment after it was sent nothing is known of it."""
    for _ in range(600):
        try:
            client.get_waiter("command_executed").wait(CommandId=command, InstanceId=instance, WaiterConfig=PAST)
        except (client.exceptions.InvocationDoesNotExist, botocore.exceptions.WaiterError):
            continue
        return client.get_command_invocation(CommandId=command, InstanceId=instance)
    raise AssertionError("The command was not carried out.")


@pytest.mark.parametrize(("operation", "rows"), [("describe_images", "imageDetails"), ("list_images", "imageIds")])
def test_pages_of_images_lose_and_repeat_nothing(growl, operation, rows):
    client = growl.client("ecr")
    look = lambda: getattr(client, operation)(repositoryName="growl-backend")[rows]
    for _ in range(50):
        whole = look()
        pages = client.get_paginator(operation).paginate(repositoryName="growl-backend", PaginationConfig={"PageSize": 2})
        paged = [row for page in pages for row in page[rows]]
        # The world goes on: what was pushed between two pages proves nothing.
        if look() == whole:
            break
    assert len(whole) > 4
    assert paged == whole


def test_instances_of_all_kinds_are_one_list(start_cloud, tmp_path):
    scenario = tmp_path / "world.toml"
    scenario.write_text("""
[[environment]]
app = "till"
name = "till-prod"
region = "us-west-1"
version = "v1"
instances = 7

[[instance]]
name = "batch"
count = 300
region = "us-west-1"
tags = { environment = "preview", github-pr = "7" }
""")
    client = start_cloud("--scenario", str(scenario)).client("ec2", cloud.HOME_REGION)
    pages = client.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 50})
    ids = [instance["InstanceId"] for page in pages for reservation in page["Reservations"] for instance in reservation["Instances"]]
    assert len(ids) == len(set(ids)) == 307


def test_an_instance_is_replaced_and_its_group_keeps_its_size(growl):
    client = growl.client("autoscaling", "us-west-2")
    group = lambda: client.describe_auto_scaling_groups(AutoScalingGroupNames=["growl-prod"])["AutoScalingGroups"][0]
    before = {instance["InstanceId"] for instance in group()["Instances"]}
    old = next(iter(before))
    ended = client.terminate_instance_in_auto_scaling_group(InstanceId=old, ShouldDecrementDesiredCapacity=False)["Activity"]
    assert ended["AutoScalingGroupName"] == "growl-prod"
    for _ in range(600):
        now = {instance["InstanceId"]: instance["LifecycleState"] for instance in group()["Instances"]}
        if old not in now and len(now) == len(before) and set(now.values()) == {"InService"}:
            break
        time.sleep(0.05)
    else:
        raise AssertionError(f"No instance took the place of {old}: {now}")
    activities = client.describe_scaling_activities(AutoScalingGroupName="growl-prod")["Activities"]
    assert {activity["StatusCode"] for activity in activities} == {"Successful"}
    new = (set(now) - before).pop()
    assert client.describe_auto_scaling_instances(InstanceIds=[new])["AutoScalingInstances"][0]["LifecycleState"] == "InService"


def test_a_command_that_takes_too_long_is_ended(start_cloud, tmp_path):
    scenario = tmp_path / "world.toml"
    scenario.write_text("""
[[instance]]
name = "shop"
region = "us-west-1"
image = "shop"
commit = "1111111111111111111111111111111111111111"
deploys = "hangs"
""")
    server = start_cloud("--scenario", str(scenario), "--speed", "100")
    client = server.client("ssm", attempts=3)
    instance = server.client("ec2").describe_instances()["Reservations"][0]["Instances"][0]["InstanceId"]
    sent = client.send_command(
        InstanceIds=[instance], DocumentName="AWS-RunShellScript", Comment="Quarterdeck",
        Parameters={"commands": ["make ecr-deploy"], "executionTimeout": ["30"]},
    )["Command"]["CommandId"]
    for _ in range(600):
        told = client.list_command_invocations(CommandId=sent)["CommandInvocations"][0]
        if told["Status"] not in ("Pending", "InProgress"):
            break
        time.sleep(0.05)
    assert (told["Status"], told["StatusDetails"]) == ("TimedOut", "ExecutionTimedOut")
    since = lambda moment: client.list_command_invocations(Filters=[{"key": "InvokedAfter", "value": moment}])["CommandInvocations"]
    assert [found["CommandId"] for found in since("2020-01-01T00:00:00Z")] == [sent]
    assert since("2100-01-01T00:00:00Z") == []
