"""The AWS operations that the simulated cloud serves, each with the calls
that exercise it. This is the only list: a simulated operation that is not
in it, and one in it that is not simulated, are both failures.

`fruit` is what an answer must hold for the check of its shape to mean
something: an empty list agrees with every model.
"""

import dataclasses
import time
import typing

import jmespath

import cloud

Params = dict[str, typing.Any]


@dataclasses.dataclass(frozen=True)
class Operation:
    service: str
    name: str
    calls: typing.Callable[["Subjects"], list[Params]]
    fruit: str | None = None
    writes: bool = False
    # The built-in scenario that has what the calls are about, where that of one account has not.
    scenario: str | None = None

    def __str__(self):
        return f"{self.service}.{self.name}"

    @property
    def flags(self):
        """The flags of a server that has what the calls are about."""
        return ("--scenario", self.scenario) if self.scenario else cloud.ONE_ACCOUNT


class Subjects:
    """What in a server's world the calls are made about, found through the API."""

    def __init__(self, server):
        self.server = server
        self.beanstalk = server.client("elasticbeanstalk")
        self.environments = self.beanstalk.describe_environments()["Environments"]
        self._health = {}
        self.sent = None
        self.parameters = 0
        self.log_group = None
        self.replaced = set()

    def ready(self):
        """An environment at rest that reports enhanced health and has instances."""
        for environment in self.environments:
            if environment["Status"] == "Ready" and self.is_enhanced(environment) and self.instances(environment):
                return environment
        raise AssertionError("The world has no Ready environment with enhanced health and instances here.")

    def basic(self):
        """An environment on basic health, in whichever region has one."""
        for region in sorted({row["region"] for row in self.server.world()["environments"]}):
            client = self.server.client("elasticbeanstalk", region)
            for environment in client.describe_environments()["Environments"]:
                if "HealthStatus" not in environment and environment["Status"] != "Terminated":
                    return region, environment
        raise AssertionError("The world has no environment on basic health.")

    @staticmethod
    def is_enhanced(environment):
        return "HealthStatus" in environment and environment["HealthStatus"] != "Suspended"

    def instances(self, environment):
        name = environment["EnvironmentName"]
        if name not in self._health:
            answer = self.beanstalk.describe_instances_health(EnvironmentName=name, AttributeNames=["All"])
            self._health[name] = answer["InstanceHealthList"]
        return self._health[name]

    def name(self):
        return self.ready()["EnvironmentName"]

    def app(self):
        return self.ready()["ApplicationName"]

    def instance_ids(self):
        return [instance["InstanceId"] for instance in self.instances(self.ready())]

    def other_label(self, environment=None):
        """A version of the environment's application that it does not run."""
        environment = environment or self.ready()
        versions = self.beanstalk.describe_application_versions(ApplicationName=environment["ApplicationName"])
        for version in versions["ApplicationVersions"]:
            if version["VersionLabel"] != environment.get("VersionLabel"):
                return version["VersionLabel"]
        raise AssertionError(f"{environment['ApplicationName']} has one version only.")

    def sibling(self):
        """Another environment at rest, with which the first can swap its URL."""
        first = self.ready()
        for environment in self.environments:
            other = environment["EnvironmentName"] != first["EnvironmentName"]
            if other and environment["Status"] == "Ready" and environment["ApplicationName"] == first["ApplicationName"]:
                return environment["EnvironmentName"]
        raise AssertionError("The world has no second Ready environment of the same application here.")

    def groups(self):
        answer = self.beanstalk.describe_environment_resources(EnvironmentName=self.name())
        return [group["Name"] for group in answer["EnvironmentResources"]["AutoScalingGroups"]]

    def account(self):
        return self.server.client("sts").get_caller_identity()["Account"]

    def load_balancer(self):
        balancers = self.server.client("elbv2").describe_load_balancers()["LoadBalancers"]
        assert balancers, "The world has no load balancer here."
        return balancers[0]["LoadBalancerArn"]

    def target_group(self):
        groups = self.server.client("elbv2").describe_target_groups()["TargetGroups"]
        assert groups, "The world has no target group here."
        return groups[0]["TargetGroupArn"]


def each_environment(subjects):
    """Every environment here by name: the odd ones are where shapes go wrong."""
    return [{"EnvironmentName": environment["EnvironmentName"]} for environment in subjects.environments]


def enhanced_environments(subjects):
    return [
        {"EnvironmentName": environment["EnvironmentName"], "AttributeNames": ["All"]}
        for environment in subjects.environments
        if "HealthStatus" in environment and environment["Status"] not in ("Terminated", "Terminating")
    ]


