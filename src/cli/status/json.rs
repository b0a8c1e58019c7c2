//! The JSON of `quarterdeck status`: its shape is fixed, others read it.
//!
//! Fields may be added, none renamed. Times are RFC 3339 in UTC; `null` is
//! unknown; arrays are never null.
use std::borrow::Cow;

use serde::Serialize;

use super::{Gathered, sentence};
use crate::model::activity::ActivityKind;
use crate::model::catalogue::Tier;
use crate::model::clock::Timestamp;
use crate::model::environment::Environment;
use crate::model::health::Level;
use crate::model::id::{EnvironmentKey, Platform, PullNumber};
use crate::model::safe_text::harmless_json;
use crate::model::version::Confidence;

/// The version of this shape.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document {
    schema: u32,
    at: Timestamp,
    environments: Vec<Row>,
    sources: Vec<Source>,
    /// Calls made to the outside for this answer.
    calls: u64,
}

#[derive(Serialize)]
struct Row {
    key: EnvironmentKey,
    platform: Platform,
    account: Option<String>,
    region: Option<String>,
    app: String,
    name: String,
    tier: Tier,
    version: Version,
    health: Health,
    activity: Option<Activity>,
    instances: Instances,
    /// The pull request that it is a preview of.
    pull: Option<PullNumber>,
    /// What GitHub's record says of the version, where that is another commit.
    disagreement: Option<Recorded>,
    /// What runs of its frontend, where that is deployed by itself.
    frontend: Option<Beside>,
    error: Option<String>,
}

#[derive(Serialize)]
struct Version {
    label: Option<String>,
    sha: Option<String>,
    source: Option<&'static str>,
    confidence: Confidence,
    at: Option<Timestamp>,
    /// Why it is unknown.
    why: Option<String>,
}

#[derive(Serialize)]
struct Recorded {
    label: String,
    sha: String,
    source: &'static str,
    at: Timestamp,
}

#[derive(Serialize)]
struct Beside {
    label: String,
    sha: Option<String>,
    source: &'static str,
    confidence: Confidence,
    at: Timestamp,
}

#[derive(Serialize)]
struct Health {
    level: Level,
    causes: Vec<String>,
    /// Whose word the level is, and when that was asked for.
    source: Option<&'static str>,
    at: Option<Timestamp>,
    /// Why the level is unknown, where nothing among the causes says so.
    why: Option<String>,
}

#[derive(Serialize)]
struct Activity {
    kind: ActivityKind,
    done: Option<u32>,
    total: Option<u32>,
    since: Option<Timestamp>,
    at: Timestamp,
}

