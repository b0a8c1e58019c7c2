//! What is wrong in few words, for a cell in which the whole sentence would be cut before it tells anything.

use super::Cause;

impl Cause<'_> {
    /// What is wrong in a few words; none where the sentence is one that this program does not know.
    /// Not yet safe to show.
    #[must_use]
    pub fn brief(&self) -> Option<String> {
        brief(self.text)
    }
}

/// How a sentence is told in few words.
type Teller = fn(&str) -> Option<String>;

/// Each knows the sentences of one source. In this order.
const TELLERS: [Teller; 7] = [failing_requests, wrong_version, health_page, orphan, too_many, load_balancer, by_its_beginning];

/// What stands for sentences that begin so, whatever follows.
const BEGINNINGS: [(&str, &str); 5] = [
    ("this preview has the secrets of production", "has production's secrets"),
    ("perhaps unapproved version", "unapproved version?"),
    ("stale environment", "stale environment"),
    ("only one of ", "only one is healthy"),
    ("no requests are sent to any of ", "gets no requests"),
];

fn brief(sentence: &str) -> Option<String> {
    TELLERS.iter().find_map(|tell| tell(sentence))
}

/// `31.0 % of the requests are failing with HTTP 5xx.`: `31 % 5xx`.
fn failing_requests(sentence: &str) -> Option<String> {
    let (share, rest) = sentence.split_once(" % of the requests ")?;
    let (_, class) = rest.split_once("HTTP ")?;
    let class = class.get(..3).filter(|class| class.ends_with("xx"))?;
    let is_number = share.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number.then(|| format!("{} % {class}", share.strip_suffix(".0").unwrap_or(share)))
}

/// `Incorrect application version found on 2 out of 5 instances. …`: `2 of 5 wrong version`.
fn wrong_version(sentence: &str) -> Option<String> {
    let rest = sentence.strip_prefix("Incorrect application version found on ")?;
    let (on, _) = rest.split_once(" instance")?;
    Some(format!("{} wrong version", on.replace(" out of ", " of ")))
}

/// `GET /health answers 502 (Bad Gateway)`: `502 at /health`.
fn health_page(sentence: &str) -> Option<String> {
    let (path, rest) = sentence.strip_prefix("GET ")?.split_once(" answers ")?;
    let status = rest.get(..3).filter(|status| status.bytes().all(|byte| byte.is_ascii_digit()))?;
    match rest.get(3..)? {
        said if said.contains("no health answer") => Some(format!("no answer at {path}")),
        said if status.starts_with('2') => said.strip_prefix(" and says that its status is ").map(|status| format!("{status} at {path}")),
        _ => Some(format!("{status} at {path}")),
    }
}

/// `an orphan: pull request 4310 was merged at …`: `orphan of #4310`.
fn orphan(sentence: &str) -> Option<String> {
    let (number, _) = sentence.strip_prefix("an orphan: pull request ")?.split_once(' ')?;
    Some(format!("orphan of #{number}"))
}

/// `2 running instances carry environment=production, 1 is expected: …`: `2 run, 1 expected`.
fn too_many(sentence: &str) -> Option<String> {
    let (on, rest) = sentence.split_once(" running instances carry ")?;
    let (before, _) = rest.split_once(" expected: ")?;
    let expected = before.rsplit(", ").next()?.split(' ').next()?;
    Some(format!("{on} run, {expected} expected"))
}

/// `i-2: ELB health check failing (Target.Timeout)`: `ELB check fails`.
fn load_balancer(sentence: &str) -> Option<String> {
    let (_, what) = sentence.split_once(": ")?;
    what.starts_with("ELB health check failing").then(|| "ELB check fails".to_owned())
}

fn by_its_beginning(sentence: &str) -> Option<String> {
    let alert = || sentence.strip_prefix("open alert ").map(ToOwned::to_owned);
    let known = BEGINNINGS.iter().find(|(beginning, _)| sentence.starts_with(beginning));
    known.map(|(_, brief)| (*brief).to_owned()).or_else(alert)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_in_few_words() {
        for (sentence, told) in [
            ("31.0 % of the requests are failing with HTTP 5xx.", "31 % 5xx"),
            ("12.4 % of the requests to the ELB are failing with HTTP 4xx. Insufficient request rate.", "12.4 % 4xx"),
            (
                "Incorrect application version found on 2 out of 5 instances. Expected version \"v1\" (deployment 3).",
                "2 of 5 wrong version",
            ),
            ("Incorrect application version found on all instances. Expected version \"v1\".", "all wrong version"),
            ("GET /health answers 502 (Bad Gateway)", "502 at /health"),
            ("GET /metrics answers 200 with what is no health answer: \"<html>\"", "no answer at /metrics"),
            ("GET /health answers 200 and says that its status is \"failing\"", "\"failing\" at /health"),
            ("an orphan: pull request 4310 was merged on 2026-11-21 at 07:47Z, and its preview still runs", "orphan of #4310"),
            (
                "2 running instances carry environment=preview of pull request 4325, 1 is expected: i-1, i-2; one of them was left behind",
                "2 run, 1 expected",
            ),
            ("perhaps unapproved version: i-1 of 07:47Z was launched after the others and runs v2", "unapproved version?"),
            ("i-2: ELB health check failing (Target.Timeout)", "ELB check fails"),
            ("open alert #14: atlas is unhealthy", "#14: atlas is unhealthy"),
        ] {
            assert_eq!(brief(sentence).as_deref(), Some(told), "{sentence}");
        }
        for sentence in
            ["", "ELB health is failing or not available.", "GET /health answers 200 and all is well", "% of the requests HTTP 5"]
        {
            assert_eq!(brief(sentence), None, "{sentence}");
        }
    }
}
