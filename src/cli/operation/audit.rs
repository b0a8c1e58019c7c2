//! `quarterdeck audit`: what was decided from this machine, by whom, why, and what came of it.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use clap::Args;
use serde::Deserialize;

use super::super::{Exit, answer, complain, environment_variable};
use crate::model::clock::Timestamp;
use crate::model::safe_text::{harmless_json, safe};
use crate::ops::audit::Audit;

/// What `audit` takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Only the latest so many lines that fit.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 50, conflicts_with = "all")]
    lines: usize,
    /// Every line that fits, from the first.
    #[arg(long)]
    all: bool,
    /// Only lines that tell of this: a part of a name, an id, a person, a reason.
    #[arg(value_name = "TEXT")]
    about: Option<String>,
    /// Print the lines as they are: one JSON object each.
    #[arg(long)]
    json: bool,
}

/// What of a line is shown. Lines of other editions may tell more, or less.
#[derive(Deserialize)]
struct Line {
    at: Timestamp,
    outcome: String,
    plan: String,
    #[serde(default)]
    identity: Option<String>,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    fault: Option<String>,
}

/// So much of a log is read, in bytes: its end.
const MOST: u64 = 256 << 20;

/// Runs `quarterdeck audit`.
pub fn run(options: &Options) -> Exit {
    let audit = match Audit::usual(&environment_variable) {
        Ok(audit) => audit,
        Err(why) => {
            complain(&why);
            return Exit::Failed;
        }
    };
    let Some(path) = audit.path() else { return Exit::Complete };
    let text = match read(path) {
        Ok(text) => text,
        Err(why) => {
            complain(&format!("the audit log {} cannot be read: {why}", path.display()));
            return Exit::Failed;
        }
    };
    if text.is_empty() {
        complain(&format!("nothing is recorded yet in {}", path.display()));
    }
    let (shown, spoilt) = shown(&text, options);
    if spoilt > 0 {
        complain(&format!("{spoilt} lines of {} cannot be understood: look at it", path.display()));
    }
    match (answer(&shown), spoilt) {
        (false, _) => Exit::Failed,
        (true, 0) => Exit::Complete,
        (true, _) => Exit::Partial,
    }
}

/// The end of the log, from the first whole line; empty where there is none.
fn read(path: &Path) -> io::Result<String> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(String::new()),
        Err(why) => return Err(why),
    };
    let from = file.metadata()?.len().saturating_sub(MOST);
    io::Seek::seek(&mut file, io::SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(if from == 0 { text } else { text.split_once('\n').map_or_else(String::new, |(_, rest)| rest.to_owned()) })
}

/// The lines that are wanted, and how many cannot be understood.
fn shown(text: &str, options: &Options) -> (String, usize) {
    let wanted = options.about.as_deref().unwrap_or_default().to_lowercase();
    let (mut lines, mut spoilt) = (Vec::new(), 0);
    for raw in text.lines().filter(|raw| !raw.trim().is_empty()) {
        match serde_json::from_str::<Line>(raw) {
            Ok(line) => lines.push((raw, line)),
            Err(_) => spoilt += 1,
        }
    }
    lines.retain(|(raw, line)| {
        raw.to_lowercase().contains(&wanted) || line.plan.to_lowercase().contains(&wanted) || line.comment.to_lowercase().contains(&wanted)
    });
    let first = if options.all { 0 } else { lines.len().saturating_sub(options.lines) };
    let written =
        lines.iter().skip(first).map(|(raw, line)| if options.json { format!("{}\n", harmless_json(raw)) } else { in_words(line) });
    (written.collect(), spoilt)
}

fn in_words(line: &Line) -> String {
    let Line { at, outcome, plan, identity, comment, fault } = line;
    let who = identity.as_deref().unwrap_or("?");
    let why = if comment.is_empty() { String::new() } else { format!("  reason: {comment}") };
    let fault = fault.as_ref().map_or_else(String::new, |fault| format!("  but: {fault}"));
    format!("{}\n", safe(&format!("{}  {outcome:<11}  {plan}  by {who}{why}{fault}", at.strftime("%F %TZ"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"{"at":"2026-11-20T02:57:14Z","outcome":"intended","plan":"deploy v2 to till-prod (operation 20261120T025714Z-00000001)","run":null,"identity":"arn:aws:iam::1:user/ada","comment":"urgent \u001b[31m","fault":null}
{"at":"2026-11-20T02:58:14Z","outcome":"succeeded","plan":"deploy v2 to till-prod (operation 20261120T025714Z-00000001)","comment":"","fault":null}
not json
{"at":"2026-11-20T02:59:14Z","outcome":"done","plan":"approve #1 of a/b","identity":"kim","comment":"fine","fault":null}
"#;

    fn options(about: Option<&str>, lines: usize, json: bool) -> Options {
        Options { lines, all: false, about: about.map(str::to_owned), json }
    }

    #[test]
    fn each_line_tells_when_what_who_and_why_and_nothing_that_a_terminal_obeys() {
        let (text, spoilt) = shown(LOG, &options(None, 50, false));
        let first = "2026-11-20 02:57:14Z  intended     deploy v2 to till-prod (operation 20261120T025714Z-00000001)  \
                     by arn:aws:iam::1:user/ada  reason: urgent ␛[31m\n";
        assert!(text.starts_with(first), "{text}");
        assert_eq!((text.lines().count(), spoilt), (3, 1));
        assert!(text.ends_with("done         approve #1 of a/b  by kim  reason: fine\n"), "{text}");
    }

    #[test]
    fn the_latest_that_fit_are_kept() {
        let (text, _) = shown(LOG, &options(Some("TILL-PROD"), 1, false));
        assert!(text.lines().count() == 1 && text.contains("succeeded"), "{text}");
        let (json, _) = shown(LOG, &options(Some("kim"), 50, true));
        assert_eq!(json.lines().map(|line| serde_json::from_str::<Line>(line).unwrap().outcome).collect::<Vec<_>>(), ["done"]);
    }
}
