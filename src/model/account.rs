//! The ways into AWS as they are configured: whose credentials read, and whose write where those are others.
//!
//! Names only, never a secret: they stand in plans, journals and on screens.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::id::{AccountId, Connection, Region};

/// What sessions of assumed roles are called in CloudTrail unless somebody says otherwise.
pub const SESSION: &str = "quarterdeck";

/// A role that is assumed (`sts:AssumeRole`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Role {
    /// Its ARN.
    pub arn: Arc<str>,
    /// What its trust policy wants to be told beside, where it does. It is no secret (AWS, "Access to AWS accounts owned
    /// by third parties").
    pub external_id: Option<Arc<str>>,
    /// What the session is called in CloudTrail.
    pub session: Arc<str>,
}

/// Who writes to an account, where that is another than who reads it. It stands in plans, and in the journals of
/// operations: so its names on the disk never change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writer {
    /// A profile of the AWS configuration.
    Profile(Arc<str>),
    /// A role by its ARN, assumed with what the way in begins with.
    Role(Arc<str>),
}

/// `profile deployer`, `role arn:aws:iam::111122223333:role/deployer`.
impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Role(arn) => write!(f, "role {arn}"),
        }
    }
}

impl Writer {
    /// The account that it leads into, where its name tells.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Profile(_) => None,
            Self::Role(arn) => account_of(arn),
        }
    }

    /// Why it cannot write in this account; `name` is what was to be written to.
    ///
    /// # Errors
    /// Where its name tells that it leads into another one.
    pub fn may_write(&self, name: &str, account: Option<&AccountId>) -> Result<(), String> {
        match (self.account(), account) {
            (Some(there), Some(meant)) if there != *meant => Err(format!(
                "{name} is in account {meant}, and the {self} that writes is of {there}: correct write_role_arn in the configuration"
            )),
            _ => Ok(()),
        }
    }
}

/// The account in a role's ARN (`arn:PARTITION:iam::ACCOUNT:role/NAME`).
#[must_use]
pub fn account_of(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4).filter(|account| !account.is_empty()).map(AccountId::from)
}

/// How a writer is got at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Writing {
    /// By this profile.
    Profile(Arc<str>),
    /// By assuming this role.
    Role(Role),
}

impl Writing {
    /// What it is called in plans.
    #[must_use]
    pub fn writer(&self) -> Writer {
        match self {
            Self::Profile(name) => Writer::Profile(Arc::clone(name)),
            Self::Role(role) => Writer::Role(Arc::clone(&role.arn)),
        }
    }
}

/// One configured way into AWS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WayIn {
    /// Its name.
    pub connection: Connection,
    /// The profile it begins with; the default credential chain where there is none.
    pub profile: Option<Arc<str>>,
    /// The role that is assumed with that.
    pub role: Option<Role>,
    /// Who writes, where that is another.
    pub writing: Option<Writing>,
}

impl WayIn {
    /// Who writes, where that is another than who reads.
    #[must_use]
    pub fn writer(&self) -> Option<Writer> {
        self.writing.as_ref().map(Writing::writer)
    }
}

/// A way in that leads into an account which another one reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standby {
    /// The way in.
    pub connection: Connection,
    /// Who reads instead.
    pub reader: Connection,
    /// The regions that are read so.
    pub regions: Vec<Region>,
    /// Whether that is all there is to read.
    pub is_whole: bool,
}

/// `spare leads into the same account as main: main reads it, spare stands by`.
impl fmt::Display for Standby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connection, reader, regions, is_whole } = self;
        write!(f, "{connection} leads into the same account as {reader}: {reader} reads ")?;
        match (is_whole, regions.as_slice()) {
            (true, _) => f.write_str("it")?,
            (false, [one]) => write!(f, "{one}")?,
            (false, several) => write!(f, "{} regions of it", several.len())?,
        }
        write!(f, ", {connection} stands by")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_of_another_account_cannot_write() {
        let role = Writer::Role("arn:aws:iam::111122223333:role/team/deployer".into());
        assert_eq!(role.account(), Some("111122223333".into()));
        assert_eq!(role.may_write("shop-prod", Some(&"111122223333".into())), Ok(()));
        assert_eq!(role.may_write("shop-prod", None), Ok(()));
        let why = role.may_write("shop-prod", Some(&"444455556666".into())).unwrap_err();
        assert!(why.starts_with("shop-prod is in account 444455556666, and the role arn:") && why.contains("is of 111122223333"), "{why}");
        assert_eq!(Writer::Profile("deployer".into()).may_write("shop-prod", Some(&"444455556666".into())), Ok(()));
    }

    #[test]
    fn who_stands_by_is_said_in_words() {
        let mut standby = Standby {
            connection: "spare".into(),
            reader: "main".into(),
            regions: vec!["us-west-1".into(), "us-west-2".into()],
            is_whole: true,
        };
        assert_eq!(standby.to_string(), "spare leads into the same account as main: main reads it, spare stands by");
        standby.is_whole = false;
        assert!(standby.to_string().ends_with("main reads 2 regions of it, spare stands by"));
        standby.regions.pop();
        assert!(standby.to_string().ends_with("main reads us-west-1, spare stands by"));
    }
}
