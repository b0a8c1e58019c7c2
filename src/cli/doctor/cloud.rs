//! AWS: who one is there, which regions there are, what may be read in them, and what time it is there.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::finding::{Area, Denied, Finding, Verdict};
use super::told;
use crate::aws::permissions::{Permissions, Tried, Uses};
use crate::aws::{Account, Clients, ConnectionSettings, skew};
use crate::config::Settings;
use crate::model::account::Writer;
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{Connection, Region};
use crate::ops::clock::{Clock as _, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::port::Discovery as _;
use crate::shell::SystemClock;
use crate::sources;

/// Beyond this AWS does not accept what is signed (AWS, "Signature Version 4": five minutes).
const REFUSED: i64 = 300;
/// Beyond this the ages on the screen are wrong enough to be told.
const NOTICED: i64 = 5;
/// So many places are named.
const NAMED: usize = 4;
/// The regions that are tried where none can be found out.
const FEW: [&str; 1] = ["us-east-1"];

/// What AWS is asked with.
struct Asker<'s> {
    settings: &'s Settings,
    clients: Clients,
    limiter: Limiter,
    account: Account,
    permissions: Permissions,
}

/// Checks every account that is configured.
pub async fn check(settings: &Settings, denied: &mut Denied) -> Vec<Finding> {
    let connections = sources::connections(settings);
    let names: Vec<Connection> = connections.iter().map(|connection| connection.connection.clone()).collect();
    let writers: Vec<ConnectionSettings> = connections.iter().filter_map(ConnectionSettings::writer).collect();
    let ways: Vec<Way> = connections.iter().filter_map(Way::of).collect();
    let limiter = Limiter::new(Stamps::new(std::sync::Arc::new(SystemClock)));
    let clients = Clients::new(connections.into_iter().chain(writers), limiter.clone());
    let asker = Asker {
        settings,
        account: Account::new(clients.clone(), limiter.clone()),
        permissions: Permissions::new(clients.clone(), limiter.clone()),
        clients,
        limiter,
    };
    let mut findings = Vec::new();
    if names.is_empty() {
        findings.push(Finding::new(Area::Credentials, Verdict::Pass, "no account of AWS is configured: nothing is read there"));
    }
    for (told, tried) in join_all(names.iter().map(|name| asker.connection(name))).await {
        findings.extend(told);
        if let Some((account, tried)) = tried {
            for (_, tried) in &tried {
                note_denied(denied, &account, tried);
            }
        }
    }
    findings.extend(join_all(ways.iter().map(|way| asker.writer(way))).await);
    if !names.is_empty() {
        let sentence = "what changes something is not tried; doc/accounts.md lists those actions";
        findings.push(Finding::new(Area::Permissions, Verdict::Unknown, sentence));
    }
    if let Some(first) = names.first() {
        findings.push(asker.clock(first).await);
    }
    findings
}

fn note_denied(denied: &mut Denied, account: &str, tried: &[Tried]) {
    for one in tried.iter().filter(|one| is_denied(&one.told)) {
        denied.add(account, &one.action);
    }
}

fn is_denied(told: &Result<(), Fault>) -> bool {
    matches!(told, Err(fault) if fault.kind == FaultKind::Denied)
}

/// Who writes to an account, beside who reads it.
struct Way {
    reads: Connection,
    writes: Connection,
    writer: Writer,
}

impl Way {
    fn of(settings: &ConnectionSettings) -> Option<Self> {
        let (writes, writer) = (settings.writer()?.connection, settings.writing.as_ref()?.writer());
        Some(Self { reads: settings.connection.clone(), writes, writer })
    }
}

/// What was tried in each region of an account.
type TriedThere = (String, Vec<(Region, Vec<Tried>)>);

