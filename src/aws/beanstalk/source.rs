//! The calls to Elastic Beanstalk, and how their answers become observations.

use std::sync::Arc;

use aws_sdk_elasticbeanstalk::Client;
use aws_sdk_elasticbeanstalk::operation::describe_configuration_settings::DescribeConfigurationSettingsOutput;
use aws_sdk_elasticbeanstalk::types::{EnvironmentHealthAttribute, InstancesHealthAttribute};
use futures_util::future::BoxFuture;

use super::super::call::{Answer, Line, Operation, Wire};
use super::super::clients::Clients;
use super::super::error;
use super::super::told::moment_to_ask;
use super::targets::Targets;
use super::{detail, events, instances, listing, properties, releases};
use crate::model::clock::{Stamp, Timestamp};
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{AccountId, AppName, EnvironmentKey};
use crate::model::planning::Planning;
use crate::model::property::{PropertyKey, Value};
use crate::model::sighting::{Coverage, Failure, Observation, Reading, Scope, Sighting, Source as Origin};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Source};

/// How many pages of one answer are followed; beyond that something is wrong.
const MOST_PAGES: usize = 50;
/// How many pages of events are followed: they come newest first, and the older ones matter less.
const MOST_EVENT_PAGES: usize = 5;
/// How many events a page holds at most.
const EVENTS_PER_PAGE: i32 = 1_000;
/// How many versions of an application a page holds at most.
const VERSIONS_PER_PAGE: i32 = 1_000;

/// The operation that tells how an environment is configured.
const CONFIGURATION: &str = "DescribeConfigurationSettings";

/// Elastic Beanstalk of every connection and region.
#[derive(Clone)]
pub struct Beanstalk {
    wire: Wire,
    targets: Targets,
}

impl Source for Beanstalk {
    fn calls(&self, scope: &Scope, ask: &Ask) -> u32 {
        match ask {
            Ask::Resources(key) => 1 + self.targets.calls(&scope.connection, key),
            Ask::Listing
            | Ask::Events { .. }
            | Ask::Health(_)
            | Ask::Instances(_)
            | Ask::Versions(_)
            | Ask::Probes { .. }
            | Ask::Properties { .. }
            | Ask::Planning { .. } => 1,
        }
    }

    fn read(&self, scope: Arc<Scope>, ask: Ask) -> BoxFuture<'_, Observation> {
        Box::pin(self.observe(scope, ask))
    }

    fn reveal(&self, scope: Arc<Scope>, property: PropertyKey) -> BoxFuture<'_, Result<Value, Fault>> {
        Box::pin(async move {
            let line = self.wire.line(&scope.connection, scope.region.as_ref()).await;
            let client = line.opened.beanstalk(&line.region);
            let PropertyKey { environment, group, name } = &property;
            // A person waits for it: not behind the sweep.
            let asked = Operation { in_turn: false, ..operation(CONFIGURATION, Some(environment.name.as_str())) };
            let answer = self.configuration(&line, &client, asked, environment, group).await;
            let missing =
                || Fault::new(FaultKind::Missing, format!("{name} is not set in {} any more: ctrl-r reads it again", environment.name));
            properties::value(answer.told?.configuration_settings(), name).ok_or_else(missing)
        })
    }
}

/// What an answer told, before it is said who asked what.
#[derive(Default)]
struct Told {
    account: Option<AccountId>,
    readings: Vec<(EnvironmentKey, Reading)>,
    events: Vec<(EnvironmentKey, crate::model::event::PlatformEvent)>,
    coverage: Option<Coverage>,
}

/// One page's rows, and where the next page is.
type Page<T> = (Vec<T>, Option<String>);

/// The pages of one answer, under the stamp of the first.
struct Pages<T> {
    rows: Vec<T>,
    /// Whether there were no more of them than are followed.
    all: bool,
}

const fn operation<'a>(name: &'static str, about: Option<&'a str>) -> Operation<'a> {
    Operation { api: "elasticbeanstalk", service: "Elastic Beanstalk", name, about, in_turn: about.is_some() }
}

impl Beanstalk {
    /// Asks with these clients, out of these budgets.
    #[must_use]
    pub fn new(clients: Clients, limiter: Limiter) -> Self {
        let wire = Wire::new(clients, limiter);
        Self { targets: Targets::new(wire.clone()), wire }
    }

