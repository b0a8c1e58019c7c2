//! `[logs]` and `[[log_sources]]`: how logs are read, and where those are that cannot be found.

use std::sync::Arc;
use std::time::Duration;

use super::compute;
use super::file::{SelectorEntry, app_name, selector};
use super::keys;
use super::shape;
use super::source::{At, Notes, quoted};
use super::table::Section;
use crate::model::catalogue::Tier;
use crate::model::id::AppName;
use crate::model::log::buffer::Bounds;
use crate::model::log::feeds::{DeclaredCommand, DeclaredFeed, LogSettings};

/// What the lines of a command are called where nobody said.
const TITLE: &str = "command";
/// No log group has a longer name (CreateLogGroup's documentation).
const LONGEST_GROUP: usize = 512;
/// Bytes in what people call a megabyte of memory.
const MEGABYTE: usize = 1024 * 1024;

pub(super) struct LogEntry {
    pub app: Option<At<AppName>>,
    tier: Option<Tier>,
    environments: SelectorEntry,
    live: Option<bool>,
    groups: Vec<Arc<str>>,
    command: Option<DeclaredCommand>,
}

/// Both kinds of sections, whatever is wrong with parts of them.
pub(super) fn read(top: &Section<'_>, notes: &mut Notes<'_>) -> (LogSettings, Vec<LogEntry>) {
    let settings = top.single("logs", &keys::LOGS, notes).map_or_else(LogSettings::default, |section| settings(&section, notes));
    let entries = top.repeated("log_sources", &keys::LOG_SOURCE, notes).iter().map(|section| entry(section, notes)).collect();
    (settings, entries)
}

fn settings(section: &Section<'_>, notes: &mut Notes<'_>) -> LogSettings {
    let usual = LogSettings::default();
    let mut whole = |key, bounds| section.whole(key, bounds, notes).map(|number| number.value);
    let minutes = whole("opening_minutes", 1..=1_440);
    let (lines, megabytes) = (whole("buffer_lines", 1_000..=10_000_000), whole("buffer_megabytes", 1..=4_096));
    let number = |told: Option<u64>, usual: usize| told.and_then(|told| usize::try_from(told).ok()).unwrap_or(usual);
    LogSettings {
        live: section.boolean("live", notes).map_or(usual.live, |live| live.value),
        request: section.boolean("request", notes).map_or(usual.request, |request| request.value),
        opening: minutes.map_or(usual.opening, |minutes| Duration::from_secs(minutes * 60)),
        bounds: Bounds {
            lines: number(lines, usual.bounds.lines),
            bytes: number(megabytes, usual.bounds.bytes / MEGABYTE).saturating_mul(MEGABYTE),
        },
        declared: Vec::new(),
    }
}

fn entry(section: &Section<'_>, notes: &mut Notes<'_>) -> LogEntry {
    let says_something = ["groups", "command", "live"].iter().any(|key| section.has(key));
    if !says_something {
        let sentence =
            "this section says nothing of any log: write groups = [\"/ecs/{name}\"], command = \"journalctl --follow\" or live = false";
        notes.add(&section.span, sentence);
    }
    for key in ["name", "ssh"].into_iter().filter(|key| section.has(key) && !section.has("command")) {
        let sentence =
            format!("{key} says something of a command, and there is none: write command = \"journalctl --follow\", or leave {key} out");
        notes.add(&section.span, sentence);
    }
    let groups = section.texts("groups", notes).map(|texts| texts.value).unwrap_or_default();
    LogEntry {
        app: app_name(section, notes),
        tier: section.text("tier", notes).and_then(|text| shape::tier(&text, notes)),
        environments: selector(section, notes),
        live: section.boolean("live", notes).map(|live| live.value),
        groups: groups.iter().filter(|text| is_group(text, notes)).map(|text| Arc::from(text.value)).collect(),
        command: command(section, notes),
    }
}

fn command(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<DeclaredCommand> {
    let title = section.text("name", notes).map_or(TITLE, |title| title.value);
    let ssh = compute::destination("ssh", section, notes);
    let line = section.text("command", notes)?;
    Some(DeclaredCommand { title: title.into(), line: line.value.into(), ssh })
}

/// Whether a text can be the name of a group, or a pattern over such names (CreateLogGroup's documentation).
fn is_group(text: &At<&str>, notes: &mut Notes<'_>) -> bool {
    let name = text.value.replace(NAME, "x");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | '#' | '*' | '?');
    let sentence = if name.starts_with("arn:") {
        format!("{} is an ARN: write the group's name, which stands behind log-group: in it", quoted(text.value))
    } else if name.chars().count() > LONGEST_GROUP || !name.chars().all(plain) {
        let allowed = "write letters, digits and _ - / . #, with * and ? for anything";
        format!("{} is no name of a log group: {allowed} and {NAME} for the environment's name", quoted(text.value))
    } else if name.starts_with(['*', '?']) {
        format!("{} fits groups of others too: write how their names begin, such as \"/ecs/\"", quoted(text.value))
    } else {
        return true;
    };
    notes.add(&text.span, sentence);
    false
}

/// Stands for the environment's name.
const NAME: &str = "{name}";

impl LogEntry {
    pub fn feed(self) -> DeclaredFeed {
        DeclaredFeed {
            app: self.app.map(|app| app.value),
            tier: self.tier,
            environments: self.environments.selector(),
            live: self.live,
            groups: self.groups,
            command: self.command,
        }
    }
}
