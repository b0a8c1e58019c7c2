//! What is copied for people who are told elsewhere: Markdown, in which nothing from outside takes effect.

use super::sheet::SheetScreen;
use crate::model::id::{EnvironmentKey, Login};
use crate::model::promotion::Verdict;
use crate::model::safe_text::safe;

/// A text from outside as a code span: no link, no mention, no formatting comes of it.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", safe(text).replace('`', "'"))
}

/// A text from outside as a cell of a table.
#[must_use]
pub fn cell(text: &str) -> String {
    // Within a table a bar ends a cell even in a code span, unless it is escaped.
    if text.is_empty() { String::new() } else { code(text).replace('|', "\\|") }
}

fn environment(key: &EnvironmentKey) -> String {
    let region = key.region.as_ref().map_or_else(String::new, |region| format!(" {region}"));
    code(&format!("{}{region}", key.name))
}

/// The ship sheet that is open: what ships where, the changes, the checks, and whom to tell.
#[must_use]
pub fn of_sheet(screen: &SheetScreen) -> Option<String> {
    let sheet = screen.sheet.as_ref()?;
    let run = &sheet.promotion.run;
    let tier = if sheet.production { " to production" } else { "" };
    let mut lines = vec![
        format!("### {} ships{tier}: {} run #{}", run.head.short(), code(sheet.promotion.repository.as_str()), run.number),
        String::new(),
    ];
    for shipment in &sheet.shipments {
        let from = shipment.from.as_ref().map_or("?", |sha| sha.short());
        let places: Vec<String> = shipment.environments.iter().map(environment).collect();
        lines.push(format!("- from {from}: {}", places.join(", ")));
    }
    lines.extend([String::new(), "**Changes**".to_owned(), String::new()]);
    if screen.commits.is_none() {
        lines.push("- what it ships is not known".to_owned());
    }
    for change in &screen.changes {
        let author = change.author.as_ref().map_or_else(|| "(account gone)".to_owned(), |login| code(login.as_str()));
        lines.push(format!("- {} {} by {author}", change.name(), code(&change.title)));
    }
    lines.extend([String::new(), "**Ready?**".to_owned(), String::new()]);
    lines.extend(sheet.checks.iter().map(|check| format!("- {} {}", sign(check.verdict), code(&check.sentence))));
    let mut authors: Vec<String> = screen.changes.iter().filter_map(|change| change.author.as_ref()).map(mention).collect();
    authors.sort();
    authors.dedup();
    if !authors.is_empty() {
        lines.extend([String::new(), format!("To tell: {}", authors.join(" "))]);
    }
    lines.push(String::new());
    Some(lines.join("\n"))
}

const fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✔",
        Verdict::Warn => "▲",
        Verdict::Unknown => "?",
        Verdict::Fail => "✖",
    }
}

/// A login as a mention, if it is one that GitHub gives out: letters, digits and hyphens.
fn mention(login: &Login) -> String {
    let is_login = login.as_str().chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if is_login { format!("@{login}") } else { code(login.as_str()) }
}
