//! The Elastic IP addresses of a region: which machines have one, and whether any is free.
//!
//! A deploy that gives its machine a free address fails where there is none, and nothing else tells why.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ec2::types::Address;
use tokio::time::Instant;

use super::super::call::{Line, Operation, Wire};
use super::super::told::text;
use super::shards::Shards;
use super::tagged_words::Group;
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::Level;
use crate::model::id::{Connection, InstanceId, Region};
use crate::model::sighting::Warning;

/// For how long it counts as known which addresses are free.
const FRESH: Duration = Duration::from_secs(60);
/// How many of those who have an address are named.
const MOST_NAMED: usize = 5;

/// The addresses of a region, as they were told last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pool {
    /// How many there are.
    total: usize,
    /// How many of them nobody has.
    free: usize,
    /// The machines that have one.
    holders: HashMap<InstanceId, Arc<str>>,
}

impl Pool {
    fn of(told: &[Address]) -> Self {
        let is_free = |address: &&Address| text(address.association_id.as_ref()).is_none() && text(address.instance_id.as_ref()).is_none();
        let holder = |address: &Address| {
            let (id, ip) = text(address.instance_id.as_ref()).zip(text(address.public_ip.as_ref()))?;
            Some((InstanceId::from(id), Arc::from(ip)))
        };
        Self { total: told.len(), free: told.iter().filter(is_free).count(), holders: told.iter().filter_map(holder).collect() }
    }

    /// How it is called that none is free.
    fn state(&self) -> String {
        match self.total {
            0 => "there are none".to_owned(),
            1 => "the only one is taken".to_owned(),
            total => format!("all {total} are taken"),
        }
    }

    /// That none is free, with who has them.
    pub fn remark(&self, region: &Region, groups: &[Group]) -> Option<Fault> {
        if self.free > 0 {
            return None;
        }
        let has_one = |group: &&Group| group.machines.iter().any(|machine| self.holders.contains_key(&machine.id));
        let names: Vec<&str> = groups.iter().filter(has_one).map(|group| group.name.as_str()).collect();
        let more = names.len().saturating_sub(MOST_NAMED);
        let named = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
        let by = match (named.is_empty(), more) {
            (true, _) => String::new(),
            (false, 0) => format!(", by {named}"),
            (false, more) => format!(", by {named} and {more} more"),
        };
        let sentence = format!(
            "no Elastic IP address of {region} is free: {}{by}; the next preview gets none and fails: end one that is not needed any more",
            self.state()
        );
        Some(Fault::new(FaultKind::Missing, sentence))
    }

    /// That a machine that runs has got none.
    pub fn warning(&self, group: &Group) -> Option<Warning> {
        let without = group.on().find(|machine| !self.holders.contains_key(&machine.id)).filter(|_| self.free == 0)?;
        let sentence =
            format!("{} has no Elastic IP address, and none is free: {}; its deploy has failed or will", without.id, self.state());
        Some(Warning::new(Level::Warning, sentence))
    }
}

/// Asks which addresses are free. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Addresses {
    wire: Wire,
    memory: Shards<(Connection, Region), Option<(Instant, Pool)>>,
}

impl Addresses {
    pub fn new(wire: Wire) -> Self {
        Self { wire, memory: Shards::default() }
    }

    /// The addresses of the region.
    pub async fn pool(&self, line: &Line) -> Result<Pool, Fault> {
        let mut known = self.memory.hold((line.connection.clone(), line.region.clone())).await;
        if let Some((_, pool)) = known.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(pool.clone());
        }
        let operation = Operation { api: "ec2", service: "EC2", name: "DescribeAddresses", about: None, in_turn: false };
        let told = self.wire.call(line, operation, line.opened.compute(&line.region).describe_addresses().send()).await.told?;
        let pool = Pool::of(told.addresses());
        *known = Some((Instant::now(), pool.clone()));
        Ok(pool)
    }
}
