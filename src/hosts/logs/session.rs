//! One connection after another, each a report of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::script;
use super::told::{self, Told};
use super::{Patience, WAITING};
use crate::model::destination::Destination;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::Connection;
use crate::model::log::batch::{Batch, News};
use crate::model::log::feed::{Command, Followed, SINCE};
use crate::model::log::known::Known;
use crate::model::log::line::{Millis, NewLine, ReportId, SourceId};
use crate::model::log::note::{Gap, Loss};
use crate::model::log::source::{Name, State};
use crate::ops::limit::{BudgetKey, Limiter};
use crate::ops::port::Follow;
use crate::ssh::{Lines, Ssh};

/// How far back lines are asked for anew: what was written while the connection broke, in milliseconds.
const OVERLAP: i64 = 2_000;
/// How many lines are told at once at most.
const AT_ONCE: usize = 500;
/// For how long what a session begins with is gathered at most.
const BEGINNING: Duration = Duration::from_secs(5);
/// So many times as long as for a connection is waited for a login, after which the command runs.
const LOGIN: u32 = 3;
/// Said behind a line of which only the beginning is kept.
const CUT: &str = " … (cut)";

/// A source of a session.
struct Stream {
    id: SourceId,
    /// The report that tells its lines at the moment.
    report: Option<ReportId>,
}

/// Follows one command on one host.
pub(super) struct Session {
    ssh: Ssh,
    to: Destination,
    own: Stream,
    command: Command,
    follow: Follow,
    limiter: Limiter,
    patience: Patience,
    out: mpsc::Sender<News>,
    /// What the command says first on this connection.
    nonce: String,
    /// The containers that were met.
    streams: HashMap<String, Stream>,
    /// What was told, on earlier connections and by earlier readings.
    known: Known,
    /// Whether the command has run in this reading.
    has_run: bool,
    /// When the connection broke; none while it stands, or before the first.
    broke: Option<Millis>,
}

impl Session {
    #[expect(clippy::too_many_arguments, reason = "each is another thing that it needs, and it is called once")]
    pub(super) fn new(
        ssh: Ssh,
        to: Destination,
        (own, name): (SourceId, &Name),
        command: Command,
        follow: Follow,
        limiter: Limiter,
        patience: Patience,
        out: mpsc::Sender<News>,
    ) -> Self {
        let known = follow.known.get(name).cloned().unwrap_or_default();
        let (own, streams) = (Stream { id: own, report: None }, HashMap::new());
        Self { ssh, to, own, command, follow, limiter, patience, out, nonce: String::new(), streams, known, has_run: false, broke: None }
    }

    /// Follows until it is let go of; where it does not go on, until all that was written before was told.
    pub(super) async fn run(mut self) {
        let mut pause = self.patience.again;
        while !self.out.is_closed() {
            let before = self.known.newest();
            let state = self.once().await;
            self.tell(News::Is(self.sources(), state)).await;
            if !self.follow.goes_on {
                return;
            }
            self.broke = self.broke.or(Some(self.now()));
            // Who has told something was well until now.
            pause = if self.known.newest() == before { (pause * 2).min(self.patience.longest) } else { self.patience.again };
            tokio::time::sleep(pause).await;
        }
    }

    fn now(&self) -> Millis {
        self.limiter.stamp().asked_at.into()
    }

    fn sources(&self) -> Vec<SourceId> {
        let mut all: Vec<SourceId> = self.streams.values().chain([&self.own]).map(|stream| stream.id).collect();
        all.sort_unstable();
        all
    }

    async fn tell(&self, news: News) {
        // Nobody listens any more: then all of this ends at once.
        let _ = self.out.send(news).await;
    }

    /// Whether a moment may be asked for from which on lines are told.
    fn asks_since(&self) -> bool {
        match &self.command.what {
            Followed::Containers(_) => true,
            Followed::Line(line) => line.contains(SINCE),
        }
    }

    /// Whether lines are known again by when they were written: then they have to say it. Else what they say has to do.
    fn is_timed(&self) -> bool {
        match &self.command.what {
            Followed::Containers(_) => true,
            Followed::Line(_) => self.asks_since() && self.known.is_timed(),
        }
    }

