//! The `[[accounts]]` of the file: with whose credentials an account is read, and with whose it is written to.

use std::sync::Arc;

use super::file::regions;
use super::settings::Account;
use super::source::{At, Notes, quoted};
use super::table::Section;
use crate::model::account::{Role, SESSION, Writing};
use crate::model::id::{Connection, Region};

pub(super) struct AccountEntry {
    /// The profile's, where none is given.
    pub name: Option<At<String>>,
    pub profile: Option<At<String>>,
    pub role: Option<At<Role>>,
    /// A role is written there, whether it could be understood or not.
    pub has_role: bool,
    writing: Option<Writing>,
    pub regions: Option<Vec<At<Region>>>,
    login: Vec<String>,
}

/// Reads one.
pub(super) fn read(section: &Section<'_>, notes: &mut Notes<'_>) -> AccountEntry {
    let name = section.text("name", notes).map(|name| name.map(str::to_owned));
    let profile = section.text("profile", notes).map(|profile| profile.map(str::to_owned));
    if !section.has("name") && !section.has("profile") {
        let sentence = if section.has("role_arn") {
            "an account that is read by a role needs a name: write name = \"…\", and profile = \"…\" if it is not the default credential chain that may assume the role"
        } else {
            "an account needs a profile of the AWS configuration: write profile = \"…\", or name = \"default\" for the default credential chain"
        };
        notes.add(&section.span, sentence);
    }
    let session = session(section, notes);
    let role = role(section, ["role_arn", "external_id"], &session, notes);
    let writing = writing(section, profile.as_ref(), role.as_ref(), &session, notes);
    let regions = regions(section, notes);
    let login = section.texts("login", notes).map(|words| words.value).unwrap_or_default();
    let login = login.into_iter().map(|word| word.value.to_owned()).collect();
    AccountEntry { name: name.or_else(|| profile.clone()), profile, role, has_role: section.has("role_arn"), writing, regions, login }
}

/// What the sessions of roles are called. STS takes 2 to 64 of these characters (its API reference, "AssumeRole").
fn session(section: &Section<'_>, notes: &mut Notes<'_>) -> Arc<str> {
    let Some(text) = section.text("role_session_name", notes) else { return SESSION.into() };
    if !section.has("role_arn") && !section.has("write_role_arn") {
        notes.add(&text.span, "role_session_name is what the session of a role is called, and no role is assumed: add role_arn or write_role_arn, or leave it out");
    } else if !(2..=64).contains(&text.value.len()) || !text.value.chars().all(|character| is_named(character, "=,.@-")) {
        notes.add(&text.span, "a role_session_name has 2 to 64 letters, digits and any of _ + = , . @ -");
    }
    text.value.into()
}

/// A role and its external id, by their keys.
fn role(section: &Section<'_>, [arn, external]: [&'static str; 2], session: &Arc<str>, notes: &mut Notes<'_>) -> Option<At<Role>> {
    let external_id = section.text(external, notes);
    let text = section.text(arn, notes);
    if let Some(id) = &external_id {
        if !section.has(arn) {
            notes.add(&id.span, format!("{external} is told when a role is assumed, and none is: add {arn}, or leave it out"));
        } else if !(2..=1_224).contains(&id.value.len()) || !id.value.chars().all(|character| is_named(character, "=,.@:/-")) {
            notes.add(&id.span, format!("an {external} has 2 to 1224 letters, digits and any of _ + = , . @ : / -"));
        }
    }
    let At { value, span } = text?;
    if !is_role_arn(value) {
        let sentence = format!("{} is no role's ARN: one reads like \"arn:aws:iam::111122223333:role/NAME\"", quoted(value));
        notes.add(&span, sentence);
        return None;
    }
    let external_id = external_id.map(|id| Arc::from(id.value));
    Some(At::new(Role { arn: value.into(), external_id, session: Arc::clone(session) }, span))
}

/// Who writes, where that is said.
fn writing(
    section: &Section<'_>,
    profile: Option<&At<String>>,
    role: Option<&At<Role>>,
    session: &Arc<str>,
    notes: &mut Notes<'_>,
) -> Option<Writing> {
    let by_profile = section.text("write_profile", notes);
    let by_role = self::role(section, ["write_role_arn", "write_external_id"], session, notes);
    if let Some(written) = by_profile {
        if section.has("write_role_arn") {
            let sentence = "write_profile and write_role_arn both say who writes: keep one of the two (a profile may assume a role by itself: role_arn and source_profile in ~/.aws/config)";
            notes.add(&written.span, sentence);
        } else if role.is_none() && profile.is_some_and(|profile| profile.value == written.value) {
            notes.add(&written.span, format!("{} reads this account already: leave write_profile out", quoted(written.value)));
        }
        return Some(Writing::Profile(written.value.into()));
    }
    let by_role = by_role?;
    if role.is_some_and(|role| role.value.arn == by_role.value.arn) {
        notes.add(&by_role.span, "this role reads this account already: leave write_role_arn out");
    }
    Some(Writing::Role(by_role.value))
}

/// Letters and digits of ASCII, `_`, `+` and these.
fn is_named(character: char, others: &str) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '+') || others.contains(character)
}

/// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME` (IAM's user guide, "IAM identifiers").
fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let ["arn", partition, "iam", "", account, name] = parts.as_slice() else { return false };
    let is_partition =
        partition.starts_with("aws") && partition.chars().all(|character| character.is_ascii_lowercase() || character == '-');
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |name: &str| !name.is_empty() && !name.ends_with('/') && name.chars().all(|character| is_named(character, "=,.@-/"));
    is_partition && is_account && name.strip_prefix("role/").is_some_and(is_name)
}

impl AccountEntry {
    /// What it comes to.
    pub fn account(self) -> Account {
        Account {
            connection: self.name.map_or_else(|| Account::default().connection, |name| Connection::from(name.value)),
            profile: self.profile.map(|profile| Arc::from(profile.value)),
            role: self.role.map(|role| role.value),
            writing: self.writing,
            regions: self.regions.map(|regions| regions.into_iter().map(|region| region.value).collect()),
            login: self.login,
        }
    }
}
