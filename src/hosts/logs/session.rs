//! One connection after another, each a report of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::script::{self, SINCE};
use super::told::{self, Told};
use super::{Patience, WAITING};
use crate::model::destination::Destination;
use crate::model::id::Connection;
use crate::model::log::batch::{Batch, News};
use crate::model::log::feed::{Command, Followed};
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
/// Said behind a line of which only the beginning is kept.
const CUT: &str = " … (cut)";

/// Follows one command on one host.
pub(super) struct Session {
    ssh: Ssh,
    to: Destination,
    own: SourceId,
    command: Command,
    follow: Follow,
    limiter: Limiter,
    patience: Patience,
    out: mpsc::Sender<News>,
    /// The containers that were met.
    streams: HashMap<String, SourceId>,
    known: Known,
    /// When the newest line was written, or heard.
    newest: Option<Millis>,
    /// When the connection broke; none while it stands, or before the first.
    broke: Option<Millis>,
}

impl Session {
    #[expect(clippy::too_many_arguments, reason = "each is another thing that it needs, and it is called once")]
    pub(super) fn new(
        ssh: Ssh,
        to: Destination,
        own: SourceId,
        command: Command,
        follow: Follow,
        limiter: Limiter,
        patience: Patience,
        out: mpsc::Sender<News>,
    ) -> Self {
        let (streams, known) = (HashMap::new(), Known::default());
        Self { ssh, to, own, command, follow, limiter, patience, out, streams, known, newest: None, broke: None }
    }

    /// Follows until it is let go of; where it does not go on, until all that was written before was told.
    pub(super) async fn run(mut self) {
        let mut pause = self.patience.again;
        while !self.out.is_closed() {
            let before = self.newest;
            let state = self.once().await;
            self.tell(News::Is(self.sources(), state)).await;
            if !self.follow.goes_on {
                return;
            }
            self.broke = self.broke.or(Some(self.now()));
            // Who has told something was well until now.
            pause = if self.newest == before { (pause * 2).min(self.patience.longest) } else { self.patience.again };
            tokio::time::sleep(pause).await;
        }
    }

    fn now(&self) -> Millis {
        self.limiter.stamp().asked_at.into()
    }

    fn sources(&self) -> Vec<SourceId> {
        let mut all: Vec<SourceId> = self.streams.values().copied().chain([self.own]).collect();
        all.sort_unstable();
        all
    }

    async fn tell(&self, news: News) {
        // Nobody listens any more: then all of this ends at once.
        let _ = self.out.send(news).await;
    }

    /// Whether lines say when they were written, and from which moment on may be asked for.
    fn is_timed(&self) -> bool {
        match &self.command.what {
            Followed::Containers(_) => true,
            Followed::Line(line) => line.contains(SINCE),
        }
    }

    /// One connection; how it ended.
    async fn once(&mut self) -> State {
        let key = BudgetKey { connection: Connection::from(self.to.as_str()), region: None, api: "ssh" };
        let _ = self.limiter.pass(&key).await;
        let since = self.newest.map_or(self.follow.since, |newest| newest.plus(-OVERLAP));
        let command = script::command(&self.command.what, since, self.follow.goes_on);
        let mut lines = match self.ssh.stream(&self.to, &command) {
            Ok(lines) => lines,
            Err(error) => return State::Failing(error.fault()),
        };
        let report = self.follow.numbers.report();
        let ended = match self.begin(&mut lines, report).await {
            Some(ended) => ended,
            None => self.read_on(&mut lines, report).await,
        };
        self.tell(News::Ended(report)).await;
        lines.stop().await;
        ended
    }

    /// Tells what a session begins with, without what was told before; how it ended, if it did.
    async fn begin(&mut self, lines: &mut Lines, report: ReportId) -> Option<State> {
        let is_timed = self.is_timed();
        // Where nothing has to be known again, a line is told as soon as it is there.
        let most = if is_timed || self.known.is_empty() { 1 } else { WAITING * AT_ONCE };
        let (begun, ended) = self.beginning(lines, most).await;
        if matches!(ended, Some(State::Failing(_))) && begun.is_empty() {
            return ended;
        }
        let again = if is_timed { 0 } else { self.known.again(begun.iter().map(|told| told.text.as_str())) };
        self.close_gap(is_timed || again > 0 || self.known.is_empty()).await;
        self.tell(News::Is(self.sources(), State::Live)).await;
        for part in begun.get(again..).unwrap_or_default().chunks(AT_ONCE) {
            self.tell_lines(report, part.to_vec()).await;
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
        let Some(broke) = self.broke.take() else { return };
        let from = self.newest.map_or(broke, |newest| newest.min(broke));
        let (sources, to) = (self.sources().into(), self.now().max(from));
        let id = self.follow.numbers.gap();
        self.tell(News::Missing(Gap { id, loss: Loss::Disconnected, sources, from, to, count: None, filled })).await;
    }

    /// Tells what comes, until nothing does any more; how it ended.
    async fn read_on(&mut self, lines: &mut Lines, report: ReportId) -> State {
        loop {
            let next = if self.follow.goes_on {
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
            self.tell_lines(report, batch).await;
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    async fn next(&self, lines: &mut Lines) -> Result<Told, State> {
        match lines.next().await {
            Ok(Some(line)) => {
                let text = if line.is_cut { line.text + CUT } else { line.text };
                Ok(told::read(&self.command.what, text))
            }
            Ok(None) => Err(State::Ended),
            Err(error) => Err(State::Failing(error.fault())),
        }
    }

    async fn tell_lines(&mut self, report: ReportId, told: Vec<Told>) {
        let mut lines = Vec::with_capacity(told.len());
        for told in told {
            let source = self.source(told.stream).await;
            let heard = self.now();
            let time = told.time.unwrap_or(heard);
            self.known.note(&told.text);
            self.newest = self.newest.max(Some(time));
            // Heard, not taken in: a line that is told again has to look the same.
            lines.push(NewLine { source, time, ingested: None, text: told.text.into_bytes() });
        }
        if !lines.is_empty() {
            self.tell(News::Lines(Batch { report, live: true, lines })).await;
            self.tell(News::Told(self.sources(), self.now())).await;
        }
    }

    /// The source of a container's lines; the command's own where none is told.
    async fn source(&mut self, stream: Option<String>) -> SourceId {
        let Some(stream) = stream else { return self.own };
        if let Some(known) = self.streams.get(&stream) {
            return *known;
        }
        let Some(id) = self.follow.numbers.source() else { return self.own };
        let name = Name { group: Arc::clone(&self.command.title), stream: stream.as_str().into() };
        self.streams.insert(stream, id);
        self.tell(News::Found(id, name)).await;
        self.tell(News::Is(vec![id], State::Live)).await;
        id
    }
}
