//! One call to AWS: through its budget, out, and back as the model's words.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::Instant;

use super::clients::{Clients, Opened, Way};
use super::{error, sent};
use crate::model::account::{Writer, Writing};
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{AccountId, Connection, Region};
use crate::model::operation::evidence::Begun;
use crate::model::sighting::Question;
use crate::ops::limit::{BudgetKey, Limiter};

/// What every adapter of AWS calls with.
#[derive(Clone)]
pub struct Wire {
    clients: Clients,
    limiter: Limiter,
}

/// A connection that is open, and the region that is asked.
pub struct Line {
    pub connection: Connection,
    pub way: Arc<Way>,
    pub opened: Arc<Opened>,
    pub region: Region,
}

/// Which operation is called, and about what.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    /// The API by its signing name.
    pub api: &'static str,
    /// The API as the SDK's endpoint settings name it.
    pub service: &'static str,
    /// The operation, such as `DescribeEnvironments`.
    pub name: &'static str,
    /// The environment it is about, where it is about one.
    pub about: Option<&'a str>,
    /// Whether it waits for its turn among the calls about single environments of its region.
    pub in_turn: bool,
}

/// A call of the SDK's that has not been made.
type Sending<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a>>;

/// How often a question is asked that the service throttles, and the longest pause that is waited for in between.
const TRIES: usize = 4;
/// After so long a question is given up as throttled: what waits for a whole look waits for a minute, and would take it for
/// one without an answer.
const LONG_ENOUGH: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_secs(5);

/// A call that failed.
struct Failed {
    fault: Fault,
    /// Whether the service has certainly not done what was asked for.
    is_untaken: bool,
    /// Whether it was throttled, and its budget pauses for a short while only.
    may_be_asked_again: bool,
}

/// What came of a call, and when it was let through.
pub struct Answer<T> {
    pub stamp: Stamp,
    pub told: Result<T, Fault>,
}

impl Wire {
    pub const fn new(clients: Clients, limiter: Limiter) -> Self {
        Self { clients, limiter }
    }

    /// The stamp of what is told without a call.
    pub fn stamp(&self) -> Stamp {
        self.limiter.stamp()
    }

    /// What a question gets that a service has no answer to: the schedule asks for what a listing says that there is.
    pub fn no_answer<T>(&self, service: &str, question: Question) -> Answer<T> {
        let sentence = format!("{service} has no answer to the question of {}", question.word());
        Answer { stamp: self.stamp(), told: Err(Fault::new(FaultKind::Unsupported, sentence)) }
    }

    /// Opens the connection; asks in its home region where none is given.
    pub async fn line(&self, connection: &Connection, region: Option<&Region>) -> Line {
        Self::through(self.clients.way(connection), region).await
    }

    /// Opens the way of who writes through a connection; none where that is who reads.
    pub async fn writing_line(&self, connection: &Connection, region: &Region) -> Option<Line> {
        Some(Self::through(self.clients.writer(connection)?, Some(region)).await)
    }

    /// Who writes through a connection, where that is another than who reads. Opens nothing.
    pub fn writer(&self, connection: &Connection) -> Option<Writer> {
        self.clients.way(connection).settings().writing.as_ref().map(Writing::writer)
    }

    async fn through(way: Arc<Way>, region: Option<&Region>) -> Line {
        let opened = way.open().await;
        let region = region.unwrap_or(&opened.home).clone();
        Line { connection: way.settings().connection.clone(), way, opened, region }
    }

