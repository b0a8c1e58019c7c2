//! The names of an environment's properties, and how it is deployed to, out of its configuration settings.
//!
//! The answer holds the values of properties in clear; nothing here looks at them.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_elasticbeanstalk::types::{ConfigurationDeploymentStatus, ConfigurationOptionSetting, ConfigurationSettingsDescription};

use crate::model::strategy::{Batch, Policy, Strategy};

/// Where properties stand, and where those stand whose values are kept in Secrets Manager or Parameter Store
/// ("General options for all environments" in Elastic Beanstalk's developer guide).
const NAMESPACES: [&str; 2] = ["aws:elasticbeanstalk:application:environment", "aws:elasticbeanstalk:application:environmentsecrets"];

/// Where it stands how a version is deployed, how many instances there are, and whether there is a load balancer
/// (the same guide).
const COMMAND: &str = "aws:elasticbeanstalk:command";
const GROUP: &str = "aws:autoscaling:asg";
const ENVIRONMENT: &str = "aws:elasticbeanstalk:environment";

/// The options of what is deployed, where a change waits or has failed beside it.
fn options(sets: &[ConfigurationSettingsDescription]) -> &[ConfigurationOptionSetting] {
    let deployed = |set: &&ConfigurationSettingsDescription| set.deployment_status() == Some(&ConfigurationDeploymentStatus::Deployed);
    let set = sets.iter().find(deployed).or_else(|| sets.first());
    set.map(ConfigurationSettingsDescription::option_settings).unwrap_or_default()
}

/// The names that are set.
pub fn names(sets: &[ConfigurationSettingsDescription]) -> BTreeSet<Arc<str>> {
    let ours = options(sets).iter().filter(|option| option.namespace().is_some_and(|namespace| NAMESPACES.contains(&namespace)));
    ours.filter_map(|option| option.option_name()).map(Arc::from).collect()
}

/// How a version is brought to the instances.
pub fn strategy(sets: &[ConfigurationSettingsDescription]) -> Strategy {
    let value = |namespace: &str, name: &str| {
        let named = |option: &&ConfigurationOptionSetting| option.namespace() == Some(namespace) && option.option_name() == Some(name);
        options(sets).iter().find(named)?.value()
    };
    let number = |namespace: &str, name: &str| value(namespace, name)?.parse::<u32>().ok();
    let batch = number(COMMAND, "BatchSize").zip(value(COMMAND, "BatchSizeType"));
    Strategy {
        policy: value(COMMAND, "DeploymentPolicy").and_then(Policy::read),
        batch: batch.and_then(|(size, kind)| match kind {
            "Percentage" => Some(Batch::Percent(size)),
            "Fixed" => Some(Batch::Fixed(size)),
            _ => None,
        }),
        is_single: value(ENVIRONMENT, "EnvironmentType") == Some("SingleInstance"),
        fewest: number(GROUP, "MinSize"),
        most: number(GROUP, "MaxSize"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(status: ConfigurationDeploymentStatus, options: &[(&str, &str)]) -> ConfigurationSettingsDescription {
        let option = |(namespace, name): &(&str, &str)| {
            ConfigurationOptionSetting::builder().namespace(*namespace).option_name(*name).value("secret").build()
        };
        let options = options.iter().map(option).collect();
        ConfigurationSettingsDescription::builder().deployment_status(status).set_option_settings(Some(options)).build()
    }

    #[test]
    fn names_are_those_of_what_is_deployed() {
        let pending = set(ConfigurationDeploymentStatus::Pending, &[(NAMESPACES[0], "NEW")]);
        let deployed =
            set(ConfigurationDeploymentStatus::Deployed, &[(NAMESPACES[0], "A"), (NAMESPACES[1], "B"), ("aws:autoscaling:asg", "MinSize")]);
        let told = names(&[pending.clone(), deployed]);
        assert_eq!(told.iter().map(|name| &**name).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(names(&[pending]).len(), 1);
        assert!(names(&[]).is_empty());
    }

    #[test]
    fn how_it_is_deployed_to_is_read_and_what_is_not_told_is_not_known() {
        let option = |(namespace, name, value): (&str, &str, &str)| {
            ConfigurationOptionSetting::builder().namespace(namespace).option_name(name).value(value).build()
        };
        let told = [
            (COMMAND, "DeploymentPolicy", "RollingWithAdditionalBatch"),
            (COMMAND, "BatchSize", "30"),
            (COMMAND, "BatchSizeType", "Percentage"),
            (GROUP, "MinSize", "2"),
            (GROUP, "MaxSize", "many"),
            (ENVIRONMENT, "EnvironmentType", "LoadBalanced"),
        ];
        let set = ConfigurationSettingsDescription::builder().set_option_settings(Some(told.map(option).to_vec())).build();
        let expected = Strategy {
            policy: Some(Policy::AdditionalBatch),
            batch: Some(Batch::Percent(30)),
            is_single: false,
            fewest: Some(2),
            most: None,
        };
        assert_eq!((strategy(&[set]), strategy(&[])), (expected, Strategy::default()));
    }
}