def one(**params):
    return lambda _subjects: [params]


SETTING = {"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": "2"}

BEANSTALK_READS = [
    Operation("elasticbeanstalk", "DescribeEnvironments",
              lambda s: [{}, {"IncludeDeleted": False}, {"EnvironmentNames": [s.name()]}, {"MaxRecords": 2},
                         {"ApplicationName": s.app()}, {"EnvironmentIds": [s.ready()["EnvironmentId"]]}],
              "Environments[]"),
    Operation("elasticbeanstalk", "DescribeEvents",
              lambda s: [{}, {"EnvironmentName": s.name()}, {"MaxRecords": 5}, {"Severity": "WARN"}],
              "Events[]"),
    Operation("elasticbeanstalk", "DescribeEnvironmentHealth",
              lambda s: enhanced_environments(s) + [{"EnvironmentId": s.ready()["EnvironmentId"], "AttributeNames": ["Color"]}],
              "Color"),
    Operation("elasticbeanstalk", "DescribeInstancesHealth",
              lambda s: enhanced_environments(s) + [{"EnvironmentId": s.ready()["EnvironmentId"], "AttributeNames": ["All"]}],
              "InstanceHealthList[]"),
    Operation("elasticbeanstalk", "DescribeEnvironmentResources", each_environment,
              "EnvironmentResources.Instances[]"),
    Operation("elasticbeanstalk", "DescribeApplications", lambda s: [{}, {"ApplicationNames": [s.app()]}],
              "Applications[]"),
    Operation("elasticbeanstalk", "DescribeApplicationVersions",
              lambda s: [{}, {"ApplicationName": s.app()},
                         {"ApplicationName": s.app(), "VersionLabels": [s.ready()["VersionLabel"]]}, {"MaxRecords": 2}],
              "ApplicationVersions[]"),
    Operation("elasticbeanstalk", "DescribeConfigurationSettings",
              lambda s: [{"ApplicationName": e["ApplicationName"], "EnvironmentName": e["EnvironmentName"]}
                         for e in s.environments],
              "ConfigurationSettings[].OptionSettings[]"),
    Operation("elasticbeanstalk", "DescribePlatformVersion",
              lambda s: [{"PlatformArn": s.ready()["PlatformArn"]}], "PlatformDescription"),
    Operation("elasticbeanstalk", "ListPlatformBranches", one(), "PlatformBranchSummaryList[]"),
    Operation("elasticbeanstalk", "ListPlatformVersions", one(), "PlatformSummaryList[]"),
    Operation("elasticbeanstalk", "ListAvailableSolutionStacks", one(), "SolutionStacks[]"),
    Operation("elasticbeanstalk", "ListTagsForResource",
              lambda s: [{"ResourceArn": s.ready()["EnvironmentArn"]}], "ResourceTags"),
    Operation("elasticbeanstalk", "DescribeConfigurationOptions",
              lambda s: [{}, {"ApplicationName": s.app(), "EnvironmentName": s.name()}], "Options[]"),
    Operation("elasticbeanstalk", "ValidateConfigurationSettings",
              lambda s: [{"ApplicationName": s.app(), "EnvironmentName": s.name(), "OptionSettings": [SETTING]}]),
    Operation("elasticbeanstalk", "DescribeEnvironmentManagedActions", each_environment, "ManagedActions[]"),
    Operation("elasticbeanstalk", "DescribeEnvironmentManagedActionHistory", each_environment),
    Operation("elasticbeanstalk", "CheckDNSAvailability", one(CNAMEPrefix="nobody-has-this"), "Available"),
    Operation("elasticbeanstalk", "DescribeAccountAttributes", one(), "ResourceQuotas"),
    # These two ask the instances for their logs, and change no environment.
    Operation("elasticbeanstalk", "RequestEnvironmentInfo",
              lambda s: [{"EnvironmentName": s.name(), "InfoType": "tail"}]),
    Operation("elasticbeanstalk", "RetrieveEnvironmentInfo",
              lambda s: [{"EnvironmentName": s.name(), "InfoType": "tail"}]),
]

