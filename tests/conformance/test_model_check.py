"""The check of the checker: each kind of mistake in a body must be caught."""

import botocore.session
import pytest

import model_check

EB = "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"
EC2 = "http://ec2.amazonaws.com/doc/2016-11-15/"

ENVIRONMENTS = f"""<DescribeEnvironmentsResponse xmlns="{EB}">
  <DescribeEnvironmentsResult><Environments><member>
    <EnvironmentName>h-prod</EnvironmentName><EnvironmentId>e-abcdefghij</EnvironmentId>
    <Status>Ready</Status><Health>Green</Health><DateUpdated>2026-11-20T02:57:11.123Z</DateUpdated>
    <AbortableOperationInProgress>false</AbortableOperationInProgress>
  </member></Environments></DescribeEnvironmentsResult>
  <ResponseMetadata><RequestId>0d1f</RequestId></ResponseMetadata>
</DescribeEnvironmentsResponse>"""

REGIONS = f"""<DescribeRegionsResponse xmlns="{EC2}"><requestId>0d1f</requestId>
  <regionInfo><item><regionName>us-west-1</regionName>
  <regionEndpoint>ec2.us-west-1.amazonaws.com</regionEndpoint>
  <optInStatus>opt-in-not-required</optInStatus></item></regionInfo></DescribeRegionsResponse>"""

QUERY_ERROR = f"""<ErrorResponse xmlns="{EB}"><Error><Type>Sender</Type>
  <Code>InvalidParameterValue</Code><Message>No Environment found.</Message></Error>
  <RequestId>0d1f</RequestId></ErrorResponse>"""

EC2_ERROR = """<Response><Errors><Error><Code>UnauthorizedOperation</Code>
  <Message>You are not authorized.</Message></Error></Errors><RequestID>0d1f</RequestID></Response>"""

HEALTH = f"""<DescribeEnvironmentHealthResponse xmlns="{EB}"><DescribeEnvironmentHealthResult>
  <EnvironmentName>h-prod</EnvironmentName><Status>Ready</Status><Color>Green</Color>
  <ApplicationMetrics><Latency><P50>0.021</P50></Latency><RequestCount>48</RequestCount></ApplicationMetrics>
  </DescribeEnvironmentHealthResult>
  <ResponseMetadata><RequestId>0d1f</RequestId></ResponseMetadata></DescribeEnvironmentHealthResponse>"""

TAGS_OF = f"""<ListTagsForResourceResponse xmlns="{EB}"><ListTagsForResourceResult>
  <ResourceArn>arn</ResourceArn></ListTagsForResourceResult>
  <ResponseMetadata><RequestId>0d1f</RequestId></ResponseMetadata></ListTagsForResourceResponse>"""

SERVICES = botocore.session.Session()


def problems(service, name, body, status=200):
    operation = SERVICES.get_service_model(service).operation_model(name)
    return model_check.answer_problems(operation, status, {}, body.encode())


@pytest.mark.parametrize(
    ("service", "operation", "status", "body"),
    [
        ("elasticbeanstalk", "DescribeEnvironments", 200, ENVIRONMENTS),
        ("elasticbeanstalk", "DescribeEnvironmentHealth", 200, HEALTH),
        ("elasticbeanstalk", "ListTagsForResource", 200, TAGS_OF),
        ("ec2", "DescribeRegions", 200, REGIONS),
        ("elasticbeanstalk", "DescribeEnvironments", 400, QUERY_ERROR),
        ("ec2", "DescribeRegions", 403, EC2_ERROR),
    ],
)
def test_a_faithful_answer_has_no_problems(service, operation, status, body):
    assert problems(service, operation, body, status) == []


BAD_ANSWERS = [
    ("an unknown tag", "DescribeEnvironments", ENVIRONMENTS.replace("<Status>", "<Colour>x</Colour><Status>"), "does not know"),
    ("a tag in the wrong case", "DescribeEnvironments", ENVIRONMENTS.replace("EnvironmentId>", "environmentId>"), "does not know"),
    ("a bad enum value", "DescribeEnvironments", ENVIRONMENTS.replace("Ready", "Idle"), "not in the enum"),
    ("a bad timestamp", "DescribeEnvironments", ENVIRONMENTS.replace("2026-11-20T02", "2026-13-20T02"), "not a timestamp"),
    ("a timestamp with an offset", "DescribeEnvironments", ENVIRONMENTS.replace("11.123Z", "11+00:00"), "not a timestamp"),
    ("a bad boolean", "DescribeEnvironments", ENVIRONMENTS.replace(">false<", ">False<"), "not true or false"),
    ("a repeated member", "DescribeEnvironments", ENVIRONMENTS.replace("<Health>", "<Health>Red</Health><Health>"), "comes twice"),
    ("a list of items", "DescribeEnvironments", ENVIRONMENTS.replace("member>", "item>"), "wants <member>"),
    ("a string with tags inside", "DescribeEnvironments", ENVIRONMENTS.replace(">Green<", "><X>Green</X><"), "holds tags"),
    ("a name too short", "DescribeEnvironments", ENVIRONMENTS.replace(">h-prod<", ">h<"), "length"),
    ("a name too long", "DescribeEnvironments", ENVIRONMENTS.replace(">h-prod<", f">{'h' * 41}<"), "characters"),
    ("no result wrapper", "DescribeEnvironments", ENVIRONMENTS.replace("DescribeEnvironmentsResult>", "Result>"), "holds ['Result'"),
    ("no request id", "DescribeEnvironments", ENVIRONMENTS.replace("<RequestId>0d1f</RequestId>", ""), "RequestId"),
    ("another operation's root", "DescribeEnvironments", ENVIRONMENTS.replace("EnvironmentsResponse", "EventsResponse"), "root"),
    ("another namespace", "DescribeEnvironments", ENVIRONMENTS.replace("2010-12-01", "2012-12-01"), "namespace"),
    ("a body cut short", "DescribeEnvironments", ENVIRONMENTS[:200], "not XML"),
    ("a colour outside the enum", "DescribeEnvironmentHealth", HEALTH.replace(">Ready<", ">Resting<"), "not in the enum"),
    ("a number with a unit", "DescribeEnvironmentHealth", HEALTH.replace(">0.021<", ">0.021s<"), "not a number"),
    ("a fraction for an integer", "DescribeEnvironmentHealth", HEALTH.replace(">48<", ">4.8<"), "not a number"),
]


