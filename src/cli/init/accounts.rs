//! Which accounts of AWS there are, by the profiles of this machine, and what they hold.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::found::{Closed, FoundAccount};
use crate::aws::inventory::Inventories;
use crate::aws::{Account, Clients, ConnectionSettings, profile_names};
use crate::cli::{Common, complain, environment_variable};
use crate::model::fault::FaultKind;
use crate::model::id::{AccountId, Connection};
use crate::model::safe_text::safe;
use crate::ops::clock::Stamps;
use crate::ops::limit::Limiter;
use crate::ops::port::Discovery as _;
use crate::shell::SystemClock;

/// So many troubles are told one by one.
const TOLD: usize = 8;

/// What was found of AWS.
pub struct Cloud {
    /// The accounts that answered.
    pub accounts: Vec<FoundAccount>,
    /// The ways in that lead nowhere.
    pub closed: Vec<Closed>,
    /// How many regions could not be read whole.
    pub unread: usize,
}

/// Looks through every account.
///
/// # Errors
/// Why the profiles of this machine cannot be read.
pub async fn find(common: &Common, has_hosts: bool) -> Result<Cloud, String> {
    let ways = ways(common, has_hosts).await?;
    let limiter = Limiter::new(Stamps::new(std::sync::Arc::new(SystemClock)));
    let settings = ways.iter().map(|way| way.settings(common));
    let clients = Clients::new(settings, limiter.clone());
    let (account, inventories) = (Account::new(clients.clone(), limiter.clone()), Inventories::new(clients, limiter));
    let identities = join_all(ways.iter().map(|way| account.identity(&way.connection))).await;
    let (mut closed, mut met): (Vec<Closed>, BTreeMap<AccountId, usize>) = (Vec::new(), BTreeMap::new());
    let mut first: Vec<(&Way, AccountId, Vec<String>)> = Vec::new();
    for (way, identity) in ways.iter().zip(identities) {
        match identity {
            Ok(identity) => match met.get(&identity.account).and_then(|at| first.get_mut(*at)) {
                Some((_, _, also)) => also.push(way.connection.to_string()),
                None => {
                    met.insert(identity.account.clone(), first.len());
                    first.push((way, identity.account, Vec::new()));
                }
            },
            Err(fault) => closed.push(Closed { profile: way.profile.clone(), why: fault.to_string() }),
        }
    }
    let mut cloud = Cloud { accounts: Vec::new(), closed, unread: 0 };
    for (way, digits, also) in first {
        let regions = match account.regions(&way.connection).await {
            Ok(regions) => regions,
            Err(fault) => {
                let more = if fault.kind == FaultKind::Denied { "; name the regions with --region" } else { "" };
                cloud.closed.push(Closed { profile: way.profile.clone(), why: format!("{fault}{more}") });
                continue;
            }
        };
        complain(&format!("looking through {} regions of account {digits} ({})", regions.len(), safe(way.connection.as_str())));
        let held = join_all(regions.iter().map(|region| inventories.of(&way.connection, region))).await;
        let regions: Vec<_> = regions.into_iter().zip(held).collect();
        let (name, profile, account) = (way.connection.to_string(), way.profile.clone(), digits.to_string());
        cloud.accounts.push(FoundAccount { name, profile, account, regions, also });
    }
    cloud.unread = tell_troubles(&cloud);
    Ok(cloud)
}

/// Tells what could not be read, and returns in how many regions that was.
fn tell_troubles(cloud: &Cloud) -> usize {
    let mut sentences: Vec<String> = cloud.closed.iter().map(|closed| closed.why.clone()).collect();
    let mut unread = 0;
    for (_, inventory) in cloud.accounts.iter().flat_map(|account| &account.regions) {
        let faults = [inventory.environments.as_ref().err(), inventory.groups.as_ref().err(), inventory.machines.as_ref().err()];
        unread += usize::from(faults.iter().any(Option::is_some));
        sentences.extend(faults.into_iter().flatten().map(ToString::to_string));
    }
    for sentence in sentences.iter().take(TOLD) {
        complain(&safe(sentence));
    }
    if sentences.len() > TOLD {
        complain(&format!("{} more like these", sentences.len() - TOLD));
    }
    unread
}

/// A way into AWS that is tried.
struct Way {
    connection: Connection,
    profile: Option<String>,
}

impl Way {
    fn of(profile: Option<String>) -> Self {
        Self { connection: Connection::from(profile.as_deref().unwrap_or("default")), profile }
    }

    fn settings(&self, common: &Common) -> ConnectionSettings {
        ConnectionSettings {
            connection: self.connection.clone(),
            profile: self.profile.clone(),
            regions: (!common.regions.is_empty()).then(|| common.regions.clone()),
            ..ConnectionSettings::default_chain()
        }
    }
}

/// The profile that was asked for; else what the environment says, and every profile that leads to credentials.
async fn ways(common: &Common, has_hosts: bool) -> Result<Vec<Way>, String> {
    if let Some(profile) = &common.profile {
        return Ok(vec![Way::of(Some(profile.clone()))]);
    }
    let mut names = profile_names::profiles().await?;
    let set = |name: &str| environment_variable(name).filter(|value| !value.is_empty());
    let mut ways = Vec::new();
    let has_keys = set("AWS_ACCESS_KEY_ID").is_some();
    let chosen = set("AWS_PROFILE").filter(|_| !has_keys);
    if let Some(chosen) = &chosen {
        ways.push(Way::of(Some(chosen.clone())));
    } else if has_keys || names.iter().any(|name| name == "default") || (names.is_empty() && !has_hosts) {
        ways.push(Way::of(None));
    }
    names.retain(|name| name != "default" && Some(name) != chosen.as_ref());
    ways.extend(names.into_iter().map(|name| Way::of(Some(name))));
    Ok(ways)
}