    /// Makes one call: waits for its budget (and its turn, where it is about a
    /// single environment), sends, and tells the budget and the connection what
    /// came of it. `send` is not polled before it may go.
    pub fn call<'a, T, E>(
        &'a self,
        line: &'a Line,
        operation: Operation<'a>,
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
    ) -> impl Future<Output = Answer<T>>
    where
        T: 'a,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let exchange = self.exchange(line, operation, Box::pin(send));
        async move {
            let (stamp, told) = exchange.await;
            Answer { stamp, told: told.map_err(|failed| failed.fault) }
        }
    }

    /// Asks what an operation has to know, and asks again where the service throttles it and its budget pauses for a short
    /// while only: a look takes several answers, and where every third call is throttled it would hardly ever get all of
    /// them. Each is a call of its own, which passes the budget. What changes something is never sent in this way.
    pub async fn ask<T, E, F>(&self, line: &Line, operation: Operation<'_>, send: impl Fn() -> F + Send) -> Answer<T>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let (begun, mut tries) = (Instant::now(), 1);
        loop {
            let (stamp, told) = self.exchange(line, operation, Box::pin(send())).await;
            match told {
                Err(Failed { may_be_asked_again: true, .. }) if tries < TRIES && begun.elapsed() < LONG_ENOUGH => tries += 1,
                told => return Answer { stamp, told: told.map_err(|failed| failed.fault) },
            }
        }
    }

    /// Makes one call that changes something, and tells one that was certainly not taken from one of which that is
    /// not known. It is sent once, as every call is.
    ///
    /// # Errors
    /// What became of it, where the service has not said that it took it.
    pub fn write<'a, T, E>(
        &'a self,
        line: &'a Line,
        operation: Operation<'a>,
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
    ) -> impl Future<Output = Result<T, Begun>>
    where
        T: 'a,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let exchange = self.exchange(line, operation, Box::pin(send));
        async move {
            let (_, told) = exchange.await;
            told.map_err(|Failed { fault, is_untaken, .. }| if is_untaken { Begun::Refused(fault) } else { Begun::Unclear(fault) })
        }
    }

    /// `send` is boxed: the SDK's futures are large, and each layer around one would be as large again.
    async fn exchange<T, E>(&self, line: &Line, operation: Operation<'_>, send: Sending<'_, T, E>) -> (Stamp, Result<T, Failed>)
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let key = BudgetKey { connection: line.connection.clone(), region: Some(line.region.clone()), api: operation.api };
        let stamp = if operation.in_turn { self.limiter.pass_in_turn(&key).await } else { self.limiter.pass(&key).await };
        let (told, left) = sent::counted(self.limiter.clone(), key.clone(), send).await;
        if !left {
            self.limiter.unsent(&key);
        }
        let (fault, is_untaken) = match told {
            Ok(told) => {
                self.limiter.answered(&key);
                return (stamp, Ok(told));
            }
            Err(failed) => (error::fault(line, operation, &failed, left), error::is_untaken(&failed, left)),
        };
        let mut may_be_asked_again = false;
        match fault.kind {
            FaultKind::Throttled(after) => {
                self.limiter.throttled(&key, after);
                may_be_asked_again = self.limiter.pause(&key) <= SHORT;
            }
            FaultKind::Expired => line.way.renew(&line.opened).await,
            FaultKind::Unreachable => {}
            FaultKind::Denied
            | FaultKind::Missing
            | FaultKind::Unsupported
            | FaultKind::Failed
            | FaultKind::Refused
            | FaultKind::Malformed => self.limiter.answered(&key),
        }
        (stamp, Err(Failed { fault, is_untaken, may_be_asked_again }))
    }

    /// Notes to which account a connection leads, however that showed: another that leads there has the same budgets,
    /// also where STS tells nobody who it is.
    pub fn leads_to(&self, line: &Line, account: &AccountId) {
        line.way.remember(account, &line.opened);
        self.limiter.leads_to(&line.connection, account);
    }

    /// Who the credentials of a connection are: its account and its ARN.
    pub async fn identity(&self, line: &Line) -> Result<(AccountId, Arc<str>), Fault> {
        let operation = Operation { api: "sts", service: "STS", name: "GetCallerIdentity", about: None, in_turn: false };
        let told = self.call(line, operation, line.opened.sts().get_caller_identity().send()).await.told?;
        let (Some(account), Some(arn)) = (told.account, told.arn) else {
            return Err(error::incomplete(line, operation, "it names no account"));
        };
        let account = AccountId::from(account);
        self.leads_to(line, &account);
        Ok((account, Arc::from(arn)))
    }

    /// The account of a connection: remembered, else asked for, once for all that want it.
    ///
    /// `None` where the server will not ever say.
    pub async fn account(&self, line: &Line) -> Result<Option<AccountId>, Fault> {
        let _turn = line.way.asking.lock().await;
        if let Some(known) = line.way.account() {
            return Ok(Some(known));
        }
        let home = Self::through(Arc::clone(&line.way), None).await;
        match self.identity(&home).await {
            Ok((account, _)) => Ok(Some(account)),
            Err(fault) => match fault.kind {
                FaultKind::Denied | FaultKind::Missing | FaultKind::Unsupported | FaultKind::Refused => Ok(None),
                FaultKind::Throttled(_) | FaultKind::Expired | FaultKind::Unreachable | FaultKind::Failed | FaultKind::Malformed => {
                    Err(fault)
                }
            },
        }
    }
}
