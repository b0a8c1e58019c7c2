//! What a scenario wants to happen, and doing it.
//!
//! Owns the deeds of the script. Never bends the platform's rules: a deed that
//! needs a ready environment waits for one.

use std::sync::Arc;

use crate::chance::mix;
use crate::environment::{Environment, Incident, Name, Status};
use crate::faults::Fault;
use crate::host::Page;
use crate::moment::{MINUTE, Millis, SECOND};
use crate::motion::deploy::Order;
use crate::world::{What, World};

/// A deed waits this long for its environment to be ready before it looks again.
const PATIENCE: Millis = 15 * SECOND;

/// One line of the script.
#[derive(Debug)]
pub struct Script {
    /// What is done.
    pub deed: Deed,
    /// Again and again, that far apart.
    pub every: Option<Millis>,
    /// How often it was done.
    pub done: usize,
}

/// Something a scenario makes happen.
#[derive(Clone, Debug)]
pub enum Deed {
    /// A deploy of the next of some versions.
    Deploy {
        /// The environment.
        slot: usize,
        /// The versions, taken in turn.
        labels: Vec<Name>,
        /// It fails at this instance, counted from 1.
        fails_at: Option<usize>,
        /// Afterwards its health does not tell of mixed versions.
        unnoticed: bool,
    },
    /// Environment properties are set.
    Configure {
        /// The environment.
        slot: usize,
        /// The properties.
        properties: Vec<(String, String)>,
    },
    /// The application servers restart.
    Restart(usize),
    /// Everything is made anew.
    Rebuild(usize),
    /// The running update is taken back.
    Abort(usize),
    /// Two environments exchange their addresses.
    Swap(usize, usize),
    /// The environment ends.
    Terminate(usize),
    /// Something goes wrong.
    Incident {
        /// The environment.
        slot: usize,
        /// What.
        incident: Incident,
        /// For how long.
        lasts: Option<Millis>,
    },
    /// It is well again.
    Recover(usize),
    /// Health is no longer watched.
    Suspend(usize),
    /// Health is watched again.
    Resume(usize),
    /// An instance is replaced.
    Replace(usize),
    /// An environment is created.
    Launch(Box<Environment>, usize),
    /// A pull request is merged: the repository and the pull request.
    Merge(usize, usize),
    /// The default branch of a repository is set to a commit.
    ForcePush(usize, usize),
    /// The runs of a commit of a repository are deleted.
    DeleteRuns(usize, usize),
    /// An app on a host is deployed in place: a commit, and whether that fails.
    DeployHost(usize, Name, bool),
    /// An app on a host answers otherwise, for a while or from then on.
    AnswerHost(usize, Page, Option<Millis>),
    /// Something happens to instances or target groups.
    Compute(crate::compute::deed::Deed),
    /// The server misbehaves.
    Fault(Fault, Option<Millis>),
}

impl Deed {
    /// The environment that has to be ready for it.
    const fn needs_ready(&self) -> Option<usize> {
        match self {
            Self::Deploy { slot, .. }
            | Self::Configure { slot, .. }
            | Self::Restart(slot)
            | Self::Rebuild(slot)
            | Self::Swap(slot, _)
            | Self::Terminate(slot) => Some(*slot),
            Self::Abort(_)
            | Self::Incident { .. }
            | Self::Recover(_)
            | Self::Suspend(_)
            | Self::Resume(_)
            | Self::Replace(_)
            | Self::Launch(..)
            | Self::Merge(..)
            | Self::ForcePush(..)
            | Self::DeleteRuns(..)
            | Self::DeployHost(..)
            | Self::AnswerHost(..)
            | Self::Compute(..)
            | Self::Fault(..) => None,
        }
    }
}

impl World {
    /// Does the line of the script at `index`, and plans its next time.
    pub(crate) fn perform(&mut self, index: usize) {
        let Some(script) = self.scripts.get_mut(index) else {
            return;
        };
        let deed = script.deed.clone();
        let again = script.every;
        let turn = script.done;
        if let Some(slot) = deed.needs_ready() {
            match self.environments.get(slot).map(|environment| environment.status) {
                None | Some(Status::Terminating | Status::Terminated) => return,
                Some(Status::Ready) => {}
                Some(Status::Launching | Status::Updating | Status::Aborting) => {
                    let at = self.now.plus(self.scaled(PATIENCE).max(1));
                    self.schedule(at, What::Script(index));
                    return;
                }
            }
        }
        if let Some(script) = self.scripts.get_mut(index) {
            script.done += 1;
        }
        if let Some(every) = again {
            let at = self.now.plus(self.scaled(every).max(100));
            self.schedule(at, What::Script(index));
        }
        self.enact(deed, turn);
    }

