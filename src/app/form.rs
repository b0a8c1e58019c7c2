//! The dialog in which the inputs of a workflow are filled in, before its plan is shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::filter::TextField;
use super::key::{Code, Key};
use crate::model::dispatch::{Input, InputKind, Manual};
use crate::model::id::{AppName, PullNumber, Repository};

/// What is entered for an input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A text or a number.
    Text(TextField),
    /// Yes or no.
    Tick(bool),
    /// One of its options; none where it need not be given.
    Choice(Option<usize>),
}

/// An input with what is entered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The input.
    pub input: Input,
    /// What is entered.
    pub value: Value,
}

impl Entry {
    /// An input with its default.
    #[must_use]
    pub fn new(input: Input) -> Self {
        let default = input.default.as_deref().unwrap_or_default();
        let value = match &input.kind {
            InputKind::Text | InputKind::Number => Value::Text(TextField::with(default)),
            InputKind::Tick => Value::Tick(default == "true"),
            InputKind::Choice(options) => {
                // GitHub itself takes the first where one must be given.
                let first = (input.required && !options.is_empty()).then_some(0);
                Value::Choice(options.iter().position(|option| **option == *default).or(first))
            }
        };
        Self { input, value }
    }

    /// What would be sent.
    #[must_use]
    pub fn text(&self) -> String {
        match (&self.value, &self.input.kind) {
            (Value::Text(field), _) => field.text().trim().to_owned(),
            (Value::Tick(ticked), _) => ticked.to_string(),
            (Value::Choice(Some(at)), InputKind::Choice(options)) => options.get(*at).map_or_else(String::new, ToString::to_string),
            (Value::Choice(_), _) => String::new(),
        }
    }

    /// Enters a text; whether it can be entered.
    fn enter(&mut self, text: &str) -> bool {
        if self.input.fault(text).is_some() {
            return false;
        }
        match (&mut self.value, &self.input.kind) {
            (Value::Text(field), _) => *field = TextField::with(text),
            (Value::Tick(ticked), _) => *ticked = text == "true",
            (Value::Choice(at), InputKind::Choice(options)) => *at = options.iter().position(|option| **option == *text),
            (Value::Choice(_), _) => return false,
        }
        true
    }

    fn key(&mut self, key: Key) {
        let forward = matches!(key.code, Code::Char(' ') | Code::Right);
        match (&mut self.value, &self.input.kind) {
            (Value::Text(field), _) => {
                field.key(key);
            }
            (Value::Tick(ticked), _) if forward || key.code == Code::Left => *ticked = !*ticked,
            (Value::Choice(at), InputKind::Choice(options)) if forward || key.code == Code::Left => {
                *at = turned(*at, options.len(), forward, !self.input.required);
            }
            (Value::Tick(_) | Value::Choice(_), _) => {}
        }
    }
}

/// The option after this one, or before it; none is one of them where nothing need be chosen.
fn turned(at: Option<usize>, count: usize, forward: bool, may_be_none: bool) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match (at, forward) {
        (Some(at), true) if at < last => Some(at + 1),
        (Some(at), false) if at > 0 => Some(at - 1),
        (Some(_), _) if may_be_none => None,
        (Some(_) | None, true) => Some(0),
        (Some(_) | None, false) => Some(last),
    }
}

/// What a key in some entries came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pressed {
    /// It goes on.
    On,
    /// What follows from what is entered is asked for.
    Asked,
}

/// Hands a key to the entry that has the keys, or another entry the keys.
pub(super) fn press(entries: &mut [Entry], at: &mut usize, key: Key) -> Pressed {
    let last = entries.len().saturating_sub(1);
    match (key.ctrl, key.code) {
        (false, Code::Down | Code::Tab) => *at = if *at == last { 0 } else { *at + 1 },
        (false, Code::Up | Code::BackTab) => *at = at.checked_sub(1).unwrap_or(last),
        (false, Code::Enter) => return Pressed::Asked,
        _ => {
            if let Some(entry) = entries.get_mut(*at) {
                entry.key(key);
            }
        }
    }
    Pressed::On
}

/// The first entry that cannot be taken, and why.
pub(super) fn fault(entries: &[Entry]) -> Option<(usize, String)> {
    let mut faults = entries.iter().enumerate();
    faults.find_map(|(at, entry)| Some((at, format!("{} {}", entry.input.name, entry.input.fault(&entry.text())?))))
}

/// What a form is filled in for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// To start this workflow.
    Start(Box<Manual>),
    /// To set a tag that promotes.
    Tag(Tagging),
    /// To merge a pull request, which promotes.
    Merge(Merging),
}

