//! The Fleet screen: which rows are shown, in which order, and which one is selected.
//!
//! Rows are worked out when something changed, not for every frame.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::accounts::Names;
use super::cursor::Cursor;
use super::filter::{Filter, TextField};
use super::github::GitHubState;
use super::remembered;
use super::standing::{Stand, Standing};
use super::state::Size;
use super::widths::Widths;
use crate::model::chain::Behind;
use crate::model::clock::Timestamp;
use crate::model::column::{Column, Order};
use crate::model::environment::Environment;
use crate::model::health::Level;
use crate::model::id::{AppName, EnvironmentKey, Region, Sha, VersionLabel};
use crate::model::sighting::Source;
use crate::model::view::Shown;

/// An app with more environments than this is folded unless it was unfolded.
pub const FOLD_ABOVE: usize = 12;

/// A row of the table.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Row {
    /// The heading of an app.
    Group(AppName),
    /// An environment.
    Environment(EnvironmentKey),
}

/// What the heading of an app tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Group {
    /// How many environments it has, whatever the filter.
    pub total: usize,
    /// How many of them the filter lets through.
    pub fitting: usize,
    /// How many of the fitting ones folding hides.
    pub hidden: usize,
    /// Whether it is folded.
    pub folded: bool,
    /// How many there are at each level, worst first, none at zero.
    pub levels: Vec<(Level, usize)>,
    /// How many run each version and no other, most first; the text is a commit where the label tells one.
    pub versions: Vec<(String, usize)>,
    /// How many run several versions: they are with none of these.
    pub mixed: usize,
    /// How many environments are busy.
    pub busy: usize,
    /// How many have not been read yet, so that it is not known how they are: they are at no level.
    pub awaited: usize,
    /// How many are only remembered: levels, versions and what is busy are of the others.
    pub remembered: usize,
}

/// Counts over the whole fleet, whatever the filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Every environment.
    pub total: usize,
    /// Those the filter lets through.
    pub fitting: usize,
    /// Severe ones.
    pub severe: usize,
    /// Degraded ones.
    pub degraded: usize,
    /// Those with a warning.
    pub warning: usize,
    /// Those whose health is not known.
    pub unknown: usize,
    /// Those of which nobody who tells it was asked yet how they are: they are not among the unknown.
    pub awaited: usize,
    /// Those that something happens to.
    pub busy: usize,
    /// Those whose last listing failed.
    pub unreadable: usize,
    /// Marked ones that are not among the rows.
    pub marked_hidden: usize,
    /// Those that are only remembered: they are in none of the counts above but the first two.
    pub remembered: usize,
    /// When the oldest of those was read.
    pub remembered_at: Option<Timestamp>,
}

/// The Fleet screen.
#[derive(Clone, Debug)]
pub struct FleetScreen {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// What each heading tells.
    pub groups: BTreeMap<AppName, Group>,
    /// The selection.
    pub cursor: Cursor<Row>,
    /// The selected column.
    pub column: Column,
    /// The columns that are shown, from left to right; the usual ones where absent.
    pub columns: Option<Vec<Shown>>,
    /// How rows are ordered.
    pub order: Order,
    /// Only what needs a person.
    pub faults_only: bool,
    /// The filter in force.
    pub filter: Filter,
    /// The filter as it is typed.
    pub filter_text: TextField,
    /// What accounts are called.
    pub names: Names,
    /// Whether only their accounts tell some rows apart.
    pub has_twins: bool,
    /// How wide the texts are that stand in columns, whatever the filter.
    pub widths: Widths,
    /// Why what is typed is no filter; the last good one stays in force.
    pub filter_error: Option<String>,
    /// Whether keys go into the filter.
    pub editing_filter: bool,
    /// Apps that a person folded or unfolded.
    pub folds: HashMap<AppName, bool>,
    /// The marked environments.
    pub marks: BTreeSet<EnvironmentKey>,
    /// The one that was marked last.
    pub last_marked: Option<EnvironmentKey>,
    /// Counts for the title.
    pub counts: Counts,
    /// The listings that hold an environment.
    pub listings: BTreeSet<Source>,
    /// Whether the rows stand in their order.
    pub stand: Stand,
}

impl Default for FleetScreen {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            groups: BTreeMap::new(),
            cursor: Cursor::default(),
            column: Column::Health,
            columns: None,
            order: Order::Urgency,
            faults_only: false,
            filter: Filter::default(),
            names: Names::default(),
            has_twins: false,
            widths: Widths::default(),
            filter_text: TextField::default(),
            filter_error: None,
            editing_filter: false,
            folds: HashMap::new(),
            marks: BTreeSet::new(),
            last_marked: None,
            counts: Counts::default(),
            listings: BTreeSet::new(),
            stand: Stand::Ordered,
        }
    }
}

