//! Why something of an environment is not known, as a sentence. What cannot be read is never an empty place.

use std::borrow::Cow;

use super::Environment;
use crate::model::sighting::Question;

/// What nobody has answered so far.
const NOT_YET: &str = "not read yet";
/// Of what no listing has held.
const UNSEEN: &str = "no listing has held it so far";
/// The questions whose answers tell what runs.
const TELL_VERSIONS: [Question; 5] = [Question::Versions, Question::Instances, Question::Resources, Question::Health, Question::Record];
/// The questions whose answers judge how it is.
const TELL_HEALTH: [Question; 5] = [Question::Probes, Question::Versions, Question::Health, Question::Instances, Question::Resources];

impl<'a> Environment<'a> {
    /// Why it is not known what runs; nothing where it is. Parts come from outside: not yet safe to show.
    #[must_use]
    pub fn why_no_version(&self) -> Option<Cow<'a, str>> {
        if self.version().is_some() {
            return None;
        }
        let otherwise = || match self.answer(Question::Record) {
            Some(_) => "nobody may ask it, and GitHub's record tells of no deployment that went well",
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
        let asked = self.identity().map(|identity| identity.answers);
        let is_awaited = |question: &Question| asked.is_some_and(|asked| asked.holds(*question)) && self.answer(*question).is_none();
        Cow::Borrowed(if questions.iter().any(is_awaited) { NOT_YET } else { otherwise() })
    }
}
