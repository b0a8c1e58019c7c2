//! The budgets: one for each (account, region, API), passed by every call to the outside.
//!
//! A connection is an account's way in. Until it is known which account that is, a connection has
//! budgets of its own; from then on two that lead to one account have one budget, since the service
//! counts their calls together.
//!
//! A token bucket that also listens: when a service throttles, the bucket
//! pauses for as long as the service says, or twice as long as the time
//! before, with jitter. What it lets through is counted when it leaves, so the
//! number of calls counted is the number of calls made. Calls about single environments also take turns, whatever the API:
//! they are what grows with a fleet.
//!
//! What an operation asks and sends goes before what is only read ([`Precedence`]): where a service throttles, the sweep of a
//! fleet would else take nearly all that is left, and an operation would stand still behind it. Both come out of the
//! same budget, and reading keeps a share of it.

mod bucket;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use self::bucket::Bucket;
use super::clock::Stamps;
use crate::model::clock::Stamp;
use crate::model::id::{AccountId, Connection, Region};

/// Whose budget a call comes out of.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct BudgetKey {
    /// The way in.
    pub connection: Connection,
    /// The region, where the API has regions.
    pub region: Option<Region>,
    /// The API, by its signing name: `elasticbeanstalk`, `ec2`, `sts`; or `github`, whose way in is its host.
    pub api: &'static str,
}

/// How many calls are let through.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rate {
    /// Calls per second in the long run.
    pub per_second: f64,
    /// Calls at once after a quiet time.
    pub burst: f64,
}

impl Rate {
    /// The rate of a budget.
    ///
    /// Searching logs has a quota for each region that cannot be raised (AWS, "CloudWatch Logs quotas",
    /// FilterLogEvents): half of it is left to everybody else there.
    #[must_use]
    pub fn at(key: &BudgetKey) -> Self {
        let quota = match (key.api, key.region.as_ref().map(Region::as_str)) {
            ("logs", Some("us-east-1")) => 25.0,
            ("logs", Some("ap-northeast-3" | "ap-southeast-3" | "ca-west-1" | "eu-central-1" | "il-central-1") | None) => 5.0,
            ("logs", Some(_)) => 10.0,
            (api, _) => return Self::of(api),
        };
        Self { per_second: quota / 2.0, burst: quota / 2.0 }
    }

    /// The rate for an API.
    ///
    /// AWS publishes no numbers for Elastic Beanstalk; other tools were
    /// throttled polling one deployment every 5 s together with the service's
    /// own calls, so the long-run rate is kept low.
    #[must_use]
    pub fn of(api: &str) -> Self {
        match api {
            "elasticbeanstalk" => Self { per_second: 3.0, burst: 6.0 },
            // ELBv2's Describe calls refill at ten a second in an account and region, which its own health
            // checks and every other tool there share: half of that, and no burst.
            "elasticloadbalancing" => Self { per_second: 5.0, burst: 1.0 },
            // GitHub counts 900 calls a minute and 5,000 an hour, in which what has not changed is free
            // (its documentation, "Rate limits for the REST API"); the schedule listens to the hour's rest.
            "github" => Self { per_second: 4.0, burst: 40.0 },
            _ => Self { per_second: 5.0, burst: 10.0 },
        }
    }
}

/// From one call about a single environment to the next, in one region, unless told otherwise.
const TURN: Duration = Duration::from_secs(1);

/// Who goes first where a budget does not let all through that wait for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Precedence {
    /// What is read to be shown: the listing, the events, the sweep.
    Reading,
    /// What an operation asks and sends.
    Operation,
}

/// Why a call may not be made yet, and when to ask again.
enum Later {
    /// Another call about a single environment was made just now.
    Turn(Instant),
    /// The budget does not let it through.
    Budget(Instant),
}

/// How much was asked of the outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Calls {
    /// Since the start.
    pub total: u64,
    /// Within the last minute.
    pub last_minute: u64,
}

