//! Cases: a plan, a world, and what befalls them. Each follows from its seed alone.

use std::sync::Arc;
use std::time::Duration;

use super::world::{Destiny, Ends, Weather, World};
use crate::model::clock::Timestamp;
use crate::model::destination::Destination;
use crate::model::operation::action::{Action, Copied, Local, Place, Registration, Way};
use crate::model::operation::fact::Wish;
use crate::model::operation::plan::{
    Actor, Aim, Checks, Member, OnFailure, OperationId, Origin, Plan, Roll, Target, Times, Waved, end, rolling, take_out, waves,
};

/// What there is in the world.
#[derive(Clone, Debug)]
pub(super) enum Members {
    /// Targets of a group, those of the plan first.
    Targets(Vec<(String, Destiny)>),
    /// Environments.
    Environments(Vec<(String, Ends)>),
}

/// A case.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) seed: u64,
    pub(super) plan: Plan,
    pub(super) weather: Weather,
    pub(super) members: Members,
    pub(super) at_once: usize,
    pub(super) drift: bool,
    /// Who takes what is sent, and never answers again.
    pub(super) silent: Option<String>,
    /// What the person wants, with when, in seconds from the start.
    pub(super) wishes: Vec<(u64, Wish)>,
    /// After how many moments each life of the process ends.
    pub(super) kills: Vec<u64>,
    /// How many facts the disk takes.
    pub(super) room: Option<usize>,
    /// After how many seconds the clock is set back by an hour.
    pub(super) set_back: Option<u64>,
    pub(super) must_fail: bool,
}

pub(super) const OLD: &str = "v1";
pub(super) const NEW: &str = "v2";

pub(super) fn origin(seed: u64, on_failure: OnFailure) -> Origin {
    let id = OperationId::new(Timestamp::from_second(1_700_000_000).unwrap(), u32::try_from(seed % 0xffff_ffff).unwrap());
    Origin { id, actor: Actor { identity: Some("arn:aws:iam::1:user/ada".into()), login: None }, reason: None, on_failure }
}

pub(super) fn place(environment: &str, instance: Option<&str>) -> Place {
    let environment = environment.parse().unwrap();
    Place { environment, id: None, instance: instance.map(Into::into), connection: Some("default".into()), writer: None }
}

const GROUP: &str = "target-group:1:us-west-2:growl-prod";

pub(super) fn members(count: usize) -> Vec<(String, Destiny)> {
    (0..count).map(|number| (format!("i-{number:02}"), Destiny::default())).collect()
}

fn local(word: &str) -> Local {
    let command = ["terraform", word].map(str::to_owned).to_vec();
    Local {
        command,
        folder: None,
        meanings: [(2, "the state has drifted".to_owned())].into(),
        prints: None,
        limit: Duration::from_secs(60),
    }
}

/// A rolling deploy over these.
pub(super) fn roll(seed: u64, members: Vec<(String, Destiny)>, at_once: u32, fewest_healthy: u32, on_failure: OnFailure) -> Case {
    let member = |name: &String| Member {
        place: place(GROUP, Some(name)),
        name: name.as_str().into(),
        port: Some(8080),
        way: Way::Ssh(Destination::new("host").unwrap()),
    };
    let roll = Roll {
        title: "growl prod us-west-2 77c1d09".to_owned(),
        place: place(GROUP, None),
        group: "arn:growl".into(),
        members: members.iter().map(|(name, _)| member(name)).collect(),
        checks: Checks {
            workspace: Some(local("workspace")),
            drift: Some(local("plan")),
            built: Some((place(GROUP, None), Action::Built { region: "us-west-1".into(), repository: "growl".into(), tag: NEW.into() })),
            quiet: Some(Action::Quiet { repository: "a/growl".into(), workflows: vec!["deploy.yml".into()] }),
        },
        version: NEW.into(),
        also: Vec::new(),
        files: vec![Copied { from: "Makefile".into(), to: "Makefile".into() }],
        command: "make ecr-deploy".to_owned(),
        times: Times::default(),
        at_once,
        fewest_healthy,
    };
    let plan = rolling(origin(seed, on_failure), &roll).unwrap();
    Case {
        seed,
        plan,
        weather: Weather::default(),
        members: Members::Targets(members),
        at_once: at_once as usize,
        drift: false,
        silent: None,
        wishes: Vec::new(),
        kills: Vec::new(),
        room: None,
        set_back: None,
        must_fail: false,
    }
}

