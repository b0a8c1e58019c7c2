//! Apps on hosts without a cloud: docker compose behind a web server.
//!
//! Owns what they answer, how a deploy replaces them in place, and their rows
//! in the truth. Each listens on a port of its own, since real servers have
//! addresses of their own; [`serve`] answers there.

pub mod serve;

use crate::environment::Name;
use crate::history::{Activity, History, Row};
use crate::moment::{Millis, Moment, SECOND};
use crate::world::{What, World};

use std::collections::BTreeMap;
use std::sync::Arc;

/// How long images are built while the old container still answers.
const BUILDING: Millis = 12 * SECOND;
/// How long nothing stands behind the web server then.
const GAP: Millis = 6 * SECOND;

/// What a page answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// 200 and what it should say.
    Well,
    /// Another status.
    Status(u16),
    /// 200 and nothing that anybody would expect.
    Garbage,
    /// A redirect to somewhere else.
    Redirect,
    /// No answer, ever.
    Hangs,
    /// The connection is reset.
    Reset,
}

impl Page {
    /// Reads a scenario's word: `well`, `garbage`, `redirect`, `hangs`, `reset` or a status.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "well" => Some(Self::Well),
            "garbage" => Some(Self::Garbage),
            "redirect" => Some(Self::Redirect),
            "hangs" => Some(Self::Hangs),
            "reset" => Some(Self::Reset),
            status => status.parse().ok().filter(|status| (200..600).contains(status)).map(Self::Status),
        }
    }

    /// The contract's level, and why where it is not well.
    fn level(self, path: &str) -> (&'static str, Option<String>) {
        match self {
            Self::Well | Self::Status(200..=299) => ("ok", None),
            Self::Status(status) => ("severe", Some(format!("GET {path} answers {status}."))),
            Self::Garbage => ("warning", Some(format!("GET {path} answers 200 with something else than its health."))),
            Self::Redirect => ("warning", Some(format!("GET {path} answers with a redirect."))),
            Self::Hangs => ("severe", Some(format!("GET {path} does not answer."))),
            Self::Reset => ("severe", Some(format!("GET {path} ends in a reset."))),
        }
    }
}

/// A deploy in place that runs.
#[derive(Clone, Debug)]
pub struct HostDeploy {
    /// Tells it from others.
    pub number: u64,
    /// Since when.
    pub since: Moment,
    /// What it brings.
    pub commit: Name,
    /// Its images cannot be built: then the old container runs on.
    pub fails: bool,
    /// Nothing stands behind the web server just now.
    pub gap: bool,
}

/// An app on a host.
#[derive(Clone, Debug)]
pub struct HostApp {
    /// The server, as configurations call it.
    pub server: Name,
    /// The app that the truth says it is.
    pub app: Name,
    /// Its name on the server: a preview's is not that of its app.
    pub name: Name,
    /// production, staging, development, preview, unknown.
    pub tier: Name,
    /// Where it is reached, once it listens.
    pub url: String,
    /// The commit that runs.
    pub commit: Name,
    /// The path that tells of its health.
    pub health: String,
    /// What that answers.
    pub page: Page,
    /// The path that tells of its commit.
    pub version: Option<String>,
    /// What further paths answer.
    pub pages: BTreeMap<String, Page>,
    /// Migrations fail in each deploy, which goes on all the same.
    pub migrations_fail: bool,
    /// The deploy that runs.
    pub deploy: Option<HostDeploy>,
    /// Whether the latest one ended well.
    pub deployed: Option<bool>,
    /// Tells one answer from the next.
    pub turn: u64,
    /// What it was like.
    pub history: History,
}

impl HostApp {
    /// What its health answers now: behind the web server of an app that is being
    /// replaced there is nothing.
    #[must_use]
    pub fn health(&self) -> Page {
        if self.deploy.as_ref().is_some_and(|deploy| deploy.gap) { Page::Status(502) } else { self.page }
    }

    fn row(&self) -> Row {
        let page = self.health();
        let (level, cause) = page.level(&self.health);
        // What is being replaced is not down.
        let gap = self.deploy.as_ref().is_some_and(|deploy| deploy.gap);
        let activity = self.deploy.as_ref().map(|deploy| Activity { kind: "deploy", done: None, since: deploy.since });
        Row {
            label: Arc::clone(&self.commit),
            level: if gap { "info" } else { level },
            causes: cause.into_iter().collect(),
            activity,
            total: 1,
            healthy: usize::from(matches!(page, Page::Well | Page::Status(200..=299))),
            versions: Arc::new([(Arc::clone(&self.commit), 1)]),
        }
    }
}

/// What is due for an app on a host.
#[derive(Clone, Copy, Debug)]
pub enum Due {
    /// Its images are built.
    Built(usize, u64),
    /// The new container answers.
    Up(usize, u64),
    /// It answers as before, where nothing else happened to it since.
    Recovered(usize, u64, Page),
}

impl World {
    /// Notes what is true of an app on a host from now on.
    pub(crate) fn settle_host(&mut self, slot: usize) {
        let now = self.now;
        if let Some(host) = self.hosts.get_mut(slot) {
            let row = host.row();
            host.history.note(now, Some(row));
        }
    }

    fn host_later(&mut self, length: Millis, due: Due) {
        let at = self.now.plus(self.scaled(length).max(1));
        self.schedule(at, What::Host(due));
    }

    pub(crate) fn host_due(&mut self, due: Due) {
        match due {
            Due::Built(slot, number) => self.built(slot, number),
            Due::Up(slot, number) => self.up(slot, number),
            Due::Recovered(slot, turn, page) => {
                if self.hosts.get(slot).is_some_and(|host| host.turn == turn) {
                    self.answer_page(slot, page, None);
                }
            }
        }
    }

