//! Option settings: reading them, and applying those of an update.
//!
//! Owns which namespace and option stands for which part of the settings.

use std::collections::BTreeMap;

use crate::environment::Environment;
use crate::settings::{Batch, Policy, STACKS, Settings, Stack};
use crate::wire::query::Params;
use crate::wire::xml::Xml;
use crate::world::World;

use super::super::{Answered, Call, Fault};
use super::find;

/// The namespace of environment properties.
pub const PROPERTIES: &str = "aws:elasticbeanstalk:application:environment";
const COMMAND: &str = "aws:elasticbeanstalk:command";
const LOGS: &str = "aws:elasticbeanstalk:cloudwatch:logs";
const HEALTH: &str = "aws:elasticbeanstalk:healthreporting:system";
const ENVIRONMENT: &str = "aws:elasticbeanstalk:environment";
const GROUP: &str = "aws:autoscaling:asg";
const LAUNCH: &str = "aws:autoscaling:launchconfiguration";
const PROCESS: &str = "aws:elasticbeanstalk:environment:process:default";
const APPLICATION: &str = "aws:elasticbeanstalk:application";

/// All options of an environment: namespace, name, value.
#[must_use]
pub fn all(settings: &Settings) -> Vec<(&str, &str, String)> {
    let (batch, kind) = match settings.batch {
        Batch::Percentage(share) => (share, "Percentage"),
        Batch::Fixed(count) => (count, "Fixed"),
    };
    let yes = |flag: bool| String::from(if flag { "true" } else { "false" });
    let mut options = vec![
        (GROUP, "MinSize", settings.min.to_string()),
        (GROUP, "MaxSize", settings.max.to_string()),
        (GROUP, "Cooldown", String::from("360")),
        (LAUNCH, "InstanceType", settings.instance_type.clone()),
        (LAUNCH, "IamInstanceProfile", String::from("aws-elasticbeanstalk-ec2-role")),
        (APPLICATION, "Application Healthcheck URL", settings.health_path.clone()),
        (LOGS, "DeleteOnTerminate", yes(false)),
        (LOGS, "RetentionInDays", settings.retention_days.to_string()),
        (LOGS, "StreamLogs", yes(settings.stream_logs)),
        (COMMAND, "BatchSize", batch.to_string()),
        (COMMAND, "BatchSizeType", kind.to_owned()),
        (COMMAND, "DeploymentPolicy", settings.policy.word().to_owned()),
        (COMMAND, "IgnoreHealthCheck", yes(false)),
        (COMMAND, "Timeout", String::from("600")),
        (ENVIRONMENT, "EnvironmentType", String::from(if settings.balanced { "LoadBalanced" } else { "SingleInstance" })),
        (ENVIRONMENT, "LoadBalancerType", String::from("application")),
        (ENVIRONMENT, "LoadBalancerIsShared", yes(false)),
        (ENVIRONMENT, "ServiceRole", String::from("aws-elasticbeanstalk-service-role")),
        (PROCESS, "HealthCheckPath", settings.health_path.clone()),
        (PROCESS, "DeregistrationDelay", String::from("20")),
        (HEALTH, "SystemType", String::from(if settings.enhanced { "enhanced" } else { "basic" })),
    ];
    options.extend(settings.properties.iter().map(|(name, value)| (PROPERTIES, name.as_str(), value.clone())));
    options.extend(settings.further.iter().map(|((space, name), value)| (space.as_str(), name.as_str(), value.clone())));
    options
}

/// Answers `DescribeConfigurationSettings`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn settings(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let app = call.params.get("ApplicationName").ok_or_else(|| Fault::missing("applicationName"))?;
    if let Some(template) = call.params.get("TemplateName") {
        return Err(Fault::invalid(format!("No Configuration Template named '{app}/{template}' found.")));
    }
    let name = call
        .params
        .get("EnvironmentName")
        .ok_or_else(|| Fault::new(400, "MissingRequiredParameter", "Either TemplateName or EnvironmentName must be specified."))?;
    let slot = find(world, &call.place, Some(name), None)?;
    let environment = super::at(world, slot)?;
    if *environment.app != *app {
        return Err(Fault::invalid(format!("No Environment found for EnvironmentName = '{name}'.")));
    }
    xml.list("ConfigurationSettings", "member", [environment], describe);
    Ok(())
}

