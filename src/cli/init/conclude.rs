//! From what accounts hold to what is configured: which apps there are, and whether target groups or tags make environments.

use std::collections::{BTreeMap, BTreeSet};

use super::found::{Draft, DraftAccount, DraftApp, DraftGroup, DraftHost, DraftTagged, FoundAccount, Untold, What};
use super::tagging::{Marked, Tagging};
use crate::aws::inventory::{FoundEnvironment, FoundGroup, FoundMachine, Inventory};
use crate::model::catalogue::Tier;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{InstanceId, Region, VersionLabel};
use crate::model::safe_text::safe;
use crate::model::version::LabelReader;

/// As many commits of an app are kept to look for its repository.
const COMMITS: usize = 3;

/// What is configured for all that.
pub fn draft(accounts: Vec<FoundAccount>, hosts: Vec<DraftHost>) -> Draft {
    let mut draft = Draft { hosts, ..Draft::default() };
    let mut apps = Apps::default();
    for account in accounts {
        let mut regions = Vec::new();
        let mut unread = 0;
        for (region, inventory) in &account.regions {
            let faults = faults(inventory);
            unread += usize::from(!faults.is_empty());
            // What is denied stays so; all else may be read another time, and then there may be something.
            let may_hold = faults.iter().any(|fault| fault.kind != FaultKind::Denied);
            let before = draft.groups.len() + draft.tagged.len();
            let environments = environments(inventory, &mut apps);
            machines(&mut draft, &mut apps, &account.name, region, inventory);
            if may_hold || environments || draft.groups.len() + draft.tagged.len() > before {
                regions.push(region.clone());
            }
        }
        let FoundAccount { name, profile, account, regions: looked, also } = account;
        draft.accounts.push(DraftAccount { name, profile, account, regions, looked: looked.len(), unread, also });
    }
    for host in &draft.hosts {
        for app in &host.apps {
            apps.note(&app.name, &format!("on {}", host.name), None);
        }
    }
    draft.untold = apps.untold();
    draft.apps = apps.written();
    draft
}

/// Why parts of a region could not be read.
fn faults(inventory: &Inventory) -> Vec<&Fault> {
    let faults = [inventory.environments.as_ref().err(), inventory.groups.as_ref().err(), inventory.machines.as_ref().err()];
    faults.into_iter().flatten().collect()
}

/// Apps while they are gathered, in the order in which they were met.
#[derive(Default)]
struct Apps(Vec<Gathered>);

/// An app while it is gathered.
#[derive(Default)]
struct Gathered {
    name: String,
    /// How many of each kind of environment it has.
    counts: BTreeMap<String, usize>,
    /// Commits that run.
    commits: BTreeSet<String>,
    /// The names of its environments.
    environments: BTreeSet<String>,
}

impl Apps {
    fn note(&mut self, name: &str, holds: &str, commit: Option<String>) {
        let at = self.position(name).unwrap_or_else(|| {
            self.0.push(Gathered { name: name.to_owned(), ..Gathered::default() });
            self.0.len() - 1
        });
        if let Some(app) = self.0.get_mut(at) {
            *app.counts.entry(holds.to_owned()).or_default() += 1;
            app.commits.extend(commit.filter(|_| app.commits.len() < COMMITS));
        }
    }

    /// Notes the name of an environment of an app that is noted already.
    fn name(&mut self, app: &str, environment: &str) {
        if let Some(app) = self.position(app).and_then(|at| self.0.get_mut(at)) {
            app.environments.insert(environment.to_owned());
        }
    }

    /// The apps with environments whose names tell no tier.
    fn untold(&self) -> Vec<Untold> {
        let untold = |app: &Gathered| {
            let mut told: BTreeMap<Tier, BTreeSet<String>> = BTreeMap::new();
            for name in &app.environments {
                told.entry(Tier::told_by(name)).or_default().insert(name.clone());
            }
            let names = told.remove(&Tier::Unknown)?;
            Some(Untold { app: app.name.clone(), names, told })
        };
        self.0.iter().filter_map(untold).collect()
    }

    /// Two that differ in capitals only could not be told apart.
    fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|known| known.name.eq_ignore_ascii_case(name))
    }

    /// The app's name as it is written: apps are looked up to the letter.
    fn spelled(&self, name: String) -> String {
        self.position(&name).and_then(|at| self.0.get(at)).map_or(name, |known| known.name.clone())
    }

    fn written(self) -> Vec<DraftApp> {
        let app = |Gathered { name, counts, commits, .. }| {
            let holds: Vec<String> = counts.into_iter().map(|(what, count)| format!("{count} {what}")).collect();
            DraftApp { name, holds: holds.join(", "), commits: commits.into_iter().collect(), repository: None, workflows: Vec::new() }
        };
        self.0.into_iter().map(app).collect()
    }
}