BEANSTALK_WRITES = [
    Operation("elasticbeanstalk", "UpdateEnvironment",
              lambda s: [{"EnvironmentName": s.name(), "VersionLabel": s.other_label()}], "Status", writes=True),
    Operation("elasticbeanstalk", "RestartAppServer",
              lambda s: [{"EnvironmentName": s.name()}], writes=True),
    Operation("elasticbeanstalk", "RebuildEnvironment",
              lambda s: [{"EnvironmentName": s.name()}], writes=True),
    Operation("elasticbeanstalk", "TerminateEnvironment",
              lambda s: [{"EnvironmentName": s.name()}], "Status", writes=True),
    Operation("elasticbeanstalk", "SwapEnvironmentCNAMEs",
              lambda s: [{"SourceEnvironmentName": s.name(), "DestinationEnvironmentName": s.sibling()}], writes=True),
    Operation("elasticbeanstalk", "AbortEnvironmentUpdate",
              lambda s: [{"EnvironmentName": updating(s)}], writes=True),
    Operation("elasticbeanstalk", "CreateApplicationVersion",
              lambda s: [{"ApplicationName": s.app(), "VersionLabel": "conformance-20261120-g0123abc",
                          "Description": "by a stranger"}], "ApplicationVersion.VersionLabel", writes=True),
    Operation("elasticbeanstalk", "CreateStorageLocation", one(), "S3Bucket", writes=True),
]

EC2 = [
    Operation("ec2", "DescribeRegions", one(), "Regions[]"),
    Operation("ec2", "DescribeInstances",
              lambda s: [{}, {"InstanceIds": s.instance_ids()}], "Reservations[].Instances[]"),
    Operation("ec2", "DescribeInstanceStatus",
              lambda s: [{}, {"InstanceIds": s.instance_ids()}], "InstanceStatuses[]"),
    Operation("ec2", "DescribeAvailabilityZones", one(), "AvailabilityZones[]"),
    Operation("ec2", "DescribeAddresses",
              lambda s: [{}, {"Filters": [{"Name": "instance-id", "Values": [elastic(s)["InstanceId"]]}]},
                         {"AllocationIds": [elastic(s)["AllocationId"]]}],
              "Addresses[].AssociationId", scenario="growl"),
    Operation("ec2", "AssociateAddress",
              lambda s: [{"AllocationId": elastic(s)["AllocationId"], "InstanceId": target(s)["InstanceId"]}],
              "AssociationId", writes=True, scenario="growl"),
    Operation("ec2", "DisassociateAddress",
              lambda s: [{"AssociationId": elastic(s)["AssociationId"]}], writes=True, scenario="growl"),
    Operation("ec2", "RunInstances",
              lambda s: [{"ImageId": target(s)["ImageId"], "InstanceType": "t3.small", "MinCount": 2, "MaxCount": 2,
                          "TagSpecifications": [{"ResourceType": "instance",
                                                 "Tags": [{"Key": "environment", "Value": "staging"}]}]}],
              "Instances[].Tags[]", writes=True, scenario="growl"),
    Operation("ec2", "TerminateInstances", lambda s: [{"InstanceIds": [target(s)["InstanceId"]]}],
              "TerminatingInstances[].CurrentState", writes=True, scenario="growl"),
    Operation("ec2", "RebootInstances", lambda s: [{"InstanceIds": [target(s)["InstanceId"]]}],
              writes=True, scenario="growl"),
    Operation("ec2", "CreateTags",
              lambda s: [{"Resources": [target(s)["InstanceId"]], "Tags": [{"Key": "a", "Value": "b"}]}],
              writes=True, scenario="growl"),
]

ELBV2 = [
    Operation("elbv2", "DescribeLoadBalancers", one(), "LoadBalancers[]"),
    Operation("elbv2", "DescribeTargetGroups",
              lambda s: [{}, {"LoadBalancerArn": s.load_balancer()}], "TargetGroups[]"),
    Operation("elbv2", "DescribeTargetHealth",
              lambda s: [{"TargetGroupArn": s.target_group()}], "TargetHealthDescriptions[]"),
    Operation("elbv2", "DescribeTags",
              lambda s: [{"ResourceArns": [s.load_balancer(), s.target_group()]}], "TagDescriptions[]"),
    Operation("elbv2", "DescribeListeners",
              lambda s: [{"LoadBalancerArn": s.load_balancer()}], "Listeners[].DefaultActions[]"),
    Operation("elbv2", "DescribeTargetGroupAttributes",
              lambda s: [{"TargetGroupArn": s.target_group()}], "Attributes[]"),
    Operation("elbv2", "RegisterTargets",
              lambda s: [{"TargetGroupArn": s.target_group(), "Targets": [{"Id": target(s)["InstanceId"], "Port": 8000}]}],
              writes=True, scenario="growl"),
    Operation("elbv2", "DeregisterTargets",
              lambda s: [{"TargetGroupArn": s.target_group(), "Targets": [{"Id": target(s)["InstanceId"]}]}],
              writes=True, scenario="growl"),
]

