//! What a person looks at, quick to ask, and how soon each environment is needed for it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Wanted;
use super::subject::{Need, Subject};
use crate::model::id::{AppName, EnvironmentKey};
use crate::model::sighting::{Question, Questions};

/// A [`Focus`] that is quick to ask.
#[derive(Default)]
pub(super) struct Sight {
    pub(super) open: Option<EnvironmentKey>,
    pub(super) visible: HashSet<EnvironmentKey>,
    pub(super) compared: HashMap<EnvironmentKey, AppName>,
    pub(super) planned: HashMap<EnvironmentKey, AppName>,
    /// Which environments are wanted though they are well; none, where absent.
    pub(super) wanted: Option<Arc<Wanted>>,
}

impl Sight {
    /// What is asked of an environment; some only of one that is compared with others, or planned for.
    pub(super) fn questions(&self, key: &EnvironmentKey, subject: &Subject) -> Questions {
        let beside = [(&self.compared, Question::Properties), (&self.planned, Question::Planning)];
        let beside = beside.into_iter().filter(|(keys, _)| keys.contains_key(key)).map(|(_, question)| question);
        beside.fold(subject.questions, Questions::with)
    }

    /// Whether somebody waits for the answer: a plan or a sheet is made from it, and from nothing else about the environment.
    pub(super) fn awaits(&self, key: &EnvironmentKey, question: Question) -> bool {
        let is_of_plan = matches!(question, Question::Properties | Question::Planning | Question::Instances);
        is_of_plan && (self.compared.contains_key(key) || self.planned.contains_key(key))
    }

    pub(super) fn wants(&self, key: &EnvironmentKey) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| wanted(key))
    }
}

pub(super) fn need(key: &EnvironmentKey, subject: &Subject, focus: &Sight) -> Need {
    let wanted = focus.wants(key);
    let visible = wanted || focus.visible.contains(key) || focus.compared.contains_key(key) || focus.planned.contains_key(key);
    let pressing = subject.is_pressing();
    match (focus.open.as_ref() == Some(key) || (wanted && pressing), pressing || wanted, visible) {
        (true, _, _) => Need::Open,
        (false, true, true) => Need::Urgent,
        (false, true, false) => Need::Unwell,
        (false, false, true) => Need::Visible,
        (false, false, false) => Need::Background,
    }
}
