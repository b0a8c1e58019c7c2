//! The dialog in which a person decides on a write to GitHub or on an operation: what it resolves to, a comment or a
//! reason, and a confirmation in proportion to its danger.

use super::agreement::{is_open, lines_agree, only_settles, told_otherwise};
use super::filter::TextField;
use super::key::{Code, Key};
use super::plans::Intent;
use super::sheet::Seal;
use crate::model::id::{EnvironmentKey, Login, Repository, Sha};
use crate::model::operation::action::Action;
use crate::model::operation::plan::{OperationId, Plan, Step};
use crate::model::promotion::{Check, Verdict};
use crate::model::write::{Order, Premise, Write};

/// The label of the line with the waves of an operation.
pub const WAVES: &str = "waves";
/// Between a wave and the next one, in that line.
pub const NEXT_WAVE: &str = " → ";

/// What has to be typed last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Proof {
    /// One `y`: it stops something.
    Yes,
    /// This, and then `Enter`: the name of the environment, their number where there are several, or [`AGREED`].
    Typed(String),
}

/// What is typed where one environment at most is concerned, and none of production. With `Enter` behind it, so that
/// a key that was meant for the form before starts nothing.
pub const AGREED: &str = "y";

impl Proof {
    /// What is typed for what starts something and concerns no production.
    #[must_use]
    pub fn agreed() -> Self {
        Self::Typed(AGREED.to_owned())
    }

    /// In proportion: production, or more than one environment, is typed: the name, or the count.
    #[must_use]
    pub fn of(environments: &[EnvironmentKey], production: bool) -> Self {
        match environments {
            [one] if production => Self::Typed(one.name.to_string()),
            [] | [_] => Self::agreed(),
            several => Self::Typed(several.len().to_string()),
        }
    }
}

/// Whether something is said with a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Note {
    /// A comment, which GitHub keeps.
    Comment,
    /// A reason, where a check stands in the way.
    Reason,
}

/// Which field has the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// The comment or the reason.
    Comment,
    /// The confirmation.
    Proof,
}

/// What would be written, resolved when the dialog was opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// The repository.
    pub repository: Repository,
    /// What is written, but for a comment.
    pub write: Write,
    /// What has to hold right before.
    pub premise: Premise,
    /// The commit that it is about, where it is about one.
    pub commit: Option<Sha>,
    /// It all, in a person's words: what the audit log keeps.
    pub plan: String,
}

/// What an operation would do, resolved when the dialog was opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Undertaking {
    /// The plan.
    pub plan: Plan,
    /// What it rests on, in words without ages: if any of it is another when it is confirmed, nothing is begun.
    pub rests_on: Vec<String>,
}

/// Going on with an operation, as it was resolved when the dialog was opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resumption {
    /// Which.
    pub id: OperationId,
    /// The units that are left.
    pub left: Vec<u32>,
    /// The environments that are changed yet, each once.
    pub environments: Vec<EnvironmentKey>,
    /// As whom it goes on; none where that is not known.
    pub identity: Option<String>,
    /// What it rests on, in words without ages.
    pub rests_on: Vec<String>,
}

/// What is begun once it is confirmed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// A write to GitHub is sent.
    Write(Box<Draft>),
    /// An operation is started.
    Operation(Box<Undertaking>),
    /// An operation goes on.
    Resumption(Resumption),
}

impl From<Draft> for Content {
    fn from(draft: Draft) -> Self {
        Self::Write(Box::new(draft))
    }
}

impl From<Undertaking> for Content {
    fn from(undertaking: Undertaking) -> Self {
        Self::Operation(Box::new(undertaking))
    }
}

impl From<Resumption> for Content {
    fn from(resumption: Resumption) -> Self {
        Self::Resumption(resumption)
    }
}