/// Notes the apps of Elastic Beanstalk; whether there are any.
fn environments(inventory: &Inventory, apps: &mut Apps) -> bool {
    let found: Vec<&FoundEnvironment> = inventory.environments.iter().flatten().filter(|one| is_plain(&one.application)).collect();
    for one in &found {
        let label = one.label.as_deref().map(VersionLabel::from);
        let commit = label.and_then(|label| LabelReader::default().commit(&label)).map(|sha| sha.as_str().to_owned());
        apps.note(&one.application, "in Elastic Beanstalk", commit);
        apps.name(&one.application, &one.name);
    }
    !found.is_empty()
}

/// Whether a name can stand in a configuration.
pub(super) fn is_plain(name: &str) -> bool {
    !name.trim().is_empty() && name.trim() == name && safe(name) == name
}

/// What target groups and tagged machines of a region become.
fn machines(draft: &mut Draft, apps: &mut Apps, account: &str, region: &Region, inventory: &Inventory) {
    let groups: Vec<&FoundGroup> = inventory.groups.iter().flatten().filter(|group| is_plain(&group.name)).collect();
    let machines: Vec<&FoundMachine> = inventory.machines.iter().flatten().collect();
    let tagging = Tagging::of(&machines);
    let standing: BTreeSet<&InstanceId> = groups.iter().flat_map(|group| &group.machines).collect();
    // Where every tagged machine stands in a target group, the groups are the environments; where some stand in none
    // (previews, machines of their own), the tags are, of all of them.
    // Where groups could not be read, nobody knows.
    let is_undecided = inventory.groups.is_err();
    let by_tags =
        !is_undecided && tagging.as_ref().is_some_and(|tagging| tagging.machines().any(|machine| !standing.contains(&machine.id)));
    let tagged: BTreeSet<&InstanceId> = tagging.iter().flat_map(Tagging::machines).map(|machine| &machine.id).collect();
    for group in groups {
        let is_of_tags = by_tags && group.machines.iter().all(|id| tagged.contains(id));
        let app = app_of_group(&group.name);
        if !is_of_tags {
            apps.note(&app, "behind target groups", None);
            apps.name(&app, &group.name);
        }
        let app = apps.spelled(app);
        let group = DraftGroup { name: group.name.clone(), region: region.clone(), account: account.to_owned(), app, counts: !is_of_tags };
        draft.groups.push(group);
    }
    let Some(tagging) = tagging else { return };
    for Marked { what, tag, machines, note } in tagging.marked() {
        let app = app_of_machines(&machines, account);
        if by_tags {
            apps.note(&app, "by the tags of instances", None);
            if let What::Environment(name) = &what {
                apps.name(&app, name);
            }
        }
        let app = apps.spelled(app);
        let (region, account) = (region.clone(), account.to_owned());
        draft.tagged.push(DraftTagged { what, tag, region, account, app, counts: by_tags, is_undecided, note });
    }
}

/// The app of a target group: its name without what names a tier.
fn app_of_group(name: &str) -> String {
    let words: Vec<&str> = name.split('-').filter(|word| Tier::told_by(word) == Tier::Unknown).collect();
    let app = words.join("-");
    if app.trim_matches('-').is_empty() { name.to_owned() } else { app }
}