/// How the screen's height is shared out: title, headings, rows, details, footer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Rows of the table.
    pub rows: usize,
    /// Height of the details of the selected row, borders included; 0 where there is no room.
    pub details: usize,
}

impl Layout {
    /// The layout for a terminal of this size.
    #[must_use]
    pub fn of(size: Size) -> Self {
        let height = usize::from(size.height);
        let details = match height {
            0..=19 => 0,
            20..=27 => 4,
            28..=39 => 5,
            _ => 7,
        };
        // Title, headings, footer.
        Self { rows: height.saturating_sub(3 + details), details }
    }
}

/// How much an environment needs a person: what the default order sorts by.
#[must_use]
pub fn urgency(environment: &Environment<'_>) -> u8 {
    Condition::of(environment).urgency()
}

/// What is asked of every environment for its heading, its place and the title: asked once.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may hold beside any other")]
struct Condition {
    level: Level,
    /// Whether the level is only unknown because it has not been read yet.
    awaited: bool,
    mixed: bool,
    busy: bool,
    unreadable: bool,
}

impl Condition {
    fn of(environment: &Environment<'_>) -> Self {
        let level = environment.level();
        let awaited = level == Level::Unknown && environment.awaits_health();
        let (busy, unreadable) = (environment.is_busy(), environment.listing_fault().is_some());
        Self { level, awaited, mixed: is_mixed(environment), busy, unreadable }
    }

    fn urgency(self) -> u8 {
        let level = match self.level {
            Level::Severe => 60,
            Level::Degraded => 50,
            Level::Unknown if self.awaited => 5,
            Level::Unknown => 30,
            Level::Warning => 20,
            Level::Info => 1,
            Level::Ok => 0,
        };
        let told = level.max(if self.unreadable { 40 } else { 0 }).max(if self.busy { 10 } else { 0 });
        told.max(if self.mixed { 25 } else { 0 })
    }
}

/// Whether its instances run different versions.
#[must_use]
pub fn is_mixed(environment: &Environment<'_>) -> bool {
    environment.instances().is_some_and(|instances| instances.value.mixed())
}

/// Whether it is among what `z` shows.
#[must_use]
pub fn needs_attention(environment: &Environment<'_>) -> bool {
    urgency(environment) >= 10
}

/// The text of an environment in a column, as the filter sees it.
fn filter_text<'a>(environment: &Environment<'a>, column: Option<Column>, names: &Names) -> Cow<'a, str> {
    let key = environment.key();
    match column {
        Some(Column::Environment) => key.name.to_string().into(),
        Some(Column::Account) => key.account.map(|account| names.full(&account)).unwrap_or_default().into(),
        Some(Column::Region) => key.region.map(|region| format!("{region} {}", short_region(region.as_str()))).unwrap_or_default().into(),
        Some(Column::Tier) => environment.tier().word().into(),
        Some(Column::Health) => health_text(environment).into(),
        Some(Column::Version) => version_text(environment).into(),
        Some(Column::Activity) => activity_text(environment).into(),
        Some(Column::Age | Column::Behind | Column::Instances | Column::Requests | Column::P99 | Column::Errors) => Cow::Borrowed(""),
        None => whole_text(environment, &key, names).into(),
    }
}

fn health_text(environment: &Environment<'_>) -> String {
    if environment.awaits_health() {
        return "not read".to_owned();
    }
    let word = environment.health().and_then(|told| told.value.word.clone());
    format!("{} {}", environment.level(), word.as_deref().unwrap_or(""))
}

fn version_text(environment: &Environment<'_>) -> String {
    let mut text = environment.label().map(ToString::to_string).unwrap_or_default();
    if is_mixed(environment) {
        text.push_str(" mixed");
    }
    text
}

fn activity_text(environment: &Environment<'_>) -> String {
    environment.activity().and_then(|told| told.value).map(|activity| activity.kind.phrase().to_owned()).unwrap_or_default()
}

fn whole_text(environment: &Environment<'_>, key: &EnvironmentKey, names: &Names) -> String {
    let account = key.account.as_ref().map_or_else(String::new, |account| names.full(account));
    let region = key.region.as_ref().map_or("", |region| region.as_str());
    let app = environment.app_ref().map_or("", AppName::as_str);
    format!(
        "{} {app} {account} {region} {} {} {} {} {}",
        key.name,
        short_region(region),
        environment.tier(),
        health_text(environment),
        version_text(environment),
        activity_text(environment),
    )
}

