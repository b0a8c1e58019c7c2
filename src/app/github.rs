//! What is concluded from GitHub's word and the fleet's: worked out again whenever either changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::decision::Decision;
use super::history::Place;
use super::panes::split::Side;
use crate::model::chain::{self, Behind, Link};
use crate::model::clock::Timestamp;
use crate::model::fleet::Fleet;
use crate::model::forge::{Between, Forge, Interest};
use crate::model::id::{EnvironmentKey, Repository, RunId, Sha};
use crate::model::promotion::{self, Promotion};

/// An environment's place in its chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Linked {
    /// What feeds it.
    pub link: Link,
    /// How far it is behind that.
    pub behind: Behind,
}

/// The repositories that a person looks at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Regarded {
    /// That of what is selected.
    pub selected: Option<Repository>,
    /// Those of what is decided on: in a dialog, or on the ship sheets that are shown.
    pub decided: Vec<Repository>,
}

/// A write on its way, and what it came from.
#[derive(Clone, Debug)]
pub struct Following {
    /// Its number in this session.
    pub number: u64,
    /// Where it was confirmed.
    pub from: Place,
    /// In which pane: the first one, where there was one only.
    pub side: Side,
    /// What was confirmed.
    pub decision: Box<Decision>,
}

/// What is known through GitHub.
#[derive(Debug, Default)]
pub struct GitHubState {
    /// What GitHub told.
    pub forge: Forge,
    /// Each environment's place in its chain.
    pub links: BTreeMap<EnvironmentKey, Linked>,
    /// What waits for a person.
    pub promotions: Vec<Promotion>,
    /// What else has to be compared: what the workflow that is about to be started would deploy, with what runs there.
    pub asked: Vec<(Repository, Between)>,
    /// What else has to be compared: what running the run that is open again would deploy, with what runs there.
    pub open: Vec<(Repository, Between)>,
    /// The repositories that a person looks at.
    pub regarded: Regarded,
    /// What was sent and may have been taken, by repository and place: what it is called, and when it was sent.
    pub unclear: BTreeMap<(Repository, String), (&'static str, Timestamp)>,
    /// What was sent last, until it is known what became of it.
    pub follow: Option<Following>,
    /// What the reading was last told to find out.
    pub interest: Interest,
}

impl GitHubState {
    /// Whether any app has a repository: else nothing of GitHub is shown.
    #[must_use]
    pub fn is_used(fleet: &Fleet) -> bool {
        fleet.catalogue().apps.iter().any(|app| app.repository.is_some())
    }

    /// Works everything out again.
    pub fn arrange(&mut self, fleet: &Fleet) {
        if !Self::is_used(fleet) {
            return;
        }
        let links = chain::links(fleet, &self.forge);
        let linked = |link: Link| (link.environment.clone(), Linked { behind: chain::behind(&link, &self.forge), link });
        self.links = links.into_iter().map(linked).collect();
        self.promotions = promotion::promotions(fleet, &self.forge);
        self.forget(fleet);
    }

    /// Versions come and go: what lies between two that nobody runs any more is not kept.
    fn forget(&mut self, fleet: &Fleet) {
        let mut needed: BTreeMap<&Repository, (BTreeSet<Between>, BTreeSet<Sha>)> = BTreeMap::new();
        for linked in self.links.values() {
            needed.entry(&linked.link.repository).or_default().0.extend(linked.link.compared());
        }
        for promotion in &self.promotions {
            let (comparisons, heads) = needed.entry(&promotion.repository).or_default();
            comparisons.extend(promotion::needed(promotion, fleet, self.forge.get(&promotion.repository)));
            heads.insert(promotion.run.head.clone());
        }
        for (repository, between) in self.asked.iter().chain(&self.open) {
            let wanted = promotion::with_undone([between.clone()], self.forge.get(repository));
            needed.entry(repository).or_default().0.extend(wanted);
        }
        self.forge.keep_live_runs(&self.regarded.decided);
        for (repository, (comparisons, heads)) in &needed {
            self.forge.keep(repository, comparisons, heads);
        }
    }

