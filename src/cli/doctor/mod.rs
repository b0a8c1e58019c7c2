//! `quarterdeck doctor`: what is in the way, and what to do about it.
//!
//! Reads only, here and outside: what would change something is said not to be tried. No secret is in what it prints.

mod cloud;
mod finding;
mod github;
mod machine;
mod ssh;

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use self::finding::{Area, Denied, Finding, Verdict, upshot};
use super::{Common, Exit, answer, complain, environment_variable};
use crate::config::Settings;
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::safe_text::{harmless_json, safe};
use crate::ops::clock::Clock as _;
use crate::shell::SystemClock;
use crate::sources;
use crate::ui::theme;

/// The version of the JSON's shape.
const SCHEMA: u32 = 1;

/// What `doctor` takes.
#[derive(Args, Clone, Copy, Debug)]
pub struct Options {
    /// Print JSON, for whoever helps you; its shape is fixed.
    #[arg(long)]
    json: bool,
}

/// Runs `quarterdeck doctor`.
pub async fn run(common: &Common, options: Options) -> Exit {
    let (settings, summary) = match common.settings().and_then(|settings| Ok((settings, described(common)?))) {
        Ok(read) => read,
        Err(error) => {
            complain(&error);
            return Exit::Usage;
        }
    };
    let mut denied = Denied::default();
    let mut findings = vec![Finding::new(Area::Configuration, Verdict::Pass, summary)];
    // It holds every client: on the heap.
    findings.extend(Box::pin(examined(&settings, &mut denied)).await);
    // In the order of the areas; within one as they were found.
    findings.sort_by_key(|finding| finding.area);
    let told = if options.json { document(&findings, &denied) } else { Ok(printed(&findings, &denied)) };
    match told {
        Ok(text) if answer(&text) => judged(&findings),
        Ok(_) => Exit::Failed,
        Err(error) => {
            complain(&format!("the answer could not be written as JSON: {error}"));
            Exit::Failed
        }
    }
}

fn described(common: &Common) -> Result<String, crate::config::ConfigError> {
    crate::config::check(&common.place(), &environment_variable).map(|summary| summary.to_string())
}

/// Everything that is checked, the outside at once.
async fn examined(settings: &Settings, denied: &mut Denied) -> Vec<Finding> {
    let github = sources::github(settings).settings;
    let (mut findings, github, ssh) = tokio::join!(cloud::check(settings, denied), github::check(settings, github), ssh::check(settings));
    findings.extend(github);
    findings.extend(ssh);
    findings.push(machine::state(&environment_variable));
    findings.extend(machine::terminal(&environment_variable));
    findings
}

/// What a fault is as a finding. What could not be reached is not known to be wrong, but that it could not is.
fn told(area: Area, fault: &Fault) -> Finding {
    let verdict = match fault.kind {
        FaultKind::Throttled(_) | FaultKind::Unsupported | FaultKind::Failed | FaultKind::Malformed => Verdict::Unknown,
        FaultKind::Denied | FaultKind::Expired | FaultKind::Missing | FaultKind::Unreachable | FaultKind::Refused => Verdict::Fail,
    };
    Finding::new(area, verdict, fault.sentence.to_string())
}

/// How it ends: 1 where nobody outside answered of those who were asked, else 3 where something is wrong.
fn judged(findings: &[Finding]) -> Exit {
    let is_outside = |finding: &&Finding| match finding.area {
        Area::Credentials | Area::Permissions | Area::GitHub => finding.about.is_some(),
        // A host where nothing is run was not asked.
        Area::Ssh => finding.about.is_some() && finding.verdict != Verdict::Unknown,
        Area::Configuration | Area::Regions | Area::Clock | Area::State | Area::Terminal => false,
    };
    let mut asked = findings.iter().filter(is_outside).peekable();
    if asked.peek().is_some() && asked.all(|finding| finding.verdict != Verdict::Pass) {
        return Exit::Failed;
    }
    let is_wrong = findings.iter().any(|finding| finding.verdict == Verdict::Fail);
    if is_wrong { Exit::Partial } else { Exit::Complete }
}

/// As a person reads it.
fn printed(findings: &[Finding], denied: &Denied) -> String {
    let mut text = String::new();
    let columns = crate::ui::term::columns();
    let mut last = None;
    for finding in findings {
        if last != Some(finding.area) {
            let _ = writeln!(text, "{}{}", if last.is_some() { "\n" } else { "" }, finding.area.title());
        }
        last = Some(finding.area);
        let _ = writeln!(text, "{}", seen(finding, columns));
    }
    for (account, policy) in denied.policies() {
        let policy = serde_json::to_string_pretty(&policy).unwrap_or_default();
        let _ = writeln!(text, "\nThis would allow what account {} denies:\n{}", safe(account), harmless_json(&policy));
    }
    let _ = writeln!(text, "\n{}", upshot(findings));
    text
}

/// A finding as it is printed: only a terminal has colours, and only where a person wants any.
fn seen(finding: &Finding, columns: Option<usize>) -> String {
    let (line, sign) = (finding.line(columns), finding.verdict.sign());
    if columns.is_none() {
        return line;
    }
    line.replacen(sign, &theme::printed(sign, finding.verdict.role()), 1)
}

#[derive(Serialize)]
struct Document<'d> {
    schema: u32,
    version: &'static str,
    at: Timestamp,
    checks: &'d [Finding],
    /// For each account the policy that would allow what it denies.
    policies: Vec<Policy<'d>>,
}

#[derive(Serialize)]
struct Policy<'d> {
    account: &'d str,
    policy: Value,
}

fn document(findings: &[Finding], denied: &Denied) -> serde_json::Result<String> {
    let policies = denied.policies().into_iter().map(|(account, policy)| Policy { account, policy }).collect();
    let document = Document { schema: SCHEMA, version: env!("CARGO_PKG_VERSION"), at: SystemClock.now(), checks: findings, policies };
    Ok(format!("{}\n", harmless_json(&serde_json::to_string_pretty(&document)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_says_whether_anything_is_wrong_and_whether_anything_answered() {
        let local = |area, verdict| Finding::new(area, verdict, "x");
        let outside = |area, verdict| local(area, verdict).about("main");
        let fine = || outside(Area::Credentials, Verdict::Pass);
        for (findings, exit) in [
            (vec![fine(), local(Area::Terminal, Verdict::Warn), outside(Area::Permissions, Verdict::Unknown)], Exit::Complete),
            (vec![fine(), local(Area::State, Verdict::Fail)], Exit::Partial),
            (vec![outside(Area::Credentials, Verdict::Fail), local(Area::Ssh, Verdict::Pass)], Exit::Failed),
            (vec![outside(Area::Credentials, Verdict::Fail), outside(Area::Ssh, Verdict::Pass)], Exit::Partial),
            // Nothing outside was to be asked.
            (vec![local(Area::Credentials, Verdict::Pass), outside(Area::Ssh, Verdict::Unknown)], Exit::Complete),
            (vec![local(Area::State, Verdict::Fail)], Exit::Partial),
            (vec![outside(Area::GitHub, Verdict::Unknown)], Exit::Failed),
        ] {
            assert_eq!(judged(&findings), exit, "{findings:?}");
        }
    }
}
