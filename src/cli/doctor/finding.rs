//! What was checked, and how it came out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::safe_text::safe;
use crate::ui::text::wrap;
use crate::ui::theme::Role;

/// No lines are broken for a terminal that is narrower.
const NARROWEST: usize = 30;

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is as it should be.
    Pass,
    /// A person should know.
    Warn,
    /// It is wrong.
    Fail,
    /// It was not, or could not be, checked.
    Unknown,
}

impl Verdict {
    /// The sign before its sentence.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Pass => "✔",
            Self::Warn => "▲",
            Self::Fail => "✖",
            Self::Unknown => "?",
        }
    }

    /// What that sign looks like.
    pub const fn role(self) -> Role {
        match self {
            Self::Pass => Role::HealthOk,
            Self::Warn => Role::HealthWarning,
            Self::Fail => Role::HealthSevere,
            Self::Unknown => Role::HealthUnknown,
        }
    }
}

/// All of it in one sentence: whether anything is to be mended, and where to begin.
pub fn upshot(findings: &[Finding]) -> String {
    let of = |verdict: Verdict| findings.iter().filter(move |finding| finding.verdict == verdict);
    let (warned, unknown) = (of(Verdict::Warn).count(), of(Verdict::Unknown).count());
    let counted = |count: usize, sign: Verdict, what: &str| (count > 0).then(|| format!("{} {count} {what}", sign.sign()));
    let first = of(Verdict::Fail).next().map(|first| format!("begin with {}", first.area.title()));
    let parts = [
        counted(of(Verdict::Fail).count(), Verdict::Fail, "to mend").or_else(|| Some(format!("{} nothing to mend", Verdict::Pass.sign()))),
        first,
        counted(warned, Verdict::Warn, "to know of"),
        counted(unknown, Verdict::Unknown, "not checked"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What is checked, in the order in which it is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    /// The configuration file.
    Configuration,
    /// Who one is to AWS.
    Credentials,
    /// Which regions there are to read.
    Regions,
    /// What may be read there.
    Permissions,
    /// The token, and what it may do.
    #[serde(rename = "github")]
    GitHub,
    /// The program, and the logins of configured hosts.
    Ssh,
    /// This machine's clock.
    Clock,
    /// Where operations, the audit log and locks are kept.
    State,
    /// What the terminal can show.
    Terminal,
}

impl Area {
    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Configuration => "Configuration",
            Self::Credentials => "Credentials",
            Self::Regions => "Regions",
            Self::Permissions => "Permissions",
            Self::GitHub => "GitHub",
            Self::Ssh => "SSH",
            Self::Clock => "Clock",
            Self::State => "State",
            Self::Terminal => "Terminal",
        }
    }
}

/// One check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// What is checked.
    pub area: Area,
    /// Of what: an account, a repository, a host; none where there is one of it.
    pub about: Option<String>,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found. Parts of it come from outside: not yet safe to show.
    pub sentence: String,
    /// What to do about it, where that is not in the sentence.
    pub remedy: Option<String>,
}

impl Finding {
    /// A check that came out so.
    pub fn new(area: Area, verdict: Verdict, sentence: impl Into<String>) -> Self {
        Self { area, about: None, verdict, sentence: sentence.into(), remedy: None }
    }

    /// The same about something.
    #[must_use]
    pub fn about(self, about: &(impl ToString + ?Sized)) -> Self {
        Self { about: Some(about.to_string()), ..self }
    }

    /// The same with what to do.
    #[must_use]
    pub fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// As it is printed, broken where a terminal of so many columns ends: safe to show.
    pub fn line(&self, columns: Option<usize>) -> String {
        let about = self.about.as_deref().map_or_else(String::new, |about| format!("{about}: "));
        let said = broken(&format!("{}{}", safe(&about), safe(&self.sentence)), "    ", columns);
        let remedy =
            self.remedy.as_deref().map_or_else(String::new, |remedy| format!("\n    → {}", broken(&safe(remedy), "      ", columns)));
        format!("  {} {said}{remedy}", self.verdict.sign())
    }
}

/// A text in lines that stand below each other, so far in from the left.
fn broken(text: &str, indent: &str, columns: Option<usize>) -> String {
    let Some(room) = columns.map(|columns| columns.saturating_sub(indent.len())).filter(|room| *room >= NARROWEST) else {
        return text.to_owned();
    };
    wrap(text, room, usize::MAX).join(&format!("\n{indent}"))
}

/// The actions that are denied, by the account in which they are.
#[derive(Default)]
pub struct Denied(BTreeMap<String, BTreeSet<String>>);

impl Denied {
    /// Notes one.
    pub fn add(&mut self, account: &str, action: &str) {
        self.0.entry(account.to_owned()).or_default().insert(action.to_owned());
    }

    /// For each account the policy that would allow them (AWS, "IAM JSON policy reference").
    pub fn policies(&self) -> Vec<(&str, Value)> {
        let policy = |actions: &BTreeSet<String>| {
            let statement = json!({ "Sid": "QuarterdeckReads", "Effect": "Allow", "Action": actions, "Resource": "*" });
            json!({ "Version": "2012-10-17", "Statement": [statement] })
        };
        self.0.iter().map(|(account, actions)| (account.as_str(), policy(actions))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_harmless_where_it_is_printed() {
        let finding = Finding::new(Area::Ssh, Verdict::Fail, "no\u{1b}[2J").about("ho\nst").remedy("do\u{202e}");
        assert_eq!(finding.line(None), "  ✖ ho st: no␛[2J\n    → do�");
        let long = Finding::new(Area::Ssh, Verdict::Pass, "one two three four five six seven eight nine").line(Some(36));
        assert_eq!(long, "  ✔ one two three four five six\n    seven eight nine");
    }

    #[test]
    fn the_upshot_says_where_to_begin() {
        let of = |area, verdict| Finding::new(area, verdict, "x");
        let fine = vec![of(Area::Ssh, Verdict::Pass)];
        assert_eq!(upshot(&fine), "✔ nothing to mend");
        let all = [
            of(Area::GitHub, Verdict::Fail),
            of(Area::Ssh, Verdict::Fail),
            of(Area::Clock, Verdict::Warn),
            of(Area::State, Verdict::Unknown),
        ];
        assert_eq!(upshot(&all), "✖ 2 to mend, begin with GitHub, ▲ 1 to know of, ? 1 not checked");
    }

    #[test]
    fn what_is_denied_is_one_statement_for_each_account() {
        let mut denied = Denied::default();
        for (account, action) in [("1", "ec2:DescribeRegions"), ("2", "b:B"), ("2", "a:A"), ("2", "a:A")] {
            denied.add(account, action);
        }
        let policies = denied.policies();
        assert_eq!(policies.len(), 2);
        assert_eq!(policies[1].1["Statement"][0]["Action"], json!(["a:A", "b:B"]));
        assert_eq!(policies[1].1["Version"], "2012-10-17");
    }
}