    /// From when on lines are asked for.
    fn since(&self) -> Millis {
        // What an earlier reading told is known again by its time, where it has one; and older lines may be wanted by now.
        let newest = self.known.newest().filter(|_| self.has_run || !self.is_timed());
        newest.map_or(self.follow.since, |newest| newest.min(self.now()).plus(-OVERLAP))
    }

    /// One connection; how it ended.
    async fn once(&mut self) -> State {
        let key = BudgetKey { connection: Connection::from(self.to.as_str()), region: None, api: "ssh" };
        let _ = self.limiter.pass(&key).await;
        self.nonce = script::nonce();
        let command = script::command(&self.command.what, &self.nonce, self.since(), self.follow.goes_on);
        let mut lines = match self.ssh.stream(&self.to, &command) {
            Ok(lines) => lines,
            Err(error) => return State::Failing(error.fault()),
        };
        let ended = match self.runs(&mut lines).await {
            Err(fault) => State::Failing(fault),
            Ok(()) => match self.begin(&mut lines).await {
                Some(ended) => ended,
                None => self.read_on(&mut lines).await,
            },
        };
        let reports: Vec<ReportId> = self.streams.values_mut().chain([&mut self.own]).filter_map(|stream| stream.report.take()).collect();
        for report in reports {
            self.tell(News::Ended(report)).await;
        }
        lines.stop().await;
        ended
    }

    /// Waits until the command runs. What a login shell says before that is no log.
    async fn runs(&self, lines: &mut Lines) -> Result<(), Fault> {
        let limit = self.patience.connection * LOGIN;
        let first = async {
            loop {
                match lines.next().await {
                    Ok(Some(line)) if line.text.ends_with(&self.nonce) => return Ok(()),
                    Ok(Some(_)) => {}
                    Ok(None) => {
                        let sentence = format!("{} has run something else than the command that was asked for: see to that login", self.to);
                        return Err(Fault::new(FaultKind::Refused, sentence));
                    }
                    Err(error) => return Err(error.fault()),
                }
            }
        };
        let late = || Fault::new(FaultKind::Unreachable, format!("{} has not run the command within {} s", self.to, limit.as_secs()));
        timeout(limit, first).await.unwrap_or_else(|_| Err(late()))
    }

    /// Tells what a session begins with, without what was told before; how it ended, if it did.
    async fn begin(&mut self, lines: &mut Lines) -> Option<State> {
        let is_timed = self.is_timed();
        // Where nothing has to be known again, a line is told as soon as it is there.
        let most = if is_timed || self.known.is_empty() { 1 } else { WAITING * AT_ONCE };
        let (begun, ended) = self.beginning(lines, most).await;
        if matches!(ended, Some(State::Failing(_))) && begun.is_empty() {
            return ended;
        }
        let again = if is_timed { 0 } else { self.known.again(begun.iter().map(|told| told.text.as_str())) };
        self.close_gap(self.asks_since() || again > 0 || self.known.is_empty()).await;
        self.has_run = true;
        self.tell(News::Is(self.sources(), State::Live)).await;
        let mut begun = begun.into_iter().skip(again).peekable();
        while begun.peek().is_some() {
            let part = begun.by_ref().take(AT_ONCE).collect();
            self.tell_lines(part).await;
        }
        ended
    }

    /// What comes until nothing more does at once, at most so many lines.
    async fn beginning(&self, lines: &mut Lines, most: usize) -> (Vec<Told>, Option<State>) {
        let (mut begun, until) = (Vec::new(), tokio::time::Instant::now() + BEGINNING);
        // Who tells nothing is alive as well: then the connection stands.
        while tokio::time::Instant::now() < until && begun.len() < most {
            match timeout(self.patience.quiet, self.next(lines)).await {
                Ok(Ok(told)) => begun.push(told),
                Ok(Err(ended)) => return (begun, Some(ended)),
                Err(_) => break,
            }
        }
        (begun, None)
    }