impl Content {
    /// Whether another one, made anew, would do the same.
    fn is_like(&self, now: &Self) -> bool {
        match (self, now) {
            (Self::Write(draft), Self::Write(now)) => {
                draft.premise.is_like(&now.premise) && (&draft.write, &draft.commit, &draft.plan) == (&now.write, &now.commit, &now.plan)
            }
            // Each that is made anew has an id of its own.
            (Self::Operation(then), Self::Operation(now)) => {
                then.rests_on == now.rests_on && Plan { id: then.plan.id.clone(), ..now.plan.clone() } == then.plan
            }
            (Self::Resumption(then), Self::Resumption(now)) => then == now,
            (Self::Write(_) | Self::Operation(_) | Self::Resumption(_), _) => false,
        }
    }
}

/// The dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// What a person wants to have done: the plan is made from it.
    pub intent: Intent,
    /// What is done to what. Parts of it come from outside: not yet safe to show.
    pub headline: String,
    /// What it resolves to, line by line; not yet safe to show.
    pub lines: Vec<(&'static str, String)>,
    /// What else was checked, worst first; not yet safe to show.
    pub remarks: Vec<(Verdict, String)>,
    /// The checks that stand in the way: with any, a reason must be given.
    pub failed: Vec<String>,
    /// What is said with it.
    pub note: Note,
    /// What has to be typed last.
    pub proof: Proof,
    /// The comment or the reason.
    pub comment: TextField,
    /// What is typed as the confirmation.
    pub typed: TextField,
    /// Which field has the keys.
    pub field: Field,
    /// How many lines of the plan are scrolled away, where it does not fit.
    pub scroll: usize,
    /// What is wrong with what was entered, or why nothing was sent; not yet safe to show.
    pub error: Option<String>,
    /// What it rests on, where it answers to a ship sheet.
    pub seal: Option<Seal>,
    /// What is begun.
    pub content: Content,
    /// Whether something that it tells is still being read: until a person touches it, it is made anew with that.
    pub awaits: bool,
    /// What it tells that it did not when it was last looked at; not yet safe to show.
    pub changed: Vec<String>,
}

/// Why a plan is another one where other checks have failed.
const IN_THE_WAY: &str = "what stands in the way has changed";

/// By how many lines the plan is scrolled at once.
const PAGE: usize = 5;

/// What is said all at once, in place of what is typed into the dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Said<'a> {
    /// One `y`.
    pub yes: bool,
    /// The name, or the count.
    pub proof: Option<&'a str>,
    /// The reason.
    pub reason: Option<&'a str>,
}

