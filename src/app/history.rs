//! Which screens were shown, so that one can go back and forth.

use super::logs::subject::Subject;
use crate::model::id::{AppName, EnvironmentKey, Repository, RunId};

/// A screen with what it shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// Every environment.
    Fleet,
    /// One.
    Environment(EnvironmentKey),
    /// What has not arrived yet, of one app or of all.
    Pending(Option<AppName>),
    /// What waits for a person's yes.
    Promotions,
    /// What approving this run would ship.
    Sheet(Repository, RunId),
    /// What this console and others on this machine do.
    Operations,
    /// The lines that these write.
    Logs(Subject),
    /// The previews of pull requests.
    Previews,
    /// The properties of an environment.
    Properties(EnvironmentKey),
    /// What changed: of these environments, sorted, or of everything where there are none.
    Timeline(Vec<EnvironmentKey>),
}

impl Place {
    /// The run whose ship sheet it is.
    #[must_use]
    pub const fn sheet(&self) -> Option<(&Repository, RunId)> {
        match self {
            Self::Sheet(repository, run) => Some((repository, *run)),
            _ => None,
        }
    }
}

/// How many places are remembered.
const KEPT: usize = 50;

/// The places visited, as a browser keeps them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct History {
    current: Place,
    before: Vec<Place>,
    after: Vec<Place>,
    /// The screen shown before this one, whichever way it was left.
    last: Option<Place>,
}

impl Default for History {
    fn default() -> Self {
        Self { current: Place::Fleet, before: Vec::new(), after: Vec::new(), last: None }
    }
}

impl History {
    /// One that begins here.
    #[must_use]
    pub fn at(place: Place) -> Self {
        Self { current: place, ..Self::default() }
    }

    /// What is shown.
    #[must_use]
    pub const fn current(&self) -> &Place {
        &self.current
    }

    /// Goes to a new place. What lay ahead is forgotten.
    pub fn go(&mut self, place: Place) {
        if place == self.current {
            return;
        }
        self.after.clear();
        let left = self.replace(place);
        self.before.push(left);
        if self.before.len() > KEPT {
            self.before.remove(0);
        }
    }

    fn replace(&mut self, place: Place) -> Place {
        let old = std::mem::replace(&mut self.current, place);
        self.last = Some(old.clone());
        old
    }

    /// Whether [`Self::back`] leads anywhere.
    #[must_use]
    pub const fn can_go_back(&self) -> bool {
        !self.before.is_empty()
    }

    /// Whether [`Self::forward`] leads anywhere.
    #[must_use]
    pub const fn can_go_forward(&self) -> bool {
        !self.after.is_empty()
    }

    /// Whether [`Self::previous`] leads anywhere.
    #[must_use]
    pub const fn has_previous(&self) -> bool {
        self.last.is_some()
    }

    /// Goes back.
    pub fn back(&mut self) {
        if let Some(place) = self.before.pop() {
            let left = self.replace(place);
            self.after.push(left);
        }
    }

    /// Goes forward.
    pub fn forward(&mut self) {
        if let Some(place) = self.after.pop() {
            let left = self.replace(place);
            self.before.push(left);
        }
    }

    /// Goes to the screen shown before this one; again comes back.
    pub fn previous(&mut self) {
        if let Some(place) = self.last.clone() {
            self.go(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Place {
        Place::Environment(format!("beanstalk:1:us-west-1:{name}").parse().unwrap())
    }

    #[test]
    fn back_and_forward_as_in_a_browser() {
        let mut history = History::default();
        history.go(environment("a"));
        history.go(environment("b"));
        history.back();
        assert_eq!(*history.current(), environment("a"));
        history.back();
        assert_eq!(*history.current(), Place::Fleet);
        history.back();
        history.forward();
        history.forward();
        assert_eq!(*history.current(), environment("b"));
        history.go(Place::Fleet);
        assert!(!history.can_go_forward());
    }

    #[test]
    fn previous_goes_to_and_fro() {
        let mut history = History::default();
        history.go(environment("a"));
        history.previous();
        assert_eq!(*history.current(), Place::Fleet);
        history.previous();
        assert_eq!(*history.current(), environment("a"));
    }
}