impl Asker<'_> {
    async fn connection(&self, name: &Connection) -> (Vec<Finding>, Option<TriedThere>) {
        let mut findings = Vec::new();
        let identity = self.account.identity(name).await;
        let account = match &identity {
            Ok(known) => {
                let sentence = format!("{} in account {}", known.arn, known.account);
                findings.push(Finding::new(Area::Credentials, Verdict::Pass, sentence).about(name));
                known.account.to_string()
            }
            Err(fault) => {
                findings.push(told(Area::Credentials, fault).about(name));
                if matches!(fault.kind, FaultKind::Expired | FaultKind::Unreachable) {
                    return (findings, None);
                }
                // STS tells nobody who it is: the rest may be allowed.
                name.to_string()
            }
        };
        let (finding, regions) = self.regions(name).await;
        findings.push(finding.about(name));
        let tried = join_all(regions.iter().map(|region| self.tried(name, region))).await;
        findings.extend(permissions(name, &tried));
        (findings, Some((account, tried)))
    }

    /// Whether who writes can be got at, and leads into the account that is read. Nothing else is asked in its name.
    async fn writer(&self, way: &Way) -> Finding {
        let Way { reads, writes, writer } = way;
        let (read, written) = tokio::join!(self.account.identity(reads), self.account.identity(writes));
        let key = match writer {
            Writer::Profile(_) => "write_profile",
            Writer::Role(_) => "write_role_arn",
        };
        let finding = match (read, written) {
            (Ok(read), Ok(written)) if read.account != written.account => {
                let sentence = format!("what writes ({writer}) is in account {}, and account {} is read", written.account, read.account);
                Finding::new(Area::Credentials, Verdict::Fail, sentence).remedy(format!("correct {key} in the configuration"))
            }
            (_, Ok(written)) => {
                let sentence = format!("{writer} can be had for writes: {}; only sts:GetCallerIdentity was asked with it", written.arn);
                Finding::new(Area::Credentials, Verdict::Pass, sentence)
            }
            (_, Err(fault)) => {
                let finding = told(Area::Credentials, &fault);
                let finding = Finding { sentence: format!("{writer}, which writes, cannot be had: {}", finding.sentence), ..finding };
                match fault.kind {
                    FaultKind::Denied => finding.remedy(format!(
                        "let the identity that is named assume it (sts:AssumeRole, and the role's trust policy), or correct {key}; reading needs none of it"
                    )),
                    _ => finding,
                }
            }
        };
        finding.about(reads)
    }

    async fn regions(&self, name: &Connection) -> (Finding, Vec<Region>) {
        let account = self.settings.accounts.iter().find(|account| account.connection == *name);
        let configured = account.and_then(|account| self.settings.regions_of(account)).is_some();
        match self.account.regions(name).await {
            Ok(regions) => {
                let how = if configured { "configured" } else { "enabled for the account" };
                let sentence = format!("{} {how}: {}", counted(regions.len(), "region is", "regions are"), some_of(&regions));
                (Finding::new(Area::Regions, Verdict::Pass, sentence), regions)
            }
            Err(fault) => {
                let finding = Finding { verdict: Verdict::Warn, ..told(Area::Regions, &fault) };
                let finding = finding.remedy("allow ec2:DescribeRegions, or name the regions in the configuration: regions = [\"…\"]");
                (finding, FEW.map(Region::from).to_vec())
            }
        }
    }

    async fn tried(&self, name: &Connection, region: &Region) -> (Region, Vec<Tried>) {
        let uses = uses(self.settings, name, region);
        (region.clone(), self.permissions.tried(name, region, &uses).await)
    }

    /// How far this machine's clock is from AWS's.
    async fn clock(&self, name: &Connection) -> Finding {
        let told = skew::time(&self.clients, &self.limiter, name).await;
        let now = SystemClock.now();
        match told {
            Ok((there, host)) => judged(there, now).about(&host),
            Err(why) => Finding::new(Area::Clock, Verdict::Unknown, why),
        }
    }
}

/// What is configured in a region.
fn uses(settings: &Settings, name: &Connection, region: &Region) -> Uses {
    let mut uses = Uses::default();
    let groups = settings.compute.target_groups.iter().map(|group| (&group.site, &group.version, false));
    let tagged = settings.compute.tagged.iter().map(|tagged| (&tagged.site, &tagged.version, tagged.wants_addresses()));
    for (site, version, has_addresses) in groups.chain(tagged).filter(|(site, ..)| site.connection == *name) {
        if site.region == *region {
            uses.compute = true;
            uses.addresses |= has_addresses;
            uses.commands |= version.command.is_some() && version.ssh.is_none() && !settings.read_only;
        }
        if let Some(images) = version.images.as_ref().filter(|images| images.region == *region) {
            uses.images.push(images.name.to_string());
        }
    }
    uses.images.sort();
    uses.images.dedup();
    uses
}