    fn enact(&mut self, deed: Deed, turn: usize) {
        let request: Name = self.draws.request_id().into();
        match deed {
            Deed::Deploy { slot, labels, fails_at, unnoticed } => {
                let Some(label) = labels.get(turn % labels.len().max(1)) else {
                    return;
                };
                if let Some(environment) = self.environments.get_mut(slot) {
                    environment.mixed_unnoticed = unnoticed;
                }
                self.deploy(slot, &Order { label: Arc::clone(label), fails_at }, &request);
            }
            Deed::Configure { slot, properties } => {
                let Some(environment) = self.environments.get(slot) else {
                    return;
                };
                let mut settings = (*environment.settings).clone();
                settings.properties.extend(properties);
                self.configure(slot, settings, false, &request);
            }
            Deed::Restart(slot) => self.restart(slot, &request),
            Deed::Rebuild(slot) => self.rebuild(slot, &request),
            Deed::Abort(slot) => {
                if self.environments.get(slot).is_some_and(Environment::abortable) {
                    self.abort(slot, &request);
                }
            }
            Deed::Swap(first, second) => self.swap(first, second, &request),
            Deed::Terminate(slot) => self.terminate(slot, &request),
            Deed::Incident { slot, incident, lasts } => self.strike(slot, incident, lasts),
            Deed::Recover(slot) => self.alter(slot, |environment| environment.incident = None),
            Deed::Suspend(slot) => self.alter(slot, |environment| environment.suspended = true),
            Deed::Resume(slot) => self.alter(slot, |environment| environment.suspended = false),
            Deed::Replace(slot) => self.replace_instance(slot),
            Deed::Launch(environment, count) => {
                let mut environment = *environment;
                environment.created = self.now;
                let slot = self.add(environment);
                self.launch(slot, count, &request);
            }
            Deed::Merge(repository, pull) => self.merge(repository, pull),
            Deed::ForcePush(repository, commit) => {
                let by = Arc::clone(&self.github.viewer);
                self.push(repository, commit, &by);
            }
            Deed::DeleteRuns(repository, commit) => self.delete_runs(repository, commit),
            Deed::DeployHost(slot, commit, fails) => self.deploy_host(slot, &commit, fails),
            Deed::AnswerHost(slot, page, lasts) => self.answer_page(slot, page, lasts),
            Deed::Compute(deed) => self.do_to_compute(deed),
            Deed::Fault(fault, lasts) => {
                let until = lasts.map(|lasts| self.now.plus(self.scaled(lasts)));
                self.faults.add(fault, until);
            }
        }
    }

    fn alter(&mut self, slot: usize, change: impl FnOnce(&mut Environment)) {
        if let Some(environment) = self.environments.get_mut(slot) {
            change(environment);
            self.settle(slot);
        }
    }

    fn strike(&mut self, slot: usize, incident: Incident, lasts: Option<Millis>) {
        let number = self.draws.bits();
        let Some(environment) = self.environments.get_mut(slot) else {
            return;
        };
        if matches!(environment.status, Status::Terminating | Status::Terminated) {
            return;
        }
        environment.incident = Some(Incident { number, ..incident });
        self.settle(slot);
        if let Some(lasts) = lasts {
            let at = self.now.plus(self.scaled(lasts));
            self.schedule(at, What::Recover { slot, incident: number });
        }
    }

    /// Ends an incident, unless another one took its place.
    pub(crate) fn end_incident(&mut self, slot: usize, incident: u64) {
        let same = |environment: &Environment| environment.incident.as_ref().is_some_and(|current| current.number == incident);
        if self.environments.get(slot).is_some_and(same) {
            self.alter(slot, |environment| environment.incident = None);
        }
    }