fn describe(xml: &mut Xml, environment: &Environment) {
    let stack = environment.settings.stack;
    xml.text("SolutionStackName", &stack.name());
    xml.text("PlatformArn", &stack.arn(&environment.place.region));
    xml.text("ApplicationName", &environment.app);
    xml.maybe("Description", environment.description.as_deref());
    // botocore's model does not know it; the EB CLI's own model does, and
    // `eb health` does not work without.
    xml.within("Tier", |xml| {
        xml.text("Name", "WebServer");
        xml.text("Type", "Standard");
        xml.text("Version", "1.0");
    });
    xml.text("EnvironmentName", &environment.name);
    xml.text("DeploymentStatus", if environment.operation.is_some() { "pending" } else { "deployed" });
    xml.text("DateCreated", &environment.created.rfc3339());
    xml.text("DateUpdated", &environment.updated.rfc3339());
    xml.list("OptionSettings", "member", all(&environment.settings), |xml, (space, name, value)| {
        if space == GROUP {
            xml.text("ResourceName", "AWSEBAutoScalingGroup");
        }
        xml.text("Namespace", space);
        xml.text("OptionName", name);
        xml.text("Value", &value);
    });
}

/// Answers `DescribeConfigurationOptions` with the options that there are here.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn options(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let found = match call.params.get("EnvironmentName") {
        None => None,
        Some(name) => Some(super::at(world, find(world, &call.place, Some(name), None)?)?),
    };
    let usual = crate::scenario::environments::usual_settings(1);
    let settings = found.map_or(&usual, |environment| &environment.settings);
    let stack = match call.params.get("SolutionStackName").or(call.params.get("PlatformArn")) {
        None => settings.stack,
        Some(name) => platform(name, &call.place.region)?,
    };
    xml.text("SolutionStackName", &stack.name());
    xml.text("PlatformArn", &stack.arn(&call.place.region));
    xml.list("Options", "member", all(&usual), |xml, (space, name, value)| {
        xml.text("Namespace", space);
        xml.text("Name", name);
        xml.text("DefaultValue", &value);
        xml.text("ChangeSeverity", if replaces(space, name) { "RestartEnvironment" } else { "NoInterruption" });
        xml.plain("UserDefined", false);
        xml.text("ValueType", "Scalar");
        let choices: &[&str] = match (space, name) {
            (COMMAND, "DeploymentPolicy") => &["AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting"],
            (COMMAND, "BatchSizeType") => &["Percentage", "Fixed"],
            (HEALTH, "SystemType") => &["basic", "enhanced"],
            (ENVIRONMENT, "EnvironmentType") => &["SingleInstance", "LoadBalanced"],
            _ => &[],
        };
        if !choices.is_empty() {
            xml.texts("ValueOptions", "member", choices.iter().copied());
        }
    });
    Ok(())
}

/// Answers `ValidateConfigurationSettings`: nothing to say.
///
/// # Errors
///
/// Never.
pub fn validate(xml: &mut Xml) -> Answered {
    xml.open("Messages");
    xml.close("Messages");
    Ok(())
}

/// The platform of that name or ARN.
///
/// # Errors
///
/// When there is none.
pub fn platform(name: &str, region: &str) -> Result<&'static Stack, Fault> {
    STACKS
        .iter()
        .find(|stack| stack.name() == name || stack.arn(region) == name)
        .ok_or_else(|| Fault::invalid(format!("No Platform named '{name}' found.")))
}

