//! The properties of an environment: which are set, and whether two environments have the same value, without the values.
//!
//! A value is a secret until somebody asks for that one. So what is known of every property is only a fingerprint of
//! its value, taken by the adapter under a key that it makes anew at each start and hands to nobody: it tells whether
//! two values are the same, and nothing else can be learned from it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::id::{AppName, EnvironmentKey};

/// The properties of one environment, by name.
pub type Properties = BTreeMap<Arc<str>, Property>;

/// What is known of one property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Property {
    /// Its value stands in the environment's configuration.
    Plain(Fingerprint),
    /// Its value is kept in Secrets Manager or Parameter Store; the configuration says where.
    Reference,
}

/// Tells whether two values are the same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// That of a value of which this was made, under a key that nobody has.
    #[must_use]
    pub const fn new(made: u64) -> Self {
        Self(made)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A value that somebody asked for. It is shown to that person, and never written anywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(Arc<str>);

impl Value {
    /// This value.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text, for the screen of who asked; not yet safe to show.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Names one property of one environment.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PropertyKey {
    /// The environment.
    pub environment: EnvironmentKey,
    /// The platform's grouping it is in (Beanstalk's application).
    pub group: AppName,
    /// The name of the property.
    pub name: Arc<str>,
}

/// How an environment stands to another one in one property.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// Both have the same value.
    Same,
    /// They have different values.
    Differs,
    /// Only one of them has it.
    OneHas,
    /// Both have it, and where a value is kept does not tell whether it is the same.
    NotCompared,
}

/// How two environments stand to each other in a property that at least one of them has.
#[must_use]
pub fn compare(one: Option<&Property>, other: Option<&Property>) -> Standing {
    match (one, other) {
        (Some(Property::Plain(one)), Some(Property::Plain(other))) if one == other => Standing::Same,
        (Some(Property::Plain(_)), Some(Property::Plain(_))) => Standing::Differs,
        (Some(_), Some(_)) => Standing::NotCompared,
        _ => Standing::OneHas,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_environments_are_compared_without_their_values() {
        let (one, other) = (Property::Plain(Fingerprint::new(1)), Property::Plain(Fingerprint::new(2)));
        assert_eq!(compare(Some(&one), Some(&one)), Standing::Same);
        assert_eq!(compare(Some(&one), Some(&other)), Standing::Differs);
        assert_eq!(compare(Some(&one), None), Standing::OneHas);
        assert_eq!(compare(Some(&Property::Reference), Some(&Property::Reference)), Standing::NotCompared);
        assert_eq!(compare(Some(&Property::Reference), Some(&one)), Standing::NotCompared);
    }

    #[test]
    fn neither_a_value_nor_what_was_made_of_it_is_ever_written_out() {
        assert_eq!(format!("{:?} {:?}", Value::new("hunter2"), Fingerprint::new(7)), "… …");
    }
}