/// A wave over these: one staging environment, one canary, then the rest.
pub(super) fn wave(seed: u64, environments: Vec<(String, Ends)>, at_once: u32, on_failure: OnFailure, label: &str) -> Case {
    let aim = |(name, _): &(String, Ends)| Aim {
        place: place(&format!("beanstalk:1:us-west-1:{name}"), None),
        action: Action::Deploy(label.into()),
        patience: Duration::from_secs(3_600),
        expected: None,
    };
    let mut aims: Vec<Aim> = environments.iter().map(aim).collect();
    let rest = aims.split_off(aims.len().min(2));
    let single = aims.into_iter().zip(["staging", "canary"]);
    let bake = Duration::from_secs(120);
    let mut all: Vec<Waved> = single.map(|(aim, name)| Waved { name: name.into(), aims: vec![aim], at_once: 1, bake }).collect();
    all.push(Waved { name: "agencies".into(), aims: rest, at_once, bake });
    let plan = waves(origin(seed, on_failure), "orchid v2".to_owned(), all).unwrap();
    let members = Members::Environments(environments);
    let at_once = at_once as usize;
    Case { plan, members, at_once, ..roll(seed, self::members(2), 1, 1, on_failure) }
}

pub(super) fn environments(count: usize) -> Vec<(String, Ends)> {
    (0..count).map(|number| (format!("agency-{number:02}"), Ends::Well)).collect()
}

/// One instance taken out, or an orphan ended.
fn single(seed: u64, rng: &mut fastrand::Rng) -> Case {
    let members = members(rng.usize(2..4));
    let group = Registration { group: "arn:growl".into(), port: None, keep: 1 };
    let target = Target { place: place(GROUP, Some("i-00")), name: "i-00".into(), groups: vec![group] };
    let origin = origin(seed, OnFailure::Stop);
    let plan = if rng.bool() { take_out(origin, &target, &Times::default()) } else { end(origin, &target, &Times::default()) };
    Case { plan: plan.unwrap(), ..roll(seed, members, 1, 1, OnFailure::Stop) }
}

impl Case {
    /// The case of a seed.
    pub(super) fn of(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let on_failure = [OnFailure::Stop, OnFailure::CarryOn, OnFailure::Pause][rng.usize(0..3)];
        let mut case = match rng.u32(0..10) {
            0..6 => Self::random_roll(seed, &mut rng, on_failure),
            6..9 => Self::random_wave(seed, &mut rng, on_failure),
            _ => single(seed, &mut rng),
        };
        case.weather = weather(&mut rng);
        case.wishes = wishes(&mut rng, case.plan.units.len());
        if on_failure == OnFailure::Pause {
            // Somebody comes and looks, again and again.
            case.wishes
                .extend((1..60).map(|hour| (hour * 1_800, if rng.u32(0..20) == 0 { Wish::Stop } else { Wish::Resume { reason: None } })));
        }
        case
    }

    fn random_roll(seed: u64, rng: &mut fastrand::Rng, on_failure: OnFailure) -> Self {
        let count = rng.usize(2..7);
        let mut all = members(count);
        for (_, destiny) in &mut all {
            destiny.copy_fails = rng.u32(0..20) == 0;
            destiny.command_fails = rng.u32(0..8) == 0;
            destiny.never_healthy = rng.u32(0..16) == 0;
            destiny.vanishes = (rng.u32(0..16) == 0).then(|| rng.u64(1..1_500));
            destiny.never_told = rng.u32(0..30) == 0;
        }
        let fewest = rng.u32(0..u32::try_from(count).unwrap());
        let mut case = roll(seed, all, rng.u32(1..4), fewest, on_failure);
        case.drift = rng.u32(0..25) == 0;
        case.must_fail = case.drift;
        if let (Members::Targets(targets), true) = (&mut case.members, rng.u32(0..6) == 0) {
            // Auto Scaling adds one that no plan knows.
            targets.push(("i-99".to_owned(), Destiny::default()));
        }
        case
    }

