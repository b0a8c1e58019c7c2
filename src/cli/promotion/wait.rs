//! `quarterdeck wait`: until an environment is proven to run a version.

use std::time::Duration;

use clap::Args;

use super::super::session::{self, Session};
use super::super::{Common, Exit, answer, complain, select};
use crate::app::history::Place;
use crate::model::environment::Environment;
use crate::model::id::{EnvironmentKey, Sha};
use crate::model::safe_text::safe;

/// What `wait` takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The environment: a key, name@region, or a name where that is unique.
    #[arg(value_name = "ENV")]
    environment: String,
    /// The version: a label, or a commit of at least seven digits.
    #[arg(long, value_name = "LABEL|COMMIT")]
    version: String,
    /// How many seconds to wait.
    #[arg(long, value_name = "SECONDS", default_value_t = 1_800, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

/// Runs `quarterdeck wait`: 0 once it runs there and is ready, 1 when the time is over.
pub async fn run(common: &Common, options: Options) -> Exit {
    let Some(settings) = common.settings_or_complain() else { return Exit::Usage };
    let mut session = Session::open(&settings);
    session.until(Duration::from_secs(30), session::is_listed).await;
    let key = match select::one(&session.state.fleet, &options.environment) {
        Ok(key) => key,
        Err(unclear) => return session::unfound(&session.state, &unclear),
    };
    session.go(Place::Environment(key.clone()));
    let patience = Duration::from_secs(options.timeout);
    if session.until(patience, |state| state.fleet.get(&key).is_some_and(|it| runs(&it, &options.version))).await {
        return if answer(&format!("{}\n", safe(&format!("{key} runs {}", options.version)))) { Exit::Complete } else { Exit::Failed };
    }
    complain(&safe(&not_yet(&session, &key, &options)));
    Exit::Failed
}

/// Whether it runs this version everywhere, and nothing goes on.
fn runs(environment: &Environment<'_>, version: &str) -> bool {
    let by_label = environment.label().is_some_and(|label| label.as_str() == version);
    let wanted = Sha::new(version).filter(|sha| sha.as_str().len() >= 7);
    let by_commit = wanted.zip(environment.commit()).is_some_and(|(wanted, commit)| commit.agrees_with(&wanted));
    let idle = environment.activity().is_some_and(|told| told.value.is_none());
    // Where the platform tells what each instance runs, all of them have to.
    let tells = environment.identity().is_some_and(|identity| identity.tells_versions);
    let everywhere = environment.is_uniform().unwrap_or(!tells);
    (by_label || by_commit) && idle && everywhere && environment.listing_fault().is_none()
}

fn not_yet(session: &Session, key: &EnvironmentKey, options: &Options) -> String {
    let label = session.state.fleet.get(key).and_then(|environment| environment.label().map(ToString::to_string));
    let runs = label.map_or_else(|| "it is not known what runs".to_owned(), |label| format!("{label} runs"));
    format!("{key} does not run {} after {} s: {runs}", options.version, options.timeout)
}
