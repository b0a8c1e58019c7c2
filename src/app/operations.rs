//! What is known of operations: those of this console, of others on this machine, interrupted ones, ended ones.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::clock::Timestamp;
use crate::model::id::{EnvironmentKey, VersionLabel};
use crate::model::operation::action::Action;
use crate::model::operation::evidence::Mark;
use crate::model::operation::fact::{Answer, Command, Spot};
use crate::model::operation::operation::Operation;
use crate::model::operation::plan::{OperationId, Plan, Step};
use crate::model::operation::verdict::{Ending, Verdict};

/// Who carries an operation on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    /// This console.
    Here,
    /// Another process on this machine.
    Elsewhere,
    /// Nobody.
    Nobody,
}

/// What is known of something that goes on, beside the facts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// How many parts are done, of how many.
    pub parts: Option<(u32, u32)>,
    /// What goes on, or why it waits; not yet safe to show.
    pub sentence: Option<Arc<str>>,
    /// Whether it could not be looked at, or may not begin yet.
    pub is_trouble: bool,
}

/// How an operation stands, seen from here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// A person is asked, and something waits for the answer.
    Asks,
    /// Nobody carries it on, and it has not ended.
    Interrupted,
    /// It comes to an early end.
    Stopping,
    /// Nothing else begins until a person says so.
    Paused,
    /// It goes on.
    Underway,
    /// It has ended.
    Over(Ending),
}

impl Condition {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asks => "asks you",
            Self::Interrupted => "interrupted",
            Self::Stopping => "stopping",
            Self::Paused => "paused",
            Self::Underway => "under way",
            Self::Over(ending) => ending.word(),
        }
    }

    /// Where it stands in the list: what needs a person first, what has ended last.
    const fn rank(self) -> u8 {
        match self {
            Self::Asks => 0,
            Self::Interrupted => 1,
            Self::Stopping | Self::Paused | Self::Underway => 2,
            Self::Over(_) => 3,
        }
    }
}

/// An operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// As its facts tell it.
    pub operation: Arc<Operation>,
    /// Who carries it on.
    pub carrier: Carrier,
    /// What is known besides, of what goes on.
    pub notes: Arc<BTreeMap<Spot, Note>>,
    /// Why this console carries it on no longer although it has not ended; not yet safe to show.
    pub broken: Option<Arc<str>>,
}

impl Known {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &OperationId {
        &self.operation.plan().id
    }

    /// How it stands.
    #[must_use]
    pub fn condition(&self) -> Condition {
        match (self.operation.verdict(), self.carrier) {
            (Verdict::Ended(ending), _) => Condition::Over(ending),
            (_, Carrier::Nobody) => Condition::Interrupted,
            (Verdict::Asks, _) => Condition::Asks,
            (Verdict::Stopping, _) => Condition::Stopping,
            (Verdict::Paused, _) => Condition::Paused,
            (Verdict::Underway, _) => Condition::Underway,
        }
    }

    /// Whether somebody carries it on and it has not ended.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self.condition(), Condition::Over(_) | Condition::Interrupted)
    }

    /// The unit that is about this environment.
    #[must_use]
    pub fn unit_of(&self, key: &EnvironmentKey) -> Option<u32> {
        self.operation.units().find(|unit| self.environment_of(*unit) == Some(key))
    }

    /// The environment that a unit is about.
    #[must_use]
    pub fn environment_of(&self, unit: u32) -> Option<&EnvironmentKey> {
        self.operation.unit(unit)?.steps.first().map(|step| &step.deed.place.environment)
    }
}

/// What is said of a step of which nobody else can tell what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resolving {
    /// Of which operation.
    pub id: OperationId,
    /// Which step.
    pub spot: Spot,
    /// What.
    pub answer: Answer,
}

/// What the console wants done with operations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// Start this.
    Start(Box<Plan>),
    /// Carry this on, with what is wanted of it first.
    Resume(OperationId, Option<Command>),
    /// Have this wanted of one that goes on here.
    Wish(OperationId, Command),
}