    /// Says of what broke off whether something is missing.
    async fn close_gap(&mut self, filled: bool) {
        let newest = self.known.newest();
        // What an earlier reading told may be further back than what is told now.
        let Some(broke) = self.broke.take().or_else(|| newest.filter(|_| !filled)) else { return };
        let from = newest.map_or(broke, |newest| newest.min(broke));
        let (sources, to) = (self.sources().into(), self.now().max(from));
        let id = self.follow.numbers.gap();
        self.tell(News::Missing(Gap { id, loss: Loss::Disconnected, sources, from, to, count: None, filled })).await;
    }

    /// Tells what comes, until nothing does any more; how it ended.
    async fn read_on(&mut self, lines: &mut Lines) -> State {
        // Docker ends by itself once all was told, however long it looks for that.
        let ends = self.follow.goes_on || matches!(self.command.what, Followed::Containers(_));
        loop {
            let next = if ends {
                self.next(lines).await
            } else {
                // What was written before is told as quickly as it can be: where nothing comes any more, that was all.
                timeout(self.patience.quiet, self.next(lines)).await.unwrap_or(Err(State::Ended))
            };
            let first = match next {
                Ok(first) => first,
                Err(ended) => return ended,
            };
            let (mut batch, mut ended) = (vec![first], None);
            while batch.len() < AT_ONCE && ended.is_none() {
                match self.next(lines).now_or_never() {
                    Some(Ok(told)) => batch.push(told),
                    Some(Err(state)) => ended = Some(state),
                    None => break,
                }
            }
            self.tell_lines(batch).await;
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    async fn next(&self, lines: &mut Lines) -> Result<Told, State> {
        match lines.next().await {
            Ok(Some(line)) => {
                let text = if line.is_cut { line.text + CUT } else { line.text };
                Ok(told::read(&self.command.what, &self.nonce, text))
            }
            Ok(None) => Err(State::Ended),
            Err(error) => Err(State::Failing(error.fault())),
        }
    }

    async fn tell_lines(&mut self, told: Vec<Told>) {
        let mut batches: Vec<Batch> = Vec::new();
        for told in told {
            if told.is_anew {
                self.tell_batches(&mut batches).await;
                self.begin_anew(told.stream.as_deref()).await;
                continue;
            }
            let (source, report) = self.source(told.stream).await;
            let heard = self.now();
            let time = told.time.unwrap_or(heard);
            // A clock may be wrong there, and a text may say anything: nothing is asked for from a moment that is not yet.
            self.known.note(told.text.as_bytes(), time.min(heard), told.time.is_some());
            // Heard, not taken in: a line that is told again has to look the same.
            let line = NewLine { source, time, ingested: None, text: told.text.into_bytes() };
            match batches.iter_mut().find(|batch| batch.report == report) {
                Some(batch) => batch.lines.push(line),
                None => batches.push(Batch { report, live: true, lines: vec![line] }),
            }
        }
        self.tell_batches(&mut batches).await;
    }

    async fn tell_batches(&self, batches: &mut Vec<Batch>) {
        if batches.is_empty() {
            return;
        }
        for batch in batches.drain(..) {
            self.tell(News::Lines(batch)).await;
        }
        self.tell(News::Told(self.sources(), self.now())).await;
    }

    /// A container's log is read anew, from a little before it broke off: what is told twice is known by two reports.
    async fn begin_anew(&mut self, stream: Option<&str>) {
        let before = stream.and_then(|stream| self.streams.get_mut(stream)).and_then(|stream| stream.report.take());
        if let Some(report) = before {
            self.tell(News::Ended(report)).await;
        }
    }

    /// The source of a container's lines, and the report that tells them; the command's own where none is told.
    async fn source(&mut self, name: Option<String>) -> (SourceId, ReportId) {
        let numbers = Arc::clone(&self.follow.numbers);
        let of = |stream: &mut Stream| (stream.id, *stream.report.get_or_insert_with(|| numbers.report()));
        let Some(name) = name else { return of(&mut self.own) };
        if let Some(known) = self.streams.get_mut(&name) {
            return of(known);
        }
        let Some(id) = numbers.source() else { return of(&mut self.own) };
        let found = Name { group: Arc::clone(&self.command.title), stream: name.as_str().into() };
        self.tell(News::Found(id, found)).await;
        self.tell(News::Is(vec![id], State::Live)).await;
        of(self.streams.entry(name).or_insert(Stream { id, report: None }))
    }
}
