//! The page of an environment in the console of its platform.

use super::Environment;
use crate::model::id::{EnvironmentKey, Platform, PlatformId, Region};

impl Environment<'_> {
    /// Its page in the console of its platform; none where that has none, or not all that it takes is known.
    #[must_use]
    pub fn console_page(&self) -> Option<String> {
        page(self.seen_key()?, self.identity()?.platform_id.as_ref()?)
    }
}

/// An environment's page in the console of AWS, in its partition (AWS General Reference, "AWS Management Console").
fn page(key: &EnvironmentKey, id: &PlatformId) -> Option<String> {
    let region = key.region.as_ref()?;
    let home = format!("https://{region}.{}", host(region));
    match key.platform {
        Platform::Beanstalk => Some(format!("{home}/elasticbeanstalk/home?region={region}#/environment/dashboard?environmentId={id}")),
        Platform::TargetGroup => Some(format!("{home}/ec2/home?region={region}#TargetGroup:targetGroupArn={id}")),
        Platform::TaggedEc2 | Platform::Host => None,
    }
}

fn host(region: &Region) -> &'static str {
    match region.as_str() {
        name if name.starts_with("cn-") => "console.amazonaws.cn",
        name if name.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_of(key: &str, id: &str) -> Option<String> {
        page(&key.parse().unwrap(), &PlatformId::from(id))
    }

    #[test]
    fn the_console_is_that_of_the_partition_and_of_the_kind() {
        let at = |region: &str| page_of(&format!("beanstalk:1:{region}:h-prod"), "e-1").unwrap();
        assert!(at("us-west-1").starts_with("https://us-west-1.console.aws.amazon.com/elasticbeanstalk/"));
        assert!(at("us-west-1").ends_with("environmentId=e-1"));
        assert!(at("cn-north-1").contains("amazonaws.cn/"));
        assert!(at("us-gov-west-1").contains("amazonaws-us-gov.com/"));
        assert!(page_of("target-group:1:us-west-2:growl-prod", "arn:x").unwrap().ends_with("targetGroupArn=arn:x"));
        assert_eq!(page_of("host:lion-1:-:wit", "x"), None);
    }
}