impl Order {
    /// Which operation it is about.
    #[must_use]
    pub const fn id(&self) -> &OperationId {
        match self {
            Self::Start(plan) => &plan.id,
            Self::Resume(id, _) | Self::Wish(id, _) => id,
        }
    }
}

/// What is told of operations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    /// How one is now.
    Known(Box<Known>),
    /// A journal that cannot be read or understood: why.
    Unreadable(OperationId, Arc<str>),
    /// Whether the journals can be looked at; the sentence says why they cannot.
    Journals(Option<Arc<str>>),
    /// Something was not begun, or not heeded: why.
    Refused(OperationId, Arc<str>),
    /// What a step has written.
    Written(Mark, String),
}

/// Everything that is known of operations.
#[derive(Debug, Default)]
pub struct Operations {
    each: BTreeMap<OperationId, Known>,
    /// What each changes: asked for at every frame.
    targets: BTreeMap<OperationId, BTreeSet<EnvironmentKey>>,
    /// Journals that cannot be understood, and why; not yet safe to show.
    pub unreadable: BTreeMap<OperationId, Arc<str>>,
    /// Why the journals cannot be looked at; not yet safe to show.
    pub fault: Option<Arc<str>>,
    /// Whether nobody has told yet what the journals hold.
    pub is_unread: bool,
    /// What was refused last, and why; not yet safe to show. Until something else is asked for, it changes, or the
    /// person has seen it and left the screen.
    pub refused: Option<(OperationId, Arc<str>)>,
    /// What was ordered to begin or to be carried on here, and has not been told of since.
    starting: BTreeSet<OperationId>,
    /// What steps have written.
    outputs: HashMap<Mark, String>,
    /// A number of this session's own: with it no two operations have one id.
    pub salt: u32,
    begun: u32,
}

/// So much of what a step writes is kept, in bytes.
const KEPT: usize = 1 << 20;

impl Operations {
    /// Nothing is known yet: what was interrupted, and what others do, is still being read.
    #[must_use]
    pub fn not_read() -> Self {
        Self { is_unread: true, ..Self::default() }
    }

    /// The operation of this id.
    #[must_use]
    pub fn get(&self, id: &OperationId) -> Option<&Known> {
        self.each.get(id)
    }

    /// All of them: what needs a person first, then what goes on, then what has ended; the newest first.
    #[must_use]
    pub fn in_order(&self) -> Vec<OperationId> {
        let mut ids: Vec<(u8, &OperationId)> = self.each.iter().map(|(id, known)| (known.condition().rank(), id)).collect();
        ids.sort_by(|(rank, id), (other_rank, other)| rank.cmp(other_rank).then_with(|| other.cmp(id)));
        ids.into_iter().map(|(_, id)| id.clone()).collect()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.each.len()
    }

    /// Whether something was refused, or cannot be read.
    #[must_use]
    pub fn has_troubles(&self) -> bool {
        self.refused.is_some() || self.fault.is_some() || !self.unreadable.is_empty()
    }

    /// What goes on, with who carries it on.
    pub fn live(&self) -> impl Iterator<Item = &Known> {
        self.each.values().filter(|known| known.is_live())
    }

    /// How many go on in this console, those that are just being started too.
    #[must_use]
    pub fn here(&self) -> usize {
        let carried = self.live().filter(|known| known.carrier == Carrier::Here && !self.starting.contains(known.id()));
        carried.count() + self.starting.len()
    }

    /// How many were interrupted.
    #[must_use]
    pub fn interrupted(&self) -> usize {
        self.each.values().filter(|known| known.condition() == Condition::Interrupted).count()
    }

    fn about(&self, key: &EnvironmentKey) -> impl Iterator<Item = &Known> {
        let about = self.targets.iter().filter(move |(_, targets)| targets.contains(key));
        about.filter_map(|(id, _)| self.each.get(id))
    }

