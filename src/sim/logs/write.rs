//! The lines of one second of one stream.
//!
//! A function of the seed, the file, the instance, the second and how the
//! environment was then. Errors come in an incident's share, the engine speaks while
//! something is deployed; some lines are hostile, some say the same at the same
//! moment, some arrive late.

use super::stream::{Content, Life, Stream};
use crate::chance::{Draws, hash, mix};
use crate::environment::{Environment, instance_name};
use crate::history::Row;
use crate::moment::{Millis, Moment, SECOND};
use crate::world::World;

/// The soonest that a line is taken in: after the second it was written in, always.
const SOONEST: u64 = 1_000;
/// Nearly all lines are taken in by then.
const USUALLY: u64 = 2_500;
/// No line is taken in later than this after it was written.
pub const LATEST: Millis = 30_000;
/// Out of a thousand lines so many are late.
const LATE: u64 = 10;
/// Out of ten thousand lines so many are hostile.
const HOSTILE: u64 = 25;
/// No instance writes more than this into one file in a second.
const MOST: f64 = 5_000.0;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Unique among all lines of a world.
    pub id: i64,
    /// When it was written.
    pub at: Moment,
    /// When the service took it in: from then on a live tail has it.
    pub ingested: Moment,
    /// From when on it is found by searching.
    pub searchable: Moment,
    /// The text.
    pub text: String,
}

/// The number of the second in which a moment lies, from the start of the world.
#[must_use]
pub fn second_of(world: &World, at: Moment) -> i64 {
    at.since(world.started).div_euclid(SECOND)
}

/// The moment at which a second begins.
fn begin(world: &World, second: i64) -> Moment {
    world.started.plus(second.saturating_mul(SECOND))
}

/// How an environment was in a second.
struct Mood {
    /// Out of a thousand lines so many are errors.
    errors: u64,
    /// What goes on.
    activity: Option<&'static str>,
    /// What runs.
    label: String,
    /// How many instances share the load.
    instances: usize,
}

fn mood(environment: &Environment, at: Moment) -> Mood {
    let row: Option<&Row> = environment.history.at(at);
    let errors = match row.map_or("ok", |row| row.level) {
        "severe" => 300,
        "degraded" => 120,
        "warning" => 40,
        _ => 2,
    };
    let activity = row.and_then(|row| row.activity.as_ref()).map(|activity| activity.kind);
    // Before the world began all was as it was then.
    let first = row.or_else(|| environment.history.first());
    let label = first.map_or_else(String::new, |row| row.label.to_string());
    Mood { errors, activity, label, instances: first.map_or(1, |row| row.total.max(1)) }
}

/// The lines that a stream wrote in a second, in the order of their time.
#[must_use]
pub fn second(world: &World, stream: &Stream, second: i64) -> Vec<Line> {
    let Some(environment) = world.environments.get(stream.slot) else { return Vec::new() };
    let start = begin(world, second);
    let mood = mood(environment, start);
    if stream.file.content == Content::Combined {
        // The very lines of the other two, taken in by themselves.
        let mut both = of_file(world, environment, Content::Out, stream.life, second, &mood);
        both.extend(of_file(world, environment, Content::Err, stream.life, second, &mood));
        both.sort_by_key(|line| (line.at, line.id));
        for line in &mut both {
            line.id ^= 1;
        }
        return both;
    }
    of_file(world, environment, stream.file.content, stream.life, second, &mood)
}

fn of_file(world: &World, environment: &Environment, content: Content, life: Life, second: i64, mood: &Mood) -> Vec<Line> {
    let of_stream = mix(mix(world.seed, hash(&format!("{content:?}"))), life.instance);
    let mut draws = Draws::new(mix(of_stream, second.unsigned_abs() ^ u64::from(second < 0) << 63));
    let count = count(environment, content, mood, &mut draws);
    let start = begin(world, second);
    let mut moments: Vec<Millis> = (0..count).map(|_| Millis::try_from(draws.below(1_000)).unwrap_or(0)).collect();
    moments.sort_unstable();
    let mut lines: Vec<Line> = Vec::with_capacity(moments.len());
    for moment in moments {
        let at = start.plus(moment);
        if !life.covers(at) {
            continue;
        }
        let mut text = text(content, mood, at, life.instance, &mut draws);
        // Some say the same at the same moment: both count.
        let twice = draws.below(50) == 0;
        if let Some(last) = lines.last().filter(|_| twice) {
            text.clone_from(&last.text);
        }
        let at = lines.last().filter(|_| twice).map_or(at, |last| last.at);
        lines.push(taken_in(at, text, &mut draws));
    }
    lines
}

