//! Where instances are reached, for whoever logs in to them.

use futures_util::future::BoxFuture;

use super::super::call::Wire;
use super::super::clients::Clients;
use super::machines::Machines;
use crate::model::compute::Site;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::InstanceId;
use crate::ops::limit::Limiter;
use crate::ops::port::Addresses;

/// Asks EC2 where instances are reached.
pub struct InstanceAddresses {
    wire: Wire,
    machines: Machines,
}

impl InstanceAddresses {
    /// Asks with these clients, out of these budgets.
    #[must_use]
    pub fn new(clients: Clients, limiter: Limiter) -> Self {
        let wire = Wire::new(clients, limiter);
        Self { machines: Machines::new(wire.clone()), wire }
    }

    async fn filled(&self, site: &Site, text: &str, ids: &[InstanceId]) -> Result<Vec<(InstanceId, String)>, Fault> {
        let line = self.wire.line(&site.connection, Some(&site.region)).await;
        let found = self.machines.by_id(&line, ids).await?;
        let known = ids.iter().filter_map(|id| found.machines.get(id)).filter(|machine| machine.is_on());
        let filled = known.map(|machine| match machine.place().fill(text) {
            Ok(filled) => Ok((machine.id.clone(), filled)),
            Err(why) => Err(Fault::new(FaultKind::Missing, format!("{} cannot be reached: {why}", machine.id))),
        });
        filled.collect()
    }
}

impl Addresses for InstanceAddresses {
    fn fill<'a>(&'a self, site: &'a Site, text: &'a str, ids: &'a [InstanceId]) -> BoxFuture<'a, Result<Vec<(InstanceId, String)>, Fault>> {
        Box::pin(self.filled(site, text, ids))
    }
}