    async fn observe(&self, scope: Arc<Scope>, ask: Ask) -> Observation {
        let line = self.wire.line(&scope.connection, scope.region.as_ref()).await;
        let client = line.opened.beanstalk(&line.region);
        let source = Origin { question: ask.question(), scope };
        let Answer { stamp, told } = match &ask {
            Ask::Listing => self.list(&line, &client).await,
            Ask::Events { since } => self.happenings(&line, &client, *since).await,
            Ask::Health(key) => self.health(&line, &client, key).await,
            Ask::Instances(key) => self.instances(&line, &client, key).await,
            Ask::Resources(key) => self.resources(&line, &client, key).await,
            Ask::Properties { key, group } => self.properties(&line, &client, key, group).await,
            Ask::Planning { key, group } => self.planning(&line, &client, key, group).await,
            Ask::Versions(_) | Ask::Probes { .. } => self.wire.no_answer("Elastic Beanstalk", ask.question()),
        };
        match told {
            Ok(told) => seen(source, stamp, told),
            Err(fault) => Observation::Failed(Failure { source, stamp, about: ask.about().cloned(), fault }),
        }
    }

    async fn list(&self, line: &Line, client: &Client) -> Answer<Told> {
        let operation = operation("DescribeEnvironments", None);
        // Without MaxRecords all environments come at once, however many there are.
        let pages = self.pages(line, operation, MOST_PAGES, |token| {
            Box::pin(async move {
                let send = client.describe_environments().include_deleted(false).set_next_token(token).send();
                let Answer { stamp, told } = self.wire.call(line, operation, send).await;
                Answer { stamp, told: told.map(|page| (page.environments.unwrap_or_default(), page.next_token)) }
            })
        });
        let Answer { stamp, told } = pages.await;
        let told = match told {
            Ok(pages) if pages.all => self.listed(line, &pages.rows).await,
            // A part of a listing would make the rest of the fleet disappear.
            Ok(_) => Err(error::incomplete(line, operation, "it has no end")),
            Err(fault) => Err(fault),
        };
        Answer { stamp, told }
    }

    async fn listed(&self, line: &Line, rows: &[aws_sdk_elasticbeanstalk::types::EnvironmentDescription]) -> Result<Told, Fault> {
        let shown = listing::account_in(rows);
        if let Some(account) = &shown {
            self.wire.leads_to(line, account);
        }
        let account = match shown {
            Some(account) => Some(account),
            None if listing::hides_an_account(rows) => self.wire.account(line).await?,
            None => line.way.account(),
        };
        let readings = listing::Translator::default().readings(rows, &line.region, account.as_ref());
        let coverage = listing::left_out(rows, &line.region).map_or(Coverage::Complete, Coverage::Except);
        if coverage == Coverage::Complete {
            self.targets.forget_others(line, &readings);
        }
        Ok(Told { account, readings, coverage: Some(coverage), ..Told::default() })
    }

    async fn happenings(&self, line: &Line, client: &Client, since: Timestamp) -> Answer<Told> {
        let operation = operation("DescribeEvents", None);
        let pages = self.pages(line, operation, MOST_EVENT_PAGES, |token| {
            Box::pin(async move {
                let ask = client.describe_events().start_time(moment_to_ask(since)).max_records(EVENTS_PER_PAGE);
                let Answer { stamp, told } = self.wire.call(line, operation, ask.set_next_token(token).send()).await;
                Answer { stamp, told: told.map(|page| (page.events.unwrap_or_default(), page.next_token)) }
            })
        });
        let Answer { stamp, told } = pages.await;
        let told = match told {
            Ok(pages) => self.happened(line, &pages.rows).await,
            Err(fault) => Err(fault),
        };
        Answer { stamp, told }
    }

    async fn happened(&self, line: &Line, rows: &[aws_sdk_elasticbeanstalk::types::EventDescription]) -> Result<Told, Fault> {
        let known = line.way.account();
        // Events do not show their account, and a key needs it.
        let account = match known {
            None if events::tells_of_environments(rows) => self.wire.account(line).await?,
            known => known,
        };
        let events = events::Translator::default().events(rows, &line.region, account.as_ref());
        Ok(Told { account, events, ..Told::default() })
    }

    async fn health(&self, line: &Line, client: &Client, key: &EnvironmentKey) -> Answer<Told> {
        let ask = client.describe_environment_health().environment_name(key.name.as_str());
        let send = ask.attribute_names(EnvironmentHealthAttribute::All).send();
        let answer = self.wire.call(line, operation("DescribeEnvironmentHealth", Some(key.name.as_str())), send).await;
        answer.about(key, |told| detail::reading(&told))
    }

    async fn instances(&self, line: &Line, client: &Client, key: &EnvironmentKey) -> Answer<Told> {
        let operation = operation("DescribeInstancesHealth", Some(key.name.as_str()));
        let pages = self.pages(line, operation, MOST_PAGES, |token| {
            Box::pin(async move {
                let ask = client.describe_instances_health().environment_name(key.name.as_str());
                let send = ask.attribute_names(InstancesHealthAttribute::All).set_next_token(token).send();
                let Answer { stamp, told } = self.wire.call(line, operation, send).await;
                Answer { stamp, told: told.map(|page| (page.instance_health_list.unwrap_or_default(), page.next_token)) }
            })
        });
        let Answer { stamp, told } = pages.await;
        let told = match told {
            Ok(pages) if !pages.all => Err(error::incomplete(line, operation, "it has no end")),
            told => told,
        };
        let reading = |pages: Pages<_>| Reading { instances: Some(instances::with_health(&pages.rows)), ..Reading::default() };
        Answer { stamp, told }.about(key, reading)
    }

