//! Looks at environments of any platform over HTTP: the pages that were declared for them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};

use super::previews::address;
use crate::http::{Page, Prober as Http};
use crate::model::catalogue::Catalogue;
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::{Health, HealthSource, Level};
use crate::model::host::{Host, HostedApp, Probe};
use crate::model::id::{EnvironmentKey, PullNumber};
use crate::model::probe::{Expectation, Verdict};
use crate::model::sighting::{Coverage, Failure, Observation, Question, Reading, Scope, Sighting, Source as Origin};
use crate::ops::limit::{BudgetKey, Limiter};
use crate::ops::port::{ProbeTarget, Prober};

/// Looks at environments.
pub struct Probes {
    catalogue: Arc<Catalogue>,
    http: Http,
    patience: Duration,
    limiter: Limiter,
}

/// A page to ask, and what it has to say.
type Wanted = (String, Expectation);

/// What one page said: whether it was the gap of a gateway, and its verdict; or why nothing is known.
type Looked = Result<(Option<u16>, Verdict), Fault>;

impl Probes {
    /// Looks at what is declared here, each page for no longer than `patience`.
    #[must_use]
    pub const fn new(catalogue: Arc<Catalogue>, http: Http, patience: Duration, limiter: Limiter) -> Self {
        Self { catalogue, http, patience, limiter }
    }

    fn hosted(&self, key: &EnvironmentKey) -> Option<(&HostedApp, Option<PullNumber>)> {
        self.catalogue.host(key).and_then(|host: &Host| host.app_of(&key.name))
    }

    /// What was declared for environments like this one.
    fn declared<'p>(&'p self, key: &'p EnvironmentKey, target: &ProbeTarget) -> impl Iterator<Item = &'p Probe> {
        let placement = self.catalogue.place(key, &target.group, target.tier);
        self.catalogue.probes.iter().filter(move |probe| probe.fits(key, &placement))
    }

    /// Every page of an environment.
    fn pages(&self, key: &EnvironmentKey, target: &ProbeTarget) -> Vec<Wanted> {
        let url = target.url.as_deref();
        let own = self.hosted(key).and_then(|(app, pull)| match pull {
            None => app.health.as_ref().map(|page| (page.address.to_string(), page.expected.clone())),
            Some(_) => app.previews.as_ref().zip(url).map(|(previews, url)| (address(url, &previews.page), Expectation::Usual)),
        });
        own.into_iter()
            .chain(self.declared(key, target).filter_map(|probe| Some((probe.address(key, url)?, probe.expected.clone()))))
            .collect()
    }

    async fn observe(&self, scope: Arc<Scope>, key: EnvironmentKey, target: ProbeTarget) -> Observation {
        // Paces what is asked of one place; no API's quota is spent, so it is not counted as a call.
        let budget = BudgetKey { connection: scope.connection.clone(), region: scope.region.clone(), api: "http" };
        let stamp = self.limiter.pass(&budget).await;
        let source = Origin { question: Question::Probes, scope };
        let looked = join_all(self.pages(&key, &target).into_iter().map(|wanted| self.look_at(wanted))).await;
        match health(looked) {
            Ok(health) => {
                let readings = vec![(key, Reading { health: Some(health), ..Reading::default() })];
                Observation::Seen(Sighting { source, stamp, coverage: Coverage::Partial, account: None, readings, events: Vec::new() })
            }
            Err(fault) => Observation::Failed(Failure { source, stamp, about: Some(key), fault }),
        }
    }

    async fn look_at(&self, (address, expected): Wanted) -> Looked {
        let page = Page::new(&address).map_err(|error| Fault::new(FaultKind::Refused, format!("{address} cannot be asked: {error}")))?;
        let word = page.word();
        match self.http.get(&page, self.patience).await {
            Ok(answer) => Ok((answer.is_gap().then_some(answer.status), answer.judged(&word, &expected))),
            Err(none) => none.judged(&word).map(|verdict| (None, verdict)).ok_or_else(|| none.fault(&format!("{word} of {}", page.host()))),
        }
    }
}

/// What several pages come to: the worst of them, with all that is wrong and all of which nothing is known. One of which
/// nothing is known may hide anything, so that what the others say makes it no better than unknown.
fn health(looked: Vec<Looked>) -> Result<Health, Fault> {
    let (known, unknown): (Vec<_>, Vec<_>) = looked.into_iter().partition(Result::is_ok);
    let known: Vec<(Option<u16>, Verdict)> = known.into_iter().flatten().collect();
    let unknown: Vec<Fault> = unknown.into_iter().filter_map(Result::err).collect();
    let Some(worst) = known.iter().map(|(_, verdict)| verdict.level).max_by_key(|level| level.urgency()) else {
        let none = || Fault::new(FaultKind::Unreachable, "where it is reached is not known, so no page of it can be asked");
        return Err(unknown.into_iter().next().unwrap_or_else(none));
    };
    let level = if worst.serves() && !unknown.is_empty() { Level::Unknown } else { worst };
    let unwell: Vec<&(Option<u16>, Verdict)> = known.iter().filter(|(_, verdict)| verdict.level != Level::Ok).collect();
    // A gap only where nothing else is wrong.
    let gap = unwell.iter().map(|(gap, _)| *gap).reduce(Option::and).flatten().filter(|_| unknown.is_empty());
    let told = unwell.iter().filter_map(|(_, verdict)| verdict.cause.clone());
    let causes = told.chain(unknown.into_iter().map(|fault| fault.sentence)).collect();
    Ok(Health { level, word: gap.map(|status| Arc::from(status.to_string())), causes, source: HealthSource::Probe })
}

impl Prober for Probes {
    fn probes(&self, key: &EnvironmentKey, target: &ProbeTarget) -> bool {
        self.catalogue.is_probed(key, &self.catalogue.place(key, &target.group, target.tier))
    }

    fn look(&self, scope: Arc<Scope>, key: EnvironmentKey, target: ProbeTarget) -> BoxFuture<'_, Observation> {
        Box::pin(self.observe(scope, key, target))
    }
}