/// What a tag promotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tagging {
    /// The app, to its production.
    pub app: AppName,
    /// Whether a release is published with it.
    pub release: bool,
}

/// What a merge promotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Merging {
    /// The app, to its production.
    pub app: AppName,
    /// The pull request.
    pub pull: PullNumber,
}

/// The dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Form {
    /// The repository.
    pub repository: Repository,
    /// What it is filled in for.
    pub purpose: Purpose,
    /// What is entered.
    pub entries: Vec<Entry>,
    /// Which entry has the keys.
    pub at: usize,
    /// What is wrong with what was entered; not yet safe to show.
    pub error: Option<String>,
    /// The reason that was given for its plan, of which nothing was sent.
    pub reason: TextField,
}

impl Form {
    /// A form for a workflow, with what its file says where nobody says otherwise.
    #[must_use]
    pub fn new(repository: Repository, manual: Manual) -> Self {
        let inputs = manual.inputs.clone();
        Self::with(repository, Purpose::Start(Box::new(manual)), inputs)
    }

    /// A form with these inputs.
    #[must_use]
    pub fn with(repository: Repository, purpose: Purpose, inputs: Vec<Input>) -> Self {
        Self {
            repository,
            purpose,
            entries: inputs.into_iter().map(Entry::new).collect(),
            at: 0,
            error: None,
            reason: TextField::default(),
        }
    }

    /// The form as the workflow's file asks for it by now, with what was entered as far as that is still taken.
    #[must_use]
    pub fn renewed(self, manual: &Manual) -> Self {
        let mut now = Self { reason: self.reason, ..Self::new(self.repository, manual.clone()) };
        for entry in &self.entries {
            if let Some(same) = now.entries.iter_mut().find(|other| other.input.name == entry.input.name) {
                let _ = same.enter(&entry.text());
            }
        }
        now
    }

    /// The workflow that it starts, where it starts one.
    #[must_use]
    pub const fn manual(&self) -> Option<&Manual> {
        match &self.purpose {
            Purpose::Start(manual) => Some(manual),
            Purpose::Tag(_) | Purpose::Merge(_) => None,
        }
    }

    /// Enters this for inputs that nobody has given a value.
    pub fn suggest(&mut self, is_meant: impl Fn(&Input) -> bool, text: &str) {
        for entry in self.entries.iter_mut().filter(|entry| is_meant(&entry.input)) {
            match &mut entry.value {
                Value::Text(field) if field.text().is_empty() => *field = TextField::with(text),
                Value::Tick(ticked) => *ticked |= text == "true",
                Value::Text(_) | Value::Choice(_) => {}
            }
        }
    }

    /// Enters these, whatever was entered before, and goes to the first input that they leave to fill in. What the
    /// workflow does not take is said.
    pub fn enter(&mut self, texts: &BTreeMap<Arc<str>, Arc<str>>) {
        for (name, text) in texts {
            let entry = self.entries.iter_mut().find(|entry| entry.input.name == *name);
            if !entry.is_some_and(|entry| entry.enter(text)) {
                let workflow = self.manual().map_or("it", |manual| &manual.name);
                self.error = Some(format!("{workflow} does not take {name} = {text}, which the configuration gives it"));
            }
        }
        if !texts.is_empty() {
            let is_left = |entry: &Entry| entry.input.fault(&entry.text()).is_some();
            self.at = self.entries.iter().position(is_left).unwrap_or_default();
        }
    }

    /// What would be sent, by name: what is left empty and need not be given is left out.
    #[must_use]
    pub fn values(&self) -> BTreeMap<Arc<str>, String> {
        let given = self.entries.iter().map(|entry| (Arc::clone(&entry.input.name), entry.text()));
        given.filter(|(_, text)| !text.is_empty()).collect()
    }

    /// What the workflow will see, by name: what is sent, else the default of its file, as far as there is one.
    #[must_use]
    pub fn effective(&self) -> BTreeMap<Arc<str>, String> {
        let seen = |entry: &Entry| {
            let text = Some(entry.text()).filter(|text| !text.is_empty());
            Some((Arc::clone(&entry.input.name), text.or_else(|| entry.input.default.as_deref().map(str::to_owned))?))
        };
        self.entries.iter().filter_map(seen).collect()
    }