#[derive(Serialize)]
struct Instances {
    total: Option<usize>,
    healthy: Option<usize>,
    versions: Vec<Count>,
    at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Count {
    label: String,
    count: usize,
}

#[derive(Serialize)]
struct Source {
    name: String,
    ok: bool,
    at: Option<Timestamp>,
    /// To its account and region; those of several platforms there are not told apart.
    calls: u64,
    error: Option<String>,
}

/// The document, with a line break at its end.
pub(super) fn render(gathered: &Gathered, rows: &[Environment<'_>]) -> String {
    let sources =
        gathered.sources().into_iter().map(|row| Source { name: row.name, ok: row.ok, at: row.at, calls: row.calls, error: row.error });
    let document = Document {
        schema: SCHEMA,
        at: gathered.at,
        environments: rows.iter().map(|environment| row(gathered, environment)).collect(),
        sources: sources.collect(),
        calls: gathered.limiter.calls().total,
    };
    // Strings, numbers and times always have a JSON form.
    let mut text = harmless_json(&serde_json::to_string_pretty(&document).unwrap_or_default());
    text.push('\n');
    text
}

fn row(gathered: &Gathered, environment: &Environment<'_>) -> Row {
    let key = environment.key();
    Row {
        platform: key.platform,
        account: key.account.as_ref().map(ToString::to_string),
        region: key.region.as_ref().map(ToString::to_string),
        app: environment.app().to_string(),
        name: key.name.to_string(),
        tier: environment.tier(),
        version: version(environment),
        health: health(environment),
        activity: activity(environment),
        instances: instances(environment),
        disagreement: disagreement(environment),
        frontend: frontend(environment),
        pull: environment.identity().and_then(|identity| identity.pull),
        error: environment.fault().map(|told| sentence(told.value, told.at)).or_else(|| gathered.why_unseen(environment)),
        key,
    }
}

fn version(environment: &Environment<'_>) -> Version {
    let Some(told) = environment.version() else {
        let why = environment.why_no_version().map(Cow::into_owned);
        return Version { label: None, sha: None, source: None, confidence: Confidence::Unknown, at: environment.listed_at(), why };
    };
    Version {
        label: Some(told.value.label.to_string()),
        sha: told.value.sha.map(|sha| sha.to_string()),
        source: Some(told.value.source.word()),
        confidence: told.value.confidence,
        at: Some(told.at),
        why: None,
    }
}

fn disagreement(environment: &Environment<'_>) -> Option<Recorded> {
    environment.disagreement().map(|told| Recorded {
        label: told.value.stated.label.to_string(),
        sha: told.value.sha.to_string(),
        source: told.value.stated.source.word(),
        at: told.at,
    })
}

fn frontend(environment: &Environment<'_>) -> Option<Beside> {
    environment.frontend().map(|told| Beside {
        label: told.value.label.to_string(),
        sha: told.value.sha.as_ref().map(ToString::to_string),
        source: told.value.source.word(),
        confidence: told.value.confidence,
        at: told.at,
    })
}

fn health(environment: &Environment<'_>) -> Health {
    let told = environment.word();
    Health {
        level: environment.level(),
        causes: environment.causes().into_iter().map(|cause| cause.text.to_string()).collect(),
        source: told.map(|told| told.source.word()),
        at: told.map(|told| told.at),
        why: environment.why_no_health().map(Cow::into_owned),
    }
}

/// What goes on; `null` where nothing does, and where the platform does not tell.
///
/// The kind `unknown` is for something that does go on, and nobody said what: telling it
/// where not even that was told would be a claim that nothing bears out. `null` is what this shape
/// has for what is not known.
fn activity(environment: &Environment<'_>) -> Option<Activity> {
    let told = environment.activity()?;
    let activity = told.value?;
    Some(Activity { kind: activity.kind, done: activity.done, total: activity.total, since: activity.since, at: told.at })
}

fn instances(environment: &Environment<'_>) -> Instances {
    environment.instances().map_or(Instances { total: None, healthy: None, versions: Vec::new(), at: None }, |told| Instances {
        total: Some(told.value.total()),
        healthy: told.value.healthy(),
        versions: told.value.versions().into_iter().map(|(label, count)| Count { label: label.to_string(), count }).collect(),
        at: Some(told.at),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::clock::Stamp;
    use crate::model::fleet::Fleet;
    use crate::model::sighting::{Busy, Coverage, Observation, Question, Reading, Scope, Sighting, Source as Origin};

    fn told(busy: Option<Busy>) -> Option<ActivityKind> {
        let scope = Scope { platform: Platform::Beanstalk, connection: "default".into(), region: Some("us-west-1".into()) };
        let key: EnvironmentKey = "beanstalk:111122223333:us-west-1:h-prod".parse().unwrap();
        let mut fleet = Fleet::new(Arc::default());
        let _ = fleet.observe(Observation::Seen(Sighting {
            source: Origin { question: Question::Listing, scope: Arc::new(scope) },
            stamp: Stamp { asked_at: Timestamp::UNIX_EPOCH, sequence: 1 },
            coverage: Coverage::Complete,
            account: None,
            readings: vec![(key.clone(), Reading { busy, ..Reading::default() })],
            events: vec![],
        }));
        activity(&fleet.get(&key).unwrap()).map(|activity| activity.kind)
    }

    #[test]
    fn an_activity_is_claimed_only_where_one_was_told() {
        let going_on = crate::model::activity::Activity::of(ActivityKind::Unknown);
        assert_eq!(told(Some(Busy::With(going_on))), Some(ActivityKind::Unknown));
        assert_eq!(told(Some(Busy::No)), None);
        assert_eq!(told(None), None);
    }
}