    /// The operation that changes this environment now.
    #[must_use]
    pub fn changing(&self, key: &EnvironmentKey) -> Option<&Known> {
        self.about(key).find(|known| known.is_live())
    }

    /// The operation that was interrupted and may have left something half done there.
    #[must_use]
    pub fn interrupted_at(&self, key: &EnvironmentKey) -> Option<&Known> {
        self.about(key).find(|known| known.condition() == Condition::Interrupted)
    }

    /// When an operation last did something there, as far as this machine's journals tell.
    #[must_use]
    pub fn changed_at(&self, key: &EnvironmentKey) -> Option<Timestamp> {
        self.about(key).map(|known| known.operation.changed_at()).max()
    }

    /// When the last deploy of this label to this environment failed, and why, as far as this machine's journals tell;
    /// none where it did not.
    #[must_use]
    pub fn failure(&self, key: &EnvironmentKey, label: &VersionLabel) -> Option<(Timestamp, &str)> {
        let is_of_label = |step: &Step| matches!(&step.deed.action, Action::Deploy(deployed) if deployed == label);
        let unit = |known: &Known| {
            known.unit_of(key).filter(|unit| known.operation.unit(*unit).is_some_and(|unit| unit.steps.iter().any(is_of_label)))
        };
        let deploys = self.about(key).filter_map(|known| Some((known, unit(known)?)));
        let (last, unit) = deploys.max_by_key(|(known, _)| known.operation.changed_at())?;
        Some((last.operation.changed_at(), last.operation.failure(unit).map(AsRef::as_ref)?))
    }

    /// Why there may be operations on this machine of which nothing is known; none where all are known.
    #[must_use]
    pub fn doubt(&self) -> Option<&str> {
        if self.is_unread { Some("the journals of operations are not read yet") } else { self.fault.as_deref() }
    }

    /// What a step has written.
    #[must_use]
    pub fn output(&self, mark: &Mark) -> Option<&str> {
        self.outputs.get(mark).map(String::as_str)
    }

    /// The id of the operation that would be started now.
    #[must_use]
    pub fn next_id(&self, now: Timestamp) -> OperationId {
        OperationId::new(now, self.salt.wrapping_add(self.begun))
    }

    /// Takes note of what is asked for. What was refused before is of no interest any more; and of two that are started
    /// no two have one id.
    pub fn ask(&mut self, order: &Order) {
        self.refused = None;
        match order {
            Order::Start(plan) => {
                self.begun = self.begun.wrapping_add(1);
                self.starting.insert(plan.id.clone());
            }
            Order::Resume(id, _) => {
                self.starting.insert(id.clone());
            }
            Order::Wish(..) => {}
        }
    }

    /// Takes news in.
    pub fn take(&mut self, news: News) {
        match news {
            News::Known(known) => {
                let id = known.id().clone();
                self.unreadable.remove(&id);
                let is_told_from_here = known.carrier == Carrier::Here || known.broken.is_some() || known.operation.is_over();
                if is_told_from_here {
                    self.starting.remove(&id);
                }
                let is_news = self.each.get(&id).is_some_and(|before| before.operation != known.operation);
                self.refused.take_if(|(refused, _)| is_news && *refused == id);
                self.targets.entry(id.clone()).or_insert_with(|| known.operation.plan().targets());
                self.each.insert(id, *known);
            }
            News::Unreadable(id, why) => {
                self.each.remove(&id);
                self.unreadable.insert(id, why);
            }
            News::Journals(fault) => (self.fault, self.is_unread) = (fault, false),
            News::Refused(id, why) => {
                self.starting.remove(&id);
                self.refused = Some((id, why));
            }
            News::Written(mark, text) => {
                let output = self.outputs.entry(mark).or_default();
                output.push_str(&text);
                // The end is what tells how it came out.
                let mut cut = output.len().saturating_sub(KEPT);
                while !output.is_char_boundary(cut) {
                    cut += 1;
                }
                output.drain(..cut);
            }
        }
    }
}
