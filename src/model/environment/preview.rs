//! Whether somebody still needs a preview: how it stands to its pull request.
//!
//! Four answers, and none is guessed: what GitHub did not tell is not known, and says why.

use super::Environment;
use crate::model::catalogue::Tier;
use crate::model::clock::Timestamp;
use crate::model::fault::Fault;
use crate::model::sighting::Question;
use crate::model::tagged::PullState;

/// How a preview stands to its pull request. In the order in which a person should look at them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Need {
    /// Its pull request is over, and a listing proves that it still runs: see [`Environment::left_behind_by`].
    Orphan,
    /// Its pull request is over; that the preview still runs is not proven since.
    Over,
    /// Why it is not known whether its pull request is open.
    Unknown(Doubt),
    /// Its pull request is open.
    Open,
}

/// Why it is not known whether a pull request is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Doubt {
    /// Nothing tells which pull request it is a preview of.
    NoNumber,
    /// The configuration names no repository for its app.
    NoRepository,
    /// GitHub could not be asked; the sentence is not yet safe to show.
    Failed(Fault),
    /// GitHub gives it a state that this program does not know.
    Strange,
    /// GitHub was not asked yet, or knows no pull request of that number.
    NotTold,
}

impl Doubt {
    /// In words; not yet safe to show.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NoNumber => "nothing tells which pull request it is a preview of".to_owned(),
            Self::NoRepository => "its app has no repository: say in the configuration which".to_owned(),
            Self::Failed(fault) => fault.to_string(),
            Self::Strange => "GitHub says something of its pull request that is not known here".to_owned(),
            Self::NotTold => "GitHub has not told of its pull request yet".to_owned(),
        }
    }
}

impl Need {
    /// In one word, as a table and a script have it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Orphan => "orphan",
            Self::Over => "over",
            Self::Unknown(_) => "unknown",
            Self::Open => "open",
        }
    }

    /// Where it stands among the others: what should be looked at has the least.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Orphan => 0,
            Self::Over => 1,
            Self::Unknown(_) => 2,
            Self::Open => 3,
        }
    }
}

impl Environment<'_> {
    /// Whether it is a preview: of a pull request, or of that tier.
    #[must_use]
    pub fn is_preview(&self) -> bool {
        self.tier() == Tier::Preview || self.identity().is_some_and(|identity| identity.pull.is_some())
    }

    /// Whether somebody still needs it. `shut_out` is why GitHub answers nothing at all, where that is so.
    #[must_use]
    pub fn need(&self, shut_out: Option<&Fault>) -> Need {
        match self.pull().map(|told| told.value.state) {
            Some(PullState::Open) => Need::Open,
            Some(PullState::Merged | PullState::Closed) if self.left_behind_by().is_some() => Need::Orphan,
            Some(PullState::Merged | PullState::Closed) => Need::Over,
            Some(PullState::Unknown) => Need::Unknown(Doubt::Strange),
            None => Need::Unknown(self.doubt(shut_out)),
        }
    }

    fn doubt(&self, shut_out: Option<&Fault>) -> Doubt {
        if self.identity().is_none_or(|identity| identity.pull.is_none()) {
            return Doubt::NoNumber;
        }
        let app = self.app_ref().and_then(|app| self.fleet.catalogue().app(app));
        if app.is_none_or(|app| app.repository.is_none()) {
            return Doubt::NoRepository;
        }
        let failed = self.fault_of(Question::Record).map(|told| told.value).or(shut_out);
        failed.map_or(Doubt::NotTold, |fault| Doubt::Failed(fault.clone()))
    }

    /// Since when it is there: since it was created, else since the oldest of its instances was launched.
    #[must_use]
    pub fn there_since(&self) -> Option<Timestamp> {
        let created = self.identity().and_then(|identity| identity.created_at);
        created.or_else(|| self.instances()?.value.each.iter().filter_map(|instance| instance.launched_at).min())
    }
}

#[cfg(test)]
mod tests {
    use super::super::orphan::tests::record;
    use super::super::tests::{fleet, key, listed};
    use super::*;
    use crate::model::fault::FaultKind;

    /// A word of its own for each, and only what a listing proves is an orphan.
    #[test]
    fn what_is_over_is_an_orphan_only_where_it_is_proven_to_be_there() {
        let need = |observations: Vec<_>| fleet(observations).get(&key()).unwrap().need(None);
        assert_eq!(need(vec![listed(60, vec![]), record(61, PullState::Open, None)]), Need::Open);
        for state in [PullState::Merged, PullState::Closed] {
            assert_eq!(need(vec![listed(60, vec![]), record(61, state, Some(50))]), Need::Orphan);
            // It was listed before its pull request was over, and may be gone.
            assert_eq!(need(vec![listed(40, vec![]), record(61, state, Some(50))]), Need::Over);
        }
        assert_eq!(need(vec![listed(60, vec![]), record(61, PullState::Unknown, None)]), Need::Unknown(Doubt::Strange));
        // Nobody told of a pull request: that is no orphan.
        assert_eq!(need(vec![listed(60, vec![])]), Need::Unknown(Doubt::NoNumber));
    }

    #[test]
    fn a_doubt_says_what_to_do_and_is_never_empty() {
        let fault = Fault::new(FaultKind::Expired, "GitHub does not accept the token");
        let doubts = [Doubt::NoNumber, Doubt::NoRepository, Doubt::Failed(fault), Doubt::Strange, Doubt::NotTold];
        let said: std::collections::BTreeSet<String> = doubts.iter().map(Doubt::sentence).collect();
        assert_eq!(said.len(), doubts.len());
        assert!(said.contains("GitHub does not accept the token"), "{said:?}");
    }
}