/// The app of machines: the word with which all of their names begin, else the account's name.
fn app_of_machines(machines: &[&FoundMachine], account: &str) -> String {
    let first = |machine: &&FoundMachine| {
        let name = machine.tags.get("Name")?;
        let word = name.split([' ', '-', '_', '.']).next()?.to_lowercase();
        Some(word).filter(|word| is_plain(word))
    };
    let words: BTreeSet<Option<String>> = machines.iter().map(first).collect();
    match words.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(word)] => word.clone(),
        _ => account.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::write::text;
    use super::*;

    fn machine(id: &str, tags: &[(&str, &str)]) -> FoundMachine {
        FoundMachine { id: id.into(), tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect() }
    }

    fn group(name: &str, machines: &[&str]) -> FoundGroup {
        FoundGroup { name: name.to_owned(), machines: machines.iter().map(|id| InstanceId::from(*id)).collect() }
    }

    fn drafted(groups: Vec<FoundGroup>, machines: Vec<FoundMachine>) -> Draft {
        let inventory = Inventory { environments: Ok(Vec::new()), groups: Ok(groups), machines: Ok(machines) };
        let regions = vec![("us-east-1".into(), inventory)];
        let account = FoundAccount { name: "main".into(), profile: None, account: "1".into(), regions, also: Vec::new() };
        draft(vec![account], Vec::new())
    }

    #[test]
    fn where_all_tagged_machines_stand_in_groups_the_groups_are_the_environments() {
        let draft = drafted(
            vec![group("growl-dev", &["a", "b"])],
            vec![machine("a", &[("Environment", "dev")]), machine("b", &[("Environment", "dev")])],
        );
        assert!(draft.groups[0].counts && !draft.tagged[0].counts);
        assert_eq!((draft.groups[0].app.as_str(), draft.apps.len(), draft.apps[0].name.as_str()), ("growl", 1, "growl"));
        assert_eq!(draft.accounts[0].regions, ["us-east-1".into()]);
    }

    #[test]
    fn where_some_stand_in_none_the_tags_are_and_previews_by_their_numbers() {
        let draft = drafted(
            vec![group("eapd-production", &["a"]), group("other", &["z"])],
            vec![
                machine("a", &[("environment", "production"), ("Name", "eAPD production")]),
                machine("p", &[("environment", "preview"), ("github-pr", "4321"), ("Name", "eAPD PR 4321")]),
                machine("m", &[("Environment", "production"), ("Name", "MongoDB")]),
            ],
        );
        let counts: Vec<(&str, bool)> = draft.groups.iter().map(|group| (group.name.as_str(), group.counts)).collect();
        assert_eq!(counts, [("eapd-production", false), ("other", true)]);
        let tagged: Vec<(&str, &What, &str, bool)> =
            draft.tagged.iter().map(|one| (one.tag.as_str(), &one.what, one.app.as_str(), one.counts)).collect();
        assert_eq!(
            tagged,
            [
                ("environment=production", &What::Environment("production".into()), "eapd", true),
                ("environment=preview", &What::Previews("github-pr".into()), "eapd", true),
            ]
        );
    }

    #[test]
    fn what_could_not_be_read_is_not_left_out_for_good() {
        let fault = |kind| Fault::new(kind, "it does not answer");
        let region = |name: &str, kind, machines| {
            (Region::from(name), Inventory { environments: Err(fault(kind)), groups: Err(fault(kind)), machines })
        };
        let tagged = Ok(vec![machine("a", &[("environment", "production")])]);
        let regions = vec![
            region("us-east-1", FaultKind::Throttled(None), tagged),
            region("us-west-2", FaultKind::Denied, Err(fault(FaultKind::Denied))),
        ];
        let account = FoundAccount { name: "main".into(), profile: None, account: "1".into(), regions, also: Vec::new() };
        let draft = draft(vec![account], Vec::new());
        assert!(draft.tagged[0].is_undecided && !draft.tagged[0].counts);
        assert_eq!(draft.accounts[0].regions, ["us-east-1".into()], "what is denied stays so");
        let text = text(&draft, &[]);
        assert!(text.contains("2 of 2 regions could not be read"), "{text}");
        assert!(text.contains("Target groups could not be read here"), "{text}");
        assert_eq!(crate::config::parse(&text, "init").unwrap().accounts.len(), 1, "{text}");
    }

    #[test]
    fn an_app_is_spelled_one_way() {
        let environment = FoundEnvironment { application: "eAPD".into(), name: "eapd-prod".into(), label: None };
        let inventory = Inventory {
            environments: Ok(vec![environment]),
            groups: Ok(vec![group("EAPD", &["z"])]),
            machines: Ok(vec![machine("a", &[("environment", "production"), ("Name", "eAPD production")])]),
        };
        let regions = vec![("us-east-1".into(), inventory)];
        let account = FoundAccount { name: "main".into(), profile: None, account: "1".into(), regions, also: Vec::new() };
        let draft = draft(vec![account], Vec::new());
        assert_eq!((draft.groups[0].app.as_str(), draft.tagged[0].app.as_str(), draft.apps.len()), ("eAPD", "eAPD", 1));
        let text = text(&draft, &[]);
        crate::config::parse(&text, "init").unwrap_or_else(|findings| panic!("{findings}\n{text}"));
    }

    #[test]
    fn names_that_no_configuration_can_hold_are_left_out() {
        let draft = drafted(vec![group("a\u{1b}[2J", &[])], vec![machine("a", &[("environment", " x")])]);
        assert!(draft.groups.is_empty() && draft.tagged.is_empty() && draft.accounts[0].regions.is_empty());
        assert_eq!((app_of_group("prod").as_str(), app_of_group("shop-api-staging").as_str()), ("prod", "shop-api"));
    }
}
