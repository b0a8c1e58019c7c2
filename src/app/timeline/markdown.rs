//! The timeline as Markdown, for the channel in which people talk about an incident.

use super::Row;
use crate::app::markdown::code;
use crate::model::clock::Timestamp;
use crate::model::timeline::Entry;

/// So many lines are copied: terminals take some ten thousand bytes into their clipboard.
const MOST: usize = 100;

/// These lines, newest first. What comes from outside takes no effect in it.
#[must_use]
pub fn of_rows(rows: &[Row], now: Timestamp) -> String {
    let mut lines = vec![format!("**What changed**, as of {}", now.strftime("%Y-%m-%d %H:%MZ")), String::new()];
    if rows.is_empty() {
        lines.push("- nothing that is known".to_owned());
    }
    lines.extend(rows.iter().take(MOST).map(line));
    let left = rows.len().saturating_sub(MOST);
    if left > 0 {
        lines.push(format!("- … and {left} older lines"));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn line(row: &Row) -> String {
    match row {
        Row::Entry(entry) => of_entry(entry),
        Row::Update(update) => of_entry(&update.told),
        Row::Horizon(horizon) => format!("- {} — {}", moment(horizon.at), code(&horizon.sentence())),
        Row::Cut(at, left) => format!("- {} — … and {left} older changes", moment(*at)),
    }
}

fn of_entry(entry: &Entry) -> String {
    let seen = if entry.is_seen() { "seen " } else { "" };
    let names: Vec<String> = entry
        .about
        .iter()
        .map(|key| code(&format!("{}{}", key.name, key.region.as_ref().map_or_else(String::new, |region| format!(" {region}")))))
        .collect();
    let about = if names.is_empty() { String::new() } else { format!(" {}:", names.join(", ")) };
    let who = entry.who.as_ref().map_or_else(String::new, |who| format!(", by {}", code(who)));
    format!("- {seen}{} **{}**{about} {}{who}", moment(entry.at), entry.kind.word(), code(&entry.text))
}

fn moment(at: Timestamp) -> String {
    at.strftime("%m-%d %H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::timeline::{Kind, Origin};

    #[test]
    fn what_comes_from_outside_takes_no_effect() {
        let at: Timestamp = "2022-11-13T02:57:00Z".parse().unwrap();
        let key = "beanstalk:1:us-west-1:h-prod".parse().unwrap();
        let mut entry = Entry::of(at, (Kind::Health, Origin::Seen), vec![key], "a `b` @everyone\n# c \u{1b}[31m");
        entry.who = Some("eve`".into());
        let text = of_rows(&[Row::Entry(Arc::new(entry))], at);
        let line = text.lines().nth(2).unwrap();
        assert!(line.starts_with("- seen 11-13 02:57:00Z **health** `h-prod us-west-1`: `a 'b' @everyone"), "{text}");
        assert!(line.ends_with(", by `eve'`") && !text.contains('\u{1b}') && text.lines().count() == 3, "{text}");
        assert!(of_rows(&[], at).contains("- nothing that is known"));
    }
}