/// How a clock is that says `now` where it is `there`.
pub fn judged(there: Timestamp, now: Timestamp) -> Finding {
    let ahead = now.as_second() - there.as_second();
    let direction = if ahead < 0 { "behind" } else { "ahead of" };
    let far = ahead.unsigned_abs();
    let sentence = format!("this machine's clock is {far} s {direction} it");
    let remedy = "set it right: with NTP, such as timedatectl set-ntp true";
    match ahead.abs() {
        0..=NOTICED => Finding::new(Area::Clock, Verdict::Pass, "this machine's clock agrees with it"),
        beyond if beyond > REFUSED => {
            Finding::new(Area::Clock, Verdict::Fail, format!("{sentence}: AWS does not accept what it signs")).remedy(remedy)
        }
        _ => Finding::new(Area::Clock, Verdict::Warn, format!("{sentence}: ages on the screen are wrong by that")).remedy(remedy),
    }
}

/// What was tried, told once for all regions in which it came out alike.
fn permissions(name: &Connection, tried: &[(Region, Vec<Tried>)]) -> Vec<Finding> {
    let mut allowed: BTreeMap<&str, Vec<&Region>> = BTreeMap::new();
    let mut failed: BTreeMap<(&str, &'static str), Vec<(&Region, &Fault)>> = BTreeMap::new();
    for (region, tried) in tried {
        for one in tried {
            match &one.told {
                Ok(()) => allowed.entry(one.action.as_str()).or_default().push(region),
                // The service has understood who asks, and says no for another reason.
                Err(fault) if matches!(fault.kind, FaultKind::Refused | FaultKind::Missing) => {
                    allowed.entry(one.action.as_str()).or_default().push(region);
                }
                Err(fault) => failed.entry((one.action.as_str(), fault.kind.word())).or_default().push((region, fault)),
            }
        }
    }
    let mut findings = Vec::new();
    if !allowed.is_empty() {
        let sentence = format!("{} allowed: {}", counted(allowed.len(), "read is", "reads are"), by_service(allowed.keys().copied()));
        findings.push(Finding::new(Area::Permissions, Verdict::Pass, sentence).about(name));
    }
    for ((action, _), places) in failed {
        let Some((_, fault)) = places.first() else { continue };
        let regions: Vec<Region> = places.iter().map(|(region, _)| (*region).clone()).collect();
        let finding = told(Area::Permissions, fault);
        let sentence = format!("{action} in {}: {}", some_of(&regions), finding.sentence);
        let finding = Finding { sentence, ..finding }.about(name);
        let is_denied = fault.kind == FaultKind::Denied;
        findings.push(if is_denied {
            finding.remedy("attach the statement that is printed below, or leave these regions out")
        } else {
            finding
        });
    }
    findings
}

/// Actions as they are listed to people: each service once, with its operations.
fn by_service<'a>(actions: impl Iterator<Item = &'a str>) -> String {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (service, operation) in actions.filter_map(|action| action.split_once(':')) {
        services.entry(service).or_default().push(operation);
    }
    let service = |(service, operations): (&str, Vec<&str>)| format!("{service} {}", operations.join(", "));
    services.into_iter().map(service).collect::<Vec<_>>().join("; ")
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A few regions, and how many more there are.
fn some_of(regions: &[Region]) -> String {
    let named: Vec<&str> = regions.iter().take(NAMED).map(Region::as_str).collect();
    let more = regions.len().saturating_sub(NAMED);
    if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        for (now, verdict) in [
            (1_000, Verdict::Pass),
            (1_005, Verdict::Pass),
            (994, Verdict::Warn),
            (1_300, Verdict::Warn),
            (1_301, Verdict::Fail),
            (1, Verdict::Fail),
        ] {
            assert_eq!(judged(at(1_000), at(now)).verdict, verdict, "{now}");
        }
        assert!(judged(at(1_000), at(900)).sentence.contains("100 s behind"));
    }

    #[test]
    fn what_is_denied_in_many_regions_is_told_once() {
        let fault = || Fault::new(FaultKind::Denied, "a denies x");
        let denied = |region: &str| (Region::from(region), vec![Tried { action: "x:Y".into(), told: Err(fault()) }]);
        let tried: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(denied).into();
        let findings = permissions(&Connection::from("main"), &tried);
        let lines: Vec<String> = findings.iter().map(|finding| finding.line(None)).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("x:Y in a, b, c, d and 2 more: a denies x") && lines[0].contains("statement"), "{lines:?}");
    }
}
