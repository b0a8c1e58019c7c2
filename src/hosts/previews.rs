//! The previews of pull requests, as GitHub tells of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::http::{Page, Prober};
use crate::model::clock::{Age, Stamp};
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::{News, Topic};
use crate::model::health::Level;
use crate::model::host::Previews;
use crate::model::id::{PullNumber, Repository};
use crate::model::preview::{Preview, PreviewList};
use crate::model::sighting::Warning;
use crate::ops::port::Forge;

/// How often GitHub is asked: what has not changed costs it nothing, and each time is a call.
const ASKED: Duration = Duration::from_secs(60);
/// How many previews of closed pull requests are visited, to see whether they are still there.
const VISITED: usize = 10;

/// Asks for previews, and keeps what was told for a while.
pub struct Asked {
    forge: Option<Arc<dyn Forge>>,
    prober: Prober,
    patience: Duration,
    last: Mutex<HashMap<Repository, (Instant, Told)>>,
}

/// What GitHub told, and when it was asked.
pub type Told = (Stamp, Result<Arc<Seen>, Fault>);

/// Pull requests, and which of those that are closed have a preview that still answers.
#[derive(Debug, Default)]
pub struct Seen {
    pub list: PreviewList,
    pub left_over: Vec<PullNumber>,
}

impl Asked {
    pub fn new(forge: Option<Arc<dyn Forge>>, prober: Prober, patience: Duration) -> Self {
        Self { forge, prober, patience, last: Mutex::new(HashMap::new()) }
    }

    /// Whether GitHub is asked at all.
    pub const fn is_asked(&self) -> bool {
        self.forge.is_some()
    }

    /// What GitHub tells of these previews. Nothing where it is not asked.
    pub async fn ask(&self, previews: &Previews) -> Option<Told> {
        let forge = self.forge.as_ref()?;
        let mut last = self.last.lock().await;
        if let Some((_, told)) = last.get(&previews.repository).filter(|(at, _)| at.elapsed() < ASKED) {
            return Some(told.clone());
        }
        let report = forge.ask(previews.repository.clone(), Topic::Previews, None).await;
        let told = match report.news {
            Ok(News::Previews(list)) => {
                let left_over = self.left_over(&list, previews).await;
                Ok(Arc::new(Seen { list, left_over }))
            }
            Ok(_) => Err(Fault::new(FaultKind::Malformed, "GitHub answered another question: please report this")),
            Err(fault) => Err(fault),
        };
        let told = (report.stamp, told);
        last.insert(previews.repository.clone(), (Instant::now(), told.clone()));
        Some(told)
    }

    /// The closed pull requests whose preview still answers well: who answers with an error is only the proxy in front.
    async fn left_over(&self, list: &PreviewList, previews: &Previews) -> Vec<PullNumber> {
        let closed =
            list.each.iter().filter(|preview| !preview.is_open).filter_map(|preview| Some((preview.pull, page(preview, previews)?)));
        let visits = closed.take(VISITED).map(|(pull, page)| async move {
            let answer = self.prober.get(&page, self.patience).await.ok()?;
            (200..=299).contains(&answer.status).then_some(pull)
        });
        join_all(visits).await.into_iter().flatten().collect()
    }
}

/// Where a preview says how it is.
pub fn page(preview: &Preview, previews: &Previews) -> Option<Page> {
    Page::new(&address(preview.url.as_deref()?, &previews.page)).ok()
}

/// A page below an address.
pub fn address(url: &str, page: &str) -> String {
    let base = url.split(['?', '#']).next().unwrap_or(url);
    format!("{}{page}", base.trim_end_matches('/'))
}

/// What is odd about the preview of this pull request.
pub fn warnings(pull: PullNumber, told: Option<&Told>, previews: &Previews) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let seen = told.and_then(|(stamp, told)| Some((stamp, told.as_ref().ok()?)));
    if let Some((stamp, seen)) = seen.filter(|(_, seen)| seen.list.is_closed(pull)) {
        let known = seen.list.get(pull);
        let ago = known
            .and_then(|preview| preview.closed_at)
            .map_or_else(String::new, |closed| format!(" {} ago", Age::of(closed, stamp.asked_at)));
        let what = known.map_or_else(String::new, |preview| {
            let by = preview.author.as_ref().map_or_else(String::new, |author| format!(", by {author}"));
            format!(" ({}{by})", preview.title)
        });
        warnings.push(Warning::new(
            Level::Warning,
            format!("orphan: pull request #{pull}{what} was closed{ago}, and its preview is still there"),
        ));
    }
    if previews.shares_secrets {
        warnings.push(Warning::new(Level::Info, "this preview has the secrets of production: what its pull request does, it can do there"));
    }
    warnings
}
