//! What entries say together: one function for each rule over several of them.

use std::collections::HashMap;

use super::compute::Entered;
use super::file::{EnvironmentEntry, File, SelectorEntry};
use super::nearest::nearest;
use super::source::{At, Notes, quoted};
use crate::model::host::preview;
use crate::model::id::{AppName, Region};
use crate::model::pattern::NamePattern;

/// How many bytes of patterns are compared with each other, which takes time with their
/// square: several times what anybody orders by hand.
const COMPARED: usize = 8_000;

/// How many environments of one name and region are told apart by their accounts.
const ACCOUNTS: usize = 500;

/// Notes everything in the file that does not fit together.
pub(super) fn find(file: &File, notes: &mut Notes<'_>) {
    accounts_named_twice(file, notes);
    accounts_entered_twice(file, notes);
    apps_told_apart_by_capitals(file, notes);
    apps_that_get_nothing(file, notes);
    writing_apps_in_a_reading_console(file, notes);
    apps_that_are_nowhere(file, notes);
    tier_rules_that_never_count(file, notes);
    environments_declared_twice(file, notes);
    regions_that_are_not_read(file, notes);
    hosts_named_twice(file, notes);
    previews_named_like_apps(file, notes);
    compute_named_twice(file, notes);
    previews_of_no_repository(file, notes);
    accounts_that_are_nowhere(file, notes);
    catalogues_of_no_repository(file, notes);
}

fn hosts_named_twice(file: &File, notes: &mut Notes<'_>) {
    let named = |names: Vec<&At<String>>, what: &str, notes: &mut Notes<'_>| {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for name in names {
            match seen.get(name.value.as_str()) {
                Some(line) => {
                    let sentence =
                        format!("the {what} {} is there already, on line {line}: give this one another name", quoted(&name.value));
                    notes.add(&name.span, sentence);
                }
                None => drop(seen.insert(&name.value, notes.line_of(&name.span))),
            }
        }
    };
    named(file.hosts.iter().filter_map(|host| host.name.as_ref()).collect(), "server", notes);
    for host in &file.hosts {
        named(host.apps.iter().filter_map(|app| app.name.as_ref()).collect(), "app of this server", notes);
    }
}

/// The previews of an app are called after it, and another app of the same server may be called so too.
fn previews_named_like_apps(file: &File, notes: &mut Notes<'_>) {
    for host in &file.hosts {
        let names = || host.apps.iter().filter_map(|app| app.name.as_ref());
        let with_previews = host.apps.iter().filter(|app| app.previews.as_ref().is_some_and(|said| said.value));
        let bases: Vec<&At<String>> = with_previews.filter_map(|app| app.name.as_ref()).collect();
        for name in names() {
            let Some((base, pull)) = preview(&name.value) else { continue };
            if let Some(of) = bases.iter().find(|of| of.value == base) {
                let sentence = format!(
                    "{} is what the preview of pull request {pull} of {}, on line {}, is called: give this app another name",
                    quoted(&name.value),
                    quoted(&of.value),
                    notes.line_of(&of.span)
                );
                notes.add(&name.span, sentence);
            }
        }
    }
}