/// Whether a change of the option replaces instances.
#[must_use]
pub fn replaces(space: &str, name: &str) -> bool {
    space == LAUNCH && matches!(name, "InstanceType" | "IamInstanceProfile" | "ImageId")
}

/// The options that an update sets and removes.
#[derive(Debug, Default)]
pub struct Wanted {
    set: BTreeMap<(String, String), String>,
    removed: Vec<(String, String)>,
}

impl Wanted {
    /// Reads them from the parameters of a call.
    ///
    /// # Errors
    ///
    /// When one has no namespace or no name.
    pub fn read(params: &Params) -> Result<Self, Fault> {
        let mut wanted = Self::default();
        let name = |option: &Params| match (option.get("Namespace"), option.get("OptionName")) {
            (Some(space), Some(name)) => Ok((space.to_owned(), name.to_owned())),
            _ => Err(Fault::new(
                400,
                "ConfigurationValidationException",
                "Configuration validation exception: Invalid option specification: Namespace and OptionName must be given.",
            )),
        };
        for option in params.structures("OptionSettings") {
            wanted.set.insert(name(&option)?, option.get("Value").unwrap_or("").to_owned());
        }
        for option in params.structures("OptionsToRemove") {
            wanted.removed.push(name(&option)?);
        }
        Ok(wanted)
    }

    /// Whether there is nothing to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }

    /// Whether instances are replaced by it.
    #[must_use]
    pub fn replaces(&self) -> bool {
        self.set.keys().any(|(space, name)| replaces(space, name))
    }

    /// Changes the settings.
    ///
    /// # Errors
    ///
    /// When a value is none that the option can have.
    pub fn apply(&self, settings: &mut Settings) -> Result<(), Fault> {
        for ((space, name), value) in &self.set {
            set(settings, space, name, value)?;
        }
        for (space, name) in &self.removed {
            if space == PROPERTIES {
                settings.properties.remove(name);
            }
            settings.further.remove(&(space.clone(), name.clone()));
        }
        Ok(())
    }
}

fn set(settings: &mut Settings, space: &str, name: &str, value: &str) -> Result<(), Fault> {
    let wrong = || {
        Fault::new(
            400,
            "ConfigurationValidationException",
            format!("Configuration validation exception: Invalid option value: '{value}' (Namespace: '{space}', OptionName: '{name}')"),
        )
    };
    let number = || value.parse::<u32>().map_err(|_| wrong());
    match (space, name) {
        (PROPERTIES, _) => {
            settings.properties.insert(name.to_owned(), value.to_owned());
        }
        (COMMAND, "DeploymentPolicy") => settings.policy = Policy::read(value).ok_or_else(wrong)?,
        (COMMAND, "BatchSize") => {
            let size = number()?;
            settings.batch = match settings.batch {
                Batch::Percentage(_) => Batch::Percentage(size),
                Batch::Fixed(_) => Batch::Fixed(size),
            };
        }
        (COMMAND, "BatchSizeType") => {
            let (Batch::Percentage(size) | Batch::Fixed(size)) = settings.batch;
            settings.batch = match value {
                "Percentage" => Batch::Percentage(size),
                "Fixed" => Batch::Fixed(size),
                _ => return Err(wrong()),
            };
        }
        (LOGS, "StreamLogs") => settings.stream_logs = value == "true",
        (LOGS, "RetentionInDays") => settings.retention_days = number()?,
        (HEALTH, "SystemType") => settings.enhanced = value == "enhanced",
        (GROUP, "MinSize") => settings.min = number()?,
        (GROUP, "MaxSize") => settings.max = number()?,
        (LAUNCH, "InstanceType") => value.clone_into(&mut settings.instance_type),
        (PROCESS, "HealthCheckPath") | (APPLICATION, "Application Healthcheck URL") => {
            value.clone_into(&mut settings.health_path);
        }
        _ => {
            settings.further.insert((space.to_owned(), name.to_owned()), value.to_owned());
        }
    }
    Ok(())
}
