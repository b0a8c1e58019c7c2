//! GitHub as a forge: which question is which call.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::asking::Asking;
use super::call::Caller;
use super::compare::compare;
use super::details::details;
use super::error::Trouble;
use super::open_pulls::open_pulls;
use super::overview::{Known, overview, overviews};
use super::previews::{Commented, previews};
use super::pulls::pulls;
use super::record::{alerts, deployments};
use super::rules::rules;
use super::runs::{ToldRuns, live_runs, runs};
use super::settings::GitHubSettings;
use super::statuses::statuses;
use super::tags::tags;
use super::touched::touched;
use super::{looks, rest, writes};
use crate::model::fault::Fault;
use crate::model::forge::{Allowance, News, Report, Topic};
use crate::model::id::{Login, Repository};
use crate::model::preview::Marks;
use crate::model::write::{Look, Sent, Sight, Write};
use crate::ops::clock::Stamps;
use crate::ops::limit::Limiter;
use crate::ops::port::Forge;

/// GitHub, or an enterprise server of it.
pub struct GitHub {
    caller: Caller,
    known: Known,
    told: ToldRuns,
    commented: Commented,
    marks: Marks,
}

#[derive(Deserialize)]
struct RawUser {
    login: String,
}

impl GitHub {
    /// A way in. Nothing is opened, and no token looked for, before the first call.
    ///
    /// Its calls come out of the budget (host, no region, `github`) of the limiter.
    #[must_use]
    pub fn new(settings: GitHubSettings, limiter: Limiter, stamps: Stamps) -> Self {
        Self {
            marks: settings.previews.clone(),
            caller: Caller::new(settings, limiter, stamps),
            known: Known::default(),
            told: ToldRuns::default(),
            commented: Commented::default(),
        }
    }

    fn asking(&self, what: String) -> Asking<'_> {
        Asking::new(&self.caller, what)
    }

    async fn who(&self) -> Result<Login, Fault> {
        let mut asking = self.asking("whose token this is".to_owned());
        let told = async {
            let url = format!("{}/user", asking.caller.base()?.rest());
            let nowhere = Repository::from("");
            let page = asking.page(&nowhere, &url, |body| Ok(serde_json::from_slice::<RawUser>(body)?.login)).await?;
            Ok(Login::from(page.value.as_str()))
        };
        let told: Result<Login, Trouble> = told.await;
        told.map_err(|trouble| asking.fault(&trouble))
    }

    async fn tell(&self, repository: Repository, topic: Topic, branch: Option<Arc<str>>) -> Report {
        let mut asking = self.asking(what(&repository, &topic));
        let told = self.answer(&mut asking, &repository, &topic, branch).await;
        let news = told.map_err(|trouble| asking.fault(&trouble));
        Report { stamp: asking.stamp(), repository, topic, news }
    }

    async fn answer(
        &self,
        asking: &mut Asking<'_>,
        repository: &Repository,
        topic: &Topic,
        branch: Option<Arc<str>>,
    ) -> Result<News, Trouble> {
        match topic {
            Topic::Overview => overview(asking, &self.known, repository, branch).await,
            Topic::OpenPulls(branch) => open_pulls(asking, repository, branch).await.map(News::OpenPulls),
            Topic::Tags => tags(asking, repository).await.map(News::Tags),
            Topic::Rules(branch) => rules(asking, repository, branch).await.map(News::Rules),
            Topic::Runs => runs(asking, &self.told, repository).await,
            Topic::LiveRuns => live_runs(asking, repository).await.map(News::LiveRuns),
            // Whoever reads these may have let go of them: so they are told each time, out of what is kept.
            Topic::Gates(run) => rest::gates(asking, repository, *run, false).await.map(News::Gates),
            Topic::Jobs(run) => rest::jobs(asking, repository, *run).await.map(News::Jobs),
            Topic::Comparison(between) => compare(asking, repository, between).await.map(|told| News::Comparison(Box::new(told))),
            Topic::Touched(within) => touched(asking, repository, within).await.map(News::Touched),
            Topic::Details(shas) => {
                let branch = branch.or_else(|| self.known.branch(repository));
                details(asking, repository, shas, branch.as_deref()).await.map(News::Details)
            }
            Topic::Deployments(environment) => deployments(asking, repository, environment).await.map(News::Deployments),
            Topic::Alerts(label) => alerts(asking, repository, label).await.map(News::Alerts),
            Topic::Previews => previews(asking, &self.commented, &self.marks, repository).await.map(News::Previews),
            Topic::Statuses => {
                let branch = branch.or_else(|| self.known.branch(repository));
                statuses(asking, repository, branch.as_deref()).await.map(News::Statuses)
            }
            Topic::Pulls(numbers) => pulls(asking, repository, numbers).await.map(News::Pulls),
        }
    }

    async fn tell_overviews(&self, repositories: Vec<(Repository, Option<Arc<str>>)>) -> Vec<Report> {
        let mut asking = self.asking(format!("the workflows of {} repositories", repositories.len()));
        let told = overviews(&mut asking, &self.known, &repositories).await;
        let stamp = asking.stamp();
        let news: Vec<Result<News, Fault>> = match told {
            Err(trouble) => vec![Err(asking.fault(&trouble)); repositories.len()],
            Ok(each) => {
                let said = |(news, (repository, _)): (Result<News, Trouble>, &(Repository, _))| {
                    news.map_err(|trouble| trouble.fault(self.caller.host(), &what(repository, &Topic::Overview)))
                };
                each.into_iter().zip(&repositories).map(said).collect()
            }
        };
        let report = |((repository, _), news)| Report { repository, topic: Topic::Overview, stamp, news };
        repositories.into_iter().zip(news).map(report).collect()
    }

    async fn see(&self, repository: Repository, what: Look) -> Result<Sight, Fault> {
        let mut asking = self.asking(looks::what(&repository, &what));
        let told = looks::look(&mut asking, &repository, &what).await;
        told.map_err(|trouble| asking.fault(&trouble))
    }

    async fn send(&self, repository: Repository, write: Write) -> Sent {
        let mut asking = self.asking(writes::what(&repository, &write));
        match writes::write(&mut asking, &repository, &write).await {
            Ok(receipt) => Sent::Done(receipt),
            Err(trouble) if trouble.is_unclear() => Sent::Unclear(asking.write_fault(&trouble)),
            Err(trouble) => Sent::Refused(asking.write_fault(&trouble)),
        }
    }
}

