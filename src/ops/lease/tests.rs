use std::sync::Mutex as Shelf;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use super::*;
use crate::model::operation::action::Registration;
use crate::model::operation::fact::{Fact, Spot, Stamped};
use crate::model::operation::plan::{Actor, Deed, Kind, OnFailure, Plan, Step, Unit, Wave};

const MINUTE: i64 = 60;

/// What all machines see, and the clock that they share.
#[derive(Default)]
struct World {
    texts: Shelf<BTreeMap<String, String>>,
    now: AtomicI64,
    /// The number of the call from now on whose answer does not arrive, though it took effect; 0: of none.
    loses: AtomicU32,
    calls: AtomicU32,
}

impl World {
    fn after(&self, minutes: i64) {
        self.now.fetch_add(minutes * MINUTE, Ordering::Relaxed);
    }

    fn text(&self, name: &str) -> Option<String> {
        self.texts.lock().unwrap().get(name).cloned()
    }

    fn holder(&self, name: &str) -> Option<OperationId> {
        Some(serde_json::from_str::<Lease>(&self.text(name)?).unwrap().operation)
    }

    /// What a call does, and whether its answer arrives.
    fn done<T>(&self, what: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> Result<T, Fault> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let told = what(&mut self.texts.lock().unwrap());
        let left = self.loses.load(Ordering::Relaxed);
        self.loses.store(left.saturating_sub(1), Ordering::Relaxed);
        match left {
            1 => Err(Fault::new(FaultKind::Unreachable, "no answer")),
            _ => Ok(told),
        }
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + self.now.load(Ordering::Relaxed)).unwrap()
    }
}

impl Leases for World {
    fn create(&self, _: Place, name: Arc<str>, text: String) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.done(|texts| {
                let is_free = !texts.contains_key(&*name);
                if is_free {
                    texts.insert(name.to_string(), text);
                }
                is_free
            })
        })
    }

    fn read(&self, _: Place, name: Arc<str>) -> BoxFuture<'_, Result<Option<String>, Fault>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.done(|texts| texts.get(&*name).cloned())
        })
    }

    fn replace(&self, _: Place, name: Arc<str>, text: String) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move { self.done(|texts| drop(texts.insert(name.to_string(), text))) })
    }

    fn remove(&self, _: Place, name: Arc<str>) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.done(|texts| drop(texts.remove(&*name)))
        })
    }

    fn removal(&self, _: &Place, name: &str) -> String {
        format!("remove {name}")
    }

    fn machine(&self) -> Arc<str> {
        "deck-1".into()
    }
}

/// A platform that is not asked for anything but looks before.
struct Idle;

impl Platform for Idle {
    fn before(&self, _: Place, _: Action) -> BoxFuture<'_, Result<Baseline, Fault>> {
        Box::pin(std::future::ready(Ok(Baseline::default())))
    }

    fn begin(&self, _: Place, _: Action, _: Mark) -> BoxFuture<'_, Begun> {
        unreachable!("only looks before are tested here")
    }

    fn observe(&self, _: Place, _: Action, _: Mark, _: Baseline, _: Option<Receipt>) -> BoxFuture<'_, Result<Observed, Fault>> {
        unreachable!("only looks before are tested here")
    }
}

fn place() -> Place {
    let environment = "beanstalk:111122223333:us-west-1:till-prod".parse().unwrap();
    Place { environment, id: None, instance: None, connection: Some("default".into()), writer: None }
}

const NAME: &str = "beanstalk:111122223333:us-west-1:till-prod";

/// A restart that is planned, and what a process that carries it on knows.
fn operation(world: &World, salt: u32) -> Operation {
    let step = Step::from(Deed::new(place(), Action::Restart, Duration::from_secs(60)));
    let plan = Plan {
        version: plan::VERSION,
        id: OperationId::new(Timestamp::from_second(1_700_000_000).unwrap(), salt),
        kind: Kind::Restart,
        title: format!("restart number {salt}").into(),
        actor: Actor { identity: Some(format!("arn:aws:iam::1:user/{salt}").into()), login: None },
        reason: None,
        before: Vec::new(),
        waves: vec![Wave { name: "all".into(), at_once: 1 }],
        units: vec![Unit { name: "till-prod".into(), wave: 0, steps: vec![step], watch: Vec::new() }],
        on_failure: OnFailure::Stop,
        fewest_healthy: None,
    };
    let planned = Stamped { at: world.now(), fact: Fact::Planned { plan: Arc::new(plan) } };
    Operation::replay(&[planned]).unwrap()
}

