//! The names of an environment's properties, out of its configuration settings.
//!
//! The answer holds the values in clear; nothing here looks at them.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_elasticbeanstalk::types::{ConfigurationDeploymentStatus, ConfigurationSettingsDescription};

/// Where properties stand, and where those stand whose values are kept in Secrets Manager or Parameter Store
/// ("General options for all environments" in Elastic Beanstalk's developer guide).
const NAMESPACES: [&str; 2] = ["aws:elasticbeanstalk:application:environment", "aws:elasticbeanstalk:application:environmentsecrets"];

/// The names that are set: of what is deployed, where a change waits or has failed beside it.
pub fn names(sets: &[ConfigurationSettingsDescription]) -> BTreeSet<Arc<str>> {
    let deployed = |set: &&ConfigurationSettingsDescription| set.deployment_status() == Some(&ConfigurationDeploymentStatus::Deployed);
    let set = sets.iter().find(deployed).or_else(|| sets.first());
    let options = set.into_iter().flat_map(ConfigurationSettingsDescription::option_settings);
    let ours = options.filter(|option| option.namespace().is_some_and(|namespace| NAMESPACES.contains(&namespace)));
    ours.filter_map(|option| option.option_name()).map(Arc::from).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticbeanstalk::types::ConfigurationOptionSetting;

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
}
