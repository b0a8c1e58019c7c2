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

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

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

/// The shortest pause after a first throttling.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause, however often a service throttles.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// From one call about a single environment to the next, in one region, unless told otherwise.
const TURN: Duration = Duration::from_secs(1);

/// The longest pause that a service is believed to want.
const LONGEST_TOLD_PAUSE: Duration = Duration::from_secs(300);

#[derive(Debug)]
struct Bucket {
    rate: Rate,
    tokens: f64,
    filled_at: Instant,
    paused_until: Instant,
    throttled_in_a_row: u32,
}

impl Bucket {
    fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, tokens: rate.burst, filled_at: now, paused_until: now, throttled_in_a_row: 0 }
    }

    /// Takes a token, or says when to ask again.
    fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if now < self.paused_until {
            return Err(self.paused_until);
        }
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = passed.mul_add(self.rate.per_second, self.tokens).min(self.rate.burst);
        self.filled_at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - self.tokens) / self.rate.per_second;
        // Rounded up, or a sleeper would wake a hair too early and spin.
        Err(now + Duration::from_secs_f64(wait) + Duration::from_millis(1))
    }

    fn throttled(&mut self, now: Instant, after: Option<Duration>, jitter: f64) {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.throttled_in_a_row.min(6));
        let pause = after.map_or_else(|| doubled.min(LONGEST_PAUSE).mul_f64(0.5 + jitter / 2.0), |after| after.min(LONGEST_TOLD_PAUSE));
        self.throttled_in_a_row = self.throttled_in_a_row.saturating_add(1);
        self.paused_until = self.paused_until.max(now + pause);
        self.tokens = 0.0;
        self.filled_at = self.paused_until;
    }
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