struct Inner {
    /// The first connection that was found to lead to each account.
    first: HashMap<AccountId, Connection>,
    /// Whose budgets a connection shares that leads to an account found before.
    shares: HashMap<Connection, Connection>,
    buckets: HashMap<BudgetKey, Bucket>,
    by_region: HashMap<(Connection, Option<Region>), u64>,
    /// When the next call about a single environment may be made.
    turns: HashMap<(Connection, Option<Region>), Instant>,
    /// From one such call to the next.
    turn: Duration,
    total: u64,
    /// When each call of the last minute left.
    recent: std::collections::VecDeque<Instant>,
}

impl Inner {
    /// The budget that a call comes out of, whichever way in it takes.
    fn budget(&self, key: &BudgetKey) -> BudgetKey {
        let connection = self.shares.get(&key.connection).unwrap_or(&key.connection).clone();
        BudgetKey { connection, ..key.clone() }
    }
}

/// Lets calls through, each out of its own budget. Cheap to clone; all clones are one, whichever precedence they have.
#[derive(Clone)]
pub struct Limiter {
    inner: Arc<Mutex<Inner>>,
    stamps: Stamps,
    precedence: Precedence,
}

/// A call that waits for its budget, counted there for as long as this lives: it may be given up meanwhile.
struct Queued {
    inner: Arc<Mutex<Inner>>,
    budget: BudgetKey,
    precedence: Precedence,
}

impl Drop for Queued {
    fn drop(&mut self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = inner.buckets.get_mut(&self.budget) {
            bucket.leave(self.precedence);
        }
    }
}

impl Limiter {
    /// Full budgets.
    #[must_use]
    pub fn new(stamps: Stamps) -> Self {
        let inner = Inner {
            first: HashMap::new(),
            shares: HashMap::new(),
            buckets: HashMap::new(),
            by_region: HashMap::new(),
            turns: HashMap::new(),
            turn: TURN,
            total: 0,
            recent: std::collections::VecDeque::new(),
        };
        Self { inner: Arc::new(Mutex::new(inner)), stamps, precedence: Precedence::Reading }
    }

    /// The same budgets for what operations ask and send: that goes first, and takes no turns with the sweep, since somebody
    /// waits for it.
    #[must_use]
    pub fn for_operations(&self) -> Self {
        Self { precedence: Precedence::Operation, ..self.clone() }
    }

