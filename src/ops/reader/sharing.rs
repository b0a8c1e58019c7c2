//! One account that several ways in lead to: who of them reads it, as their credentials come and go.

use tokio::time::Instant;

use super::{ConnectionPlan, Reader, Report, Task, discovery_pause};
use crate::model::account::Standby;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{AccountId, Connection, Region};
use crate::ops::standby::{Duty, Seat, Standing, duties};

impl Reader {
    /// What each way in reads now, and with that whether anybody has to be waited for.
    pub(super) fn assign(&mut self) -> Vec<Duty> {
        let regions: Vec<Vec<Region>> = self.connections.iter().map(|plan| self.regions_of(plan).unwrap_or_default()).collect();
        let seats = self.connections.iter().zip(&regions).map(|(plan, regions)| Seat {
            connection: &plan.connection,
            standing: self.standings.get(&plan.connection).unwrap_or(&Standing::Untold),
            regions,
        });
        let duties = duties(&seats.collect::<Vec<_>>());
        // One that has run out waits for a person, which nothing else waits for.
        let may_read = |plan: &ConnectionPlan| matches!(self.standings.get(&plan.connection), Some(Standing::Asked | Standing::Known(_)));
        self.is_waiting = self.connections.iter().zip(&duties).any(|(plan, duty)| duty.waits && may_read(plan));
        duties
    }

    /// The regions there are to read through a way in: named, found, or those of another that leads into its account.
    pub(super) fn regions_of(&self, plan: &ConnectionPlan) -> Option<Vec<Region>> {
        if let Some(known) = self.known.get(&plan.connection) {
            return Some(known.clone());
        }
        let account = self.account_of(&plan.connection)?;
        let others = self.connections.iter().filter(|other| other.regions.is_none());
        others
            .filter(|other| self.account_of(&other.connection) == Some(account))
            .find_map(|other| self.known.get(&other.connection))
            .cloned()
    }

    /// The account that a way in leads or led into.
    fn account_of(&self, connection: &Connection) -> Option<&AccountId> {
        match self.standings.get(connection)? {
            Standing::Known(account) | Standing::Lapsed(Some(account)) => Some(account),
            Standing::Asked | Standing::Lapsed(None) | Standing::Untold => None,
        }
    }

    /// Takes in whose credentials a way in has now.
    pub(super) fn stands(&mut self, connection: &Connection, standing: &Standing) {
        let before = self.standings.insert(connection.clone(), standing.clone());
        if before.as_ref() == Some(standing) {
            return;
        }
        if matches!((&before, standing), (Some(Standing::Lapsed(_)), Standing::Known(_))) {
            self.failed.remove(connection);
            self.handed_over.remove(connection);
            self.report(Report::Found(connection.clone()));
        }
        self.share();
    }

    /// Tells who stands by, has everybody read what is theirs to read by now, and tells what there is. In this order: who
    /// waits until it is told what there is to read knows then who reads it.
    pub(super) fn share(&mut self) {
        self.find_regions_where_needed();
        let duties = self.assign();
        self.ask_those_who_read_nothing(&duties);
        let standby: Vec<Standby> = duties.into_iter().filter_map(|duty| duty.standby).collect();
        if self.standby != standby {
            self.standby.clone_from(&standby);
            self.report(Report::StandBy(standby));
        }
        self.cover();
        let is_new = |plan: &&ConnectionPlan| {
            let is_told = self.known.contains_key(&plan.connection) || self.shared.contains(&plan.connection);
            !is_told && self.regions_of(plan).is_some()
        };
        let told: Vec<Connection> = self.connections.iter().filter(is_new).map(|plan| plan.connection.clone()).collect();
        for connection in told {
            self.shared.insert(connection.clone());
            self.report(Report::Found(connection));
        }
    }

    /// Of credentials that have run out nothing tells whether they were renewed where nothing is read with them: they
    /// are asked for.
    fn ask_those_who_read_nothing(&mut self, duties: &[Duty]) {
        for (plan, _) in self.connections.iter().zip(duties).filter(|(_, duty)| duty.reads.is_empty()) {
            let has_lapsed = matches!(self.standings.get(&plan.connection), Some(Standing::Lapsed(Some(_))));
            let is_asking = self.about.values().any(|task| matches!(task, Task::Identify(connection) if *connection == plan.connection));
            if let Some(turn) = self.turns.get_mut(&plan.connection).filter(|_| has_lapsed && !is_asking) {
                turn.identify_at.get_or_insert_with(Instant::now);
            }
        }
    }