/// When a line arrives at the service, and what it is known by there.
fn taken_in(at: Moment, text: String, draws: &mut Draws) -> Line {
    let delay = if draws.below(1_000) < LATE { 5_000 + draws.below(25_000) } else { SOONEST + draws.below(USUALLY - SOONEST) };
    let ingested = at.plus(Millis::try_from(delay).unwrap_or(LATEST));
    let searchable = ingested.plus(500 + Millis::try_from(draws.below(2_500)).unwrap_or(0));
    // The last bit tells a line from its copy in a combined file.
    let id = i64::try_from(draws.bits() >> 2 << 1).unwrap_or(0);
    Line { id, at, ingested, searchable, text }
}

/// How many lines a file gets in a second: by how busy the environment is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "bounded, and never negative")]
fn count(environment: &Environment, content: Content, mood: &Mood, draws: &mut Draws) -> usize {
    // `load` is in requests of all instances in ten seconds.
    let requests = environment.load / 10.0 / mood.instances as f64;
    let busy = f64::from(u8::from(mood.activity.is_some()));
    let usual = match content {
        Content::Access => requests,
        Content::Supervised | Content::Json => 0.2 + requests / 2.0 + busy,
        Content::Out => 0.2 + requests / 2.0,
        Content::Err | Content::ProxyError => requests * mood.errors as f64 / 2_000.0,
        Content::Engine => 0.02 + 2.0 * busy,
        Content::Combined => 0.0,
    };
    let usual = usual.clamp(0.0, MOST);
    usual.floor() as usize + usize::from(draws.fraction() < usual.fract())
}

/// What nobody wants to find in a log, and everybody does.
fn hostile(draws: &mut Draws) -> String {
    match draws.below(7) {
        0 => "x".repeat(90_000),
        1 => String::from("\u{1b}[2J\u{1b}[H\u{1b}]0;owned\u{7}cleared"),
        2 => String::from("\u{202e}gnidliub si drawkcab\u{200b} \u{9b}31m"),
        3 => String::from("\u{0}\u{1}\u{2}\u{fffd}\u{fffd}\u{fffd} binary \u{7f}\u{8}\u{8}"),
        4 => String::from("\u{1b}[31mERROR\u{1b}[0m in \u{1b}[1;4mcolour\u{1b}[m"),
        5 => String::from("two\nlines and\r\na tab\tin one event"),
        _ => String::from("{\"level\":\"error\",\"msg\":\"never ends"),
    }
}

const PATHS: [&str; 6] = ["/", "/api/search?q=x", "/_status", "/groups/8Kp1Yx", "/login", "/static/app.js"];

const TROUBLES: [&str; 3] = ["upstream timeout after 30 s", "connection refused by database", "deadlock detected, giving up"];

fn text(content: Content, mood: &Mood, at: Moment, instance: u64, draws: &mut Draws) -> String {
    if draws.below(10_000) < HOSTILE && content != Content::Engine {
        return hostile(draws);
    }
    let is_error = draws.below(1_000) < mood.errors;
    let number = draws.below(1 << 20);
    let path = draws.pick(&PATHS).copied().unwrap_or("/");
    let (stamp, level) = (at.rfc3339(), if is_error { "ERROR" } else { "INFO" });
    let what = match (is_error, mood.activity) {
        (true, _) => draws.pick(&TROUBLES).copied().unwrap_or("failed"),
        (false, Some("deploy" | "restart" | "launch")) => "worker booting",
        (false, _) => "request handled",
    };
    match content {
        Content::Engine => format!("{} [INFO] {} {}", stamp.replace('T', " "), mood.activity.unwrap_or("idle"), mood.label),
        Content::Access => {
            let status = if is_error { 503 } else { 200 };
            format!("10.0.{}.{} - - [{stamp}] \"GET {path} HTTP/1.1\" {status} {number} \"-\" \"curl/8\"", number % 16, instance % 250)
        }
        Content::ProxyError => format!("{} [error] 31#31: *{number} connect() failed (111: Connection refused)", stamp.replace('-', "/")),
        Content::Supervised => format!("web (stderr) | {stamp} [{}] [{level}] {what} path={path} id={number:05x}", instance % 40),
        Content::Json => {
            let level = level.to_lowercase();
            serde_json::json!({ "time": stamp, "level": level, "msg": what, "path": path, "id": number }).to_string()
        }
        Content::Out | Content::Combined => format!("{stamp} info: {what} {path} id={number:05x} on {}", instance_name(instance)),
        Content::Err => format!("{stamp} error: {what} {path} id={number:05x}"),
    }
}
