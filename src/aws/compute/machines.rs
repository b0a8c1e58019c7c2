//! DescribeInstances: the facts of machines, by their ids or by their tags.
//!
//! Remembers what machines are for a few seconds, so that one call answers for all the target groups of a region
//! that are read at the same time; never how a target was.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ec2::types::{Filter, Instance as ToldInstance, InstanceStateName, Reservation};
use tokio::time::Instant;

use super::super::call::{Answer, Line, Operation, Wire};
use super::super::told::{moment, text};
use super::pages;
use super::shards::Shards;
use crate::model::clock::{Stamp, Timestamp};
use crate::model::compute::{Place, Tag};
use crate::model::fault::Fault;
use crate::model::id::{AccountId, Connection, InstanceId, Region};
use crate::model::instance::{Instance, Whereabouts};

/// For how long what a machine is counts as known: less than from one look at an open environment to the next.
const FRESH: Duration = Duration::from_secs(4);
/// For how long a machine that nobody asks about is read along with others.
const WANTED: Duration = Duration::from_secs(600);
/// The most values of one filter (EC2's API reference, "Filtering").
const MOST_VALUES: usize = 200;
/// How many digits an account's number has; some servers of this API have words there.
const ACCOUNT_DIGITS: usize = 12;
/// The states of a machine that is there: one that is terminated is listed for an hour still.
const THERE: [InstanceStateName; 5] = [
    InstanceStateName::Pending,
    InstanceStateName::Running,
    InstanceStateName::ShuttingDown,
    InstanceStateName::Stopping,
    InstanceStateName::Stopped,
];

/// The state of a machine of which none is told.
pub const UNTOLD: &str = "unknown";

/// What EC2 tells of a machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Machine {
    /// Its id.
    pub id: InstanceId,
    /// `running`, `stopped`.
    pub state: Arc<str>,
    /// When it was launched, or started again.
    pub launched_at: Option<Timestamp>,
    /// Such as `t3.medium`.
    pub kind: Option<Arc<str>>,
    /// Such as `us-west-1b`.
    pub zone: Option<Arc<str>>,
    /// The name or the address under which it is reached from outside.
    pub address: Option<Arc<str>>,
    /// Its address within its network.
    pub private_ip: Option<Arc<str>>,
    /// Whose it is.
    pub owner: Option<AccountId>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Machine {
    fn of(owner: Option<&AccountId>, told: &ToldInstance) -> Option<Self> {
        let zone = told.placement().and_then(|placement| text(placement.availability_zone.as_ref()));
        let tags = told.tags().iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default())));
        Some(Self {
            id: InstanceId::from(text(told.instance_id.as_ref())?),
            state: Arc::from(told.state().and_then(|state| state.name()).map_or(UNTOLD, InstanceStateName::as_str)),
            launched_at: moment(told.launch_time()),
            kind: told.instance_type().map(|kind| Arc::from(kind.as_str())),
            zone: zone.map(Arc::from),
            address: text(told.public_dns_name.as_ref()).or_else(|| text(told.public_ip_address.as_ref())).map(Arc::from),
            private_ip: text(told.private_ip_address.as_ref()).map(Arc::from),
            owner: owner.cloned(),
            tags: tags.collect(),
        })
    }

    /// The same machine where EC2 does not tell how it is now, nor what it carries.
    pub fn untold(self) -> Self {
        Self { state: Arc::from(UNTOLD), tags: BTreeMap::new(), ..self }
    }

    /// Whether it carries this tag, to the letter.
    pub fn carries(&self, tag: &Tag) -> bool {
        self.tags.get(&*tag.key).is_some_and(|value| **value == *tag.value)
    }

    /// Whether it runs, or will.
    pub fn is_on(&self) -> bool {
        matches!(&*self.state, "running" | "pending")
    }

    /// Where it is reached.
    pub fn place(&self) -> Place<'_> {
        Place { id: self.id.as_str(), private_ip: self.private_ip.as_deref(), address: self.address.as_deref() }
    }

    /// As one of an environment's instances, of which it is not yet known how it is.
    pub fn instance(&self) -> Instance {
        Instance {
            launched_at: self.launched_at,
            instance_type: self.kind.clone(),
            zone: self.zone.clone(),
            whereabouts: Whereabouts { private_ip: self.private_ip.clone(), address: self.address.clone(), registered: Vec::new() },
            ..Instance::of(self.id.clone())
        }
    }
}

/// Asks EC2 about machines. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Machines {
    wire: Wire,
    memory: Shards<(Connection, Region), Memory>,
}

/// What is remembered of machines, by their ids.
type Memory = HashMap<InstanceId, Known>;

/// What was told of a machine.
struct Known {
    at: Instant,
    stamp: Stamp,
    /// When somebody last wanted to know.
    wanted: Instant,
    /// None where EC2 does not know it.
    machine: Option<Machine>,
}

/// What some machines are.
pub struct Found {
    /// Those that EC2 knows.
    pub machines: HashMap<InstanceId, Machine>,
    /// When the oldest of that was asked for; none where there was nothing to ask.
    pub stamp: Option<Stamp>,
}

