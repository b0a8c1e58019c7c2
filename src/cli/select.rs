//! Which environments are meant by what is typed: a key, `name@region`, or a name where that is unique.

use crate::model::fleet::Fleet;
use crate::model::id::EnvironmentKey;
use crate::model::safe_text::safe;

/// Why it is not clear what is meant. Harmless to show.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unclear {
    /// There is none, among those that could be read.
    #[error("no environment is called \"{0}\": see quarterdeck status for those there are")]
    Nothing(String),
    /// There is none of this app, among those that could be read.
    #[error("no environment of an app \"{0}\" is seen: see quarterdeck status for those there are")]
    NoneOf(String),
    /// There are several.
    #[error("\"{text}\" may mean {} environments: write one of these, or name@region\n{}", .keys.len(), .keys.join("\n"))]
    Several {
        /// What was typed.
        text: String,
        /// The keys to choose from, one on a line.
        keys: Vec<String>,
    },
    /// It is clear what is meant, and it cannot be: why.
    #[error("{0}")]
    Impossible(String),
}

/// The environment that is meant.
///
/// # Errors
/// That there is none, or which there are to choose from.
pub fn one(fleet: &Fleet, text: &str) -> Result<EnvironmentKey, Unclear> {
    let shown = safe(text).into_owned();
    match candidates(fleet, text).as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Unclear::Nothing(shown)),
        several => {
            let keys = several.iter().map(|key| format!("  {}", safe(&key.to_string()))).collect();
            Err(Unclear::Several { text: shown, keys })
        }
    }
}

/// Whether what is typed may mean this environment.
#[must_use]
pub fn means(text: &str, key: &EnvironmentKey) -> bool {
    let (name, region) = text.rsplit_once('@').map_or((text, None), |(name, region)| (name, Some(region)));
    let here = region.is_none_or(|region| key.region.as_ref().is_some_and(|own| own.as_str() == region));
    (key.name.as_str() == name && here) || key.name.as_str() == text || text.parse().is_ok_and(|exact: EnvironmentKey| exact == *key)
}

fn candidates(fleet: &Fleet, text: &str) -> Vec<EnvironmentKey> {
    let mut keys: Vec<EnvironmentKey> = fleet.environments().map(|environment| environment.key()).filter(|key| means(text, key)).collect();
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::catalogue::{Catalogue, Declared};
    use crate::model::id::Platform;

    fn fleet(names: &[(&str, &str)]) -> Fleet {
        let declared = names.iter().map(|(name, region)| Declared {
            platform: Platform::Beanstalk,
            account: Some("111122223333".into()),
            region: Some((*region).into()),
            name: (*name).into(),
            app: None,
            tier: None,
            by: None,
        });
        Fleet::new(Arc::new(Catalogue { declared: declared.collect(), ..Catalogue::default() }))
    }

    #[test]
    fn a_key_a_name_with_its_region_or_a_unique_name() {
        let fleet = fleet(&[("h-prod", "us-west-1"), ("h-prod", "ca-central-1"), ("via", "us-west-1")]);
        for (text, region) in
            [("via", "us-west-1"), ("h-prod@ca-central-1", "ca-central-1"), ("beanstalk:111122223333:us-west-1:h-prod", "us-west-1")]
        {
            assert_eq!(one(&fleet, text).unwrap().region.unwrap().as_str(), region, "{text}");
        }
        let ambiguous = one(&fleet, "h-prod").unwrap_err().to_string();
        assert!(ambiguous.contains("2 environments") && ambiguous.contains("beanstalk:111122223333:ca-central-1:h-prod"), "{ambiguous}");
        assert!(one(&fleet, "h-prdo").unwrap_err().to_string().contains("no environment is called"));
        assert!(one(&fleet, "via@eu-west-1").is_err());
    }
}
