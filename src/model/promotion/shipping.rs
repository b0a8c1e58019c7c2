//! How an app is shipped; and how several that ship together are, by the strictest rules of each.

use std::sync::Arc;

use super::migrations::MigrationWorkflow;
use super::older::OlderVersions;
use super::{Promotion, app_of};
use crate::model::fleet::Fleet;
use crate::model::id::{AppName, EnvironmentKey, GateId};
use crate::model::scan::{MigrationPaths, VariablePatterns};

/// How an app is shipped: what its sheet is held against.
#[derive(Clone, PartialEq, Debug)]
pub struct Shipping {
    /// For how many seconds a version has to have been well where it is tried.
    pub settle: u64,
    /// Where its migrations lie.
    pub migrations: MigrationPaths,
    /// Whether its migrations run by themselves when it is deployed.
    pub migrations_run: bool,
    /// The workflow with which somebody runs them, where they do not.
    pub migration_workflow: Option<MigrationWorkflow>,
    /// How it reads environment variables.
    pub variables: VariablePatterns,
    /// The checks that must have succeeded, whatever the branch's rules require; what those require where none is
    /// named, and all that there are where they require none.
    pub required: Vec<Arc<str>>,
    /// Whether what the branch's rules require counts although checks are named: an app that names none ships as well.
    pub rules_count: bool,
    /// What becomes of a version that is older than what runs.
    pub older: OlderVersions,
    /// Whether it may be deployed from here although a workflow deploys it.
    pub direct: bool,
}

impl Default for Shipping {
    fn default() -> Self {
        Self {
            settle: 600,
            migrations: MigrationPaths::default(),
            migrations_run: true,
            migration_workflow: None,
            variables: VariablePatterns::default(),
            required: Vec::new(),
            rules_count: false,
            older: OlderVersions::default(),
            direct: false,
        }
    }
}

impl Shipping {
    /// By the strictest rules of both: what either waits for, looks for or forbids.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        let names_some = |shipping: &Self| !shipping.required.is_empty();
        let rules_count = self.rules_count || other.rules_count || names_some(&self) != names_some(other);
        let mut required = self.required;
        required.extend(other.required.iter().cloned());
        required.sort();
        required.dedup();
        let migration_workflow = match (self.migrations_run, other.migrations_run) {
            (true, _) => other.migration_workflow.clone(),
            (false, true) => self.migration_workflow,
            // That the one has run says nothing of the other: then neither is looked for.
            (false, false) => self.migration_workflow.filter(|workflow| other.migration_workflow.as_ref() == Some(workflow)),
        };
        Self {
            settle: self.settle.max(other.settle),
            migrations: self.migrations.joined(&other.migrations),
            migrations_run: self.migrations_run && other.migrations_run,
            migration_workflow,
            variables: self.variables.joined(&other.variables),
            required,
            rules_count,
            older: self.older.min(other.older),
            direct: self.direct && other.direct,
        }
    }
}

/// How the environments behind these gates are shipped: by the rules of all their apps. Where it is not known what all
/// is behind one of them, or nothing is chosen, it may be any app of the repository.
#[must_use]
pub fn shipping(fleet: &Fleet, promotion: &Promotion, chosen: &[GateId]) -> Shipping {
    let held = || promotion.held.iter().filter(|held| chosen.contains(&held.gate.id));
    let environments: Vec<EnvironmentKey> = held().flat_map(|held| held.environments.iter().cloned()).collect();
    let is_whole = !environments.is_empty() && held().all(|held| held.is_whole);
    of(fleet, &environments, if is_whole { &[] } else { &promotion.apps })
}

/// How these environments are shipped, and whatever else of these apps.
#[must_use]
pub fn of(fleet: &Fleet, environments: &[EnvironmentKey], others: &[AppName]) -> Shipping {
    let mut names: Vec<AppName> = environments.iter().filter_map(|key| app_of(fleet, key)).chain(others.iter().cloned()).collect();
    names.sort();
    names.dedup();
    let each = names.iter().filter_map(|name| fleet.catalogue().app(name)).map(|app| &app.shipping);
    let strictest = |all: Option<Shipping>, one: &Shipping| Some(all.map_or_else(|| one.clone(), |all| all.and(one)));
    each.fold(None, strictest).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pattern::NamePattern;

    fn by_hand(file: &str) -> Shipping {
        let workflow = MigrationWorkflow { file: file.into(), inputs: std::collections::BTreeMap::new() };
        Shipping { migrations_run: false, migration_workflow: Some(workflow), ..Shipping::default() }
    }

    #[test]
    fn of_two_apps_the_stricter_rule_holds_whichever_is_asked_first() {
        let strict = Shipping {
            settle: 900,
            migrations: MigrationPaths::with(vec![NamePattern::new("*.ddl")]),
            required: vec!["Build".into()],
            ..by_hand("tasks.yml")
        };
        let loose = Shipping { settle: 60, older: OlderVersions::WithReason, ..Shipping::default() };
        for both in [strict.clone().and(&loose), loose.clone().and(&strict)] {
            assert_eq!((both.settle, both.older, both.migrations_run), (900, OlderVersions::Never, false));
            assert!(both.migrations.fit("a.ddl") && both.migrations.fit("db/migrate/1.rb"));
            assert_eq!(both.migration_workflow, strict.migration_workflow);
            // The one names its check, the other goes by the branch's rules.
            assert_eq!((both.required.as_slice(), both.rules_count), (&[Arc::from("Build")][..], true));
        }
        let named = Shipping { required: vec!["Lint".into()], ..Shipping::default() };
        let both = strict.clone().and(&named);
        assert_eq!((both.required.len(), both.rules_count), (2, false));
        assert!(strict.clone().and(&loose).and(&named).rules_count);
        assert_eq!(strict.clone().and(&strict).migration_workflow, strict.migration_workflow);
        assert_eq!(strict.and(&by_hand("other.yml")).migration_workflow, None);
    }
}