impl Machines {
    pub fn new(wire: Wire) -> Self {
        Self { wire, memory: Shards::default() }
    }

    /// What these machines are; one that EC2 does not know is left out.
    pub async fn by_id(&self, line: &Line, ids: &[InstanceId]) -> Result<Found, Fault> {
        let mut known = self.memory.hold((line.connection.clone(), line.region.clone())).await;
        let now = Instant::now();
        known.retain(|_, known| now.saturating_duration_since(known.wanted) < WANTED);
        let is_fresh = |known: &Known| now.saturating_duration_since(known.at) < FRESH;
        if !ids.iter().all(|id| known.get(id).is_some_and(is_fresh)) {
            let stale = known.iter().filter(|(id, known)| !is_fresh(known) && !ids.contains(id)).map(|(id, _)| id.clone());
            let asked: Vec<InstanceId> = ids.iter().cloned().chain(stale).collect();
            // Those that are wanted now in any case, of the others as many as one call holds.
            let most = MOST_VALUES.max(ids.len());
            for part in asked.get(..asked.len().min(most)).unwrap_or(&asked).chunks(MOST_VALUES) {
                let Answer { stamp, told } = self.ask(line, vec![filter("instance-id", part.iter().map(InstanceId::as_str))]).await;
                let mut told: HashMap<InstanceId, Machine> = told?.into_iter().map(|machine| (machine.id.clone(), machine)).collect();
                for id in part {
                    let wanted = known.get(id).map_or(now, |known| known.wanted);
                    known.insert(id.clone(), Known { at: Instant::now(), stamp, wanted, machine: told.remove(id) });
                }
            }
        }
        let mut found = Found { machines: HashMap::new(), stamp: None };
        for id in ids {
            if let Some(known) = known.get_mut(id) {
                known.wanted = now;
                found.stamp = found.stamp.into_iter().chain([known.stamp]).min();
                found.machines.extend(known.machine.clone().map(|machine| (id.clone(), machine)));
            }
        }
        Ok(found)
    }

    /// Remembers what a listing told, so that nobody asks for each machine of it by its id.
    async fn remember(&self, line: &Line, stamp: Stamp, machines: &[Machine]) {
        let mut known = self.memory.hold((line.connection.clone(), line.region.clone())).await;
        let at = Instant::now();
        for machine in machines {
            known.insert(machine.id.clone(), Known { at, stamp, wanted: at, machine: Some(machine.clone()) });
        }
    }

    /// Every machine that carries all of these tags and has not been terminated.
    ///
    /// What comes back is held against the tags once more: not every server of this API tells capital letters apart.
    pub async fn by_tags(&self, line: &Line, tags: &[Tag]) -> Answer<Vec<Machine>> {
        let mut filters: Vec<Filter> = tags.iter().map(|tag| filter(&format!("tag:{}", tag.key), [&*tag.value])).collect();
        filters.push(filter("instance-state-name", THERE.iter().map(InstanceStateName::as_str)));
        let Answer { stamp, told } = self.ask(line, filters).await;
        let fits = |machine: &Machine| {
            let is_there = THERE.iter().any(|state| state.as_str() == &*machine.state);
            is_there && tags.iter().all(|tag| machine.carries(tag))
        };
        let told: Result<Vec<Machine>, Fault> = told.map(|machines| machines.into_iter().filter(fits).collect());
        if let Ok(machines) = &told {
            self.remember(line, stamp, machines).await;
        }
        Answer { stamp, told }
    }

    /// Every machine of the region that has not been terminated.
    ///
    /// # Errors
    /// Why EC2 does not tell.
    pub async fn all(&self, line: &Line) -> Result<Vec<Machine>, Fault> {
        let there = filter("instance-state-name", THERE.iter().map(InstanceStateName::as_str));
        self.ask(line, vec![there]).await.told
    }

    async fn ask(&self, line: &Line, filters: Vec<Filter>) -> Answer<Vec<Machine>> {
        let operation = Operation { api: "ec2", service: "EC2", name: "DescribeInstances", about: None, in_turn: false };
        let client = line.opened.compute(&line.region);
        let pages = pages::all(line, operation, |token| {
            let (client, filters) = (client.clone(), filters.clone());
            Box::pin(async move {
                let send = client.describe_instances().set_filters(Some(filters)).set_next_token(token).send();
                let Answer { stamp, told } = self.wire.call(line, operation, send).await;
                Answer { stamp, told: told.map(|page| (page.reservations.unwrap_or_default(), page.next_token)) }
            })
        });
        let Answer { stamp, told } = pages.await;
        let machines = told.map(|reservations| reservations.iter().flat_map(launched).collect());
        Answer { stamp, told: machines }
    }
}

/// The machines that were launched together.
fn launched(reservation: &Reservation) -> Vec<Machine> {
    let owner = text(reservation.owner_id.as_ref()).filter(|owner| owner.len() == ACCOUNT_DIGITS).map(AccountId::from);
    reservation.instances().iter().filter_map(|told| Machine::of(owner.as_ref(), told)).collect()
}

fn filter<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(str::to_owned).collect())).build()
}