/// A region in few letters: `us-west-1` is `usw1`, `ca-central-1` is `cac1`, `us-gov-west-1` is `usgw1`.
#[must_use]
pub fn short_region(region: &str) -> String {
    let mut parts = region.split('-');
    let mut short = parts.next().unwrap_or("").to_owned();
    for part in parts {
        match part {
            "northeast" => short.push_str("ne"),
            "northwest" => short.push_str("nw"),
            "southeast" => short.push_str("se"),
            "southwest" => short.push_str("sw"),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => short.push_str(digits),
            word => short.extend(word.chars().next()),
        }
    }
    short
}

/// What a column sorts by.
#[derive(Clone, PartialEq, PartialOrd, Debug)]
enum SortKey {
    Number(f64),
    Text(String),
    /// Not known: last, whichever way round.
    Unknown,
}

#[expect(clippy::cast_precision_loss, reason = "numbers to sort by: a second more or less after 285 million years does not matter")]
fn sort_key(candidate: &Candidate<'_>, column: Column, names: &Names) -> SortKey {
    let environment = &candidate.environment;
    let number = |value: Option<f64>| value.map_or(SortKey::Unknown, SortKey::Number);
    let text = |value: Option<String>| value.map_or(SortKey::Unknown, SortKey::Text);
    let traffic = || environment.traffic().map(|told| told.value);
    match column {
        Column::Environment => SortKey::Text(environment.key().name.to_string()),
        Column::Account => text(environment.key().account.map(|account| names.full(&account))),
        Column::Region => text(environment.key().region.map(|region| region.to_string())),
        Column::Tier => SortKey::Number(f64::from(environment.tier() as u8)),
        Column::Health => SortKey::Number(-f64::from(environment.level().urgency())),
        Column::Version => text(environment.label().map(ToString::to_string)),
        // The youngest first.
        Column::Age => number(running_since(environment).map(|at| -(at.as_second() as f64))),
        // The furthest behind first.
        Column::Behind => number(candidate.pending.map(|commits| -(commits as f64))),
        Column::Instances => number(environment.instances().map(|told| told.value.total() as f64)),
        Column::Requests => number(traffic().and_then(|traffic| traffic.requests_per_second)),
        Column::P99 => number(traffic().and_then(|traffic| traffic.p99)),
        Column::Errors => number(traffic().and_then(|traffic| traffic.server_error_share)),
        Column::Activity => text(environment.activity().and_then(|told| told.value).map(|activity| activity.kind.phrase().to_owned())),
    }
}

/// Since when the running version has run: the latest deployment of it on an instance.
#[must_use]
pub fn running_since(environment: &Environment<'_>) -> Option<Timestamp> {
    let label = environment.label()?;
    let instances = environment.instances()?.value;
    let deployments = instances.each.iter().filter_map(|instance| instance.deployment.as_ref());
    deployments.filter(|deployment| deployment.label.as_ref() == Some(label)).filter_map(|deployment| deployment.at).max()
}

/// What the rows are worked out from, once for each environment.
struct Candidate<'a> {
    environment: Environment<'a>,
    is_remembered: bool,
    key: Cow<'a, EnvironmentKey>,
    condition: Condition,
    urgency: u8,
    /// How many commits are pending.
    pending: Option<u64>,
}

impl<'a> Candidate<'a> {
    fn new(shown: remembered::Shown<'a>, github: &GitHubState) -> Self {
        let remembered::Shown { environment, is_remembered } = shown;
        let condition = Condition::of(&environment);
        let key = environment.seen_key().map_or_else(|| Cow::Owned(environment.key()), Cow::Borrowed);
        let pending = github.shown_behind(&key).and_then(Behind::commits);
        Self { key, condition, urgency: condition.urgency(), environment, is_remembered, pending }
    }

    /// The most urgent first, then by name.
    fn before(&self, other: &Self) -> std::cmp::Ordering {
        let by_urgency = other.urgency.cmp(&self.urgency);
        by_urgency.then_with(|| self.key.name.cmp(&other.key.name)).then_with(|| self.key.cmp(&other.key))
    }
}