/// Two entries about EC2 that make environments of the same name in the same place would be one environment.
fn compute_named_twice(file: &File, notes: &mut Notes<'_>) {
    let usual = file.accounts.first().and_then(|account| account.name.as_ref()).map_or("default", |name| name.value.as_str());
    let mut seen: HashMap<(Entered<'_>, &str, &Region), usize> = HashMap::new();
    for (entered, span, common) in file.compute.entered() {
        let Some(region) = &common.region else { continue };
        let account = common.account.as_ref().map_or(usual, |account| account.value.as_str());
        match seen.get(&(entered, account, &region.value)) {
            Some(line) => {
                let sentence = format!("{entered} in {} is there already, on line {line}: {}", region.value, entered.way_out());
                notes.add(&span, sentence);
            }
            None => drop(seen.insert((entered, account, &region.value), notes.line_of(&span))),
        }
    }
    for (entered, span, common) in file.compute.entered() {
        let (Some(region), Some(name)) = (&common.region, entered.preview()) else { continue };
        let account = common.account.as_ref().map_or(usual, |account| account.value.as_str());
        if let Some(line) = seen.get(&(Entered::Previews, account, &region.value)) {
            let sentence = format!("{} is what a preview of the entry on line {line} is called: give this one another name", quoted(name));
            notes.add(&span, sentence);
        }
    }
}

/// Whose pull requests they are is said by the app that has the repository.
fn previews_of_no_repository(file: &File, notes: &mut Notes<'_>) {
    if file.apps_are_missing {
        return;
    }
    for entry in file.hosts.iter().flat_map(|host| &host.apps) {
        let (Some(name), Some(At { value: true, span })) = (&entry.name, &entry.previews) else { continue };
        let fits = |patterns: &[At<NamePattern>]| patterns.is_empty() || patterns.iter().any(|pattern| pattern.value.matches(&name.value));
        let is_its = |selector: &SelectorEntry| fits(&selector.names) && fits(&selector.groups) && selector.regions.is_empty();
        let app = file.apps.iter().find(|app| !app.environments.broken && is_its(&app.environments));
        if app.is_none_or(|app| !app.has_repository()) {
            let name = quoted(&name.value);
            notes.add(
                span,
                format!("the previews of {name} belong to pull requests, and no app says of which repository: write repository = \"owner/name\" in the section of its app"),
            );
        }
    }
}

/// A file is one of a repository.
fn catalogues_of_no_repository(file: &File, notes: &mut Notes<'_>) {
    for app in file.apps.iter().filter(|app| !app.has_repository()) {
        if let Some(path) = &app.catalogue {
            let sentence =
                format!("{} is a file of a repository, and this app has none: write repository = \"owner/name\"", quoted(&path.value));
            notes.add(&path.span, sentence);
        }
    }
}

/// An entry about EC2 names the account that it is looked for in.
fn accounts_that_are_nowhere(file: &File, notes: &mut Notes<'_>) {
    let known: Vec<&str> = file.accounts.iter().filter_map(|account| account.name.as_ref()).map(|name| name.value.as_str()).collect();
    for account in file.compute.common().filter_map(|entry| entry.account.as_ref()) {
        let name = account.value.as_str();
        if known.contains(&name) {
            continue;
        }
        let sentence = match nearest(name, known.iter().copied()) {
            Some(meant) => format!("there is no account {}: did you mean {}?", quoted(name), quoted(meant)),
            None => format!("there is no account {}: write it under [[accounts]], or leave account out", quoted(name)),
        };
        notes.add(&account.span, sentence);
    }
}

fn accounts_named_twice(file: &File, notes: &mut Notes<'_>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for name in file.accounts.iter().filter_map(|account| account.name.as_ref()) {
        match seen.get(name.value.as_str()) {
            Some(line) => {
                let sentence = format!("the account {} is there already, on line {line}: give this one another name", quoted(&name.value));
                notes.add(&name.span, sentence);
            }
            None => drop(seen.insert(&name.value, notes.line_of(&name.span))),
        }
    }
}

fn accounts_entered_twice(file: &File, notes: &mut Notes<'_>) {
    let mut seen: HashMap<[Option<&str>; 2], (&str, usize)> = HashMap::new();
    // Of a role that could not be understood nobody can tell whether it is another.
    for account in file.accounts.iter().filter(|account| account.role.is_some() || !account.has_role) {
        let Some(At { value: name, span }) = &account.name else { continue };
        let name = name.as_str();
        let profile = account.profile.as_ref().map(|profile| profile.value.as_str());
        let key = [profile, account.role.as_ref().map(|role| &*role.value.arn)];
        let span = account.profile.as_ref().map_or(span, |profile| &profile.span);
        let span = account.role.as_ref().map_or(span, |role| &role.span);
        match seen.get(&key) {
            // The same name was noted already.
            Some((first, _)) if *first == name => {}
            Some((first, line)) => {
                let way = match key {
                    [_, Some(role)] => format!("the role {}", quoted(role)),
                    [Some(profile), None] => format!("the profile {}", quoted(profile)),
                    [None, None] => "the default credential chain".to_owned(),
                };
                notes.add(span, format!("{way} is the account {} already, on line {line}: keep one of the two", quoted(first)));
            }
            None => drop(seen.insert(key, (name, notes.line_of(span)))),
        }
    }
}

