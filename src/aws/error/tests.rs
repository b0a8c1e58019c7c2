//! Every kind of failure, and what is said of it.

use aws_sdk_elasticbeanstalk::operation::describe_events::DescribeEventsError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::super::connection::{ConnectionSettings, Renewal};
use super::*;

type Failed = SdkError<DescribeEventsError, HttpResponse>;

const ABOUT: Operation<'_> = Operation {
    api: "elasticbeanstalk",
    service: "Elastic Beanstalk",
    name: "DescribeInstancesHealth",
    about: Some("h-prod"),
    in_turn: true,
};

fn refused(status: u16, code: Option<&str>, message: Option<&str>) -> Failed {
    let raw = Response::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
    let mut meta = ErrorMetadata::builder();
    if let Some(code) = code {
        meta = meta.code(code);
    }
    if let Some(message) = message {
        meta = meta.message(message);
    }
    SdkError::service_error(DescribeEventsError::generic(meta.build()), raw)
}

fn kept(failed: &Failed, endpoint: Option<&str>) -> (FaultKind, String) {
    let place = Place::new("us-west-1", endpoint.map(str::to_owned), Renewal::Chain, &ConnectionSettings::default_chain());
    let trouble = unsent(failed);
    (trouble.kind(), sentence::of(&place, ABOUT, &trouble))
}

