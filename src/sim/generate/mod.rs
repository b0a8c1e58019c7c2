//! Worlds out of a seed.
//!
//! Owns the making-up of applications, names, labels and what happens, all of
//! it unlike the default scenario's. Never draws from anything but the seed.

mod motion;

use std::sync::Arc;

use toml::Spanned;

use crate::chance::{Draws, hash, mix, spell};
use crate::environment::{Environment, Name, Place};
use crate::moment::{DAY, HOUR, MINUTE, Millis, SECOND, parse_length};
use crate::scenario::environments::{blank, usual_settings};
use crate::scenario::populate::Builder;
use crate::scenario::{GenerateEntry, Mistake};
use crate::settings::{Batch, Policy, STACKS};

/// No scenario has more.
const MOST: usize = 10_000;

const REGIONS: [&str; 8] =
    ["eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2", "ap-northeast-1", "sa-east-1", "eu-north-1"];

const NOUNS: [&str; 24] = [
    "ledger", "harbor", "atlas", "quartz", "beacon", "meadow", "copper", "falcon", "juniper", "lantern", "marble", "nimbus", "opal",
    "pepper", "raven", "saffron", "timber", "velvet", "willow", "zephyr", "cobalt", "ember", "glacier", "island",
];

const PARTS: [&str; 8] = ["api", "web", "worker", "auth", "search", "media", "mail", "reports"];

const STAGES: [(&str, &str, u64); 8] = [
    ("prod", "production", 30),
    ("production", "production", 14),
    ("live", "production", 8),
    ("staging", "staging", 18),
    ("qa", "staging", 10),
    ("dev", "development", 12),
    ("preview", "preview", 6),
    ("blue", "unknown", 2),
];

/// How an application writes its labels.
#[derive(Clone, Copy)]
enum Style {
    Cli,
    Semantic,
    FullSha,
    DateSha,
    Build,
}

struct App {
    name: String,
    labels: Vec<Name>,
    share: f64,
}

/// Adds what `[generate]` asks for.
///
/// # Errors
///
/// When it asks for what cannot be, with the line.
pub fn generate(builder: &mut Builder<'_>, entry: &Spanned<GenerateEntry>) -> Result<(), Mistake> {
    let at = entry.span().start;
    let wanted = entry.get_ref();
    let mut draws = Draws::new(mix(builder.world.seed, 0x6E6E));
    let usual = 40 + usize::try_from(draws.below(100)).unwrap_or(0);
    let count = wanted.environments.unwrap_or(usual);
    if count > MOST {
        let sentence = format!("a world holds at most {MOST} generated environments");
        return Err(builder.source.mistake(at, sentence));
    }
    let [low, high] = wanted.instances.unwrap_or([1, 8]);
    if low > high || high > 500 {
        return Err(builder.source.mistake(at, "`instances` is [fewest, most], of at most 500"));
    }
    let regions = regions(wanted, &mut draws);
    let apps = apps(builder, wanted, count, &mut draws);
    let mut slots = Vec::with_capacity(count);
    for number in 0..count {
        if let Some(environment) = environment(builder, wanted, &regions, &apps, number, &mut draws) {
            slots.push(builder.put(environment, false));
        }
    }
    motion::trouble(builder, wanted, &slots, &mut draws);
    if wanted.moving {
        let every = match &wanted.every {
            None => usual_pace(slots.len()),
            Some(text) => parse_length(text.get_ref())
                .ok()
                .filter(|length| *length >= 100)
                .ok_or_else(|| builder.source.mistake(text.span().start, "`every` is a length such as \"5s\", of 100ms at least"))?,
        };
        motion::motion(builder, &apps, &slots, every, &mut draws);
    }
    Ok(())
}

/// In a larger world more goes on at once, but not without limit.
fn usual_pace(environments: usize) -> Millis {
    let count = Millis::try_from(environments.max(1)).unwrap_or(1);
    (20 * MINUTE / count).clamp(2 * SECOND, 30 * SECOND)
}

fn regions(wanted: &GenerateEntry, draws: &mut Draws) -> Vec<Name> {
    if !wanted.regions.is_empty() {
        return wanted.regions.iter().map(|region| region.as_str().into()).collect();
    }
    let first = draws.below(REGIONS.len() as u64);
    let count = 2 + draws.below(3);
    let cycle = REGIONS.iter().cycle().skip(usize::try_from(first).unwrap_or(0));
    cycle.take(usize::try_from(count).unwrap_or(2)).map(|region| Name::from(*region)).collect()
}

fn apps(builder: &Builder<'_>, wanted: &GenerateEntry, environments: usize, draws: &mut Draws) -> Vec<App> {
    let count = wanted.applications.unwrap_or_else(|| (environments / 12).clamp(2, 60)).max(1);
    let mut apps: Vec<App> = Vec::new();
    while apps.len() < count {
        let noun = draws.pick(&NOUNS).copied().unwrap_or("ledger");
        let part = draws.pick(&PARTS).copied().unwrap_or("api");
        let mut name = if draws.below(3) == 0 { noun.to_owned() } else { format!("{noun}-{part}") };
        if apps.iter().any(|app| app.name == name) {
            name = format!("{noun}-{part}-{}", apps.len());
        }
        let style = match draws.below(5) {
            0 => Style::Cli,
            1 => Style::Semantic,
            2 => Style::FullSha,
            3 => Style::DateSha,
            _ => Style::Build,
        };
        let versions = 4 + draws.below(5);
        let labels = (0..versions).map(|age| label(builder, &name, style, age, draws)).collect();
        apps.push(App { name, labels, share: 0.3 + draws.fraction() });
    }
    apps
}