fn apps_told_apart_by_capitals(file: &File, notes: &mut Notes<'_>) {
    let mut seen: HashMap<String, (&AppName, usize)> = HashMap::new();
    for app in &file.apps {
        let key = app.name.value.as_str().to_lowercase();
        match seen.get(&key) {
            Some((first, line)) => {
                let sentence = format!(
                    "{} and {}, on line {line}, differ in capitals only: give them names that a person can tell apart",
                    quoted(app.name.value.as_str()),
                    quoted(first.as_str())
                );
                notes.add(&app.name.span, sentence);
            }
            None => drop(seen.insert(key, (&app.name.value, notes.line_of(&app.name.span)))),
        }
    }
}

fn apps_that_get_nothing(file: &File, notes: &mut Notes<'_>) {
    for (at, app) in file.apps.iter().take(compared(file.apps.iter().map(|app| &app.environments))).enumerate() {
        let taker = file.apps.iter().take(at).find(|earlier| covers(&earlier.environments, &app.environments));
        if let Some(taker) = taker {
            let sentence = format!(
                "{} gets no environments: {}, on line {}, takes them first; put the narrower of the two above the other",
                quoted(app.name.value.as_str()),
                quoted(taker.name.value.as_str()),
                notes.line_of(&taker.name.span)
            );
            notes.add(&app.name.span, sentence);
        }
    }
}

fn tier_rules_that_never_count(file: &File, notes: &mut Notes<'_>) {
    let app = |rule: &Option<At<AppName>>| rule.as_ref().map(|app| app.value.clone());
    for (at, rule) in file.tiers.iter().take(compared(file.tiers.iter().map(|rule| &rule.environments))).enumerate() {
        let before = file.tiers.iter().take(at).find(|earlier| {
            (earlier.app.is_none() || app(&earlier.app) == app(&rule.app)) && covers(&earlier.environments, &rule.environments)
        });
        if let Some(before) = before {
            let line = notes.line_of(&before.span);
            let sentence = format!(
                "this rule never counts: the one on line {line} fits all of its environments first; put the narrower of the two above the other"
            );
            notes.add(&rule.span, sentence);
        }
    }
}

