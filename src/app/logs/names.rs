//! What environments and sources are called on the screen: the same words in the list of sources and before each line.
//!
//! ```text
//! orchid-ashford    /aws/elasticbeanstalk/orchid-ashford/var/log/web.stdout.log    i-0f396d59e17b4d2f
//! ashford           web.stdout                                                     0f396d
//! ashford           stdout                                                         0f39
//! ```
//!
//! What all have in common carries nothing and is left out. Two sources are never called the same. Made anew whenever
//! a source is met; all of it is safe to show.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use unicode_width::UnicodeWidthStr as _;

use super::stream::{Fed, Stream};
use super::telling::{fewest, letters, parts, squeezed};
use crate::app::accounts;
use crate::app::fleet::short_region;
use crate::model::id::EnvironmentKey;
use crate::model::log::feed::Feed;
use crate::model::log::line::SourceId;
use crate::model::log::source::Name;
use crate::model::safe_text::safe;

/// How short the parts of a name are.
#[derive(Clone, Copy)]
struct Form {
    /// Only the words of the environment that no other has.
    brief_environment: bool,
    /// Only the words of the file that no other has.
    brief_file: bool,
    /// How many letters of an instance's id, at the least.
    letters: usize,
}

/// From the most telling one to the shortest.
const FORMS: [Form; 4] = [
    Form { brief_environment: false, brief_file: false, letters: 6 },
    Form { brief_environment: false, brief_file: true, letters: 6 },
    Form { brief_environment: false, brief_file: true, letters: 4 },
    Form { brief_environment: true, brief_file: true, letters: 4 },
];

/// How wide names are in each of their forms, in cells.
pub type Widths = [usize; FORMS.len()];

/// What a source is called: where it is from, what it is, and which one. Empty is what tells nothing.
pub type Label = [String; 3];

/// The names of all sources in one form.
#[derive(Clone, Debug, Default)]
pub struct Column {
    labels: HashMap<SourceId, Label>,
    /// The width of the widest of each part, in cells.
    pub widths: [usize; 3],
}

impl Column {
    fn new(labels: HashMap<SourceId, Label>) -> Self {
        let widest = |part: usize| labels.values().filter_map(|label| Some(label.get(part)?.width())).max().unwrap_or(0);
        let widths = [widest(0), widest(1), widest(2)];
        Self { labels, widths }
    }

    /// What a source is called.
    #[must_use]
    pub fn get(&self, source: SourceId) -> Option<&Label> {
        self.labels.get(&source)
    }

    /// How wide all parts beside each other are, in cells.
    #[must_use]
    pub fn width(&self) -> usize {
        let parts = self.widths.iter().filter(|width| **width > 0);
        parts.map(|width| width + 1).sum::<usize>().saturating_sub(1)
    }

    /// The same in so many cells, cut.
    fn squeezed(&self, room: usize) -> Self {
        let [environment, _, part] = self.widths;
        let part_room = part.min((room / 3).max(6));
        let left = room.saturating_sub(if part > 0 { part_room + 1 } else { 0 });
        let environment_room = environment.min(left / 2);
        let file_room = left.saturating_sub(if environment > 0 { environment_room + 1 } else { 0 });
        let cut = |index: usize, room: usize| -> BTreeMap<&str, String> {
            let each: BTreeSet<&str> = self.labels.values().filter_map(|label| label.get(index).map(String::as_str)).collect();
            let each: Vec<&str> = each.into_iter().filter(|name| !name.is_empty()).collect();
            each.iter().copied().zip(squeezed(&each, room)).collect()
        };
        let cuts = [cut(0, environment_room), cut(1, file_room), cut(2, part_room)];
        let cut_label = |label: &Label| -> Label {
            let mut parts = label.iter().zip(&cuts).map(|(name, cut)| cut.get(name.as_str()).cloned().unwrap_or_default());
            std::array::from_fn(|_| parts.next().unwrap_or_default())
        };
        Self::new(self.labels.iter().map(|(source, label)| (*source, cut_label(label))).collect())
    }
}

/// What an environment is called.
#[derive(Clone, Debug)]
struct Called {
    /// With its region and account, where others have its name.
    whole: String,
    /// What of that tells it from the others beside it.
    telling: Range<usize>,
}

/// All names of a stream.
#[derive(Clone, Debug, Default)]
pub struct Names {
    environments: BTreeMap<EnvironmentKey, Called>,
    columns: Vec<Column>,
}