AUTOSCALING = [
    Operation("autoscaling", "DescribeAutoScalingGroups", lambda s: [{}, {"AutoScalingGroupNames": s.groups()}],
              "AutoScalingGroups[].Instances[]"),
    Operation("autoscaling", "DescribeAutoScalingInstances",
              lambda s: [{}, {"InstanceIds": s.instance_ids()[:1]}], "AutoScalingInstances[].LifecycleState"),
    Operation("autoscaling", "DescribeScalingActivities",
              lambda s: [{"AutoScalingGroupName": replaced(s)}, {"AutoScalingGroupName": replaced(s), "MaxRecords": 1}],
              "Activities[].StatusCode", scenario="growl"),
    Operation("autoscaling", "TerminateInstanceInAutoScalingGroup",
              lambda s: [{"InstanceId": target(s)["InstanceId"], "ShouldDecrementDesiredCapacity": False}],
              "Activity.ActivityId", writes=True, scenario="growl"),
]

STS = [
    Operation("sts", "GetCallerIdentity", one(), "Account"),
    Operation("sts", "AssumeRole",
              lambda s: [{"RoleArn": f"arn:aws:iam::{s.account()}:role/deployer", "RoleSessionName": "conformance"}],
              "Credentials.SessionToken"),
]

ECR = [
    Operation("ecr", "DescribeRepositories",
              lambda s: [{}, {"repositoryNames": [images(s)["repositoryName"]]}, {"maxResults": 1}],
              "repositories[].repositoryUri", scenario="growl"),
    Operation("ecr", "DescribeImages",
              lambda s: [images(s), {**images(s), "filter": {"tagStatus": "UNTAGGED"}}, {**images(s), "maxResults": 2},
                         {**images(s), "imageIds": [{"imageTag": "latest"}]}],
              "imageDetails[].imageTags[]", scenario="growl"),
    Operation("ecr", "ListImages", lambda s: [images(s), {**images(s), "filter": {"tagStatus": "TAGGED"}}],
              "imageIds[].imageTag", scenario="growl"),
    Operation("ecr", "BatchGetImage",
              lambda s: [{**images(s), "imageIds": [{"imageTag": "latest"}, {"imageTag": "there-is-none"}]}],
              "images[].imageManifest", scenario="growl"),
    Operation("ecr", "ListTagsForResource",
              lambda s: [{"resourceArn": s.server.client("ecr").describe_repositories()["repositories"][0]["repositoryArn"]}],
              "tags[]", scenario="growl"),
]

SSM = [
    Operation("ssm", "DescribeInstanceInformation",
              lambda s: [{}, {"Filters": [{"Key": "InstanceIds", "Values": [target(s)["InstanceId"]]}]}],
              "InstanceInformationList[].PingStatus", scenario="growl"),
    Operation("ssm", "SendCommand", lambda s: [read_command(s)], "Command.CommandId", writes=True, scenario="growl"),
    Operation("ssm", "GetCommandInvocation", lambda s: [sent(s)], "StandardOutputContent", scenario="growl"),
    Operation("ssm", "ListCommandInvocations",
              lambda s: [{"CommandId": sent(s)["CommandId"], "Details": True}, {"InstanceId": sent(s)["InstanceId"]}],
              "CommandInvocations[].CommandPlugins[].Output", scenario="growl"),
    Operation("ssm", "PutParameter", lambda s: [a_parameter(s)], "Version", writes=True, scenario="growl"),
    Operation("ssm", "GetParameter", lambda s: [{"Name": put(s)}], "Parameter.Value", scenario="growl"),
    Operation("ssm", "DeleteParameter", lambda s: [{"Name": put(s)}], None, writes=True, scenario="growl"),
]

LOGS = [
    Operation("logs", "DescribeLogGroups", lambda s: [{}, {"logGroupNamePrefix": group(s)["logGroupName"]}, {"limit": 1}],
              "logGroups[].logGroupArn"),
    Operation("logs", "DescribeLogStreams",
              lambda s: [{"logGroupName": group(s)["logGroupName"]},
                         {"logGroupIdentifier": group(s)["logGroupArn"], "orderBy": "LastEventTime", "descending": True}],
              "logStreams[].logStreamName"),
    Operation("logs", "FilterLogEvents",
              lambda s: [{"logGroupName": group(s)["logGroupName"]},
                         {"logGroupIdentifier": group(s)["logGroupArn"], "filterPattern": "GET -POST", "limit": 3}],
              "events[].eventId"),
    Operation("logs", "GetLogEvents",
              lambda s: [{"logGroupName": group(s)["logGroupName"], "logStreamName": stream(s), "startFromHead": True}],
              "events[].message"),
    Operation("logs", "StartLiveTail", lambda s: [{"logGroupIdentifiers": [group(s)["logGroupArn"]]}], "responseStream"),
]