/// How many entries are compared with each other.
fn compared<'f>(selectors: impl Iterator<Item = &'f SelectorEntry>) -> usize {
    let size = |entry: &SelectorEntry| {
        let patterns = entry.names.iter().chain(&entry.groups).map(|pattern| pattern.value.as_str().len() + 1);
        patterns.sum::<usize>() + entry.regions.len() + 1
    };
    let sums = selectors.scan(0, |sum, entry| {
        *sum += size(entry);
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= COMPARED).count()
}

/// Whether everything that fits `inner` fits `outer`, as far as the patterns alone tell.
fn covers(outer: &SelectorEntry, inner: &SelectorEntry) -> bool {
    if outer.broken || inner.broken {
        return false;
    }
    let regions = |entry: &At<Region>| outer.regions.iter().any(|region| region.value == entry.value);
    covers_patterns(&outer.names, &inner.names)
        && covers_patterns(&outer.groups, &inner.groups)
        && (outer.regions.is_empty() || (!inner.regions.is_empty() && inner.regions.iter().all(regions)))
}

/// An empty list of patterns fits everything.
fn covers_patterns(outer: &[At<NamePattern>], inner: &[At<NamePattern>]) -> bool {
    let covered = |pattern: &At<NamePattern>| outer.iter().any(|other| covers_pattern(&other.value, &pattern.value));
    outer.is_empty() || (!inner.is_empty() && inner.iter().all(covered)) || outer.iter().any(|pattern| fits_everything(&pattern.value))
}

/// Whether a pattern is made of nothing but `*`.
fn fits_everything(pattern: &NamePattern) -> bool {
    !pattern.as_str().is_empty() && pattern.as_str().bytes().all(|byte| byte == b'*')
}

/// Whether a pattern fits another one's text, and with it all that this one fits: what
/// a `*` takes may be a wildcard, too. A `?` might take a `*`, which stands for more.
fn covers_pattern(outer: &NamePattern, inner: &NamePattern) -> bool {
    outer == inner || ((inner.is_literal() || !outer.as_str().contains('?')) && outer.matches(inner.as_str()))
}

fn writing_apps_in_a_reading_console(file: &File, notes: &mut Notes<'_>) {
    let Some(all) = file.read_only.as_ref().filter(|all| all.value) else { return };
    let line = notes.line_of(&all.span);
    for said in file.apps.iter().filter_map(|app| app.read_only.as_ref()).filter(|said| !said.value) {
        notes.add(&said.span, format!("read_only = true on line {line} holds for every app: remove one of the two"));
    }
}

fn apps_that_are_nowhere(file: &File, notes: &mut Notes<'_>) {
    if file.apps_are_missing {
        return;
    }
    let mut known: Vec<&str> = file.apps.iter().map(|app| app.name.value.as_str()).collect();
    known.sort_unstable();
    let named = file.tiers.iter().filter_map(|rule| rule.app.as_ref());
    let named = named.chain(file.freezes.iter().filter_map(|freeze| freeze.app.as_ref()));
    let named = named.chain(file.links.iter().filter_map(|link| link.app.as_ref()));
    let named = named.chain(file.log_sources.iter().filter_map(|source| source.app.as_ref()));
    let named = named.chain(file.environments.iter().filter_map(|environment| environment.app.as_ref()));
    let named = named.chain(file.compute.common().filter_map(|entry| entry.app.as_ref()));
    let named = named.chain(file.probes.iter().flat_map(|probe| &probe.apps));
    for app in named.filter(|app| known.binary_search(&app.value.as_str()).is_err()) {
        let name = app.value.as_str();
        let sentence = match nearest(name, known.iter().copied()) {
            Some(meant) => format!("there is no app {}: did you mean {}?", quoted(name), quoted(meant)),
            None => format!("there is no app {}: write a section [apps.{}], which may be empty", quoted(name), key(name)),
        };
        notes.add(&app.span, sentence);
    }
}

/// A name as the key of a section.
fn key(name: &str) -> String {
    let is_bare = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_bare { name.to_owned() } else { quoted(name) }
}

fn environments_declared_twice(file: &File, notes: &mut Notes<'_>) {
    let mut seen: HashMap<(&str, &Region), Vec<(&EnvironmentEntry, usize)>> = HashMap::new();
    for environment in &file.environments {
        let (Some(name), Some(region)) = (&environment.name, &environment.region) else { continue };
        let others = seen.entry((name.value.as_str(), &region.value)).or_default();
        // An entry without an account speaks of every account.
        let same =
            |other: &EnvironmentEntry| other.account.is_none() || environment.account.is_none() || other.account == environment.account;
        match others.iter().find(|(other, _)| same(other)) {
            Some((_, line)) => {
                let sentence = format!("{} in {} is declared already, on line {line}: keep one", quoted(&name.value), region.value);
                notes.add(&name.span, sentence);
            }
            // More than a few accounts hold no environment of the same name; the list stays short.
            None if others.len() < ACCOUNTS => others.push((environment, notes.line_of(&name.span))),
            None => {}
        }
    }
}

fn regions_that_are_not_read(file: &File, notes: &mut Notes<'_>) {
    let Some(read) = regions_read(file) else { return };
    let apps = file.apps.iter().map(|app| &app.environments);
    let tiers = file.tiers.iter().map(|rule| &rule.environments);
    let selected = apps.chain(tiers).flat_map(|selector| &selector.regions);
    let declared = file.environments.iter().filter_map(|environment| environment.region.as_ref());
    for region in selected.chain(declared).filter(|region| !read.contains(&&region.value)) {
        let sentence =
            format!("{} is not read: add it to the regions on line {}, or leave it out here", region.value, line_of_regions(file, notes));
        notes.add(&region.span, sentence);
    }
}

/// Every region that is read through some account; none where any may be.
fn regions_read(file: &File) -> Option<Vec<&Region>> {
    let general = file.regions.as_ref();
    let mut lists: Vec<_> = file.accounts.iter().map(|account| account.regions.as_ref().or(general)).collect();
    if lists.is_empty() {
        lists.push(general);
    }
    let lists: Option<Vec<_>> = lists.into_iter().collect();
    Some(lists?.into_iter().flatten().map(|region| &region.value).collect())
}

fn line_of_regions(file: &File, notes: &Notes<'_>) -> usize {
    let general = file.regions.iter().flatten();
    let first = general.chain(file.accounts.iter().filter_map(|account| account.regions.as_ref()).flatten()).next();
    first.map_or(1, |region| notes.line_of(&region.span))
}
