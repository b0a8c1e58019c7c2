//! The shell's GitHub side: what the console wants to know becomes the reader's orders, a write is
//! recorded and handed on, and what is told becomes events.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::app::event::Event;
use crate::github::{GitHub, GitHubSettings};
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::Interest;
use crate::model::write::{Order, Sent, Write};
use crate::ops::audit::{Audit, Entry};
use crate::ops::clock::Stamps;
use crate::ops::forge_reader::{self, Order as ReaderOrder, Told};
use crate::ops::forge_schedule::ForgePace;
use crate::ops::limit::Limiter;

/// What the console asks of it.
#[derive(Debug)]
pub enum Wish {
    /// Know this.
    FindOut(Box<Interest>),
    /// Read again now.
    Hurry,
    /// Write.
    Write(Box<Order>),
}

/// GitHub with the log of what is written there.
pub struct Way {
    /// Where it is, and as whom.
    pub settings: GitHubSettings,
    /// Where writes are recorded before they are sent; the sentence says why they cannot be.
    pub audit: Result<Audit, String>,
}

/// Serves the console until it is gone.
pub async fn serve(
    way: Way,
    limiter: Limiter,
    stamps: Stamps,
    mut wishes: mpsc::UnboundedReceiver<Wish>,
    events: mpsc::UnboundedSender<Event>,
) {
    let forge = Arc::new(GitHub::new(way.settings, limiter, stamps.clone()));
    let (orders, mut told) = forge_reader::start(forge, stamps.clone(), ForgePace::default());
    let mut desk = Desk { audit: way.audit, stamps, under_way: HashMap::new(), last: 0 };
    loop {
        tokio::select! {
            wish = wishes.recv() => {
                let Some(wish) = wish else { break };
                match desk.heed(wish) {
                    Ok(order) => drop(orders.send(order)),
                    Err(refused) => drop(events.send(*refused)),
                }
            }
            told = told.recv() => {
                let Some(told) = told else { return };
                if let Some(event) = desk.event(told) {
                    let _ = events.send(event);
                }
            }
        }
    }
    // The console is gone. What became of a write that is under way is recorded all the same.
    drop(orders);
    while !desk.under_way.is_empty() {
        let Some(told) = told.recv().await else { return };
        let _ = desk.event(told);
    }
}

/// Writes that are under way, by their number.
struct Desk {
    audit: Result<Audit, String>,
    stamps: Stamps,
    under_way: HashMap<u64, Order>,
    last: u64,
}

impl Desk {
    fn heed(&mut self, wish: Wish) -> Result<ReaderOrder, Box<Event>> {
        match wish {
            Wish::FindOut(interest) => Ok(ReaderOrder::Interest(*interest)),
            Wish::Hurry => Ok(ReaderOrder::Hurry(None)),
            Wish::Write(order) => self.write(*order),
        }
    }

    /// Records what is about to be sent. What cannot be recorded is not sent.
    fn write(&mut self, order: Order) -> Result<ReaderOrder, Box<Event>> {
        if let Err(why) = self.record(&order, "intended", None) {
            let fault = Fault::new(FaultKind::Refused, format!("it could not be recorded, so it was not sent: {why}"));
            return Err(Box::new(Event::Written { order: Box::new(order), sent: Sent::Refused(fault) }));
        }
        self.last += 1;
        self.under_way.insert(self.last, order.clone());
        Ok(ReaderOrder::Write(self.last, Box::new(order)))
    }

    fn record(&self, order: &Order, outcome: &str, fault: Option<&str>) -> Result<(), String> {
        let audit = self.audit.as_ref().map_err(Clone::clone)?;
        let gates = if let Write::Review { gates, .. } = &order.write { gates.as_slice() } else { &[] };
        let entry = Entry {
            repository: Some(order.repository.as_str()),
            run: order.write.run().map(|run| run.0),
            attempt: order.premise.attempt(),
            sha: order.commit.as_ref().map(crate::model::id::Sha::as_str),
            gates: gates.iter().map(|gate| gate.0).collect(),
            identity: order.identity.as_ref().map(crate::model::id::Login::as_str),
            comment: &order.reason,
            fault,
            ..Entry::of(self.stamps.now(), outcome, &order.plan)
        };
        let of = |error: std::io::Error| audit.path().map_or_else(|| error.to_string(), |path| format!("{}: {error}", path.display()));
        audit.append(&entry).map_err(of)
    }

    fn event(&mut self, told: Told) -> Option<Event> {
        match told {
            Told::Report(report) => Some(Event::Told(Box::new(report))),
            Told::Viewer(stamp, viewer) => Some(Event::Viewer(stamp, viewer)),
            Told::Allowance(allowance) => Some(Event::Allowance(allowance)),
            Told::Written(id, sent) => {
                let order = self.under_way.remove(&id)?;
                if let Err(why) = self.record(&order, sent.word(), sent.trouble()) {
                    tracing::error!(%why, outcome = sent.word(), "the outcome of a write could not be recorded");
                }
                Some(Event::Written { order: Box::new(order), sent })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Timestamp;
    use crate::model::id::{GateId, RunId, Sha};
    use crate::model::write::{Premise, Receipt};
    use crate::ops::clock::Clock;

    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(1_700_000_000).unwrap_or_default()
        }
    }

    fn desk(audit: Result<Audit, String>) -> Desk {
        Desk { audit, stamps: Stamps::new(Arc::new(Standing)), under_way: HashMap::new(), last: 0 }
    }

    fn order() -> Order {
        Order {
            number: 1,
            repository: "a/b".into(),
            write: Write::Review { run: RunId(1), gates: vec![GateId(2)], approve: true, comment: "why".into() },
            premise: Premise::Live { run: RunId(1), attempt: 1 },
            commit: Sha::new("8a52aea"),
            reason: "why".into(),
            identity: Some("ada".into()),
            plan: "approve #1 of a/b".into(),
        }
    }

    #[test]
    fn a_write_is_recorded_before_and_after_it_is_sent() {
        let folder = std::env::temp_dir().join(format!("quarterdeck-desk-{}", std::process::id()));
        let path = folder.join("audit.jsonl");
        let mut desk = desk(Ok(Audit::at(path.clone())));
        assert!(matches!(desk.write(order()), Ok(ReaderOrder::Write(..))));
        let event = desk.event(Told::Written(1, Sent::Done(Receipt::default())));
        assert!(matches!(event, Some(Event::Written { sent: Sent::Done(_), .. })), "{event:?}");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains("intended") && text.contains("done") && text.contains("ada"), "{text}");
        let _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn what_cannot_be_recorded_is_not_sent() {
        let mut desk = desk(Err("there is no place for the audit log".to_owned()));
        let refused = desk.write(order());
        assert!(matches!(&refused, Err(event) if matches!(**event, Event::Written { sent: Sent::Refused(_), .. })), "{refused:?}");
        assert!(desk.under_way.is_empty());
    }
}
