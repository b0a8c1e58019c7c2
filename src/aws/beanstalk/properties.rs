//! An environment's properties, and how it is deployed to, out of its configuration settings.
//!
//! The answer holds the values of properties in clear. Of each only a fingerprint leaves this file, but for the one
//! that a person asks for.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, LazyLock};

use aws_sdk_elasticbeanstalk::types::{ConfigurationDeploymentStatus, ConfigurationOptionSetting, ConfigurationSettingsDescription};

use crate::model::property::{Fingerprint, Properties, Property, Value};
use crate::model::strategy::{Batch, Policy, Strategy};

/// Where properties stand, and where those stand whose values are kept in Secrets Manager or Parameter Store
/// ("General options for all environments" in Elastic Beanstalk's developer guide).
const PLAIN: &str = "aws:elasticbeanstalk:application:environment";
const REFERENCES: &str = "aws:elasticbeanstalk:application:environmentsecrets";

/// The key of fingerprints: made anew at each start, of as many random bits as the standard library's hashes have, and
/// never told. So whoever sees a fingerprint cannot try values against it, and it means nothing to another process.
static FINGERPRINTS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

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

/// The properties that are set, without their values.
pub fn properties(sets: &[ConfigurationSettingsDescription]) -> Properties {
    let named = |option: &ConfigurationOptionSetting| Some((Arc::from(option.option_name()?), property(option)?));
    options(sets).iter().filter_map(named).collect()
}

fn property(option: &ConfigurationOptionSetting) -> Option<Property> {
    match option.namespace()? {
        // One that is set to nothing is told without a value.
        PLAIN => Some(Property::Plain(Fingerprint::new(FINGERPRINTS.hash_one(option.value().unwrap_or_default())))),
        REFERENCES => Some(Property::Reference),
        _ => None,
    }
}

/// The value of one property, for who asked for it; of one that is kept elsewhere, where that is. None where it is not set.
pub fn value(sets: &[ConfigurationSettingsDescription], name: &str) -> Option<Value> {
    let mut named = options(sets).iter().filter(|option| option.option_name() == Some(name) && property(option).is_some());
    // Of two of one name the last counts, as it does where they are listed.
    named.next_back().map(|option| Value::new(option.value().unwrap_or_default()))
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
    fn properties_are_those_of_what_is_deployed() {
        let pending = set(ConfigurationDeploymentStatus::Pending, &[(PLAIN, "NEW")]);
        let deployed = set(ConfigurationDeploymentStatus::Deployed, &[(PLAIN, "A"), (REFERENCES, "B"), ("aws:autoscaling:asg", "MinSize")]);
        let told = properties(&[pending.clone(), deployed]);
        assert_eq!(told.keys().map(|name| &**name).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(told["B"], Property::Reference);
        assert_eq!(properties(&[pending]).len(), 1);
        assert!(properties(&[]).is_empty());
    }

    #[test]
    fn equal_values_are_told_from_different_ones_and_none_is_told_itself() {
        let one = |value: Option<&str>| {
            let option =
                ConfigurationOptionSetting::builder().namespace(PLAIN).option_name("A").set_value(value.map(str::to_owned)).build();
            [ConfigurationSettingsDescription::builder().option_settings(option).build()]
        };
        let of = |value| properties(&one(value))["A"];
        assert_eq!(of(Some("s3cret")), of(Some("s3cret")));
        assert_ne!(of(Some("s3cret")), of(Some("S3cret")));
        assert_eq!(of(None), of(Some("")));
        let told = properties(&one(Some("s3cret")));
        assert!(!format!("{told:?}").contains("s3cret"));
    }

    #[test]
    fn one_value_is_told_where_it_is_asked_for_and_no_other_option_is() {
        let told = [set(ConfigurationDeploymentStatus::Deployed, &[(PLAIN, "A"), ("aws:autoscaling:asg", "MinSize")])];
        assert_eq!(value(&told, "A").as_ref().map(Value::reveal), Some("secret"));
        assert!(value(&told, "MinSize").is_none() && value(&told, "B").is_none());
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