    /// Takes a key; `true` when all is filled in and the plan is asked for.
    pub fn press(&mut self, key: Key) -> bool {
        self.error = None;
        match press(&mut self.entries, &mut self.at, key) {
            Pressed::On => false,
            Pressed::Asked => self.is_whole(),
        }
    }

    /// Whether everything can be sent; else the first fault is shown where it is.
    fn is_whole(&mut self) -> bool {
        let Some((at, sentence)) = fault(&self.entries) else { return true };
        self.at = at;
        self.error = Some(sentence);
        false
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        if let Some(Entry { value: Value::Text(field), .. }) = self.entries.get_mut(self.at) {
            field.insert(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dispatch::Group;

    fn input(name: &str, kind: InputKind, required: bool, default: Option<&str>) -> Input {
        Input { name: name.into(), description: "".into(), kind, required, default: default.map(Arc::from) }
    }

    fn form() -> Form {
        let options = InputKind::Choice(vec!["staging".into(), "prod".into()]);
        let inputs = vec![
            input("sha", InputKind::Text, true, None),
            input("dry", InputKind::Tick, false, Some("true")),
            input("where", options.clone(), true, None),
            input("region", options, false, None),
            input("minutes", InputKind::Number, false, None),
        ];
        let manual = Manual { workflow: "x".into(), name: "x".into(), group: Group::None, inputs };
        Form::new("o/r".into(), manual)
    }

    fn press(form: &mut Form, codes: &[Code]) -> bool {
        codes.iter().map(|code| form.press(Key::of(*code))).last().unwrap_or(false)
    }

    #[test]
    fn it_is_filled_in_from_the_keyboard() {
        let mut form = form();
        assert!(!press(&mut form, &[Code::Down, Code::Enter]));
        assert_eq!((form.at, form.error.as_deref()), (0, Some("sha must be given")));
        press(&mut form, &[Code::Char('a'), Code::Down, Code::Char(' '), Code::Down, Code::Right, Code::Down, Code::Left]);
        press(&mut form, &[Code::Down, Code::Char('x')]);
        assert!(!press(&mut form, &[Code::Enter]));
        assert_eq!(form.error.as_deref(), Some("minutes must be a number"));
        assert!(press(&mut form, &[Code::Backspace, Code::Char('9'), Code::Down, Code::Enter]));
        let values: Vec<(String, String)> = form.values().into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(values, [of("dry", "false"), of("minutes", "9"), of("region", "prod"), of("sha", "a"), of("where", "prod")]);
    }

    #[test]
    fn what_is_entered_for_it_stands_and_what_it_does_not_take_is_said() {
        let mut form = form();
        let of = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, text)| (Arc::from(*name), Arc::from(*text))).collect();
        form.enter(&of(&[("dry", "false"), ("where", "prod"), ("minutes", "9")]));
        assert_eq!((form.at, form.error.as_deref()), (0, None));
        let values: Vec<(String, String)> = form.values().into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(values, [pair("dry", "false"), pair("minutes", "9"), pair("where", "prod")]);
        for refused in [("where", "moon"), ("minutes", "soon"), ("other", "x"), ("dry", "yes")] {
            form.enter(&of(&[refused]));
            let said = form.error.take().unwrap();
            assert_eq!(said, format!("x does not take {} = {}, which the configuration gives it", refused.0, refused.1));
        }
        assert_eq!(form.values().get("where").map(String::as_str), Some("prod"));
    }

    /// The file was changed while its inputs were filled in.
    #[test]
    fn what_was_entered_is_kept_where_the_file_still_asks_for_it() {
        let mut form = form();
        press(&mut form, &[Code::Char('a'), Code::Down, Code::Down, Code::Right]);
        let mut manual = form.manual().unwrap().clone();
        manual.inputs.retain(|input| &*input.name != "dry");
        manual.inputs[1].kind = InputKind::Choice(vec!["prod".into(), "moon".into()]);
        manual.inputs.push(input("new", InputKind::Text, false, Some("n")));
        let now = form.renewed(&manual);
        assert_eq!(now.manual(), Some(&manual));
        let values: Vec<(String, String)> = now.values().into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        assert_eq!(values, [("new", "n"), ("sha", "a"), ("where", "prod")].map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_need_not_be_chosen_can_be_left_out() {
        let mut form = form();
        form.suggest(Input::wants_commit, "abc");
        form.at = 3;
        press(&mut form, &[Code::Right, Code::Right, Code::Right]);
        assert!(press(&mut form, &[Code::Enter]));
        assert!(!form.values().contains_key("region"));
        assert_eq!(form.values().get("sha").map(String::as_str), Some("abc"));
    }
}
