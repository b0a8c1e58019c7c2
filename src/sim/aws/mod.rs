//! The services of AWS: from an operation and its parameters to XML or JSON.
//!
//! Owns the envelopes of awsQuery and ec2Query and the routing to services.
//! Never touches HTTP.

pub mod autoscaling;
pub mod beanstalk;
pub mod ec2;
pub mod ecr;
pub mod elbv2;
mod fault;
pub mod json;
pub mod logs;
pub mod ssm;
pub mod sts;
pub mod token;

pub use fault::Fault;

use crate::environment::{Name, Place};
use crate::wire::query::Params;
use crate::wire::xml::Xml;
use crate::world::World;

/// The content type of an answer in XML.
pub const XML: &str = "text/xml";

/// The content type of a service's answers.
#[must_use]
pub fn content_type(service: &str) -> &'static str {
    if json::target_prefix(service).is_some() { json::JSON } else { XML }
}

/// One call of an operation.
#[derive(Debug)]
pub struct Call<'a> {
    /// Whose and where.
    pub place: Place,
    /// The signing name.
    pub service: &'a str,
    /// `Action`.
    pub operation: &'a str,
    /// The parameters.
    pub params: &'a Params,
    /// Where this server is, as whoever calls names it.
    pub base: &'a str,
    /// The request, of a service that speaks JSON.
    pub body: &'a json::Body,
    /// The id of this request.
    pub request_id: &'a str,
    /// The ARN of who calls.
    pub caller: Name,
}

/// What an operation makes of a call: it writes its result, or refuses.
pub type Answered = Result<(), Fault>;

/// The fixed list of reads; every other operation changes something.
const READS: [&str; 53] = [
    "AssumeRole",
    "BatchGetImage",
    "CheckDNSAvailability",
    "DescribeAccountAttributes",
    "DescribeAddresses",
    "DescribeApplicationVersions",
    "DescribeApplications",
    "DescribeAutoScalingGroups",
    "DescribeAutoScalingInstances",
    "DescribeAvailabilityZones",
    "DescribeConfigurationOptions",
    "DescribeConfigurationSettings",
    "DescribeEnvironmentHealth",
    "DescribeEnvironmentManagedActionHistory",
    "DescribeEnvironmentManagedActions",
    "DescribeEnvironmentResources",
    "DescribeEnvironments",
    "DescribeEvents",
    "DescribeImages",
    "DescribeInstanceInformation",
    "DescribeInstanceStatus",
    "DescribeInstances",
    "DescribeInstancesHealth",
    "DescribeListeners",
    "DescribeLoadBalancerAttributes",
    "DescribeLoadBalancers",
    "DescribePlatformVersion",
    "DescribeLogGroups",
    "DescribeLogStreams",
    "DescribeRegions",
    "DescribeRepositories",
    "DescribeRules",
    "DescribeScalingActivities",
    "DescribeTags",
    "DescribeTargetGroupAttributes",
    "DescribeTargetGroups",
    "DescribeTargetHealth",
    "FilterLogEvents",
    "GetCallerIdentity",
    "GetCommandInvocation",
    "GetLogEvents",
    "GetParameter",
    "ListAvailableSolutionStacks",
    "ListCommandInvocations",
    "ListImages",
    "ListPlatformBranches",
    "ListPlatformVersions",
    "ListTagsForResource",
    "RequestEnvironmentInfo",
    "RetrieveEnvironmentInfo",
    "StartLiveTail",
    "ValidateConfigurationSettings",
    "DescribeVpcs",
];

/// Operations that answer with nothing, not even an empty result.
const VOID: [&str; 5] =
    ["AbortEnvironmentUpdate", "RebuildEnvironment", "RequestEnvironmentInfo", "RestartAppServer", "SwapEnvironmentCNAMEs"];

/// Whether an operation changes anything.
#[must_use]
pub fn is_write(operation: &str) -> bool {
    !operation.is_empty() && !READS.contains(&operation)
}

/// Whether a service answers in every region, enabled or not.
#[must_use]
pub fn is_global(service: &str) -> bool {
    service == "sts"
}

/// Answers a call with the whole text of its answer.
///
/// # Errors
///
/// What the service refuses it with.
pub fn answer(world: &mut World, call: &Call<'_>) -> Result<String, Fault> {
    let operation = call.operation;
    let mut xml = Xml::with_capacity(1_024);
    if json::target_prefix(call.service).is_some() {
        let answered = match call.service {
            "ecr" => ecr::answer(world, call)?,
            "logs" => logs::answer(world, call)?,
            _ => ssm::answer(world, call)?,
        };
        return Ok(answered.to_string());
    }
    if call.service == "ec2" {
        let tag = format!("{operation}Response");
        xml.open(&format!("{tag} xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\""));
        xml.text("requestId", call.request_id);
        ec2::answer(world, call, &mut xml)?;
        xml.close(&tag);
        return Ok(xml.into_string());
    }
    let service: fn(&mut World, &Call<'_>, &mut Xml) -> Answered = match call.service {
        "elasticbeanstalk" => beanstalk::answer,
        "elasticloadbalancing" => elbv2::answer,
        "autoscaling" => autoscaling::answer,
        "sts" => sts::answer,
        _ => return Err(Fault::unknown_operation(operation)),
    };
    if operation.is_empty() || !operation.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Fault::unknown_operation(operation));
    }
    let (tag, result) = (format!("{operation}Response"), format!("{operation}Result"));
    xml.open(&format!("{tag} xmlns=\"{}\"", namespace(call.service)));
    if VOID.contains(&operation) {
        service(world, call, &mut xml)?;
    } else {
        xml.open(&result);
        service(world, call, &mut xml)?;
        xml.close(&result);
    }
    xml.within("ResponseMetadata", |xml| {
        xml.text("RequestId", call.request_id);
    });
    xml.close(&tag);
    Ok(xml.into_string())
}

/// The text of a refusal, in the envelope of its service.
#[must_use]
pub fn failure(service: &str, fault: &Fault, request_id: &str) -> String {
    if json::target_prefix(service).is_some() {
        return serde_json::json!({ "__type": fault.code, "message": fault.message }).to_string();
    }
    let mut xml = Xml::with_capacity(512);
    if service == "ec2" {
        xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml.within("Response", |xml| {
            xml.within("Errors", |xml| {
                xml.within("Error", |xml| {
                    xml.text("Code", &fault.code);
                    xml.text("Message", &fault.message);
                });
            });
            xml.text("RequestID", request_id);
        });
        return xml.into_string();
    }
    let namespace = namespace(service);
    if namespace.is_empty() {
        xml.open("ErrorResponse");
    } else {
        xml.open(&format!("ErrorResponse xmlns=\"{namespace}\""));
    }
    xml.within("Error", |xml| {
        let whose = if fault.status < 500 { "Sender" } else { "Receiver" };
        xml.text("Type", whose);
        xml.text("Code", &fault.code);
        xml.text("Message", &fault.message);
    });
    xml.text("RequestId", request_id);
    xml.close("ErrorResponse");
    xml.into_string()
}

/// The namespace of a service's answers.
fn namespace(service: &str) -> &'static str {
    match service {
        "elasticbeanstalk" => "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/",
        "elasticloadbalancing" => "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
        "autoscaling" => "http://autoscaling.amazonaws.com/doc/2011-01-01/",
        "sts" => "https://sts.amazonaws.com/doc/2011-06-15/",
        "ec2" => "http://ec2.amazonaws.com/doc/2016-11-15/",
        _ => "",
    }
}