    /// Regions are asked for once in an account, by the first that leads there: who is configured before and has not said
    /// yet where it leads is waited for, as it is for listings.
    fn find_regions_where_needed(&mut self) {
        let now = Instant::now();
        let mut due: Vec<Connection> = Vec::new();
        let mut asked: Vec<AccountId> = Vec::new();
        let mut waits = false;
        for plan in &self.connections {
            let waits_for_others = waits;
            waits |= self.standings.get(&plan.connection) == Some(&Standing::Asked);
            if plan.regions.is_some() {
                continue;
            }
            let is_asking = self.turns.get(&plan.connection).is_some_and(|turn| turn.regions_at.is_some())
                || self.about.values().any(|task| matches!(task, Task::FindRegions(connection) if *connection == plan.connection));
            let is_needed = match self.standings.get(&plan.connection) {
                Some(Standing::Known(account)) => !waits_for_others && !asked.contains(account) && self.regions_of(plan).is_none(),
                Some(Standing::Untold) | None => !self.known.contains_key(&plan.connection),
                Some(Standing::Asked | Standing::Lapsed(_)) => false,
            };
            if let Some(Standing::Known(account)) = self.standings.get(&plan.connection).filter(|_| is_needed || is_asking) {
                asked.push(account.clone());
            }
            if is_needed && !is_asking {
                due.push(plan.connection.clone());
            }
        }
        for connection in due {
            if let Some(turn) = self.turns.get_mut(&connection) {
                turn.regions_at = Some(now);
            }
        }
    }

    /// What follows where nobody says whose credentials a way in has.
    pub(super) fn not_identified(&mut self, connection: &Connection, fault: Fault) {
        let account = self.account_of(connection).cloned();
        if fault.kind != FaultKind::Expired {
            // What could be told once holds: only this answer failed.
            if account.is_none() {
                self.stands(connection, &Standing::Untold);
            }
            return;
        }
        let is_alone = self.connections.len() == 1;
        self.stands(connection, &Standing::Lapsed(account.clone()));
        if account.is_some() {
            self.hand_over(connection, &fault);
        }
        if account.is_none() && !is_alone {
            // Nothing is read through it that could tell.
            self.failed.insert(connection.clone());
            self.report(Report::DiscoveryFailed { connection: connection.clone(), fault, goes_on: false });
            self.cover();
        }
    }

    /// Whether the credentials of a way in are good, by what was just read through it.
    pub(super) fn judge(&mut self, connection: &Connection, fault: Option<Fault>) {
        match (self.standings.get(connection), fault) {
            (Some(Standing::Lapsed(Some(account))), None) => {
                let good = Standing::Known(account.clone());
                self.stands(connection, &good);
            }
            (Some(Standing::Known(account)), Some(fault)) if fault.kind == FaultKind::Expired => {
                let lapsed = Standing::Lapsed(Some(account.clone()));
                self.stands(connection, &lapsed);
                self.hand_over(connection, &fault);
            }
            _ => {}
        }
    }

    /// Where another reads instead, nothing tells of the credentials any more: they are told of once, and asked for again.
    fn hand_over(&mut self, connection: &Connection, fault: &Fault) {
        let Some(standby) = self.standby.iter().find(|standby| standby.connection == *connection) else { return };
        let sentence = format!("{}; until then {} reads that account", fault.sentence.trim_end_matches('.'), standby.reader);
        let fault = Fault::new(fault.kind, sentence);
        if let Some(turn) = self.turns.get_mut(connection) {
            turn.identify_at = Some(Instant::now() + discovery_pause(fault.kind));
        }
        if self.handed_over.insert(connection.clone()) {
            self.report(Report::DiscoveryFailed { connection: connection.clone(), fault, goes_on: true });
        }
    }
}

#[cfg(test)]
#[path = "sharing_tests.rs"]
mod tests;