impl Names {
    /// The names of what a stream has by now.
    #[must_use]
    pub fn of(stream: &Stream, accounts: &accounts::Names) -> Self {
        let environments = environments(&stream.subject.environments, accounts);
        let mut names = Self { environments, columns: Vec::new() };
        names.columns = columns(stream, &names);
        names
    }

    /// An environment with all that tells it from others of the same name.
    #[must_use]
    pub fn whole<'a>(&'a self, key: &'a EnvironmentKey) -> &'a str {
        self.environments.get(key).map_or(key.name.as_str(), |called| &called.whole)
    }

    /// The same in three pieces: the second one tells it from the others beside it.
    #[must_use]
    pub fn heading(&self, key: &EnvironmentKey) -> [&str; 3] {
        let Some(Called { whole, telling }) = self.environments.get(key) else { return ["", "", ""] };
        [whole.get(..telling.start), whole.get(telling.clone()), whole.get(telling.end..)].map(Option::unwrap_or_default)
    }

    fn telling(&self, key: &EnvironmentKey) -> &str {
        let [_, telling, _] = self.heading(key);
        telling
    }

    /// What a source is called where there is room.
    #[must_use]
    pub fn label(&self, source: SourceId) -> Option<&Label> {
        self.columns.first()?.get(source)
    }

    /// How wide they are in each of their forms.
    #[must_use]
    pub fn widths(&self) -> Widths {
        std::array::from_fn(|form| self.columns.get(form).map_or(0, Column::width))
    }

    /// The most telling form that fits into so many cells; where none does, the shortest one, cut.
    #[must_use]
    pub fn fitting(&self, room: usize) -> Cow<'_, Column> {
        let fits = self.columns.iter().find(|column| column.width() <= room);
        fits.map_or_else(|| Cow::Owned(self.columns.last().map(|column| column.squeezed(room)).unwrap_or_default()), Cow::Borrowed)
    }
}

/// The name of each environment; with its region, where another one has the same name, and with its account, where that
/// one is in the same region.
fn environments(all: &[EnvironmentKey], accounts: &accounts::Names) -> BTreeMap<EnvironmentKey, Called> {
    let whole = |key: &EnvironmentKey| {
        let others = || all.iter().filter(|other| other.name == key.name && *other != key);
        let region = key.region.as_ref().filter(|_| others().next().is_some()).map(|region| short_region(region.as_str()));
        let is_twice = others().any(|other| other.region == key.region && other.account != key.account);
        let account = key.account.as_ref().filter(|_| is_twice).map(|account| accounts.short(account));
        let platform = others().any(|other| other.region == key.region && other.account == key.account).then(|| key.platform.to_string());
        let words = std::iter::once(key.name.to_string()).chain(region).chain(account).chain(platform);
        safe(&words.collect::<Vec<_>>().join("/")).into_owned()
    };
    let wholes: Vec<String> = all.iter().map(whole).collect();
    let telling = parts(&wholes.iter().map(String::as_str).collect::<Vec<_>>());
    let called = wholes.into_iter().zip(telling).map(|(whole, telling)| Called { whole, telling });
    all.iter().cloned().zip(called).collect()
}

/// A source before its name is made short.
struct Raw<'a> {
    source: SourceId,
    environment: &'a str,
    file: String,
    part: &'a str,
}

fn columns(stream: &Stream, names: &Names) -> Vec<Column> {
    let files = files(stream);
    let raw: Vec<Raw<'_>> = stream.sources.iter().filter_map(|(source, of)| raw(stream, names, &files, source, &of.name)).collect();
    let brief_environments = brief(raw.iter().map(|raw| raw.environment));
    let brief_files = brief(raw.iter().map(|raw| raw.file.as_str()));
    let ids: BTreeSet<&str> = raw.iter().filter_map(|raw| instance(raw.part)).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let others: BTreeSet<&str> = raw.iter().map(|raw| raw.part).filter(|part| !part.is_empty() && instance(part).is_none()).collect();
    let others: Vec<&str> = others.into_iter().collect();
    let places: BTreeMap<&str, Range<usize>> = others.iter().copied().zip(parts(&others)).collect();
    let form = |form: Form| {
        let count = letters(&ids, form.letters);
        let label = |raw: &Raw<'_>| -> Label {
            let environment = if form.brief_environment { brief_environments.get(raw.environment).copied() } else { None };
            let file = if form.brief_file { brief_files.get(raw.file.as_str()).copied() } else { None };
            let part = match (instance(raw.part), places.get(raw.part)) {
                (Some(id), _) => id.get(..count).unwrap_or(id),
                (None, Some(place)) if form.brief_file => raw.part.get(place.clone()).unwrap_or(raw.part),
                (None, _) => raw.part,
            };
            [environment.unwrap_or(raw.environment), file.unwrap_or(&raw.file), part].map(|part| safe(part).into_owned())
        };
        Column::new(raw.iter().map(|raw| (raw.source, label(raw))).collect())
    };
    FORMS.into_iter().map(form).collect()
}

