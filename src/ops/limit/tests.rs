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

/// Begins calls of a sweep that is behind by far; tells how many of them were let through.
fn sweep(limiter: &Limiter, key: &BudgetKey) -> Arc<std::sync::atomic::AtomicU32> {
    let passed = Arc::new(std::sync::atomic::AtomicU32::new(0));
    for _ in 0..200 {
        let (limiter, key, passed) = (limiter.clone(), key.clone(), Arc::clone(&passed));
        tokio::spawn(async move {
            call(&limiter, &key).await;
            passed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
    }
    passed
}

#[tokio::test(start_paused = true)]
async fn what_an_operation_asks_goes_before_a_sweep_that_waits() {
    let (limiter, key) = limiter();
    let passed = sweep(&limiter, &key);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let before = passed.load(std::sync::atomic::Ordering::Relaxed);
    let (operation, begin) = (limiter.for_operations(), Instant::now());
    for _ in 0..3 {
        call(&operation, &key).await;
    }
    // Three calls a second are let through, and nearly two hundred have waited for longer.
    assert!(begin.elapsed() <= Duration::from_millis(1_500), "{:?}", begin.elapsed());
    assert!(passed.load(std::sync::atomic::Ordering::Relaxed) <= before + 2);
}

#[tokio::test(start_paused = true)]
async fn reading_keeps_a_quarter_of_a_budget_and_all_together_is_never_more_than_its_rate() {
    let (limiter, key) = limiter();
    let passed = sweep(&limiter, &key);
    // More of them than a budget lets through, and none ends by itself.
    let operations: Vec<_> = (0..4)
        .map(|_| {
            let (operation, key) = (limiter.for_operations(), key.clone());
            tokio::spawn(async move {
                loop {
                    call(&operation, &key).await;
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(100)).await;
    let (read, all) =
        (u64::from(passed.load(std::sync::atomic::Ordering::Relaxed)), limiter.calls_to(&key.connection, key.region.as_ref()));
    assert!(all <= 306, "six at once and three a second: {all}");
    assert!(all >= 250, "the budget is used: {all}");
    assert!(read * 4 >= all && read * 2 < all, "{read} of {all}");
    for operation in operations {
        operation.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_operation_does_not_want_any_more_holds_up_nobody() {
    let (limiter, key) = limiter();
    for _ in 0..6 {
        call(&limiter, &key).await;
    }
    limiter.throttled(&key, Some(Duration::from_secs(5)));
    let given_up = tokio::time::timeout(Duration::from_secs(1), limiter.for_operations().pass(&key)).await;
    assert!(given_up.is_err());
    let begin = Instant::now();
    call(&limiter, &key).await;
    assert!(begin.elapsed() <= Duration::from_millis(4_400), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_operation_takes_no_turns_with_the_sweep() {
    let (limiter, key) = limiter();
    let _ = limiter.pass_in_turn(&key).await;
    let begin = Instant::now();
    let _ = limiter.for_operations().pass_in_turn(&key).await;
    assert_eq!(begin.elapsed(), Duration::ZERO);
}