    fn random_wave(seed: u64, rng: &mut fastrand::Rng, on_failure: OnFailure) -> Self {
        let mut all = environments(rng.usize(1..10));
        for (_, ends) in &mut all {
            *ends = match rng.u32(0..24) {
                0 => Ends::OnTheOldVersion,
                1 => Ends::Aborted,
                2 => Ends::Unwell,
                3 => Ends::Untold,
                _ => Ends::Well,
            };
        }
        let redeploy = rng.bool();
        for (_, ends) in all.iter_mut().filter(|(_, ends)| redeploy && *ends == Ends::OnTheOldVersion) {
            // It is the version that is wanted.
            *ends = Ends::Aborted;
        }
        wave(seed, all, rng.u32(1..4), on_failure, if redeploy { OLD } else { NEW })
    }

    /// The same, killed in these moments.
    pub(super) fn killed(mut self, kills: Vec<u64>) -> Self {
        self.kills = kills;
        self
    }

    pub(super) fn world(&self) -> World {
        let world = World::new(self.seed, self.weather);
        world.with(|state| (state.at_once, state.drift) = (self.at_once, self.drift));
        match &self.members {
            Members::Targets(targets) => targets.iter().for_each(|(name, destiny)| world.add_target(name, *destiny)),
            Members::Environments(environments) => environments.iter().for_each(|(name, ends)| world.add_environment(name, OLD, *ends)),
        }
        world
    }

    pub(super) fn name_of(&self, unit: u32) -> String {
        let deed = &self.plan.units[unit as usize].steps[0].deed;
        let named = self.plan.units[unit as usize].steps.iter().find_map(|step| step.deed.place.instance.clone());
        named.map_or_else(|| deed.place.environment.name.to_string(), |instance| instance.to_string())
    }

    pub(super) fn is_redeploy(&self) -> bool {
        let label = |action: &Action| matches!(action, Action::Deploy(label) if label.as_str() == OLD);
        self.plan.units.iter().flat_map(|unit| &unit.steps).any(|step| label(&step.deed.action))
    }
}

fn weather(rng: &mut fastrand::Rng) -> Weather {
    let bad = [0, 1, 4][rng.usize(0..3)];
    let mut share = |most: u32| if bad == 0 { 0 } else { rng.u32(0..most * bad) };
    let weather = Weather {
        lost_answer: share(60),
        lost_request: share(40),
        refused: share(60),
        hangs: share(12),
        panics: share(12),
        blind: share(60),
        unclear: share(60),
        ..Weather::default()
    };
    let mut closed = |most: u64| {
        let from = rng.u64(0..1_000);
        if rng.u32(0..6) == 0 { (from, from + rng.u64(10..most)) } else { (0, 0) }
    };
    Weather { expired: closed(3_000), throttled: closed(1_000), unreachable: closed(150), ..weather }
}

fn wishes(rng: &mut fastrand::Rng, units: usize) -> Vec<(u64, Wish)> {
    let mut wishes = Vec::new();
    if rng.u32(0..4) == 0 {
        let pause = rng.u64(1..1_500);
        wishes.extend([(pause, Wish::Pause), (pause + rng.u64(1..3_000), Wish::Resume { reason: None })]);
    }
    if rng.u32(0..4) == 0 {
        wishes.push((rng.u64(1..2_000), Wish::Stop));
    }
    if rng.u32(0..5) == 0 {
        let unit = u32::try_from(rng.usize(0..units)).unwrap();
        wishes.push((rng.u64(1..1_000), Wish::Skip { unit, reason: Arc::from("not today") }));
    }
    wishes
}