    /// Has calls about single environments come this far apart, in each region of a connection.
    pub fn space_turns(&self, turn: Duration) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).turn = turn;
    }

    /// Says to which account a connection leads: it shares the budgets of another that leads there.
    pub fn leads_to(&self, connection: &Connection, account: &AccountId) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let first = inner.first.entry(account.clone()).or_insert_with(|| connection.clone()).clone();
        if first == *connection {
            inner.shares.remove(connection);
        } else {
            inner.shares.insert(connection.clone(), first);
        }
    }

    /// Waits until a call may be made, and says when that was. It counts once it is [`Self::sent`].
    pub async fn pass(&self, key: &BudgetKey) -> Stamp {
        self.wait(key, false).await
    }

    /// The same for a call about a single environment: it also waits for its turn.
    pub async fn pass_in_turn(&self, key: &BudgetKey) -> Stamp {
        self.wait(key, true).await
    }

    async fn wait(&self, key: &BudgetKey, in_turn: bool) -> Stamp {
        let mut queued = None;
        loop {
            let when = match self.try_pass(key, in_turn) {
                Ok(stamp) => return stamp,
                Err(Later::Turn(when)) => {
                    // It holds up nobody at its budget meanwhile.
                    queued = None;
                    when
                }
                Err(Later::Budget(when)) => {
                    // Whoever has learned meanwhile into which account it leads waits at that one's budget.
                    queued = queued.filter(|queued: &Queued| queued.budget == self.budget(key)).or_else(|| Some(self.queue(key)));
                    when
                }
            };
            tokio::time::sleep_until(when).await;
        }
    }

    fn budget(&self, key: &BudgetKey) -> BudgetKey {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).budget(key)
    }

    fn queue(&self, key: &BudgetKey) -> Queued {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = inner.budget(key);
        if let Some(bucket) = inner.buckets.get_mut(&budget) {
            bucket.join(self.precedence);
        }
        drop(inner);
        Queued { inner: Arc::clone(&self.inner), budget, precedence: self.precedence }
    }

    fn try_pass(&self, key: &BudgetKey, in_turn: bool) -> Result<Stamp, Later> {
        let now = Instant::now();
        let in_turn = in_turn && self.precedence == Precedence::Reading;
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let key = inner.budget(key);
        let place = (key.connection.clone(), key.region.clone());
        if let Some(turn) = inner.turns.get(&place).filter(|turn| in_turn && **turn > now) {
            return Err(Later::Turn(*turn));
        }
        let bucket = inner.buckets.entry(key.clone()).or_insert_with(|| Bucket::new(Rate::at(&key), now));
        bucket.take(self.precedence, now).map_err(Later::Budget)?;
        if in_turn {
            let next = now + inner.turn;
            inner.turns.insert(place, next);
        }
        drop(inner);
        Ok(self.stamps.stamp())
    }

    /// The stamp of something that is told without a call.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.stamps.stamp()
    }

    /// Counts a call that leaves this machine.
    pub fn sent(&self, key: &BudgetKey) {
        let now = Instant::now();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.total += 1;
        *inner.by_region.entry((key.connection.clone(), key.region.clone())).or_default() += 1;
        inner.recent.push_back(now);
        while inner.recent.front().is_some_and(|first| now.saturating_duration_since(*first) > Duration::from_secs(60)) {
            inner.recent.pop_front();
        }
    }

    /// Tells that the service throttled a call out of this budget.
    pub fn throttled(&self, key: &BudgetKey, after: Option<Duration>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let key = inner.budget(key);
        if let Some(bucket) = inner.buckets.get_mut(&key) {
            bucket.throttled(Instant::now(), after, fastrand::f64());
        }
    }

    /// For how long this budget still pauses, since the service throttles.
    #[must_use]
    pub fn pause(&self, key: &BudgetKey) -> Duration {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.buckets.get(&inner.budget(key)).map_or(Duration::ZERO, |bucket| bucket.pause(Instant::now()))
    }

    /// Tells that a call out of this budget was answered: what pauses there were are forgotten.
    pub fn answered(&self, key: &BudgetKey) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let key = inner.budget(key);
        if let Some(bucket) = inner.buckets.get_mut(&key) {
            bucket.answered();
        }
    }

    /// Gives back the place of a call that was let through and never left this machine.
    pub fn unsent(&self, key: &BudgetKey) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let key = inner.budget(key);
        if let Some(bucket) = inner.buckets.get_mut(&key) {
            bucket.give_back();
        }
    }

    /// How many calls were made.
    #[must_use]
    pub fn calls(&self) -> Calls {
        let now = Instant::now();
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |at: &&Instant| now.saturating_duration_since(**at) <= Duration::from_secs(60);
        Calls { total: inner.total, last_minute: inner.recent.iter().filter(fresh).count() as u64 }
    }

    /// How many calls were made for each region of a connection.
    #[must_use]
    pub fn regions_called(&self, connection: &Connection) -> Vec<(Option<Region>, u64)> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let own = inner.by_region.iter().filter(|((other, _), _)| other == connection);
        own.map(|((_, region), calls)| (region.clone(), *calls)).collect()
    }

    /// How many calls were made for one region of a connection.
    #[must_use]
    pub fn calls_to(&self, connection: &Connection, region: Option<&Region>) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.by_region.get(&(connection.clone(), region.cloned())).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