    /// A length around `usual`, different for each `number`, the same in each run.
    #[must_use]
    pub fn around(&self, usual: Millis, number: u64) -> Millis {
        let spread = u64::try_from(usual.max(MINUTE)).unwrap_or(1);
        usual / 2 + Millis::try_from(mix(self.seed, number) % spread).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use crate::moment::{MINUTE, Moment, SECOND};
    use crate::scenario::Source;
    use crate::scenario::populate::build;
    use crate::world::World;

    const START: i64 = 1_800_000_000_000;

    fn world(toml: &str, speed: f64) -> World {
        let source = Source { file: String::from("test"), text: toml.to_owned() };
        build(&source, None, speed, Moment::from_millis(START)).unwrap()
    }

    /// What the truth says of the only environment, that long after the start.
    fn told(world: &World, after: i64) -> String {
        let history = &world.environments[0].history;
        let row = history.at(Moment::from_millis(START + after));
        row.map_or_else(String::new, |row| {
            let done = row.activity.as_ref().map_or_else(String::new, |activity| format!(" {} {:?}", activity.kind, activity.done));
            format!("{} {} {}/{}{done}", row.label, row.level, row.healthy, row.total)
        })
    }

    const ONE: &str = r#"
[[environment]]
app = "shop"
name = "shop-prod"
region = "eu-west-1"
version = "v1"
instances = 4
batch = "2"
"#;

    #[test]
    fn a_failed_deploy_leaves_the_old_label_and_mixed_instances() {
        let happening = r#"
[[happening]]
at = "10s"
environment = "shop-prod"
do = "deploy"
version = "v2"
fails_at = 3
"#;
        let mut world = world(&format!("{ONE}{happening}"), 1.0);
        world.advance_to(Moment::from_millis(START + 5 * MINUTE));
        assert_eq!(told(&world, 0), "v1 ok 4/4");
        assert_eq!(told(&world, 10 * SECOND), "v2 info 4/4 deploy Some((0, 4))");
        assert_eq!(told(&world, 40 * SECOND), "v2 info 4/4 deploy Some((2, 4))");
        assert_eq!(told(&world, 5 * MINUTE), "v1 degraded 1/4");
        let causes = &world.environments[0].health.causes;
        assert!(
            causes[0].starts_with("Incorrect application version found on 3 out of 4 instances. Expected version \"v1\""),
            "{causes:?}"
        );
    }

    #[test]
    fn it_does_not_matter_how_often_the_world_is_asked() {
        let happening = r#"
[[happening]]
at = "10s"
every = "2m"
environment = "shop-prod"
do = "deploy"
versions = ["v2", "v1"]
"#;
        let toml = format!("{ONE}{happening}");
        let (mut often, mut once) = (world(&toml, 1.0), world(&toml, 1.0));
        for second in 0..600 {
            often.advance_to(Moment::from_millis(START + second * SECOND));
        }
        once.advance_to(Moment::from_millis(START + 600 * SECOND));
        for second in 0..600 {
            assert_eq!(told(&often, second * SECOND), told(&once, second * SECOND), "{second}");
        }
    }

    #[test]
    fn speed_brings_things_forward() {
        let happening = "[[happening]]\nat = \"100s\"\nenvironment = \"shop-prod\"\ndo = \"terminate\"\n";
        let mut world = world(&format!("{ONE}{happening}"), 10.0);
        world.advance_to(Moment::from_millis(START + 60 * SECOND));
        assert_eq!(told(&world, 9 * SECOND), "v1 ok 4/4");
        assert_eq!(told(&world, 11 * SECOND), "v1 unknown 4/4 terminate None");
        assert_eq!(told(&world, 60 * SECOND), "");
    }

    #[test]
    fn an_incident_ends_by_itself() {
        let happening = "[[happening]]\nat = \"-30s\"\nenvironment = \"shop-prod\"\ndo = \"incident\"\nlevel = \"warning\"\nunhealthy = 1\nlasts = \"50s\"\n";
        let mut world = world(&format!("{ONE}{happening}"), 1.0);
        world.advance_to(Moment::from_millis(START + MINUTE));
        assert_eq!(told(&world, -31 * SECOND), "v1 ok 4/4");
        assert_eq!(told(&world, 0), "v1 warning 3/4");
        assert_eq!(told(&world, 20 * SECOND), "v1 ok 4/4");
    }

    #[test]
    fn an_abort_brings_the_old_version_back() {
        let happenings = r#"
[[happening]]
at = "10s"
environment = "shop-prod"
do = "deploy"
version = "v2"

[[happening]]
at = "40s"
environment = "shop-prod"
do = "abort"
"#;
        let mut world = world(&format!("{ONE}{happenings}"), 1.0);
        world.advance_to(Moment::from_millis(START + 5 * MINUTE));
        assert_eq!(told(&world, 39 * SECOND), "v2 info 4/4 deploy Some((2, 4))");
        assert_eq!(told(&world, 41 * SECOND), "v2 info 4/4 abort None");
        assert_eq!(told(&world, 5 * MINUTE), "v1 ok 4/4");
        let versions = world.environments[0].versions();
        assert_eq!(versions, [("v1".into(), 4)]);
    }
}
