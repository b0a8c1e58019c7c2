//! Locking an environment, and unlocking it: who asks for it, why, and for how long.

use super::act::{Act, Refusal};
use super::dialog::{Dialog, Kind};
use super::event::Effect;
use super::filter::TextField;
use super::fleet::Row;
use super::history::Place;
use super::key::{Code, Key};
use super::previews;
use super::state::State;
use crate::model::clock::Timestamp;
use crate::model::id::EnvironmentKey;
use crate::model::lock::{Change, Known, Lock};

/// The longest that a lock may be asked for with a time.
const MOST_SECONDS: u64 = 366 * 86_400;

/// Which field has the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// The reason.
    Reason,
    /// How long it lasts.
    Lasts,
}

/// The dialog in which an environment is locked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LockForm {
    /// The environment.
    pub environment: EnvironmentKey,
    /// Why.
    pub reason: TextField,
    /// For how long: `30m`, `2h`, `3d`; empty until somebody unlocks it.
    pub lasts: TextField,
    /// Which field has the keys.
    pub field: Field,
    /// What is wrong with what was entered.
    pub error: Option<&'static str>,
}

impl LockForm {
    /// The dialog for this environment, empty.
    #[must_use]
    pub fn new(environment: EnvironmentKey) -> Self {
        Self { environment, reason: TextField::default(), lasts: TextField::default(), field: Field::Reason, error: None }
    }

    fn field_mut(&mut self) -> &mut TextField {
        match self.field {
            Field::Reason => &mut self.reason,
            Field::Lasts => &mut self.lasts,
        }
    }

    /// Takes a key; `true` when the lock is asked for.
    pub fn press(&mut self, key: Key) -> bool {
        self.error = None;
        match (self.field, key.code) {
            (Field::Reason, Code::Enter | Code::Tab | Code::Down) if self.reason.text().trim().is_empty() => {
                self.error = Some("say why: whoever meets the lock wants to know");
            }
            (Field::Reason, Code::Enter | Code::Tab | Code::Down) => self.field = Field::Lasts,
            (Field::Lasts, Code::BackTab | Code::Tab | Code::Up) => self.field = Field::Reason,
            (Field::Lasts, Code::Enter) if seconds(self.lasts.text()).is_ok() => return true,
            (Field::Lasts, Code::Enter) => self.error = Some("write for how long, such as 30m, 2h or 3d; or nothing"),
            _ => {
                self.field_mut().key(key);
            }
        }
        false
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.field_mut().insert(text);
    }

    fn lock(&self, by: &str, now: Timestamp) -> Lock {
        let seconds = seconds(self.lasts.text()).ok().flatten().and_then(|seconds| i64::try_from(seconds).ok());
        Lock {
            environment: self.environment.clone(),
            by: by.into(),
            at: now,
            until: seconds.and_then(|seconds| now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()),
            reason: self.reason.text().trim().into(),
        }
    }
}

/// How long a person means, in seconds; none where nothing is written.
fn seconds(text: &str) -> Result<Option<u64>, ()> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (unit, digits) = [('m', 60), ('h', 3_600), ('d', 86_400), ('w', 604_800)]
        .into_iter()
        .find_map(|(letter, unit)| Some((unit, text.strip_suffix(letter)?)))
        .ok_or(())?;
    let seconds = digits.trim().parse::<u64>().ok().and_then(|count| count.checked_mul(unit));
    seconds.filter(|seconds| (1..=MOST_SECONDS).contains(seconds)).map(Some).ok_or(())
}

/// What the key for locks would do.
///
/// # Errors
/// Why nothing can be locked here.
pub fn prepare(state: &State) -> Result<Act, Refusal> {
    let selected = match (state.place(), state.fleet_screen.cursor.selected()) {
        (Place::Environment(key), _) | (Place::Fleet, Some(Row::Environment(key))) => key,
        (Place::Previews, _) => previews::selected(state).ok_or("no preview is selected")?,
        (Place::Fleet, _) => return Err("an environment can be locked, a heading cannot".into()),
        (
            Place::Pending(_)
            | Place::Promotions
            | Place::Sheet(_, _)
            | Place::Operations
            | Place::Logs(_)
            | Place::Timeline(_)
            | Place::Properties(_),
            _,
        ) => {
            return Err("select an environment on the Fleet screen".into());
        }
    };
    if state.read_only {
        return Err("read-only: nothing is changed from here".into());
    }
    if state.locks.known == Known::NotRead {
        return Err("what is locked is not read yet".into());
    }
    Ok(match state.locks.of(selected, state.now) {
        Some(lock) => {
            let change = Change::Unlock { lock: lock.clone(), by: person(state).into() };
            let question = format!("Unlock {}? It is {}", state.named(selected), lock.sentence(state.now));
            Act::Confirm { question, then: Effect::Lock(Box::new(change)) }
        }
        None => Act::Lock(selected.clone()),
    })
}

/// Who sits here: as GitHub knows them, else as the machine does.
pub(super) fn person(state: &State) -> String {
    let login = state.github.forge.viewer.value().map(|login| format!("@{login}"));
    login.or_else(|| state.person.as_deref().map(str::to_owned)).unwrap_or_else(|| "somebody".to_owned())
}

/// What was asked for in the dialog is to be done.
pub fn confirm(state: &mut State) -> Vec<Effect> {
    let Some(Dialog { kind: Kind::Lock(form), .. }) = state.dialog.take() else { return Vec::new() };
    let lock = form.lock(&person(state), state.now);
    vec![Effect::Lock(Box::new(Change::Lock(lock)))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(form: &mut LockForm, codes: &[Code]) -> bool {
        codes.iter().map(|code| form.press(Key::of(*code))).last().unwrap_or(false)
    }

    #[test]
    fn how_long_is_written_as_people_say_it() {
        for (text, expected) in [
            ("", Ok(None)),
            ("30m", Ok(Some(1_800))),
            (" 2 h ", Ok(Some(7_200))),
            ("3d", Ok(Some(259_200))),
            ("1w", Ok(Some(604_800))),
            ("0h", Err(())),
            ("2", Err(())),
            ("-2h", Err(())),
            ("99999999999999999999w", Err(())),
            ("400d", Err(())),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn a_lock_needs_a_reason_and_may_have_an_end() {
        let mut form = LockForm::new("beanstalk:1:us-west-1:h-prod".parse().unwrap());
        assert!(!press(&mut form, &[Code::Enter]));
        assert!(form.error.is_some() && form.field == Field::Reason);
        assert!(!press(&mut form, &[Code::Char('x'), Code::Enter, Code::Char('y'), Code::Enter]));
        assert!(form.error.is_some() && form.field == Field::Lasts);
        assert!(press(&mut form, &[Code::Backspace, Code::Char('2'), Code::Char('h'), Code::Enter]));
        let now = Timestamp::from_second(0).unwrap();
        let lock = form.lock("@ada", now);
        assert_eq!((lock.until, &*lock.reason, &*lock.by), (Timestamp::from_second(7_200).ok(), "x", "@ada"));
        form.lasts = TextField::default();
        assert_eq!(form.lock("@ada", now).until, None);
    }
}