/// The fewest words of each of these names that are its own.
fn brief<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, &'a str> {
    let each: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
    let each: Vec<&str> = each.into_iter().collect();
    each.iter().copied().zip(fewest(&each)).collect()
}

fn raw<'a>(
    stream: &'a Stream,
    names: &'a Names,
    files: &HashMap<(&EnvironmentKey, &str), String>,
    source: SourceId,
    name: &'a Name,
) -> Option<Raw<'a>> {
    let of = stream.feeds.get(&stream.origins.get(&source)?.feed)?;
    let key = of.environment.as_ref();
    let environment = key.filter(|_| stream.has_several()).map_or("", |key| names.telling(key));
    if let Some((what, place)) = of.labels.get(&name.stream) {
        return Some(Raw { source, environment, file: what.to_string(), part: place });
    }
    let found = key.and_then(|key| files.get(&(key, &*name.group)).cloned());
    let (file, part) = match of.feed {
        // What a feed as a whole tells has no file.
        _ if name.is_feed() => (String::new(), ""),
        // A job is known by its name; which run it is of stands beside all of them.
        Feed::Jobs { .. } => (name.stream.to_string(), ""),
        _ => (found.unwrap_or_else(|| name.group.to_string()), &*name.stream),
    };
    Some(Raw { source, environment, file, part })
}

/// The groups of each environment by what they are called: what tells them from their neighbours, with as many of the
/// folders before it as it takes to tell them apart.
fn files(stream: &Stream) -> HashMap<(&EnvironmentKey, &str), String> {
    let mut paths: BTreeMap<String, Vec<(&EnvironmentKey, &str)>> = BTreeMap::new();
    for (id, source) in stream.sources.iter().filter(|(_, source)| !source.name.is_feed()) {
        let of = stream.origins.get(&id).and_then(|origin| stream.feeds.get(&origin.feed));
        let Some((of, key)) = of.and_then(|of| Some((of, of.environment.as_ref()?))) else { continue };
        let same = paths.entry(path(&source.name.group, of)).or_default();
        if !same.contains(&(key, &*source.name.group)) {
            same.push((key, &source.name.group));
        }
    }
    let shorts: Vec<String> = paths.keys().map(|path| short(path)).collect();
    let is_only = |name: &str| shorts.iter().filter(|short| *short == name).count() == 1;
    let mut files = HashMap::new();
    for ((path, groups), short) in paths.iter().zip(&shorts) {
        for (key, group) in groups {
            let is_twice = groups.iter().any(|(other, name)| other == key && name != group);
            let name = if is_twice {
                (*group).to_owned()
            } else if is_only(short) {
                short.clone()
            } else {
                path.clone()
            };
            files.insert((*key, *group), name);
        }
    }
    files
}

/// A group without what it shares with all others of its environment.
fn path(group: &str, of: &Fed) -> String {
    let own = of.environment.as_ref().map(|key| format!("/aws/elasticbeanstalk/{}/", key.name));
    let rest = own.and_then(|own| group.strip_prefix(own.as_str())).unwrap_or(group).trim_start_matches('/');
    let rest = rest.strip_prefix("var/log/").unwrap_or(rest);
    rest.strip_suffix(".log").unwrap_or(rest).to_owned()
}

/// The name of a file: its folder says something only where the name alone does not.
fn short(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((before, name @ ("access" | "error" | "out" | "err" | "log"))) => {
            format!("{}/{name}", before.rsplit('/').next().unwrap_or(before))
        }
        Some((_, name)) => name.to_owned(),
        None => path.to_owned(),
    }
}

/// The digits of an instance's id.
fn instance(name: &str) -> Option<&str> {
    name.strip_prefix("i-").filter(|id| id.len() > 7 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests;