    /// Lets an app answer otherwise from now on, or for a while.
    pub fn answer_page(&mut self, slot: usize, page: Page, lasts: Option<Millis>) {
        let Some(host) = self.hosts.get_mut(slot) else { return };
        let before = std::mem::replace(&mut host.page, page);
        host.turn += 1;
        let turn = host.turn;
        if let Some(lasts) = lasts {
            self.host_later(lasts, Due::Recovered(slot, turn, before));
        }
        self.settle_host(slot);
    }

    /// Begins a deploy in place. Nothing keeps two apart: the later one goes on, as
    /// where a second `docker compose up` comes.
    pub fn deploy_host(&mut self, slot: usize, commit: &Name, fails: bool) {
        let (now, number) = (self.now, self.draws.bits());
        if let Some(host) = self.hosts.get_mut(slot) {
            host.deploy = Some(HostDeploy { number, since: now, commit: Arc::clone(commit), fails, gap: false });
        }
        self.host_later(BUILDING, Due::Built(slot, number));
        self.settle_host(slot);
    }

    fn built(&mut self, slot: usize, number: u64) {
        let Some(host) = self.hosts.get_mut(slot) else { return };
        let Some(deploy) = host.deploy.as_mut().filter(|deploy| deploy.number == number) else { return };
        if deploy.fails {
            host.deploy = None;
            host.deployed = Some(false);
        } else {
            deploy.gap = true;
            self.host_later(GAP, Due::Up(slot, number));
        }
        self.settle_host(slot);
    }

    fn up(&mut self, slot: usize, number: u64) {
        let Some(host) = self.hosts.get_mut(slot) else { return };
        let Some(deploy) = host.deploy.take_if(|deploy| deploy.number == number) else { return };
        host.commit = deploy.commit;
        host.deployed = Some(true);
        // A new container has not what ailed the old one.
        host.page = Page::Well;
        host.turn += 1;
        self.settle_host(slot);
    }

    /// Whether the deploys in place ended well; `None` while one runs. Where a second
    /// came in between, its end is that of both: one container is there at last.
    #[must_use]
    pub fn host_deploy_ended(&self, slot: usize) -> Option<bool> {
        let host = self.hosts.get(slot).filter(|host| host.deploy.is_none())?;
        Some(host.deployed.unwrap_or(false))
    }

    /// Tells an app where it is reached, and fills that in where people wrote `{host:NAME}`.
    pub(crate) fn reach_host(&mut self, slot: usize, url: &str) {
        let Some(host) = self.hosts.get_mut(slot) else { return };
        url.clone_into(&mut host.url);
        let placeholder = format!("{{host:{}}}", host.name);
        let pulls = self.github.repositories.iter_mut().flat_map(|repository| &mut repository.pulls);
        for comment in pulls.flat_map(|pull| &mut pull.comments).filter(|comment| comment.body.contains(&placeholder)) {
            comment.body = comment.body.replace(&placeholder, url).into();
        }
        for deployment in self.github.repositories.iter_mut().flat_map(|repository| &mut repository.deployments) {
            deployment.url = deployment.url.replace(&placeholder, url);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::MINUTE;
    use crate::scenario::Source;
    use crate::scenario::populate::build;

    const START: i64 = 1_800_000_000_000;
    const NEW: &str = "2222222222222222222222222222222222222222";

    fn world(further: &str) -> World {
        let text = format!(
            "[[host]]\nname = \"one\"\n[[host.app]]\nname = \"wit\"\ncommit = \"1111111111111111111111111111111111111111\"\n{further}"
        );
        let source = Source { file: String::from("test"), text };
        build(&source, None, 1.0, Moment::from_millis(START)).unwrap()
    }

    fn told(world: &World, after: Millis) -> String {
        let row = world.hosts[0].history.at(Moment::from_millis(START + after)).unwrap();
        format!("{} {} {}", row.level, &row.label[..1], row.activity.as_ref().map_or("", |activity| activity.kind))
    }

    #[test]
    fn a_deploy_in_place_has_a_gap_and_then_the_new_commit() {
        let mut world = world("");
        world.deploy_host(0, &NEW.into(), false);
        world.advance_to(Moment::from_millis(START + MINUTE));
        assert_eq!(told(&world, 11 * SECOND), "ok 1 deploy");
        assert_eq!(told(&world, 13 * SECOND), "info 1 deploy");
        assert_eq!(told(&world, 19 * SECOND), "ok 2 ");
        assert_eq!(world.host_deploy_ended(0), Some(true));
    }

    #[test]
    fn what_cannot_be_built_leaves_the_old_container() {
        let mut world = world("");
        world.deploy_host(0, &NEW.into(), true);
        assert_eq!(world.host_deploy_ended(0), None);
        world.advance_to(Moment::from_millis(START + MINUTE));
        assert_eq!(told(&world, MINUTE), "ok 1 ");
        assert_eq!(world.host_deploy_ended(0), Some(false));
    }

    #[test]
    fn an_app_is_unwell_for_as_long_as_the_script_says() {
        let further = "[[happening]]\nat = \"10s\"\ndo = \"answer\"\nhost = \"wit\"\nanswers = \"garbage\"\nlasts = \"20s\"\n";
        let mut world = world(further);
        world.advance_to(Moment::from_millis(START + MINUTE));
        assert_eq!([0, 11, 31].map(|at| told(&world, at * SECOND)), ["ok 1 ", "warning 1 ", "ok 1 "]);
    }
}