/// Lets calls through, each out of its own budget. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Limiter {
    inner: Arc<Mutex<Inner>>,
    stamps: Stamps,
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
        Self { inner: Arc::new(Mutex::new(inner)), stamps }
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
        loop {
            match self.try_pass(key, in_turn) {
                Ok(stamp) => return stamp,
                Err(when) => tokio::time::sleep_until(when).await,
            }
        }
    }

    fn try_pass(&self, key: &BudgetKey, in_turn: bool) -> Result<Stamp, Instant> {
        let now = Instant::now();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let key = inner.budget(key);
        let place = (key.connection.clone(), key.region.clone());
        if let Some(turn) = inner.turns.get(&place).filter(|turn| in_turn && **turn > now) {
            return Err(*turn);
        }
        let bucket = inner.buckets.entry(key.clone()).or_insert_with(|| Bucket::new(Rate::at(&key), now));
        bucket.take(now)?;
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

    /// Tells that a call out of this budget was answered: what pauses there were are forgotten.
    pub fn answered(&self, key: &BudgetKey) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let key = inner.budget(key);
        if let Some(bucket) = inner.buckets.get_mut(&key) {
            bucket.throttled_in_a_row = 0;
        }
    }

    /// Gives back the place of a call that was let through and never left this machine.
    pub fn unsent(&self, key: &BudgetKey) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let key = inner.budget(key);
        if let Some(bucket) = inner.buckets.get_mut(&key) {
            bucket.tokens = (bucket.tokens + 1.0).min(bucket.rate.burst);
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
mod tests {
    use super::*;
    use crate::model::clock::Timestamp;
    use crate::ops::clock::Clock;

    struct Fixed;
    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    fn limiter() -> (Limiter, BudgetKey) {
        let key = BudgetKey { connection: "default".into(), region: Some("us-west-1".into()), api: "elasticbeanstalk" };
        (Limiter::new(Stamps::new(Arc::new(Fixed))), key)
    }

    async fn call(limiter: &Limiter, key: &BudgetKey) {
        let _ = limiter.pass(key).await;
        limiter.sent(key);
    }

    #[tokio::test(start_paused = true)]
    async fn a_budget_allows_a_burst_and_then_its_rate() {
        let (limiter, key) = limiter();
        let begin = Instant::now();
        for _ in 0..12 {
            call(&limiter, &key).await;
        }
        // Six at once, six more at three a second.
        let passed = begin.elapsed();
        assert!(passed >= Duration::from_secs(2) && passed < Duration::from_millis(2_100), "{passed:?}");
        assert_eq!(limiter.calls().total, 12);
        assert_eq!(limiter.calls_to(&key.connection, key.region.as_ref()), 12);
    }

    #[tokio::test(start_paused = true)]
    async fn load_balancers_are_asked_five_times_in_any_second_at_most() {
        let (limiter, key) = limiter();
        let key = BudgetKey { api: "elasticloadbalancing", ..key };
        let begin = Instant::now();
        let mut passed = Vec::new();
        for _ in 0..51 {
            call(&limiter, &key).await;
            passed.push(begin.elapsed());
        }
        assert!(passed.windows(6).all(|six| six[5].saturating_sub(six[0]) >= Duration::from_secs(1)), "{passed:?}");
        assert!(begin.elapsed() < Duration::from_millis(10_200), "{:?}", begin.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn searches_of_logs_take_half_of_the_regions_quota() {
        let (limiter, key) = limiter();
        for (region, allowed) in [("us-east-1", 12), ("eu-central-1", 2), ("us-west-1", 5)] {
            let key = BudgetKey { api: "logs", region: Some(region.into()), ..key.clone() };
            let begin = Instant::now();
            for _ in 0..allowed {
                call(&limiter, &key).await;
            }
            assert_eq!(begin.elapsed(), Duration::ZERO, "{region}");
            for _ in 0..allowed {
                call(&limiter, &key).await;
            }
            assert!(begin.elapsed() > Duration::from_millis(500), "{region}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn two_ways_into_one_account_have_one_budget() {
        let (limiter, key) = limiter();
        let other = BudgetKey { connection: "other".into(), ..key.clone() };
        limiter.leads_to(&key.connection, &"111122223333".into());
        limiter.leads_to(&other.connection, &"111122223333".into());
        let begin = Instant::now();
        for _ in 0..6 {
            call(&limiter, &key).await;
            call(&limiter, &other).await;
        }
        let passed = begin.elapsed();
        assert!(passed >= Duration::from_secs(2) && passed < Duration::from_millis(2_100), "{passed:?}");
        assert_eq!(limiter.calls_to(&other.connection, other.region.as_ref()), 6);
        limiter.throttled(&other, Some(Duration::from_secs(5)));
        let begin = Instant::now();
        call(&limiter, &key).await;
        assert!(begin.elapsed() >= Duration::from_secs(5));
        // Other credentials behind the same name lead elsewhere.
        limiter.leads_to(&other.connection, &"444455556666".into());
        let begin = Instant::now();
        call(&limiter, &other).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_budget_pauses_ever_longer_and_only_itself() {
        let (limiter, key) = limiter();
        let _ = limiter.pass(&key).await;
        let mut pauses = Vec::new();
        for _ in 0..5 {
            limiter.throttled(&key, None);
            let begin = Instant::now();
            let _ = limiter.pass(&key).await;
            pauses.push(begin.elapsed());
        }
        assert!(pauses.first().unwrap() >= &Duration::from_millis(250));
        assert!(pauses.last().unwrap() >= &Duration::from_secs(4), "{pauses:?}");
        let other = BudgetKey { region: Some("eu-west-1".into()), ..key };
        let begin = Instant::now();
        let _ = limiter.pass(&other).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_about_single_environments_take_turns_whatever_the_api() {
        let (limiter, key) = limiter();
        let balancers = BudgetKey { api: "elasticloadbalancing", ..key.clone() };
        let begin = Instant::now();
        for key in [&key, &balancers, &balancers] {
            let _ = limiter.pass_in_turn(key).await;
        }
        assert_eq!(begin.elapsed(), Duration::from_secs(2));
        // Nothing else waits for them, and no other region.
        let _ = limiter.pass(&key).await;
        let _ = limiter.pass_in_turn(&BudgetKey { region: Some("eu-west-1".into()), ..key.clone() }).await;
        assert_eq!(begin.elapsed(), Duration::from_secs(2));
        limiter.space_turns(Duration::from_millis(100));
        let _ = limiter.pass_in_turn(&key).await;
        let _ = limiter.pass_in_turn(&key).await;
        assert_eq!(begin.elapsed(), Duration::from_millis(3_100));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_never_left_neither_counts_nor_costs() {
        let (limiter, key) = limiter();
        call(&limiter, &key).await;
        let begin = Instant::now();
        for _ in 0..20 {
            let _ = limiter.pass(&key).await;
            assert_eq!(limiter.calls(), Calls { total: 1, last_minute: 1 });
            limiter.unsent(&key);
        }
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert_eq!(limiter.calls_to(&key.connection, key.region.as_ref()), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_count_of_the_last_minute_forgets() {
        let (limiter, key) = limiter();
        call(&limiter, &key).await;
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(limiter.calls(), Calls { total: 1, last_minute: 0 });
    }
}