    /// What has to be found out for what is shown at these places.
    #[must_use]
    pub fn wanted<'a>(&self, fleet: &Fleet, places: impl IntoIterator<Item = &'a Place>) -> Interest {
        let links: Vec<Link> = self.links.values().map(|linked| linked.link.clone()).collect();
        let asked = [self.asked.as_slice(), &self.open].concat();
        let mut interest = promotion::interest(&links, &self.promotions, &asked, fleet, &self.forge);
        for place in places {
            self.want_for(place, &mut interest);
        }
        let Regarded { selected, decided } = &self.regarded;
        for repository in decided {
            self.want_for_a_decision(fleet, repository, &mut interest);
        }
        for repository in selected.iter().chain(decided) {
            if let Some(wanted) = interest.repositories.get_mut(repository) {
                promotion::want_ways(fleet, repository, &self.forge, wanted);
            }
        }
        interest
    }

    /// What a place shows is read before the rest.
    fn want_for(&self, place: &Place, interest: &mut Interest) {
        match place {
            Place::Sheet(repository, run) => {
                if let Some(wanted) = interest.repositories.get_mut(repository) {
                    wanted.watched = true;
                    wanted.jobs.push(*run);
                    // Its checks may go on: they are asked for again and again while somebody decides on them.
                    let head = self.promotion(repository, *run).map(|promotion| promotion.run.head.clone());
                    wanted.details.extend(head.filter(|head| !wanted.details.contains(head)));
                }
            }
            Place::Pending(_) | Place::Promotions | Place::Previews => {
                interest.repositories.values_mut().for_each(|wanted| wanted.watched = true);
            }
            Place::Fleet | Place::Environment(_) | Place::Properties(_) | Place::Operations | Place::Logs(_) | Place::Timeline(_) => {}
        }
    }

    /// What only a decision needs is asked for when there is one: at the start, that is a call less for each repository.
    fn want_for_a_decision(&self, fleet: &Fleet, repository: &Repository, interest: &mut Interest) {
        let (Some(wanted), Some(facts)) = (interest.repositories.get_mut(repository), self.forge.get(repository)) else { return };
        let overview = facts.overview.value().filter(|_| promotion::needs_rules(repository, fleet));
        wanted.rules = overview.map(|overview| Arc::clone(&overview.branch));
        wanted.live_runs = facts.has_more_runs();
    }

    /// How far an environment is behind, where that is of interest.
    #[must_use]
    pub fn behind(&self, key: &EnvironmentKey) -> Option<&Behind> {
        self.links.get(key).map(|linked| &linked.behind)
    }

    /// The same as a table may show it: not before the instances at both ends were asked what they run, since what the
    /// platform states of all of them may not be all of it.
    #[must_use]
    pub fn shown_behind(&self, key: &EnvironmentKey) -> Option<&Behind> {
        let linked = self.links.get(key)?;
        let is_certain = !linked.link.may_differ || matches!(linked.behind, Behind::Mixed | Behind::Failed(_) | Behind::Unknown(_));
        Some(if is_certain { &linked.behind } else { &Behind::NotRead })
    }

    /// What waits for a person before it goes to this environment: the newest.
    #[must_use]
    pub fn waiting_for(&self, key: &EnvironmentKey) -> Option<&Promotion> {
        let ours = self.promotions.iter().filter(|promotion| promotion.environments().any(|other| other == key));
        ours.max_by_key(|promotion| promotion.run.number)
    }

    /// The promotion of this run, while it waits.
    #[must_use]
    pub fn promotion(&self, repository: &Repository, run: RunId) -> Option<&Promotion> {
        self.promotions.iter().find(|promotion| promotion.repository == *repository && promotion.run.id == run)
    }
}