@pytest.mark.parametrize(("operation", "body", "said"), [row[1:] for row in BAD_ANSWERS], ids=[row[0] for row in BAD_ANSWERS])
def test_a_bad_beanstalk_answer_is_caught(operation, body, said):
    found = problems("elasticbeanstalk", operation, body)
    assert any(said in problem for problem in found), found


BAD_ERRORS = [
    ("no type", QUERY_ERROR.replace("<Type>Sender</Type>", ""), "Error.Type"),
    ("no code", QUERY_ERROR.replace("InvalidParameterValue", ""), "Error.Code"),
    ("the receiver blamed for a 400", QUERY_ERROR.replace("Sender", "Receiver"), "Error.Type"),
    ("EC2's envelope", EC2_ERROR, "root"),
    ("a modelled code with another status", QUERY_ERROR.replace("InvalidParameterValue", "InvalidRequestException"), "the model says"),
]


@pytest.mark.parametrize(("body", "said"), [row[1:] for row in BAD_ERRORS], ids=[row[0] for row in BAD_ERRORS])
def test_a_bad_error_is_caught(body, said):
    status = 403 if "InvalidRequest" in body else 400
    found = problems("elasticbeanstalk", "DescribeEnvironmentHealth", body, status)
    assert any(said in problem for problem in found), found


BAD_REGIONS = [
    ("a model name where the wire has another", REGIONS.replace("regionInfo", "Regions"), "does not know"),
    ("members for items", REGIONS.replace("item>", "member>"), "wants <item>"),
    ("no request id", REGIONS.replace("<requestId>0d1f</requestId>", ""), "requestId"),
]


@pytest.mark.parametrize(("body", "said"), [row[1:] for row in BAD_REGIONS], ids=[row[0] for row in BAD_REGIONS])
def test_a_bad_ec2_answer_is_caught(body, said):
    found = problems("ec2", "DescribeRegions", body)
    assert any(said in problem for problem in found), found


TARGET_HEALTH = """<DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">
  <DescribeTargetHealthResult><TargetHealthDescriptions><member><Target><Id>i-0abc</Id><Port>80</Port></Target>
  <TargetHealth><State>healthy</State></TargetHealth></member></TargetHealthDescriptions></DescribeTargetHealthResult>
  <ResponseMetadata><RequestId>0d1f</RequestId></ResponseMetadata></DescribeTargetHealthResponse>"""


def test_a_missing_required_member_is_caught():
    assert problems("elbv2", "DescribeTargetHealth", TARGET_HEALTH) == []
    found = problems("elbv2", "DescribeTargetHealth", TARGET_HEALTH.replace("<Id>i-0abc</Id>", ""))
    assert any("required by the model" in problem for problem in found), found
    assert any("Missing required" in problem for problem in found), found


def test_every_known_exception_has_a_reason_and_is_one():
    """An exception that the model meanwhile allows must leave the list."""
    for (service, name, path), (values, reason) in model_check.KNOWN_EXCEPTIONS.items():
        shape = SERVICES.get_service_model(service).operation_model(name).output_shape
        for part in path.split("."):
            shape = shape.members[part]
        assert reason, path
        assert values.isdisjoint(shape.enum), (path, values & set(shape.enum))


SETTINGS = f"""<DescribeConfigurationSettingsResponse xmlns="{EB}"><DescribeConfigurationSettingsResult>
  <ConfigurationSettings><member><Tier><Name>WebServer</Name><Type>Standard</Type></Tier></member></ConfigurationSettings>
  </DescribeConfigurationSettingsResult>
  <ResponseMetadata><RequestId>0d1f</RequestId></ResponseMetadata></DescribeConfigurationSettingsResponse>"""


def test_a_known_tag_is_still_held_to_its_shape():
    assert problems("elasticbeanstalk", "DescribeConfigurationSettings", SETTINGS) == []
    found = problems("elasticbeanstalk", "DescribeConfigurationSettings", SETTINGS.replace("Type>", "Kind>"))
    assert any("does not know" in problem for problem in found), found


def test_every_known_tag_has_a_reason_and_is_unknown_to_the_model():
    for (service, name, path), (known, reason) in model_check.KNOWN_TAGS.items():
        model = SERVICES.get_service_model(service)
        shape = model.operation_model(name).output_shape
        parts = path.split(".")
        for part in parts[:-1]:
            shape = shape.members[part]
            shape = shape.member if shape.type_name == "list" else shape
        assert reason and model.shape_for(known), path
        assert parts[-1] not in shape.members, path