fn carried_on(world: &Arc<World>, operation: &Operation) -> Leased {
    Leased::new(Arc::new(Idle), Arc::clone(world) as Arc<dyn Leases>, Arc::clone(world) as Arc<dyn Clock>, operation)
}

fn console(world: &Arc<World>, salt: u32) -> Leased {
    carried_on(world, &operation(world, salt))
}

async fn tries(console: &Leased) -> Result<(), Fault> {
    console.before(place(), Action::Restart).await.map(drop)
}

#[tokio::test]
async fn a_target_is_changed_from_one_machine_at_a_time_and_others_are_told_from_which() {
    let world = Arc::new(World::default());
    let (first, second) = (console(&world, 1), console(&world, 2));
    tries(&first).await.unwrap();
    let calls = world.calls.load(Ordering::Relaxed);
    tries(&first).await.unwrap();
    assert_eq!(world.calls.load(Ordering::Relaxed), calls, "what is held is not asked for again");
    let fault = tries(&second).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Refused);
    for part in ["till-prod is being changed from deck-1 by arn:aws:iam::1:user/1", "restart number 1", "runs out at 22:28 UTC"] {
        assert!(fault.sentence.contains(part), "{part}: {fault}");
    }
    first.give_back().await;
    assert_eq!(world.text(NAME), None);
    tries(&second).await.unwrap();
}

#[tokio::test]
async fn only_what_changes_a_target_holds_it_and_aborting_needs_no_lease() {
    let world = Arc::new(World::default());
    let looks = console(&world, 1);
    let registration = Registration { group: "arn:aws:group".into(), port: None, keep: 1 };
    let unheld = Place { environment: "host:shop-1:-:shop".parse().unwrap(), ..place() };
    for (place, action) in [(place(), Action::Abort), (place(), Action::Healthy(registration.clone())), (unheld, Action::Restart)] {
        looks.before(place, action).await.unwrap();
    }
    assert_eq!(world.calls.load(Ordering::Relaxed), 0);
    looks.before(place(), Action::Deregister(registration)).await.unwrap();
    assert!(world.text(NAME).is_some() && world.text("arn:aws:group").is_some());
}

/// A machine that is gone keeps others out until its lease has run out, and two minutes longer: clocks differ.
#[tokio::test]
async fn an_expired_lease_is_taken_over_and_its_operation_is_then_refused() {
    let world = Arc::new(World::default());
    let (gone, next) = (console(&world, 1), console(&world, 2));
    tries(&gone).await.unwrap();
    world.after(17);
    assert!(tries(&next).await.is_err(), "their clock may be behind");
    world.after(1);
    tries(&next).await.unwrap();
    assert_eq!(world.texts.lock().unwrap().len(), 1, "the claim is given back");
    let fault = tries(&gone).await.unwrap_err();
    assert!(fault.sentence.contains("restart number 2"), "{fault}");
    // What it gives back is not what it has lost.
    gone.give_back().await;
    assert_eq!(world.holder(NAME), Some(next.operation.clone()));
}

/// It sleeps through its own lease, and nobody else wanted the target; or another process carries the operation on.
#[tokio::test]
async fn the_same_operation_has_its_lease_again() {
    let world = Arc::new(World::default());
    let first = console(&world, 1);
    tries(&first).await.unwrap();
    let resumed = console(&world, 1);
    tries(&resumed).await.unwrap();
    world.after(16);
    tries(&resumed).await.unwrap();
    let lease: Lease = serde_json::from_str(&world.text(NAME).unwrap()).unwrap();
    assert!(lease.until > later(world.now(), Duration::from_secs(14 * 60)), "{lease:?}");
    assert_eq!(world.texts.lock().unwrap().len(), 1);
}

