//! `[[commands]]`: commands of a team's own.

use std::sync::Arc;

use super::binding::{Entries, key};
use super::nearest::no_such_word;
use super::shape;
use super::source::{At, Notes, quoted};
use super::table::Section;
use crate::app::command::{COMMANDS, Scope};
use crate::app::custom::{Argument, Custom, Output, SHELLS, base, script_with_places};
use crate::app::key::Key;
use crate::model::id::Platform;

/// How long a command may run unless it says so, in seconds.
const USUAL_SECONDS: u64 = 60;

/// The words for where one is offered.
const SCOPES: [(&str, Scope); 12] = [
    ("everywhere", Scope::Everywhere),
    ("environments", Scope::Environments),
    ("fleet", Scope::Fleet),
    ("environment", Scope::Environment),
    ("pending", Scope::Pending),
    ("promotions", Scope::Promotions),
    ("sheet", Scope::Sheet),
    ("operations", Scope::Operations),
    ("logs", Scope::Logs),
    ("timeline", Scope::Timeline),
    ("previews", Scope::Previews),
    ("properties", Scope::Properties),
];

pub(super) struct CustomEntry {
    name: Option<At<String>>,
    keys: Vec<Key>,
    custom: Option<Custom>,
}

/// Reads a section, whatever is wrong with parts of it.
pub(super) fn read(section: &Section<'_>, notes: &mut Notes<'_>) -> CustomEntry {
    section.require("name", "\"notes\"", notes);
    section.require("command", "[\"deploy-notes\", \"{commit}\"]", notes);
    let name = section.text("name", notes).filter(|name| is_name(name, notes));
    let command = command(section, notes);
    let reads = section.boolean("reads", notes).is_some_and(|said| said.value);
    let platforms = section.texts("platforms", notes).map(|texts| texts.value).unwrap_or_default();
    let keys = keys(section, reads, notes);
    let output = Output::ALL.map(|output| (output.word(), output));
    let custom = Custom {
        name: Arc::from(name.as_ref().map_or("", |name| name.value)),
        scope: section.word("scope", "scope", &SCOPES, notes).map_or(Scope::Environments, |scope| scope.value),
        platforms: platforms.iter().filter_map(|text| platform(text, notes)).collect(),
        command: command.clone().unwrap_or_default(),
        reads,
        confirm: section.boolean("confirm", notes).map_or(!reads, |said| said.value),
        output: section.word("output", "place for what it writes", &output, notes).map_or(Output::Reader, |output| output.value),
        seconds: section.seconds("timeout_seconds", 1..=3_600, notes).map_or(USUAL_SECONDS, |seconds| seconds.value),
    };
    CustomEntry { custom: (name.is_some() && command.is_some()).then_some(custom), keys, name: name.map(|name| name.map(str::to_owned)) }
}

/// The commands, with their keys among the others.
pub(super) fn settle(entries: Vec<CustomEntry>, keys: &mut Entries, notes: &mut Notes<'_>) -> Arc<[Custom]> {
    let mut customs: Vec<(Custom, usize)> = Vec::new();
    for entry in entries {
        let (Some(name), Some(custom)) = (entry.name, entry.custom) else { continue };
        if let Some((_, line)) = customs.iter().find(|(other, _)| other.name == custom.name) {
            let sentence = format!("the command {} is there already, on line {line}: give this one another name", quoted(&name.value));
            notes.add(&name.span, sentence);
            continue;
        }
        let line = notes.line_of(&name.span);
        keys.add(customs.len(), custom.scope, entry.keys, name);
        customs.push((custom, line));
    }
    customs.into_iter().map(|(custom, _)| custom).collect()
}

fn is_name(name: &At<&str>, notes: &mut Notes<'_>) -> bool {
    let is_taken = COMMANDS.iter().any(|command| command.name == name.value);
    if is_taken {
        notes.add(&name.span, format!("{} is a command of Quarterdeck's own: give yours another name", quoted(name.value)));
    }
    !is_taken && shape::plain(name, "this command's name", notes)
}

fn keys(section: &Section<'_>, reads: bool, notes: &mut Notes<'_>) -> Vec<Key> {
    let texts = section.text_or_texts("key", notes).unwrap_or_default();
    let mut keys = Vec::new();
    for text in &texts {
        let Some(key) = key(text, notes) else { continue };
        if !reads && key.is_plain() {
            let sentence = format!(
                "{} is easily pressed, and this command does not say reads = true: capitals write, all other keys read",
                quoted(&key.to_string())
            );
            notes.warn(&text.span, sentence);
        }
        keys.push(key);
    }
    keys
}

fn platform(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Platform> {
    let found = Platform::ALL.into_iter().find(|platform| platform.word() == text.value);
    if found.is_none() {
        notes.add(&text.span, no_such_word("platform", text.value, Platform::ALL.into_iter().map(Platform::word)));
    }
    found
}

/// The program and its arguments, each a text with places.
fn command(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<Vec<Argument>> {
    let words = section.words("command", notes)?.value;
    let before = notes.count();
    let mut arguments = Vec::new();
    for (number, word) in words.iter().enumerate() {
        match Argument::read(word.value) {
            Ok(argument) if number == 0 && argument.literal().is_none() => {
                notes.add(&word.span, "the program itself is written out: only what is handed to it has places");
            }
            Ok(argument) => arguments.push(argument),
            Err(error) => notes.add(&word.span, error.to_string()),
        }
    }
    if let Some(at) = script_with_places(&arguments).and_then(|number| words.get(number)) {
        let shell = arguments.iter().filter_map(Argument::literal).map(base).find(|word| SHELLS.contains(word)).unwrap_or("sh");
        let sentence = format!(
            "a shell would read what is filled in here, whatever it says: hand it over as an argument, [\"{shell}\", \"-c\", \"echo \\\"$1\\\"\", \"{shell}\", \"{{name}}\"]"
        );
        notes.add(&at.span, sentence);
    }
    (notes.count() == before).then_some(arguments)
}
