//! Which checks the rules of a branch require (GitHub's REST API documentation, "Get rules for a branch").
//!
//! A rule may name the app that has to report a check: then what another reports under the same name is none.

use serde::Deserialize;

use super::asking::Asking;
use super::call::encoded;
use super::error::Trouble;
use super::soft::soft;
use crate::model::commit::RequiredCheck;
use crate::model::id::Repository;

/// How many pages of rules are read, of 100 each; who has more has another trouble.
const PAGES: usize = 10;

#[derive(Deserialize)]
struct RawRule {
    #[serde(rename = "type", default, deserialize_with = "soft")]
    kind: Option<String>,
    #[serde(default)]
    parameters: serde_json::Value,
}

/// What a rule about checks says.
#[derive(Deserialize)]
struct RawChecks {
    required_status_checks: Vec<RawCheck>,
}

#[derive(Deserialize)]
struct RawCheck {
    context: String,
    /// The app's id; GitHub writes -1 where any app may.
    #[serde(default, deserialize_with = "soft")]
    integration_id: Option<i64>,
}

/// The checks that the rules of a branch require, each once.
pub async fn rules(asking: &mut Asking<'_>, repository: &Repository, branch: &str) -> Result<Vec<RequiredCheck>, Trouble> {
    let mut url = format!("{}/rules/branches/{}?per_page=100", asking.caller.home(repository)?, encoded(branch));
    let mut required: Vec<RequiredCheck> = Vec::new();
    for _ in 0..PAGES {
        let page = asking.page(repository, &url, |body| Ok(read(serde_json::from_slice(body)?)?)).await?;
        required.extend(page.value.iter().cloned());
        match page.next {
            Some(next) => url = next,
            None => {
                required.sort();
                required.dedup();
                return Ok(required);
            }
        }
    }
    Err(Trouble::TooLong)
}

/// The checks that these rules require. A rule about checks that cannot be understood fails: what it requires is not nothing.
fn read(rules: Vec<RawRule>) -> Result<Vec<RequiredCheck>, serde_json::Error> {
    let mut required = Vec::new();
    for rule in rules.into_iter().filter(|rule| rule.kind.as_deref() == Some("required_status_checks")) {
        let told = RawChecks::deserialize(rule.parameters)?;
        let one = |raw: RawCheck| RequiredCheck { name: raw.context.into(), app: raw.integration_id.and_then(|id| u64::try_from(id).ok()) };
        required.extend(told.required_status_checks.into_iter().map(one));
    }
    Ok(required)
}