/// What is left to do may be nothing that needs the lease: at its end it is given back all the same.
#[tokio::test]
async fn what_an_earlier_process_took_is_given_back_too() {
    let world = Arc::new(World::default());
    let mut operation = operation(&world, 1);
    tries(&carried_on(&world, &operation)).await.unwrap();
    let spot = Spot::Step { unit: 0, step: 0 };
    operation.evolve(&Stamped { at: world.now(), fact: Fact::Began { spot, baseline: Baseline::default() } });
    carried_on(&world, &operation).give_back().await;
    assert_eq!(world.text(NAME), None);
    // Of what others have taken over since, nothing is removed.
    let other = console(&world, 2);
    tries(&other).await.unwrap();
    carried_on(&world, &operation).give_back().await;
    assert_eq!(world.holder(NAME), Some(other.operation.clone()));
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_renewed_and_what_was_lost_is_not_written_over() {
    let world = Arc::new(World::default());
    let first = console(&world, 1);
    tries(&first).await.unwrap();
    world.after(5);
    let _ = tokio::time::timeout(RENEWED + Duration::from_secs(1), first.renew()).await;
    let renewed: Lease = serde_json::from_str(&world.text(NAME).unwrap()).unwrap();
    assert_eq!(renewed.until, later(world.now(), LASTS));
    // Somebody has deleted it by hand, and another operation has it now.
    let second = console(&world, 2);
    world.texts.lock().unwrap().clear();
    tries(&second).await.unwrap();
    let theirs = world.text(NAME);
    let _ = tokio::time::timeout(RENEWED + Duration::from_secs(1), first.renew()).await;
    assert_eq!(world.text(NAME), theirs);
    assert!(tries(&first).await.unwrap_err().sentence.contains("restart number 2"));
}

/// Whichever answer is lost: tried once more, it is held, by one.
#[tokio::test]
async fn a_lost_answer_is_no_lost_lease() {
    for lost in 1..9 {
        let world = Arc::new(World::default());
        let (gone, next) = (console(&world, 1), console(&world, 2));
        tries(&gone).await.unwrap();
        world.after(18);
        world.loses.store(lost, Ordering::Relaxed);
        if let Err(fault) = tries(&next).await {
            assert_eq!(fault.kind, FaultKind::Unreachable, "{lost}: {fault}");
            tries(&next).await.unwrap();
        }
        assert_eq!(world.holder(NAME), Some(next.operation.clone()), "answer {lost} lost");
    }
}

/// In every order of their steps.
#[tokio::test]
async fn of_many_that_take_over_one_lease_one_has_it() {
    for seed in 0..200 {
        let world = Arc::new(World::default());
        let gone = console(&world, 0);
        tries(&gone).await.unwrap();
        world.after(18);
        let mut dice = fastrand::Rng::with_seed(seed);
        let consoles: Vec<Arc<Leased>> = (1..5).map(|salt| Arc::new(console(&world, salt))).collect();
        let mut tasks = tokio::task::JoinSet::new();
        for (number, console) in consoles.iter().enumerate() {
            let (console, waits) = (Arc::clone(console), dice.usize(0..8));
            tasks.spawn(async move {
                for _ in 0..waits {
                    tokio::task::yield_now().await;
                }
                (number, tries(&console).await)
            });
        }
        let ended = tasks.join_all().await;
        let held: Vec<usize> = ended.iter().filter(|(_, told)| told.is_ok()).map(|(number, _)| *number).collect();
        assert!(held.len() <= 1, "seed {seed}: {held:?}");
        let holder = world.holder(NAME);
        if let [number] = held[..] {
            assert_eq!(holder, Some(consoles[number].operation.clone()), "seed {seed}");
        }
        // Where they stood in each other's way, the next one has it.
        let mut again = Vec::new();
        for console in &consoles {
            again.push(tries(console).await.is_ok());
        }
        assert_eq!(again.iter().filter(|has| **has).count(), 1, "seed {seed}: {again:?}");
    }
}

/// Also where nothing is written for long: what an earlier process took is renewed, and a renewal whose answer is lost is one.
#[tokio::test(start_paused = true)]
async fn what_is_only_watched_is_renewed_and_so_is_what_a_lost_answer_hid() {
    let world = Arc::new(World::default());
    let mut operation = operation(&world, 1);
    tries(&carried_on(&world, &operation)).await.unwrap();
    operation
        .evolve(&Stamped { at: world.now(), fact: Fact::Began { spot: Spot::Step { unit: 0, step: 0 }, baseline: Baseline::default() } });
    let resumed = carried_on(&world, &operation);
    for lost in [0, 2, 0] {
        world.after(5);
        world.loses.store(lost, Ordering::Relaxed);
        let _ = tokio::time::timeout(RENEWED + Duration::from_secs(1), resumed.renew()).await;
        let lease: Lease = serde_json::from_str(&world.text(NAME).unwrap()).unwrap();
        assert_eq!(lease.until, later(world.now(), LASTS), "answer {lost} lost");
    }
    resumed.give_back().await;
    assert_eq!(world.text(NAME), None);
}

#[tokio::test]
async fn what_nobody_can_read_is_left_to_a_person() {
    let world = Arc::new(World::default());
    world.texts.lock().unwrap().insert(NAME.to_owned(), "a note of somebody".to_owned());
    let fault = tries(&console(&world, 1)).await.unwrap_err();
    assert!(fault.sentence.contains("cannot be read") && fault.sentence.contains(&format!("remove {NAME}")), "{fault}");
    assert_eq!(world.text(NAME).as_deref(), Some("a note of somebody"));
}