SIMULATED = BEANSTALK_READS + BEANSTALK_WRITES + EC2 + ELBV2 + AUTOSCALING + STS + ECR + SSM + LOGS
READS = [operation for operation in SIMULATED if not operation.writes]
WRITES = [operation for operation in SIMULATED if operation.writes]


def group(subjects):
    """A group that is written into all the time. Found once: the service lets few such questions through."""
    if subjects.log_group is None:
        client = subjects.server.client("logs", attempts=5)
        subjects.log_group = client.describe_log_groups(logGroupNamePattern="nginx/access.log")["logGroups"][0]
    return subjects.log_group


def stream(subjects):
    """A stream of that group."""
    client = subjects.server.client("logs", attempts=5)
    return client.describe_log_streams(logGroupName=group(subjects)["logGroupName"])["logStreams"][0]["logStreamName"]


def images(subjects):
    """The image repository that the calls are about."""
    repositories = subjects.server.client("ecr").describe_repositories()["repositories"]
    assert repositories, "The world has no image repository here."
    return {"repositoryName": repositories[0]["repositoryName"]}


def read_command(subjects):
    return {
        "InstanceIds": [target(subjects)["InstanceId"]], "DocumentName": "AWS-RunShellScript",
        "Parameters": {"commands": ["docker inspect --format '{{.Config.Image}}' growl-backend"]},
        "Comment": "by a stranger", "TimeoutSeconds": 60,
    }


def a_parameter(subjects):
    """One that nobody has created."""
    subjects.parameters += 1
    return {"Name": f"/quarterdeck/locks/stranger-{subjects.parameters}", "Value": "{}", "Type": "String", "Overwrite": False}


def put(subjects):
    """The name of a parameter that is there."""
    parameter = a_parameter(subjects)
    subjects.server.client("ssm").put_parameter(**parameter)
    return parameter["Name"]


def sent(subjects):
    """A command that has been carried out, by its id and instance; sent once in a world."""
    if subjects.sent is None:
        client = subjects.server.client("ssm")
        asked = read_command(subjects)
        command = client.send_command(**asked)["Command"]["CommandId"]
        subjects.sent = {"CommandId": command, "InstanceId": asked["InstanceIds"][0]}
        for _ in range(600):
            invocations = client.list_command_invocations(CommandId=command)["CommandInvocations"]
            if any(invocation["Status"] == "Success" for invocation in invocations):
                return subjects.sent
            time.sleep(0.05)
        raise AssertionError("The command was not carried out.")
    return subjects.sent


def replaced(subjects):
    """The Auto Scaling group of a target group, one of whose instances is being replaced."""
    client = subjects.server.client("autoscaling")
    member = client.describe_auto_scaling_instances()["AutoScalingInstances"][0]
    if member["AutoScalingGroupName"] not in subjects.replaced:
        client.terminate_instance_in_auto_scaling_group(InstanceId=member["InstanceId"], ShouldDecrementDesiredCapacity=False)
        subjects.replaced.add(member["AutoScalingGroupName"])
    return member["AutoScalingGroupName"]


def elastic(subjects):
    """An Elastic IP address that points to an instance."""
    for address in subjects.server.client("ec2").describe_addresses()["Addresses"]:
        if address.get("InstanceId"):
            return address
    raise AssertionError("The world has no Elastic IP address that points to an instance here.")


def target(subjects):
    """An instance that is registered in a target group of its own."""
    answer = subjects.server.client("ec2").describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}, {"Name": "tag:Project", "Values": ["growl"]}]
    )
    for reservation in answer["Reservations"]:
        return reservation["Instances"][0]
    raise AssertionError("The world has no tagged instance here.")


def updating(subjects):
    """Begins a deploy, and names the environment that can then be aborted."""
    environment = subjects.ready()
    name = environment["EnvironmentName"]
    subjects.beanstalk.update_environment(EnvironmentName=name, VersionLabel=subjects.other_label(environment))
    return name


def call(server, operation, params, region=None, **client_options):
    """Makes one call of an operation, by its model's name."""
    where = {"region": region} if region else {}
    client = server.client(operation.service, **where, **client_options)
    names = {model: python for python, model in client.meta.method_to_api_mapping.items()}
    return getattr(client, names[operation.name])(**params)


def is_fruitful(operation, answers):
    """Whether any of the answers holds what the operation is asked for."""
    return operation.fruit is None or any(jmespath.search(operation.fruit, answer) for answer in answers)