    async fn resources(&self, line: &Line, client: &Client, key: &EnvironmentKey) -> Answer<Told> {
        let send = client.describe_environment_resources().environment_name(key.name.as_str()).send();
        let operation = operation("DescribeEnvironmentResources", Some(key.name.as_str()));
        let Answer { stamp, told } = self.wire.call(line, operation, send).await;
        let told = match told {
            Ok(told) => self.targets.instances(line, key, told.environment_resources()).await,
            Err(fault) => Err(fault),
        };
        Answer { stamp, told }.about(key, |instances| Reading { instances: Some(instances), ..Reading::default() })
    }

    /// How it is configured: the answer holds the values of its properties in clear.
    async fn configuration(
        &self,
        line: &Line,
        client: &Client,
        asked: Operation<'_>,
        key: &EnvironmentKey,
        group: &AppName,
    ) -> Answer<DescribeConfigurationSettingsOutput> {
        let ask = client.describe_configuration_settings().application_name(group.as_str()).environment_name(key.name.as_str());
        self.wire.call(line, asked, ask.send()).await
    }

    async fn properties(&self, line: &Line, client: &Client, key: &EnvironmentKey, group: &AppName) -> Answer<Told> {
        let asked = operation(CONFIGURATION, Some(key.name.as_str()));
        self.configuration(line, client, asked, key, group).await.about(key, |told| Reading {
            properties: Some(Arc::new(properties::properties(told.configuration_settings()))),
            strategy: Some(properties::strategy(told.configuration_settings())),
            ..Reading::default()
        })
    }

    /// The versions of its application: which of them there are to be deployed.
    async fn planning(&self, line: &Line, client: &Client, key: &EnvironmentKey, group: &AppName) -> Answer<Told> {
        let operation = operation("DescribeApplicationVersions", Some(key.name.as_str()));
        let pages = self.pages(line, operation, MOST_PAGES, |token| {
            let ask = client.describe_application_versions().application_name(group.as_str()).max_records(VERSIONS_PER_PAGE);
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.call(line, operation, ask.set_next_token(token).send()).await;
                Answer { stamp, told: told.map(|page| (page.application_versions.unwrap_or_default(), page.next_token)) }
            })
        });
        let Answer { stamp, told } = pages.await;
        let told = match told {
            // Of a part it could not be said which label is none any more.
            Ok(pages) if !pages.all => Err(error::incomplete(line, operation, "it has no end")),
            told => told,
        };
        let planning = |pages: Pages<_>| Planning { releases: Some(releases::releases(group, &pages.rows)), ..Planning::default() };
        Answer { stamp, told }.about(key, |pages| Reading { planning: Some(Arc::new(planning(pages))), ..Reading::default() })
    }

    /// Follows an answer's pages; a page that fails fails the whole of it.
    async fn pages<'a, T>(
        &self,
        line: &Line,
        operation: Operation<'_>,
        most: usize,
        mut page: impl FnMut(Option<String>) -> BoxFuture<'a, Answer<Page<T>>> + Send,
    ) -> Answer<Pages<T>> {
        let Answer { stamp, told } = page(None).await;
        let (mut rows, mut next) = match told {
            Ok(first) => first,
            Err(fault) => return Answer { stamp, told: Err(fault) },
        };
        let mut followed = 1;
        while let Some(token) = next.take().filter(|token| !token.is_empty()) {
            if followed == most {
                return Answer { stamp, told: Ok(Pages { rows, all: false }) };
            }
            followed += 1;
            match page(Some(token.clone())).await.told {
                Ok((_, again)) if again.as_ref() == Some(&token) => {
                    return Answer { stamp, told: Err(error::incomplete(line, operation, "its pages go in a circle")) };
                }
                Ok((more, after)) => {
                    rows.extend(more);
                    next = after;
                }
                Err(fault) => return Answer { stamp, told: Err(fault) },
            }
        }
        Answer { stamp, told: Ok(Pages { rows, all: true }) }
    }
}

impl<T> Answer<T> {
    /// What an answer tells of one environment.
    fn about(self, key: &EnvironmentKey, reading: impl FnOnce(T) -> Reading) -> Answer<Told> {
        let told =
            self.told.map(|told| Told { account: key.account.clone(), readings: vec![(key.clone(), reading(told))], ..Told::default() });
        Answer { stamp: self.stamp, told }
    }
}

fn seen(source: Origin, stamp: Stamp, told: Told) -> Observation {
    let coverage = told.coverage.unwrap_or(Coverage::Partial);
    Observation::Seen(Sighting { source, stamp, coverage, account: told.account, readings: told.readings, events: told.events })
}
