//! The ship sheet: what approving a run would ship where, and what stands in the way; then what becomes of it.

use super::cursor::Cursor;
use super::github::GitHubState;
use super::pending::{Change, changes};
use super::state::Size;
use crate::model::clock::Timestamp;
use crate::model::fleet::Fleet;
use crate::model::id::{EnvironmentKey, GateId, Repository, RunId, Sha};
use crate::model::lock::Locks;
use crate::model::promotion::{self, Around, Check, Findings, Held, Promotion, Sheet, Shipment, Subject, Verdict};
use crate::model::write::Sent;

/// A row that can be selected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Row {
    /// A gate that can be chosen.
    Gate(GateId),
    /// A change that ships.
    Change(Sha),
}

/// A write on its way, or what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// Its number in this session.
    pub number: u64,
    /// What is done once it is taken: `approved`.
    pub participle: &'static str,
    /// When it was given.
    pub at: Timestamp,
    /// What became of it; none while it is on its way.
    pub sent: Option<Sent>,
}

/// The ship sheet of the run that is open.
#[derive(Debug, Default)]
pub struct SheetScreen {
    /// The sheet as it is now; none where the run does not wait.
    pub sheet: Option<Sheet>,
    /// The promotion as it last was: what is followed once the run no longer waits.
    pub promotion: Option<Promotion>,
    /// What it waited at before and waits at no more: it was answered, and is followed as well.
    pub passed: Vec<Held>,
    /// Gates that were taken out of the choice.
    pub left_out: Vec<GateId>,
    /// What ships, newest first.
    pub changes: Vec<Change>,
    /// How many commits ship, listed or not; none where that is not known.
    pub commits: Option<u64>,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
    /// The selected row.
    pub cursor: Cursor<Row>,
    /// What was last written from here.
    pub given: Option<Given>,
}

impl SheetScreen {
    /// Works the sheet out again.
    pub fn arrange(
        &mut self,
        github: &GitHubState,
        fleet: &Fleet,
        locks: &Locks,
        place: (&Repository, RunId),
        now: Timestamp,
        window: usize,
    ) {
        let (repository, run) = place;
        let waiting = github.promotion(repository, run);
        let facts = github.forge.get(repository);
        if let Some(waiting) = waiting {
            self.keep(waiting);
        } else if let (None, Some(run)) = (&self.promotion, facts.and_then(|facts| facts.run(run))) {
            // Opened when the run waits no more: what it goes to is not told any more, its jobs are.
            self.promotion = Some(Promotion::over(repository.clone(), run.clone()));
        }
        let waiting = waiting.filter(|waiting| !(waiting.is_read && waiting.held.is_empty() && !self.passed.is_empty()));
        self.sheet = waiting.zip(facts).map(|(promotion, facts)| {
            let chosen: Vec<GateId> = gates(promotion).filter(|gate| !self.left_out.contains(gate)).collect();
            let shipping = promotion::shipping(fleet, promotion, &chosen);
            promotion::sheet(promotion, &chosen, Around { fleet, github: facts, shipping: &shipping, locks, now })
        });
        if let Some((sheet, facts)) = self.sheet.as_ref().zip(facts) {
            let to = sheet.environments().next().filter(|_| !sheet.folders.is_empty());
            self.changes = sheet.largest(facts).map(|part| changes(&part, facts, to)).unwrap_or_default();
            self.commits = sheet.commits(facts);
        }
        self.rows = waiting.into_iter().flat_map(gates).map(Row::Gate).collect();
        self.rows.extend(self.changes.iter().map(|change| Row::Change(change.newest.clone())));
        self.cursor.follow(&self.rows, window);
    }

    /// Gates are answered one after another, and their lists are read at other times than that of the runs: what was behind
    /// a gate of the same attempt is not forgotten when the gate is not told of any more.
    fn keep(&mut self, waiting: &Promotion) {
        let before = self.promotion.replace(waiting.clone());
        let is_same = |before: &Promotion| (before.run.id, before.run.attempt) == (waiting.run.id, waiting.run.attempt);
        match before.filter(is_same) {
            Some(before) => self.passed.extend(before.held),
            None => self.passed.clear(),
        }
        self.passed.retain(|held| waiting.held.iter().all(|now| now.gate.id != held.gate.id));
    }

