//! The dialog in which a person answers to a waiting run: what it is about, a comment, and a confirmation in proportion.

use super::filter::TextField;
use super::key::{Code, Key};
use super::sheet::{Seal, SheetScreen};
use crate::model::id::{EnvironmentKey, GateId, Login};
use crate::model::promotion::Sheet;
use crate::model::review::{Order, Review};

/// What has to be typed last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Proof {
    /// One `y`: nothing of production, and one environment.
    Yes,
    /// The name of the environment, or their number where there are several.
    Typed(String),
}

/// Which field has the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// The comment, which GitHub keeps.
    Comment,
    /// The confirmation.
    Proof,
}

/// The dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// Whether it approves.
    pub approve: bool,
    /// The run as people name it.
    pub run: String,
    /// The gates by name; not yet safe to show.
    pub gates: Vec<String>,
    /// The environments behind them.
    pub environments: Vec<EnvironmentKey>,
    /// How many commits ship; none where that is not known.
    pub commits: Option<u64>,
    /// The checks that stand in the way: with any, the comment is a reason and must not be empty.
    pub failed: Vec<String>,
    /// What has to be typed last.
    pub proof: Proof,
    /// The comment.
    pub comment: TextField,
    /// What is typed as the confirmation.
    pub typed: TextField,
    /// Which field has the keys.
    pub field: Field,
    /// What is wrong with what was entered.
    pub error: Option<&'static str>,
    /// What it rests on.
    pub seal: Seal,
    /// Every gate that holds the run back.
    pub held: Vec<GateId>,
    /// What is sent, but for its comment.
    pub review: Review,
}

/// What a key came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pressed {
    /// It goes on.
    On,
    /// It is confirmed.
    Confirmed,
}

impl Decision {
    /// The dialog for the sheet that is open, if it can be answered.
    #[must_use]
    pub fn on(screen: &SheetScreen, approve: bool) -> Option<Self> {
        let sheet = screen.sheet.as_ref().filter(|sheet| !sheet.chosen.is_empty())?;
        let run = &sheet.promotion.run;
        Some(Self {
            approve,
            run: format!("#{}", run.number),
            gates: sheet.chosen_gates().map(|held| held.gate.name.to_string()).collect(),
            environments: sheet.environments().cloned().collect(),
            commits: screen.commits,
            failed: if approve { sheet.failed().map(|check| check.sentence.clone()).collect() } else { Vec::new() },
            proof: if approve { proof(sheet) } else { Proof::Yes },
            comment: TextField::default(),
            typed: TextField::default(),
            field: Field::Comment,
            error: None,
            seal: screen.seal()?,
            held: sheet.promotion.held.iter().map(|held| held.gate.id).collect(),
            review: Review {
                repository: sheet.promotion.repository.clone(),
                run: run.id,
                gates: sheet.chosen.clone(),
                approve,
                comment: String::new(),
            },
        })
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Pressed {
        self.error = None;
        match (self.field, key.code) {
            (Field::Comment, Code::Enter | Code::Tab | Code::Down) => self.leave_comment(),
            (Field::Proof, Code::BackTab | Code::Up | Code::Tab) => self.field = Field::Comment,
            (Field::Proof, _) => return self.press_proof(key),
            (Field::Comment, _) => {
                self.comment.key(key);
            }
        }
        Pressed::On
    }

    fn leave_comment(&mut self) {
        if self.needs_reason() && self.comment.text().trim().is_empty() {
            self.error = Some("a check stands in the way: say why it ships all the same");
        } else {
            self.field = Field::Proof;
        }
    }

    fn press_proof(&mut self, key: Key) -> Pressed {
        match &self.proof {
            Proof::Yes if key == Key::char('y') => return Pressed::Confirmed,
            Proof::Yes => {}
            Proof::Typed(wanted) if key.code == Code::Enter => {
                if self.typed.text() == wanted {
                    return Pressed::Confirmed;
                }
                self.error = Some("that is not what has to be typed");
            }
            Proof::Typed(_) => {
                self.typed.key(key);
            }
        }
        Pressed::On
    }

    /// Takes pasted text: into the comment only, a confirmation is typed.
    pub fn paste(&mut self, text: &str) {
        if self.field == Field::Comment {
            self.comment.insert(text);
        }
    }

    /// Whether the comment must give a reason.
    #[must_use]
    pub const fn needs_reason(&self) -> bool {
        !self.failed.is_empty()
    }

    /// What is to be sent.
    #[must_use]
    pub fn order(&self, number: u64, identity: Option<Login>) -> Order {
        let verb = if self.approve { "approve" } else { "reject" };
        let names: Vec<String> = self.environments.iter().map(ToString::to_string).collect();
        let against = if self.failed.is_empty() { String::new() } else { format!(" although {}", self.failed.join("; ")) };
        let said = self.comment.text().trim();
        // GitHub wants something to be said.
        let comment = if said.is_empty() {
            format!("{} from Quarterdeck", if self.approve { "approved" } else { "rejected" })
        } else {
            said.to_owned()
        };
        Order {
            number,
            review: Review { comment, ..self.review.clone() },
            head: self.seal.head.clone(),
            attempt: self.seal.attempt,
            held: self.held.clone(),
            identity,
            plan: format!(
                "{verb} {} of {} at {}: {} ({}){against}",
                self.run,
                self.review.repository,
                self.seal.head.short(),
                self.gates.join(", "),
                if names.is_empty() { "where that deploys to is not known".to_owned() } else { names.join(", ") },
            ),
        }
    }
}

/// Production, or more than one environment: the name typed, or the count.
fn proof(sheet: &Sheet) -> Proof {
    let environments: Vec<&EnvironmentKey> = sheet.environments().collect();
    match environments.as_slice() {
        [one] if sheet.production => Proof::Typed(one.name.to_string()),
        [_] => Proof::Yes,
        // What a gate leads to may not be known: then the gates are counted.
        several => Proof::Typed(several.len().max(sheet.chosen.len()).to_string()),
    }
}