/// What a topic is, as a sentence says it.
fn what(repository: &Repository, topic: &Topic) -> String {
    match topic {
        Topic::Overview => format!("the workflows of {repository}"),
        Topic::OpenPulls(branch) => format!("the open pull requests for {branch} of {repository}"),
        Topic::Tags => format!("the tags of {repository}"),
        Topic::Rules(branch) => format!("the rules of the branch {branch} of {repository}"),
        Topic::Runs => format!("the runs of {repository}"),
        Topic::LiveRuns => format!("the runs of {repository} that go on"),
        Topic::Gates(run) => format!("what run {run} of {repository} waits for"),
        Topic::Jobs(run) => format!("the jobs of run {run} of {repository}"),
        Topic::Comparison(between) => {
            format!("what lies between {} and {} in {repository}", between.base.short(), between.head.short())
        }
        Topic::Touched(within) => format!("which commits of {repository} touch {}", within.folder),
        Topic::Details(_) => format!("pull requests and checks of {repository}"),
        Topic::Deployments(environment) => format!("the deployments of {repository} to {environment}"),
        Topic::Alerts(label) => format!("the issues of {repository} with the label {label}"),
        Topic::Previews => format!("the pull requests of {repository} and their previews"),
        Topic::Statuses => format!("the statuses on commits of {repository}"),
        Topic::Pulls(_) => format!("the pull requests of previews of {repository}"),
    }
}

impl Forge for GitHub {
    fn viewer(&self) -> BoxFuture<'_, Result<Login, Fault>> {
        self.who().boxed()
    }

    fn ask(&self, repository: Repository, topic: Topic, branch: Option<Arc<str>>) -> BoxFuture<'_, Report> {
        self.tell(repository, topic, branch).boxed()
    }

    fn overviews(&self, repositories: Vec<(Repository, Option<Arc<str>>)>) -> BoxFuture<'_, Vec<Report>> {
        self.tell_overviews(repositories).boxed()
    }

    fn look(&self, repository: Repository, what: Look) -> BoxFuture<'_, Result<Sight, Fault>> {
        self.see(repository, what).boxed()
    }

    fn write(&self, repository: Repository, write: Write) -> BoxFuture<'_, Sent> {
        self.send(repository, write).boxed()
    }

    fn allowance(&self) -> Option<Allowance> {
        self.caller.allowance()
    }
}