    /// The environments whose arrival is followed.
    #[must_use]
    pub fn environments(&self) -> Vec<&EnvironmentKey> {
        environments(&self.passed, self.promotion.as_ref())
    }

    /// What an answer is given on.
    #[must_use]
    pub fn seal(&self) -> Option<Seal> {
        let sheet = self.sheet.as_ref()?;
        let of_run = Seal { attempt: Some(sheet.promotion.run.attempt), chosen: sheet.chosen.clone(), ..Seal::default() };
        Some(of_run.on(&sheet.promotion.run.head, &sheet.shipments, &sheet.checks))
    }
}

/// The environments behind what it waited at before and behind what it waits at, each once.
#[must_use]
pub fn environments<'a>(passed: &'a [Held], promotion: Option<&'a Promotion>) -> Vec<&'a EnvironmentKey> {
    let waiting = promotion.into_iter().flat_map(Promotion::environments);
    let mut found: Vec<&EnvironmentKey> = Vec::new();
    for key in passed.iter().flat_map(|held| &held.environments).chain(waiting) {
        if !found.contains(&key) {
            found.push(key);
        }
    }
    found
}

/// The gates that whoever looks may answer to.
fn gates(promotion: &Promotion) -> impl Iterator<Item = GateId> {
    promotion.held.iter().filter(|held| held.gate.may_approve).map(|held| held.gate.id)
}

/// What a decision rests on: if any of it is different when it is confirmed, nothing is sent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seal {
    /// The commit.
    pub head: Option<Sha>,
    /// The attempt of the run that waits, where one does.
    pub attempt: Option<u64>,
    /// The chosen gates.
    pub chosen: Vec<GateId>,
    /// What ships where.
    pub shipments: Vec<Shipment>,
    /// How the checks came out. Not their sentences: many tell ages.
    pub verdicts: Vec<(Subject, Verdict)>,
    /// What stands in the way by rule or by what was done before, in its own words: another lock is another one.
    pub standing: Vec<String>,
}

impl Seal {
    /// What a decision rests on where no run waits.
    #[must_use]
    pub fn of(found: &Findings, head: &Sha) -> Self {
        Self::default().on(head, &found.shipments, &found.checks)
    }

    fn on(self, head: &Sha, shipments: &[Shipment], checks: &[Check]) -> Self {
        let standing = checks.iter().filter(|check| matches!(check.subject, Subject::Freeze | Subject::Lock));
        Self {
            head: Some(head.clone()),
            shipments: shipments.to_vec(),
            verdicts: checks.iter().map(|check| (check.subject, check.verdict)).collect(),
            standing: standing.map(|check| check.sentence.clone()).collect(),
            ..self
        }
    }

    /// Whether the same goes to the same places, however the checks come out.
    #[must_use]
    pub fn is_on_the_same(&self, now: &Self) -> bool {
        (&self.head, self.attempt, &self.chosen, &self.shipments) == (&now.head, now.attempt, &now.chosen, &now.shipments)
    }

    /// What is different now, in a few words; none where nothing is.
    #[must_use]
    pub fn difference(&self, now: Option<&Self>) -> Option<&'static str> {
        let Some(now) = now else { return Some("the run no longer waits") };
        if self.attempt != now.attempt {
            Some("the run is another attempt")
        } else if self.head != now.head {
            Some("the commit is another one")
        } else if self.chosen != now.chosen {
            Some("the gates are not the same")
        } else if self.shipments != now.shipments {
            Some("what runs in the environments has changed")
        } else if self.verdicts != now.verdicts {
            Some("the checks have changed")
        } else if self.standing != now.standing {
            Some("what stands in the way has changed")
        } else {
            None
        }
    }
}

/// The rows above the list: what ships, from what, by which run; and a blank where there is room.
#[must_use]
pub const fn heading(size: Size) -> u16 {
    if size.height < 30 { 3 } else { 4 }
}

/// Rows of the list that fit in a terminal of this size.
#[must_use]
pub fn window(size: Size) -> usize {
    // The screen's title and footer, the heading, the titles of the list and of the checks.
    let rest = usize::from(size.height.saturating_sub(2 + heading(size) + 2));
    if size.width >= WIDE { rest + 1 } else { rest.div_ceil(2) }
}

/// From this width on the checks stand beside the list.
pub const WIDE: u16 = 120;
