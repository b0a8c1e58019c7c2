//! Platforms and quotas: the same in every account and region.

use crate::moment::{DAY, Moment};
use crate::settings::{STACKS, Stack};
use crate::wire::query::Params;
use crate::wire::xml::Xml;

use super::super::{Answered, Call, Fault, token};

const TIERS: [&str; 2] = ["WebServer/Standard", "Worker/SQS/HTTP"];

/// Answers `DescribeAccountAttributes` with the quotas that accounts begin with.
///
/// # Errors
///
/// Never.
pub fn account(xml: &mut Xml) -> Answered {
    xml.within("ResourceQuotas", |xml| {
        for (name, maximum) in [
            ("ApplicationQuota", 75),
            ("ApplicationVersionQuota", 1_000),
            ("EnvironmentQuota", 10_000),
            ("ConfigurationTemplateQuota", 2_000),
            ("CustomPlatformQuota", 50),
        ] {
            xml.within(name, |xml| xml.plain("Maximum", maximum));
        }
    });
    Ok(())
}

/// Answers `ListAvailableSolutionStacks`.
///
/// # Errors
///
/// Never.
pub fn stacks(xml: &mut Xml) -> Answered {
    let names: Vec<String> = STACKS.iter().map(Stack::name).collect();
    xml.texts("SolutionStacks", "member", names.iter().map(String::as_str));
    xml.list("SolutionStackDetails", "member", &names, |xml, name| {
        xml.text("SolutionStackName", name);
        xml.texts("PermittedFileTypes", "member", ["zip"]);
    });
    Ok(())
}

/// Answers `ListPlatformVersions`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn versions(call: &Call<'_>, xml: &mut Xml) -> Answered {
    token::most(call.params.get("MaxRecords"), 1_000)?;
    let filters = call.params.structures("Filters");
    let region = &*call.place.region;
    let wanted = STACKS.iter().filter(|stack| filters.iter().all(|filter| fits(stack, region, filter)));
    xml.list("PlatformSummaryList", "member", wanted, |xml, stack| {
        xml.text("PlatformArn", &stack.arn(region));
        summary(stack, xml);
    });
    Ok(())
}

fn fits(stack: &Stack, region: &str, filter: &Params) -> bool {
    let values = filter.list("Values");
    let is = match filter.get("Type").unwrap_or("") {
        "PlatformArn" => stack.arn(region),
        "PlatformName" | "PlatformBranchName" => platform_name(stack),
        "PlatformVersion" if values.contains(&"latest") => return true,
        "PlatformVersion" => stack.version.to_owned(),
        "PlatformStatus" => String::from("Ready"),
        "PlatformOwner" => String::from("AWSElasticBeanstalk"),
        "PlatformLifecycleState" => String::from("Recommended"),
        "PlatformBranchLifecycleState" => String::from("Supported"),
        "OperatingSystemName" => String::from("Amazon Linux"),
        "SupportedTier" => return values.iter().any(|value| TIERS.contains(value)),
        _ => return true,
    };
    match filter.get("Operator").unwrap_or("=") {
        "=" | "in" => values.contains(&is.as_str()),
        "!=" | "not_in" => !values.contains(&is.as_str()),
        "begins_with" => values.iter().any(|value| is.starts_with(value)),
        "ends_with" => values.iter().any(|value| is.ends_with(value)),
        "contains" => values.iter().any(|value| is.contains(value)),
        _ => true,
    }
}

fn platform_name(stack: &Stack) -> String {
    format!("{} running on {}", stack.branch, stack.system)
}

fn summary(stack: &Stack, xml: &mut Xml) {
    xml.text("PlatformOwner", "AWSElasticBeanstalk");
    xml.text("PlatformStatus", "Ready");
    xml.text("PlatformCategory", stack.branch.split(' ').next().unwrap_or(stack.branch));
    xml.text("OperatingSystemName", "Amazon Linux");
    xml.text("OperatingSystemVersion", stack.system.rsplit(' ').next().unwrap_or("2023"));
    xml.texts("SupportedTierList", "member", TIERS);
    xml.texts("SupportedAddonList", "member", ["Log/S3", "Monitoring/Healthd", "WorkerDaemon/SQSD"]);
    xml.text("PlatformLifecycleState", "Recommended");
    xml.text("PlatformVersion", stack.version);
    xml.text("PlatformBranchName", &platform_name(stack));
    xml.text("PlatformBranchLifecycleState", "Supported");
}

/// Answers `ListPlatformBranches`.
///
/// # Errors
///
/// Never.
pub fn branches(xml: &mut Xml) -> Answered {
    xml.list("PlatformBranchSummaryList", "member", STACKS.iter().enumerate(), |xml, (order, stack)| {
        xml.text("PlatformName", stack.branch.split(' ').next().unwrap_or(stack.branch));
        xml.text("BranchName", &platform_name(stack));
        xml.text("LifecycleState", "Supported");
        xml.plain("BranchOrder", order);
        xml.texts("SupportedTierList", "member", TIERS);
    });
    Ok(())
}

/// Answers `DescribePlatformVersion`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn version(call: &Call<'_>, xml: &mut Xml) -> Answered {
    let arn = call.params.get("PlatformArn").ok_or_else(|| Fault::missing("platformArn"))?;
    let region = &*call.place.region;
    let stack =
        STACKS.iter().find(|stack| stack.arn(region) == arn).ok_or_else(|| Fault::invalid(format!("No Platform named '{arn}' found.")))?;
    // The day on which these platforms came out.
    let made = Moment::from_millis(20_000 * DAY).rfc3339();
    xml.within("PlatformDescription", |xml| {
        xml.text("PlatformArn", arn);
        xml.text("PlatformName", &platform_name(stack));
        xml.text("SolutionStackName", &stack.name());
        xml.text("DateCreated", &made);
        xml.text("DateUpdated", &made);
        xml.text("Description", &stack.name());
        xml.text("Maintainer", "aws-elasticbeanstalk-platforms@amazon.com");
        summary(stack, xml);
    });
    Ok(())
}
