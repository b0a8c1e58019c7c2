"""Every simulated operation, driven by boto3, held against botocore's model."""

import urllib.parse

import botocore.awsrequest
import botocore.auth
import botocore.credentials
import botocore.httpsession
import botocore.session
import pytest

import cloud
import operations

SERVICES = ["elasticbeanstalk", "ec2", "elbv2", "autoscaling", "sts", "ecr", "ssm", "logs"]


@pytest.mark.parametrize("operation", operations.READS, ids=str)
def test_a_read_answers_in_the_models_shape(shared, start_cloud, operation):
    server = start_cloud(*operation.flags) if operation.scenario else shared
    subjects = operations.Subjects(server)
    answers = [operations.call(server, operation, params) for params in operation.calls(subjects)]
    assert operations.is_fruitful(operation, answers), f"no answer holds {operation.fruit}: {answers}"


@pytest.mark.parametrize("operation", operations.WRITES, ids=str)
def test_a_write_answers_in_the_models_shape(start_cloud, operation):
    server = start_cloud(*operation.flags)
    subjects = operations.Subjects(server)
    answers = [operations.call(server, operation, params) for params in operation.calls(subjects)]
    assert operations.is_fruitful(operation, answers), f"no answer holds {operation.fruit}: {answers}"


@pytest.mark.parametrize("operation", [read for read in operations.READS if read.scenario is None], ids=str)
def test_a_read_fits_the_model_in_every_region(shared, operation):
    """The other regions hold the odd environments: basic, suspended, in trouble."""
    for region in sorted({row["region"] for row in shared.world()["environments"]} - {cloud.HOME_REGION}):
        regional = Regional(shared, region)
        for params in operation.calls(regional)[:20]:
            operations.call(shared, operation, params, region=region)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_generated_world_fits_the_model(start_cloud, generated, seed):
    """Labels, sizes and states that the default world does not have."""
    server = start_cloud(*generated(seed), "--speed", "60")
    for region in sorted({row["region"] for row in server.world()["environments"]}):
        client = server.client("elasticbeanstalk", region)
        client.describe_events()
        client.describe_application_versions()
        for environment in client.describe_environments(IncludeDeleted=True)["Environments"]:
            ask_all_about(client, environment)
    assert server.answers > 100


def ask_all_about(client, environment):
    """All that is asked per environment, as far as its state allows it."""
    named = {"EnvironmentName": environment["EnvironmentName"]}
    if environment["Status"] in ("Terminating", "Terminated"):
        return
    client.describe_environment_resources(**named)
    client.describe_configuration_settings(ApplicationName=environment["ApplicationName"], **named)
    if "HealthStatus" in environment:
        client.describe_environment_health(**named, AttributeNames=["All"])
        client.describe_instances_health(**named, AttributeNames=["All"])


class Regional(operations.Subjects):
    """The subjects of another region than the home region."""

    def __init__(self, server, region):
        super().__init__(RegionalServer(server, region))


class RegionalServer:
    """A server whose clients are for one region unless they say otherwise."""

    def __init__(self, server, region):
        self.server = server
        self.region = region

    def client(self, service, region=None, **options):
        return self.server.client(service, region or self.region, **options)

    def world(self):
        return self.server.world()


@pytest.mark.parametrize("service", SERVICES)
def test_the_list_of_operations_is_complete(start_cloud, service):
    """Asks for every operation of the service's model, without parameters.

    What is not simulated must be refused as an unknown action, so whatever
    answers otherwise is simulated, and must be in the list.
    """
    server = start_cloud()
    model = botocore.session.Session().get_service_model(service)
    simulated = {name for name in model.operation_names if not is_unknown_action(server, model, name)}
    listed = {operation.name for operation in operations.SIMULATED if operation.service == service}
    assert simulated == listed, f"simulated but not exercised: {simulated - listed}; listed but not simulated: {listed - simulated}"


def is_unknown_action(server, model, name):
    status, body = ask_raw(server, model, name)
    return UNKNOWN[is_json(model)] in body and 400 <= status < 500


# How a service refuses an operation that it does not have.
UNKNOWN = {False: b"<Code>InvalidAction</Code>", True: b'"UnknownOperationException"'}


def is_json(model):
    return "jsonVersion" in model.metadata


def test_an_unknown_action_is_refused_as_aws_refuses_it(shared):
    for service in SERVICES:
        model = botocore.session.Session().get_service_model(service)
        status, body = ask_raw(shared, model, "DescribeNothing")
        assert (status, UNKNOWN[is_json(model)] in body) == (400, True), (service, status, body[:300])


def ask_raw(server, model, operation, region=cloud.HOME_REGION):
    """A signed request without parameters, which no model has checked."""
    if is_json(model):
        data = "{}"
        target = f"{model.metadata['targetPrefix']}.{operation}"
        headers = {"Content-Type": f"application/x-amz-json-{model.metadata['jsonVersion']}", "X-Amz-Target": target}
    else:
        data = urllib.parse.urlencode({"Action": operation, "Version": model.api_version})
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = botocore.awsrequest.AWSRequest(method="POST", url=server.endpoint + "/", data=data, headers=headers)
    keys = botocore.credentials.Credentials(
        server.variables["AWS_ACCESS_KEY_ID"], server.variables["AWS_SECRET_ACCESS_KEY"]
    )
    botocore.auth.SigV4Auth(keys, model.signing_name, region).add_auth(request)
    answer = botocore.httpsession.URLLib3Session().send(request.prepare())
    return answer.status_code, answer.content
