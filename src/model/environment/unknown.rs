//! Why something of an environment is not known, as a sentence. What cannot be read is never an empty place.

use std::borrow::Cow;

use super::Environment;
use crate::model::id::Platform;
use crate::model::sighting::Question;
use crate::model::{catalogue::Placement, tagged};

/// What nobody has answered so far.
const NOT_YET: &str = "not read yet";
/// Of what no listing has held.
const UNSEEN: &str = "no listing has held it so far";
/// The questions whose answers tell what runs.
const TELL_VERSIONS: [Question; 5] = [Question::Versions, Question::Instances, Question::Resources, Question::Health, Question::Record];
/// The questions whose answers judge how it is.
const TELL_HEALTH: [Question; 5] = [Question::Probes, Question::Versions, Question::Health, Question::Instances, Question::Resources];

/// The questions whose answers tell what runs on each instance.
const TELL_EACH: [Question; 2] = [Question::Versions, Question::Instances];

impl<'a> Environment<'a> {
    /// Whether nobody has told how it is only because those who will have not been asked yet.
    #[must_use]
    pub fn awaits_health(&self) -> bool {
        self.word().is_none() && self.awaits(&TELL_HEALTH)
    }

    /// Whether it is not known what runs only because those who will tell have not been asked yet.
    #[must_use]
    pub fn awaits_version(&self) -> bool {
        self.version().is_none() && self.awaits(&TELL_VERSIONS)
    }

    /// Whether its instances, which tell what runs on each of them, have not been asked yet: they may run something else
    /// than the platform states.
    #[must_use]
    pub fn awaits_instances(&self) -> bool {
        let tells = self.identity().is_some_and(|identity| identity.tells_versions);
        tells && self.is_uniform().is_none() && self.awaits(&TELL_EACH)
    }

    /// Why it is not known what runs; nothing where it is. Parts come from outside: not yet safe to show.
    #[must_use]
    pub fn why_no_version(&self) -> Option<Cow<'a, str>> {
        if self.version().is_some() {
            return None;
        }
        let otherwise = || match self.answer(Question::Record) {
            Some(_) => "nobody may ask it, and GitHub's record tells of no deployment that went well",
            None if self.key().platform == Platform::Host => {
                "nothing tells it: write ssh in its [[hosts]] section, or the repository of its app"
            }
            None => "nothing that is configured tells it: no login to where it runs, and no record of a repository",
        };
        Some(self.why(&TELL_VERSIONS, otherwise))
    }

    /// Why nobody has told how it is; nothing where somebody has, if only that he does not know. Not yet safe to show.
    #[must_use]
    pub fn why_no_health(&self) -> Option<Cow<'a, str>> {
        if self.word().is_some() {
            return None;
        }
        Some(self.why(&TELL_HEALTH, || "nothing that is configured tells it: no page of it is asked, and nobody looks at where it runs"))
    }

    /// Why it is not known what goes on; nothing where it is. Not yet safe to show.
    #[must_use]
    pub fn why_no_activity(&self) -> Option<Cow<'a, str>> {
        if self.activity().is_some() {
            return None;
        }
        Some(self.why(&[Question::Runs, Question::Instances], || "nothing that is configured tells it: no runs of a repository are read"))
    }

    /// The fault of the first of these questions that has one, else that of the listing, else what else may be the reason.
    fn why(&self, questions: &[Question], otherwise: impl FnOnce() -> &'static str) -> Cow<'a, str> {
        let fault = questions.iter().find_map(|question| self.fault_of(*question)).or_else(|| self.listing_fault());
        if let Some(fault) = fault {
            return Cow::Borrowed(&fault.value.sentence);
        }
        if self.is_unseen() {
            return Cow::Borrowed(UNSEEN);
        }
        Cow::Borrowed(if self.awaits(questions) { NOT_YET } else { otherwise() })
    }

    /// Whether one of these questions is going to be answered, and nothing has failed so far.
    fn awaits(&self, questions: &[Question]) -> bool {
        let has_failed = || self.listing_fault().is_some() || questions.iter().any(|question| self.fault_of(*question).is_some());
        let is_due = |question: &Question| self.answer(*question).is_none() && self.is_asked(*question);
        !self.is_unseen() && questions.iter().any(is_due) && !has_failed()
    }

    /// Whether anybody is asked this of it: its platform, where its listing says so; a page, where one was declared; GitHub's
    /// record, where one is kept of what is deployed there.
    fn is_asked(&self, question: Question) -> bool {
        match question {
            Question::Probes => self.is_probed(),
            Question::Record => tagged::is_recorded(self.fleet, self) || self.is_recorded(),
            other => self.identity().is_some_and(|identity| identity.answers.holds(other)),
        }
    }

    fn is_probed(&self) -> bool {
        let placement = Placement { app: self.app(), tier: self.tier() };
        self.seen_key().is_some_and(|key| self.fleet.catalogue().is_probed(key, &placement))
    }

    /// Whether GitHub records what is deployed to it, on a server of one's own. Of previews that is not known beforehand.
    fn is_recorded(&self) -> bool {
        let catalogue = self.fleet.catalogue();
        let app = self.app_ref().and_then(|app| catalogue.app(app));
        let hosted = self.seen_key().and_then(|key| catalogue.host(key)?.app_of(&key.name));
        app.is_some_and(|app| app.repository.is_some()) && matches!(hosted, Some((_, None)))
    }
}