/// Why what was said does not confirm it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lacking {
    /// A check stands in the way, and nobody says why it is done all the same.
    Reason,
    /// One `y`.
    Yes,
    /// This name or count.
    Proof(String),
    /// Another name or count was said than this one.
    Mismatch(String),
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
    /// A dialog about this, in which a reason is asked for only where a check stands in the way.
    #[must_use]
    pub fn on(intent: Intent, headline: String, content: impl Into<Content>, proof: Proof) -> Self {
        Self {
            intent,
            headline,
            lines: Vec::new(),
            remarks: Vec::new(),
            failed: Vec::new(),
            note: Note::Reason,
            proof,
            comment: TextField::default(),
            typed: TextField::default(),
            field: Field::Proof,
            scroll: 0,
            error: None,
            seal: None,
            content: content.into(),
            awaits: false,
            changed: Vec::new(),
        }
    }

    /// With one more line of what it resolves to.
    #[must_use]
    pub fn with(mut self, label: &'static str, text: impl Into<String>) -> Self {
        self.lines.push((label, text.into()));
        self
    }

    /// It, once what it does is known.
    ///
    /// # Errors
    /// While that is still being read.
    pub fn resolved(self) -> Result<Self, String> {
        let is_open = |step: &Step| matches!(&step.deed.action, Action::Rerun(rerun) if rerun.workflow.is_empty());
        match &self.content {
            Content::Operation(undertaking) if undertaking.plan.units.iter().flat_map(|unit| &unit.steps).any(is_open) => {
                Err("what would be run again is still being read: wait a moment".to_owned())
            }
            _ => Ok(self),
        }
    }

    /// With these checks in the way.
    #[must_use]
    pub fn against(mut self, failed: Vec<String>) -> Self {
        self.failed.extend(failed);
        if self.has_comment() {
            self.field = Field::Comment;
        }
        self
    }

    /// With these checks: what stands in the way, and what else was looked at.
    #[must_use]
    pub fn checked(mut self, checks: &[Check], production: bool) -> Self {
        let is_failed = |check: &&Check| check.verdict.counted(production) == Verdict::Fail;
        self.remarks.extend(checks.iter().filter(|check| !is_failed(check)).map(|check| (check.verdict, check.sentence.clone())));
        self.against(checks.iter().filter(is_failed).map(|check| check.sentence.clone()).collect())
    }

    /// With these in the way as well, whatever they come to: if they are others when it is confirmed, it is another plan.
    #[must_use]
    pub fn sealed_against(mut self, failed: Vec<String>) -> Self {
        if let Some(seal) = &mut self.seal {
            seal.standing.extend(failed.iter().cloned());
        }
        self.against(failed)
    }

    /// With a comment, which GitHub keeps.
    #[must_use]
    pub const fn commented(mut self) -> Self {
        self.note = Note::Comment;
        self.field = Field::Comment;
        self
    }

    /// Whether something can be said with it.
    #[must_use]
    pub const fn has_comment(&self) -> bool {
        matches!(self.note, Note::Comment) || self.needs_reason()
    }

    /// What is different in a plan that was made anew, in a few words; none where nothing is.
    #[must_use]
    pub fn difference(&self, now: &Self) -> Option<String> {
        let by_seal = self.seal.as_ref().and_then(|seal| seal.difference(now.seal.as_ref()));
        let by_seal = by_seal.map(str::to_owned);
        // The sentences of a ship sheet tell ages; its seal, or what an operation rests on, tells what they come to.
        let is_sealed = self.seal.is_some() || !matches!(self.content, Content::Write(_));
        let same_checks = is_sealed || self.failed == now.failed;
        let rests = self.content.is_like(&now.content);
        by_seal.or_else(|| (!same_checks).then(|| IN_THE_WAY.to_owned())).or_else(|| {
            let same_plan = lines_agree(&self.lines, &now.lines) && self.proof == now.proof;
            let same = rests && same_plan && self.failed.is_empty() == now.failed.is_empty();
            (!same).then(|| self.change(now))
        })
    }

    /// What is different in a plan that is another one, as it says it itself.
    fn change(&self, now: &Self) -> String {
        if self.failed.is_empty() != now.failed.is_empty() {
            return IN_THE_WAY.to_owned();
        }
        if self.proof != now.proof {
            return "what has to be typed has changed".to_owned();
        }
        let same_lines = lines_agree(&self.lines, &now.lines);
        let line = if same_lines { None } else { told_otherwise(&self.lines, &now.lines) };
        line.or_else(|| self.new_ground(now)).unwrap_or_else(|| "what it would do has changed".to_owned())
    }

    /// What an operation rests on now and did not before.
    fn new_ground(&self, now: &Self) -> Option<String> {
        let (Content::Operation(then), Content::Operation(now)) = (&self.content, &now.content) else { return None };
        let new = now.rests_on.iter().find(|sentence| !then.rests_on.contains(sentence))?;
        Some(format!("what it rests on has changed ({new})"))
    }

    /// The plan as it is now, with what was said in this one: it has to be confirmed again.
    #[must_use]
    pub fn renewed(self, now: Self, why: impl Into<String>) -> Self {
        let mut now = self.redrawn(now);
        now.error = Some(format!("{}; confirm again", why.into()));
        now
    }

    /// The plan as it is now, with what was said in this one and the keys where they are: what is new in it is marked.
    fn redrawn(self, mut now: Self) -> Self {
        let is_told = |text: &String| self.texts().any(|told| told == text);
        now.changed = now.texts().filter(|text| !is_told(text) || self.changed.contains(text)).cloned().collect();
        now.field = match self.field {
            Field::Comment if now.has_comment() => Field::Comment,
            // A reason that is lacking is asked for first.
            Field::Proof if now.needs_reason() && self.comment.text().trim().is_empty() => Field::Comment,
            Field::Comment | Field::Proof => Field::Proof,
        };
        now.comment = self.comment;
        now
    }

    /// All that it tells.
    fn texts(&self) -> impl Iterator<Item = &String> {
        let lines = self.lines.iter().map(|(_, text)| text);
        lines.chain(&self.failed).chain(self.remarks.iter().map(|(_, sentence)| sentence))
    }

    /// Whether it may be made anew by itself: something of it is not known yet, and nobody has begun to confirm it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let is_unknown = |(verdict, _): &(Verdict, String)| *verdict == Verdict::Unknown;
        self.typed.text().is_empty() && (self.awaits || self.remarks.iter().any(is_unknown) || self.texts().any(|text| is_open(text)))
    }

    /// Takes in the plan as it is now, where no more has changed than that something is known by now; whether it did.
    ///
    /// Whoever has not touched it yet, while it was known to be read, has not relied on it either.
    pub fn settle(&mut self, now: Self) -> bool {
        let is_fresh = self.awaits && self.is_untouched();
        let is_same = (self.awaits, &self.lines, &self.failed, &self.remarks) == (now.awaits, &now.lines, &now.failed, &now.remarks);
        if is_same || !(is_fresh || self.is_settled_by(&now)) {
            return false;
        }
        // Why what was confirmed was not begun stays in sight.
        let (scroll, error) = (self.scroll, self.error.take());
        let changed = is_fresh.then(|| self.changed.clone());
        *self = self.clone().redrawn(now);
        (self.scroll, self.error) = (scroll, error);
        // What a person sees for the first time is not marked as something else than before.
        self.changed = changed.unwrap_or_else(|| std::mem::take(&mut self.changed));
        true
    }

    /// Whether a plan that was made anew does the same, and tells more.
    fn is_settled_by(&self, now: &Self) -> bool {
        let same_deed = match (&self.content, &now.content) {
            (Content::Write(then), Content::Write(now)) => {
                then.premise.is_like(&now.premise) && (&then.write, &then.commit) == (&now.write, &now.commit)
            }
            _ => true,
        };
        let same_ground = match (&self.seal, &now.seal) {
            (Some(then), Some(now)) => then.is_on_the_same(now),
            (then, now) => then == now,
        };
        let was_open = |text: &&String| is_open(text) && !now.texts().any(|other| other == *text);
        let was_unknown = |remark: &&(Verdict, String)| remark.0 == Verdict::Unknown && !now.remarks.contains(remark);
        let settles = self.texts().any(|text| was_open(&text)) || self.remarks.iter().any(|remark| was_unknown(&remark));
        same_deed && same_ground && settles && only_settles(&self.lines, &now.lines)
    }

    /// This plan, of which nothing was sent, with what was said: it has to be confirmed again.
    #[must_use]
    pub fn refused(mut self, why: impl Into<String>) -> Self {
        self.typed = TextField::default();
        self.error = Some(why.into());
        self
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Pressed {
        self.error = None;
        match (self.field, key.code) {
            (_, Code::PageDown) => self.scroll += PAGE,
            (_, Code::PageUp) => self.scroll = self.scroll.saturating_sub(PAGE),
            (Field::Comment, Code::Enter | Code::Tab | Code::Down) => self.leave_comment(),
            (Field::Proof, Code::BackTab | Code::Up | Code::Tab) if self.has_comment() => self.field = Field::Comment,
            (Field::Proof, _) => return self.press_proof(key),
            (Field::Comment, _) => {
                self.comment.key(key);
            }
        }
        Pressed::On
    }

    fn leave_comment(&mut self) {
        if self.needs_reason() && self.comment.text().trim().is_empty() {
            self.error = Some("a check stands in the way: say why it is done all the same".to_owned());
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
                self.error = Some(format!("that is not what has to be typed: type {wanted}"));
            }
            Proof::Typed(_) => {
                self.typed.key(key);
            }
        }
        Pressed::On
    }

    /// Enters what was said all at once. A name or a count that was said has to be right even where one `y` is enough.
    ///
    /// # Errors
    /// What is lacking: then it is not confirmed.
    pub fn enter(&mut self, said: Said<'_>) -> Result<(), Lacking> {
        match (&self.proof, said.proof) {
            (_, Some(text)) => {
                let wanted = self.in_full();
                if text != wanted {
                    return Err(Lacking::Mismatch(wanted));
                }
            }
            (Proof::Typed(typed), None) if typed != AGREED => return Err(Lacking::Proof(typed.clone())),
            (Proof::Yes | Proof::Typed(_), None) if !said.yes => return Err(Lacking::Yes),
            (Proof::Yes | Proof::Typed(_), None) => {}
        }
        let reason = said.reason.map(str::trim).unwrap_or_default();
        if self.needs_reason() && reason.is_empty() {
            return Err(Lacking::Reason);
        }
        self.comment = TextField::with(reason);
        Ok(())
    }

    /// The name or the count that confirms it, also where less is enough.
    fn in_full(&self) -> String {
        match (&self.proof, &self.content) {
            (Proof::Typed(typed), _) if typed != AGREED => typed.clone(),
            (_, Content::Operation(undertaking)) => match undertaking.plan.units.as_slice() {
                [one] => one.steps.first().map_or_else(String::new, |step| step.deed.place.environment.name.to_string()),
                several => several.len().to_string(),
            },
            (_, Content::Resumption(resumption)) => match resumption.environments.as_slice() {
                [] => AGREED.to_owned(),
                [one] => one.name.to_string(),
                several => several.len().to_string(),
            },
            (_, Content::Write(_)) => AGREED.to_owned(),
        }
    }

    /// What that is which has to be typed; none where it is only a `y`.
    #[must_use]
    pub fn proof_is(&self) -> Option<&'static str> {
        let Proof::Typed(typed) = &self.proof else { return None };
        if typed == AGREED {
            return None;
        }
        let is_number = typed.chars().all(|each| each.is_ascii_digit());
        Some(match is_number {
            // Where it is not known what all it reaches, the run is named.
            true if self.headline.contains(&format!("#{typed} ")) => "the number of the run",
            true => "the number of environments",
            false => "its name",
        })
    }

    /// Takes pasted text: into the comment only, a confirmation is typed.
    pub fn paste(&mut self, text: &str) {
        if self.field == Field::Comment {
            self.comment.insert(text);
        }
    }

    /// Whether a reason must be given.
    #[must_use]
    pub const fn needs_reason(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Whether nothing was entered yet.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.comment.text().is_empty() && self.typed.text().is_empty()
    }

    /// The reason that was given, with what it was given against; none where nothing was said.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let against = if self.failed.is_empty() { String::new() } else { format!(" (although {})", self.failed.join("; ")) };
        let said = self.comment.text().trim();
        (!said.is_empty()).then(|| format!("{said}{against}"))
    }

    /// What is to be sent to GitHub; none where it is an operation.
    #[must_use]
    pub fn order(&self, number: u64, identity: Option<Login>) -> Option<Order> {
        let Content::Write(draft) = &self.content else { return None };
        let against = if self.failed.is_empty() { String::new() } else { format!(" although {}", self.failed.join("; ")) };
        let said = self.comment.text().trim();
        let mut write = draft.write.clone();
        if let Write::Review { approve, comment, .. } = &mut write {
            // GitHub wants something to be said.
            let silent = if *approve { "approved from Quarterdeck" } else { "rejected from Quarterdeck" };
            if said.is_empty() { silent } else { said }.clone_into(comment);
        }
        if let (Write::Revert { body, .. }, false) = (&mut write, said.is_empty()) {
            *body = format!("{body}\n\n{said}");
        }
        let reason = if let Write::Review { comment, .. } = &write { comment.clone() } else { said.to_owned() };
        Some(Order {
            number,
            repository: draft.repository.clone(),
            write,
            premise: draft.premise.clone(),
            commit: draft.commit.clone(),
            identity,
            plan: format!("{}{against}", draft.plan),
            reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::RunId;

    fn decision(proof: Proof, failed: &[&str]) -> Decision {
        let draft = Draft {
            repository: "o/r".into(),
            write: Write::Cancel(RunId(1)),
            premise: Premise::Live { run: RunId(1), attempt: 1 },
            commit: None,
            plan: String::new(),
        };
        Decision::on(Intent::Cancel("o/r".into(), RunId(1)), String::new(), draft, proof)
            .against(failed.iter().map(|why| (*why).to_owned()).collect())
    }

    #[test]
    fn what_is_another_one_by_now_is_named_and_marked_and_the_keys_stay() {
        let ships = |text: &str| decision(Proof::Typed("h-prod".to_owned()), &["frozen"]).with("where", "h-prod").with("ships", text);
        let mut shown = ships("? how many commits is not known");
        shown.comment = TextField::with("tested");
        shown.field = Field::Proof;
        shown.typed = TextField::with("h-prod");
        let now = ships("2 commits");
        let said = shown.difference(&now).unwrap();
        assert_eq!(said, "\"ships\" has changed (was ?, is 2 commits)");
        assert!(!shown.is_open(), "it is being confirmed");
        let again = shown.renewed(now, said);
        assert_eq!((again.changed.as_slice(), again.field), (["2 commits".to_owned()].as_slice(), Field::Proof));
        assert_eq!((again.comment.text(), again.typed.text()), ("tested", ""));
        assert_eq!(again.error.as_deref(), Some("\"ships\" has changed (was ?, is 2 commits); confirm again"));
    }

    #[test]
    fn a_plan_settles_only_while_nothing_but_the_unknown_changes() {
        let plan = |place: &str, text: &str| decision(Proof::agreed(), &["frozen"]).with("where", place).with("ships", text);
        for (now, settles) in [
            (plan("h-prod", "2 commits"), true),
            (plan("h-dev", "2 commits"), false),
            (plan("h-prod", "? how many commits is not known"), false),
        ] {
            let mut shown = plan("h-prod", "? how many commits is not known");
            shown.comment = TextField::with("tested");
            assert!(shown.is_open());
            assert_eq!(shown.settle(now), settles);
            assert_eq!(shown.comment.text(), "tested");
            assert_eq!(shown.changed.is_empty(), !settles);
        }
    }

    #[test]
    fn what_is_said_at_once_confirms_as_much_as_what_is_typed() {
        let typed = |text: &str| Proof::Typed(text.to_owned());
        let said = |yes, proof, reason| Said { yes, proof, reason };
        for (proof, failed, said, expected) in [
            (Proof::Yes, &[][..], said(true, None, None), Ok(())),
            (Proof::Yes, &[], said(false, None, None), Err(Lacking::Yes)),
            (Proof::agreed(), &[], said(true, None, None), Ok(())),
            (Proof::agreed(), &[], said(false, None, Some("x")), Err(Lacking::Yes)),
            (typed("h-prod"), &[], said(true, None, None), Err(Lacking::Proof("h-prod".to_owned()))),
            (typed("h-prod"), &[], said(false, Some("h-prod"), None), Ok(())),
            (typed("h-prod"), &[], said(true, Some("h-prod "), None), Err(Lacking::Mismatch("h-prod".to_owned()))),
            (typed("12"), &[], said(true, Some("13"), None), Err(Lacking::Mismatch("12".to_owned()))),
            (typed("12"), &["frozen"], said(false, Some("12"), Some("  ")), Err(Lacking::Reason)),
            (typed("12"), &["frozen"], said(false, Some("12"), Some(" urgent ")), Ok(())),
        ] {
            let mut decision = decision(proof.clone(), failed);
            assert_eq!(decision.enter(said), expected, "{proof:?} {said:?}");
            let reason = decision.reason();
            assert_eq!(reason.is_some(), expected.is_ok() && said.reason.is_some(), "{proof:?} {said:?}");
        }
    }
}