/// A label; `age` counts back from the newest version.
fn label(builder: &Builder<'_>, app: &str, style: Style, age: u64, draws: &mut Draws) -> Name {
    let sha = format!("{:016x}{:016x}{:08x}", draws.bits(), draws.bits(), draws.bits() >> 32);
    let days = Millis::try_from(age * 3 + draws.below(3)).unwrap_or(0);
    let made = builder.start.plus(-days * DAY - HOUR - Millis::try_from(draws.below(36_000_000)).unwrap_or(0));
    let short = |length: usize| sha.get(..length).unwrap_or("0000000").to_owned();
    let time = |format: &str| made.strftime(format).unwrap_or_default();
    match style {
        Style::Cli => format!("app-{}-{}{:06}", short(4), time("%y%m%d_%H%M%S"), draws.below(1_000_000)),
        Style::Semantic => format!("v2.{}.{}", 40 - age, draws.below(9)),
        Style::FullSha => sha,
        Style::DateSha => format!("{app}-{}-g{}", time("%Y%m%d"), short(8)),
        Style::Build => format!("build-{}", 5_200 - age * 7 - draws.below(5)),
    }
    .into()
}

fn environment(
    builder: &mut Builder<'_>,
    wanted: &GenerateEntry,
    regions: &[Name],
    apps: &[App],
    number: usize,
    draws: &mut Draws,
) -> Option<Environment> {
    let app = choose(apps, draws)?;
    let region = draws.pick(regions)?;
    let (stage, tier) = stage(draws);
    let accounts = builder.world.accounts.len() as u64;
    let account = usize::try_from(draws.below(accounts)).ok()?;
    let account = Arc::clone(&builder.world.accounts.get(account)?.id);
    builder.enable(region);
    let place = Place { account, region: Arc::clone(region) };
    let mut name = format!("{}-{stage}", app.name);
    if builder.world.named(&place, &name).is_some() {
        name = format!("{}-{}-{stage}", app.name, spell(mix(hash(&name), number as u64), "bcdfghjkmnpqrstvwxz", 3));
    }
    if builder.world.named(&place, &name).is_some() {
        name = format!("{}-{number}", app.name);
    }
    name.truncate(40);
    let own = mix(builder.world.seed, hash(&format!("{}/{}/{name}", place.account, place.region)));
    let mut environment = blank(place, &app.name, &name, own);
    environment.tier = tier.into();
    let age = if draws.below(5) == 0 { 1 + draws.below(3) } else { 0 };
    let label = app.labels.get(usize::try_from(age).ok()? % app.labels.len().max(1))?;
    environment.label = Arc::clone(label);
    environment.expected = Arc::clone(label);
    environment.updated = builder.start.plus(-Millis::try_from(draws.below(5 * 86_400_000)).unwrap_or(0) - HOUR);
    environment.created = builder.start.plus(-Millis::try_from(40 + draws.below(600)).unwrap_or(40) * DAY);
    environment.load = 2.0 + draws.fraction() * 120.0;
    let [low, high] = wanted.instances.unwrap_or([1, 8]);
    let count = low + usize::try_from(draws.below((high - low + 1) as u64)).unwrap_or(0);
    environment.settings = Arc::new(settings(wanted, count, draws));
    let others = if count > 1 && draws.fraction() < wanted.mixed.unwrap_or(0.01) {
        environment.mixed_unnoticed = draws.below(2) == 0;
        app.labels.iter().find(|other| *other != label).map(|other| vec![(Arc::clone(other), 1)]).unwrap_or_default()
    } else {
        Vec::new()
    };
    environment.suspended = draws.fraction() < wanted.suspended.unwrap_or(0.002);
    Some(builder.furnish(environment, count, &others))
}

/// Some applications have more environments than others.
fn choose<'a>(apps: &'a [App], draws: &mut Draws) -> Option<&'a App> {
    let mut left = draws.fraction() * apps.iter().map(|app| app.share).sum::<f64>();
    apps.iter()
        .find(|app| {
            left -= app.share;
            left <= 0.0
        })
        .or_else(|| apps.first())
}

fn stage(draws: &mut Draws) -> (&'static str, &'static str) {
    let mut left = draws.below(STAGES.iter().map(|(.., weight)| weight).sum());
    for (stage, tier, weight) in STAGES {
        if left < weight {
            return (stage, tier);
        }
        left -= weight;
    }
    ("prod", "production")
}

fn settings(wanted: &GenerateEntry, count: usize, draws: &mut Draws) -> crate::settings::Settings {
    let mut settings = usual_settings(count);
    settings.policy = match draws.below(6) {
        0 => Policy::AllAtOnce,
        1 => Policy::RollingWithAdditionalBatch,
        2 => Policy::Immutable,
        _ => Policy::Rolling,
    };
    settings.batch = if draws.below(2) == 0 { Batch::Fixed(1) } else { Batch::Percentage(25) };
    settings.enhanced = draws.fraction() >= wanted.basic.unwrap_or(0.05);
    settings.stream_logs = draws.below(4) > 0;
    if let Some(stack) = draws.pick(&STACKS) {
        settings.stack = stack;
    }
    settings
}