impl FleetScreen {
    /// The columns that there may be, from left to right. `has_chains`: whether anything may be behind anything.
    pub fn wanted_columns(&self, has_chains: bool) -> impl Iterator<Item = Shown> + '_ {
        let usual = Column::ALL.map(Shown::usual);
        let count = self.columns.as_ref().map_or(usual.len(), Vec::len);
        let at = move |place: usize| self.columns.as_ref().map_or_else(|| usual.get(place).copied(), |columns| columns.get(place).copied());
        (0..count).filter_map(at).filter(move |shown| has_chains || shown.column != Column::Behind)
    }

    /// Works out the rows again and lets the selection follow. `keep`: those that stand there stay
    /// in their order.
    pub fn arrange<'a>(
        &mut self,
        everything: impl Iterator<Item = remembered::Shown<'a>>,
        github: &GitHubState,
        window: usize,
        keep: bool,
    ) {
        let everything: Vec<Candidate<'_>> = everything.map(|shown| Candidate::new(shown, github)).collect();
        self.count(&everything);
        self.has_twins = has_twins(&everything);
        self.widths = Widths::of(everything.iter().map(|one| (&*one.key, &one.environment, one.condition.mixed)), &self.names);
        let mut apps = by_app(everything);
        let group = |members: &Vec<Candidate<'_>>| Group { total: members.len(), ..Group::default() };
        let mut groups: BTreeMap<AppName, Group> = apps.iter().map(|(app, members)| (app.clone(), group(members))).collect();
        for members in apps.values_mut() {
            members.retain(|candidate| self.lets_through(candidate));
        }
        self.counts.fitting = apps.values().map(Vec::len).sum();
        let before = std::mem::take(&mut self.rows);
        let standing = if keep { Standing::of(&before) } else { Standing::none() };
        let (rows, is_held) = match self.order {
            Order::Urgency => self.by_urgency(apps, &mut groups, &standing),
            Order::By { column, descending } => {
                standing.keep(by_column(apps.into_values().flatten(), column, descending, &self.names), Clone::clone)
            }
        };
        self.rows = rows;
        self.stand = if is_held { Stand::Held } else { Stand::Ordered };
        self.groups = groups;
        self.count_hidden_marks();
        // At the very start the first environment is selected, not the heading above it.
        let heading = matches!(self.rows.first(), Some(Row::Group(_)));
        self.cursor.follow_or_start(&self.rows, window, usize::from(heading));
    }

    fn lets_through(&self, candidate: &Candidate<'_>) -> bool {
        (!self.faults_only || candidate.urgency >= 10)
            && (self.filter.is_empty() || self.filter.fits(|column| filter_text(&candidate.environment, column, &self.names)))
    }

    fn count(&mut self, everything: &[Candidate<'_>]) {
        let mut counts = Counts { total: everything.len(), ..Counts::default() };
        for Candidate { condition, environment, is_remembered, .. } in everything {
            // How it was is not how it is.
            if *is_remembered {
                counts.remembered += 1;
                counts.remembered_at = counts.remembered_at.into_iter().chain(environment.listed_at()).min();
                continue;
            }
            match condition.level {
                Level::Severe => counts.severe += 1,
                Level::Degraded => counts.degraded += 1,
                Level::Warning => counts.warning += 1,
                Level::Unknown if condition.awaited => counts.awaited += 1,
                Level::Unknown => counts.unknown += 1,
                Level::Info | Level::Ok => {}
            }
            counts.busy += usize::from(condition.busy);
            counts.unreadable += usize::from(condition.unreadable);
        }
        self.counts = counts;
        let listings: BTreeSet<&Source> = everything.iter().filter_map(|candidate| candidate.environment.source()).collect();
        self.listings = listings.into_iter().cloned().collect();
        if !self.marks.is_empty() {
            let there: HashSet<&EnvironmentKey> = everything.iter().map(|candidate| &*candidate.key).collect();
            self.marks.retain(|key| there.contains(key));
        }
    }

    fn count_hidden_marks(&mut self) {
        if self.marks.is_empty() {
            return;
        }
        let shown = self.rows.iter().filter(|row| matches!(row, Row::Environment(key) if self.marks.contains(key))).count();
        self.counts.marked_hidden = self.marks.len() - shown;
    }

    fn by_urgency(
        &self,
        apps: HashMap<AppName, Vec<Candidate<'_>>>,
        groups: &mut BTreeMap<AppName, Group>,
        standing: &Standing<'_, Row>,
    ) -> (Vec<Row>, bool) {
        let worst = |members: &[Candidate<'_>]| members.iter().map(|member| member.urgency).max();
        let mut apps: Vec<(u8, AppName, Vec<Candidate<'_>>)> =
            apps.into_iter().filter_map(|(app, members)| Some((worst(&members)?, app, members))).collect();
        apps.sort_by(|(urgency, app, _), (other_urgency, other, _)| other_urgency.cmp(urgency).then_with(|| app.cmp(other)));
        let (apps, mut moved) = standing.keep(apps, |(_, app, _)| Row::Group(app.clone()));
        let mut rows = Vec::new();
        for (_, app, mut members) in apps {
            let Some(group) = groups.get_mut(&app) else { continue };
            // Who filters looks for something: nothing is folded away then.
            group.folded = self.filter.is_empty() && self.folds.get(&app).copied().unwrap_or(group.total > FOLD_ABOVE);
            summarize(group, &members);
            rows.push(Row::Group(app));
            if group.folded {
                members.retain(|member| member.urgency >= 10);
                group.hidden = group.fitting - members.len();
            }
            // What is folded away is not sorted.
            members.sort_unstable_by(Candidate::before);
            let members = members.into_iter().map(|member| Row::Environment(member.key.into_owned())).collect();
            let (members, others) = standing.keep(members, Clone::clone);
            moved |= others;
            rows.extend(members);
        }
        (rows, moved)
    }
}

fn by_app(everything: Vec<Candidate<'_>>) -> HashMap<AppName, Vec<Candidate<'_>>> {
    let mut apps: HashMap<AppName, Vec<Candidate<'_>>> = HashMap::new();
    for candidate in everything {
        let known = candidate.environment.app_ref().and_then(|app| apps.get_mut(app));
        match known {
            Some(members) => members.push(candidate),
            None => apps.entry(candidate.environment.app()).or_default().push(candidate),
        }
    }
    apps
}

/// Whether two have the same name in the same region.
fn has_twins(everything: &[Candidate<'_>]) -> bool {
    let mut known: HashSet<(&str, Option<&str>)> = HashSet::new();
    everything.iter().any(|Candidate { key, .. }| !known.insert((key.name.as_str(), key.region.as_ref().map(Region::as_str))))
}

fn summarize(group: &mut Group, members: &[Candidate<'_>]) {
    group.fitting = members.len();
    let read = || members.iter().filter(|member| !member.is_remembered);
    group.remembered = members.len() - read().count();
    group.busy = read().filter(|member| member.condition.busy).count();
    group.awaited = read().filter(|member| member.condition.awaited).count();
    for level in Level::ALL {
        let count = read().filter(|member| member.condition.level == level && !member.condition.awaited).count();
        if count > 0 {
            group.levels.push((level, count));
        }
    }
    group.mixed = read().filter(|member| member.condition.mixed).count();
    let mut versions: HashMap<&str, usize> = HashMap::new();
    for member in read().filter(|member| !member.condition.mixed) {
        let environment = &member.environment;
        let text = environment.commit().map(Sha::as_str).or_else(|| environment.label().map(VersionLabel::as_str));
        let none = if environment.awaits_version() { "·" } else { "?" };
        *versions.entry(text.unwrap_or(none)).or_default() += 1;
    }
    group.versions = versions.into_iter().map(|(text, count)| (text.to_owned(), count)).collect();
    group.versions.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
}

fn by_column<'a>(fitting: impl Iterator<Item = Candidate<'a>>, column: Column, descending: bool, names: &Names) -> Vec<Row> {
    let mut keyed: Vec<(SortKey, Candidate<'_>)> = fitting.map(|candidate| (sort_key(&candidate, column, names), candidate)).collect();
    keyed.sort_by(|(a, first), (b, second)| {
        let by_key = match (a, b) {
            (SortKey::Unknown, SortKey::Unknown) => std::cmp::Ordering::Equal,
            (SortKey::Unknown, _) => std::cmp::Ordering::Greater,
            (_, SortKey::Unknown) => std::cmp::Ordering::Less,
            (a, b) => {
                let order = a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal);
                if descending { order.reverse() } else { order }
            }
        };
        by_key.then_with(|| first.key.name.cmp(&second.key.name)).then_with(|| first.key.cmp(&second.key))
    });
    keyed.into_iter().map(|(_, candidate)| Row::Environment(candidate.key.into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_in_few_letters_stay_apart() {
        let regions = [
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "ca-central-1",
            "ca-west-1",
            "eu-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-3",
            "ap-northeast-1",
            "ap-northeast-3",
            "ap-east-1",
            "sa-east-1",
            "me-south-1",
            "me-central-1",
            "af-south-1",
            "il-central-1",
            "us-gov-west-1",
            "us-gov-east-1",
            "cn-north-1",
            "cn-northwest-1",
        ];
        let short: BTreeSet<String> = regions.iter().map(|region| short_region(region)).collect();
        assert_eq!(short.len(), regions.len());
        assert_eq!((short_region("us-west-1").as_str(), short_region("ca-central-1").as_str()), ("usw1", "cac1"));
    }
}