fn said_of(failed: &Failed, renewal: Renewal) -> (FaultKind, String) {
    let place = Place::new("us-west-1", None, renewal, &ConnectionSettings::default_chain());
    let trouble = met(failed, false);
    (trouble.kind(), sentence::of(&place, ABOUT, &trouble))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn refusals_are_placed_and_put_into_words() {
    use FaultKind::{Denied, Expired, Failed, Malformed, Missing, Refused, Throttled, Unreachable, Unsupported};
    let long = format!("You are not authorized. Encoded authorization failure message: {}", "x".repeat(900));
    for (status, code, message, kind, sentence) in [
        (
            400,
            Some("Throttling"),
            Some("Rate exceeded"),
            Throttled(None),
            "us-west-1 throttles DescribeInstancesHealth: too many calls, asking more slowly",
        ),
        (
            503,
            Some("RequestLimitExceeded"),
            None,
            Throttled(None),
            "us-west-1 throttles DescribeInstancesHealth: too many calls, asking more slowly",
        ),
        (
            400,
            Some("TooManyRequestsException"),
            None,
            Throttled(None),
            "us-west-1 throttles DescribeInstancesHealth: too many calls, asking more slowly",
        ),
        (
            400,
            Some("InvalidParameterValue"),
            Some("No Application Version named 'v9' found."),
            Refused,
            "us-west-1 refused DescribeInstancesHealth of h-prod: No Application Version named 'v9' found",
        ),
        (
            403,
            Some("AccessDenied"),
            Some("User: arn:aws:iam::1:user/x is not authorized to perform: elasticbeanstalk:DescribeInstancesHealth."),
            Denied,
            "us-west-1 denies elasticbeanstalk:DescribeInstancesHealth to profile work: User: arn:aws:iam::1:user/x is not authorized to perform: elasticbeanstalk:DescribeInstancesHealth; ask for that permission",
        ),
        (
            403,
            Some("UnauthorizedOperation"),
            Some(&*long),
            Denied,
            "us-west-1 denies elasticbeanstalk:DescribeInstancesHealth to profile work: You are not authorized; ask for that permission",
        ),
        (
            401,
            None,
            None,
            Denied,
            "elasticbeanstalk.us-west-1.amazonaws.com answered DescribeInstancesHealth of h-prod with HTTP 401 and no reason: is a proxy in the way?",
        ),
        (
            403,
            Some("ExpiredToken"),
            None,
            Expired,
            "the credentials of profile work have expired: run `aws sso login --profile work` or put new keys into the profile; reading then goes on",
        ),
        (
            400,
            Some("RequestExpired"),
            None,
            Expired,
            "the credentials of profile work have expired: run `aws sso login --profile work` or put new keys into the profile; reading then goes on",
        ),
        (
            403,
            Some("UnrecognizedClientException"),
            None,
            Expired,
            "us-west-1 does not accept the credentials of profile work (or is not enabled for its account): run `aws sso login --profile work` or put new keys into the profile; reading then goes on",
        ),
        (
            403,
            Some("SignatureDoesNotMatch"),
            Some("The Canonical String for this request should have been 'POST x-amz-security-token:TOKEN'"),
            Expired,
            "us-west-1 does not accept the signature of profile work: check its secret key and this machine's clock",
        ),
        (
            403,
            Some("SignatureDoesNotMatch"),
            Some("Signature expired: 20221110T000000Z is now earlier than 20221110T001000Z"),
            Expired,
            "us-west-1 finds this machine's clock wrong: set it right",
        ),
        (
            400,
            Some("InvalidParameterValue"),
            Some("No Environment found for EnvironmentName = 'h-prod'."),
            Missing,
            "us-west-1 has no environment h-prod: it may have been terminated",
        ),
        (404, Some("ResourceNotFoundException"), None, Missing, "us-west-1 has no environment h-prod: it may have been terminated"),
        (400, Some("InvalidAction"), None, Unsupported, "elasticbeanstalk.us-west-1.amazonaws.com does not offer DescribeInstancesHealth"),
        (404, None, None, Unsupported, "elasticbeanstalk.us-west-1.amazonaws.com does not offer DescribeInstancesHealth"),
        (405, None, None, Unsupported, "elasticbeanstalk.us-west-1.amazonaws.com does not offer DescribeInstancesHealth"),
        (501, Some("Weird"), None, Unsupported, "elasticbeanstalk.us-west-1.amazonaws.com does not offer DescribeInstancesHealth"),
        (407, None, None, Unreachable, "us-west-1 cannot be reached through the proxy: check HTTPS_PROXY and NO_PROXY"),
        (
            403,
            Some("OptInRequired"),
            Some("You are not subscribed to this service."),
            Denied,
            "us-west-1 is not enabled for the account of profile work: You are not subscribed to this service; enable it, or leave it out of the regions to read",
        ),
        (
            500,
            Some("InternalFailure"),
            None,
            Failed,
            "us-west-1 failed to answer DescribeInstancesHealth of h-prod: HTTP 500 (InternalFailure)",
        ),
        (503, None, None, Failed, "us-west-1 failed to answer DescribeInstancesHealth of h-prod: HTTP 503"),
        (
            400,
            Some("InvalidRequestException"),
            Some("DescribeInstancesHealth is not supported."),
            Refused,
            "us-west-1 refused DescribeInstancesHealth of h-prod: DescribeInstancesHealth is not supported",
        ),
        (
            400,
            None,
            None,
            Malformed,
            "the answer of us-west-1 to DescribeInstancesHealth of h-prod cannot be understood: its error is not one of AWS's; is a proxy in the way?",
        ),
        (
            302,
            None,
            None,
            Malformed,
            "the answer of us-west-1 to DescribeInstancesHealth of h-prod cannot be understood: its error is not one of AWS's; is a proxy in the way?",
        ),
    ] {
        let told = said_of(&refused(status, code, message), Renewal::Profile("work".to_owned()));
        assert_eq!(told, (kind, sentence.to_owned()), "{status} {code:?}");
    }
}

#[test]
fn a_way_that_is_broken_is_told_from_patience_that_ended() {
    let io = |kind: std::io::ErrorKind| Failed::dispatch_failure(ConnectorError::io(std::io::Error::new(kind, "x").into()));
    let words = |text: &'static str| Failed::dispatch_failure(ConnectorError::io(text.into()));
    for (failed, sentence) in [
        (Failed::timeout_error("operation timeout"), "us-west-1 did not answer within 10 s"),
        (words("HTTP read timeout occurred after 10s"), "us-west-1 did not answer within 10 s"),
        (
            words("HTTP connect timeout occurred after 3.1s"),
            "us-west-1 cannot be reached: elasticbeanstalk.us-west-1.amazonaws.com took longer than 3 s to accept a connection",
        ),
        (
            io(std::io::ErrorKind::ConnectionRefused),
            "us-west-1 cannot be reached: nothing listens at elasticbeanstalk.us-west-1.amazonaws.com",
        ),
        (io(std::io::ErrorKind::ConnectionReset), "us-west-1 broke the connection before it answered DescribeInstancesHealth of h-prod"),
        (
            words("connection closed before message completed"),
            "us-west-1 broke the connection before it answered DescribeInstancesHealth of h-prod",
        ),
        (
            words("dns error"),
            "us-west-1 cannot be reached: the name elasticbeanstalk.us-west-1.amazonaws.com does not resolve; check the network",
        ),
        (words("tunnel error: unsuccessful"), "us-west-1 cannot be reached through the proxy: check HTTPS_PROXY and NO_PROXY"),
        (
            words("invalid peer certificate: UnknownIssuer"),
            "us-west-1 cannot be trusted: the certificate of elasticbeanstalk.us-west-1.amazonaws.com is not one that this machine accepts; where a proxy inspects TLS, point SSL_CERT_FILE at its root certificates",
        ),
    ] {
        assert_eq!(said_of(&failed, Renewal::Chain), (FaultKind::Unreachable, sentence.to_owned()));
    }
}

#[test]
fn credentials_that_fail_say_how_to_renew_them() {
    let lack = |error: CredentialsError| Failed::dispatch_failure(ConnectorError::other(error.into(), None));
    for (error, sentence) in [
        (
            CredentialsError::not_loaded("x"),
            "there are no credentials for the default profile: run `aws configure` or `aws sso login`, or set AWS_PROFILE",
        ),
        (
            CredentialsError::provider_error("failed to load IMDS session token"),
            "there are no credentials for the default profile: run `aws configure` or `aws sso login`, or set AWS_PROFILE",
        ),
        (
            CredentialsError::provider_error("the SSO token has expired and cannot be refreshed"),
            "the single sign-on session of the default profile has expired: run `aws sso login` or put new keys in place; reading then goes on",
        ),
        (
            CredentialsError::provider_error("external process exited with code 1. Stderr: hush"),
            "the credential process of the default profile failed: run it by hand to see why",
        ),
        (
            CredentialsError::provider_error("User: arn:x is not authorized to perform: sts:AssumeRole on resource: arn:y"),
            "the default profile may not assume its role: check role_arn and source_profile in ~/.aws/config, or ask for sts:AssumeRole",
        ),
        (
            CredentialsError::invalid_configuration("profile formed an infinite loop"),
            "the default profile is not in the AWS configuration files, or is wrong there: check ~/.aws/config and ~/.aws/credentials",
        ),
        (
            CredentialsError::not_loaded("profile `sso` was not defined"),
            "the default profile is not in the AWS configuration files, or is wrong there: check ~/.aws/config and ~/.aws/credentials",
        ),
    ] {
        assert_eq!(kept(&lack(error), None), (FaultKind::Expired, sentence.to_owned()));
    }
    let keys = said_of(&refused(403, Some("ExpiredToken"), None), Renewal::Environment);
    assert_eq!(
        keys.1,
        "the credentials of the environment (AWS_ACCESS_KEY_ID) have expired: start again with new keys, or use a profile, which is read anew"
    );
}

#[test]
fn an_endpoint_that_is_none_is_named_as_the_cause() {
    let failed = Failed::dispatch_failure(ConnectorError::other("failed to apply endpoint `localhost:5000` to request".into(), None));
    assert_eq!(
        kept(&failed, Some("localhost:5000")).1,
        "DescribeInstancesHealth of h-prod could not be sent to us-west-1: the configured endpoint (AWS_ENDPOINT_URL) is not a URL such as https://host:port"
    );
}

#[test]
fn a_write_was_not_taken_only_where_that_is_certain() {
    let (throttled, unwell) = (Some("Throttling"), Some("InternalFailure"));
    for (status, code, is_untaken) in [
        (400, Some("InvalidParameterValue"), true),
        (403, Some("AccessDenied"), true),
        (403, Some("ExpiredToken"), true),
        (400, throttled, true),
        // EC2 throttles with 503.
        (503, Some("RequestLimitExceeded"), true),
        (429, Some("TooManyRequestsException"), true),
        (407, None, true),
        (500, unwell, false),
        (503, Some("ServiceUnavailable"), false),
        (503, None, false),
        // Whoever answers without a code is not the service: it may have let the request through before.
        (403, None, false),
        (404, None, false),
        (408, Some("RequestTimeout"), false),
    ] {
        assert_eq!(super::is_untaken(&refused(status, code, None), true), is_untaken, "{status} {code:?}");
    }
    let io = |kind| Failed::dispatch_failure(ConnectorError::io(std::io::Error::from(kind).into()));
    assert!(super::is_untaken(&io(std::io::ErrorKind::ConnectionRefused), true));
    assert!(!super::is_untaken(&io(std::io::ErrorKind::ConnectionReset), true));
    assert!(!super::is_untaken(&io(std::io::ErrorKind::TimedOut), true), "that may be an old connection's");
    assert!(super::is_untaken(&Failed::dispatch_failure(ConnectorError::timeout("HTTP connect timeout occurred after 3.1s".into())), true));
    let slow = || Failed::timeout_error("no answer");
    assert!(!super::is_untaken(&slow(), true));
    assert!(super::is_untaken(&slow(), false), "it never left");
}
