//! The shell's GitHub side: what the console wants to know becomes the reader's orders, an answer is
//! recorded and handed on, and what is told becomes events.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::app::event::Event;
use crate::github::{GitHub, GitHubSettings};
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::Interest;
use crate::model::review::{Order, Sent};
use crate::ops::audit::{Audit, Entry};
use crate::ops::clock::Stamps;
use crate::ops::forge_reader::{self, Expected, Order as ReaderOrder, Outcome, ReviewOrder, Told};
use crate::ops::forge_schedule::ForgePace;
use crate::ops::limit::Limiter;

/// What the console asks of it.
#[derive(Debug)]
pub enum Wish {
    /// Know this.
    FindOut(Box<Interest>),
    /// Read again now.
    Hurry,
    /// Answer to a waiting run.
    Review(Box<Order>),
}

/// GitHub with the log of what is written there.
pub struct Way {
    /// Where it is, and as whom.
    pub settings: GitHubSettings,
    /// Where answers are recorded before they are sent; the sentence says why they cannot be.
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
    // The console is gone. What became of an answer that is under way is recorded all the same.
    drop(orders);
    while !desk.under_way.is_empty() {
        let Some(told) = told.recv().await else { return };
        let _ = desk.event(told);
    }
}

/// Answers that are under way, by their number.
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
            Wish::Review(order) => self.review(*order),
        }
    }

    /// Records what is about to be sent. What cannot be recorded is not sent.
    fn review(&mut self, order: Order) -> Result<ReaderOrder, Box<Event>> {
        if let Err(why) = self.record(&order, "intended", None) {
            let fault = Fault::new(FaultKind::Refused, format!("it could not be recorded, so it was not sent: {why}"));
            return Err(Box::new(reviewed(order, Sent::Refused(fault))));
        }
        self.last += 1;
        let expected = Expected { head: order.head.clone(), attempt: order.attempt, gates: order.held.clone() };
        let review = order.review.clone();
        self.under_way.insert(self.last, order);
        Ok(ReaderOrder::Review(Box::new(ReviewOrder { id: self.last, review, expected })))
    }

    fn record(&self, order: &Order, outcome: &str, fault: Option<&str>) -> Result<(), String> {
        let audit = self.audit.as_ref().map_err(Clone::clone)?;
        let entry = Entry {
            at: self.stamps.now(),
            outcome,
            plan: &order.plan,
            repository: order.review.repository.as_str(),
            run: order.review.run.0,
            attempt: order.attempt,
            sha: order.head.as_str(),
            gates: order.review.gates.iter().map(|gate| gate.0).collect(),
            identity: order.identity.as_ref().map(crate::model::id::Login::as_str),
            comment: &order.review.comment,
            fault,
        };
        let of = |error: std::io::Error| audit.path().map_or_else(|| error.to_string(), |path| format!("{}: {error}", path.display()));
        audit.append(&entry).map_err(of)
    }

    fn event(&mut self, told: Told) -> Option<Event> {
        match told {
            Told::Report(report) => Some(Event::Told(Box::new(report))),
            Told::Viewer(stamp, viewer) => Some(Event::Viewer(stamp, viewer)),
            Told::Allowance(allowance) => Some(Event::Allowance(allowance)),
            Told::Reviewed(id, outcome) => {
                let order = self.under_way.remove(&id)?;
                let (word, sent) = sent(outcome);
                let fault = match &sent {
                    Sent::Done => None,
                    Sent::Refused(fault) | Sent::Unclear(fault) => Some(fault.sentence.to_string()),
                    Sent::Changed(what) => Some(what.clone()),
                };
                if let Err(why) = self.record(&order, word, fault.as_deref()) {
                    tracing::error!(%why, outcome = word, "the outcome of an answer could not be recorded");
                }
                Some(reviewed(order, sent))
            }
        }
    }
}

fn reviewed(order: Order, sent: Sent) -> Event {
    Event::Reviewed { repository: order.review.repository, run: order.review.run, number: order.number, sent }
}

/// What became of an answer, and the audit log's word for it.
fn sent(outcome: Outcome) -> (&'static str, Sent) {
    match outcome {
        Outcome::Sent(Sent::Done) => ("done", Sent::Done),
        Outcome::Sent(Sent::Unclear(fault)) => ("unclear", Sent::Unclear(fault)),
        Outcome::Sent(sent @ (Sent::Refused(_) | Sent::Changed(_))) => ("refused", sent),
        Outcome::Unseen(fault) => ("refused", Sent::Refused(fault)),
        Outcome::Changed(run, gates) => {
            let what = format!("the run is {} now, and {} gates hold it back", run.progress.word(), gates.len());
            ("changed", Sent::Changed(what))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Timestamp;
    use crate::model::id::{GateId, RunId, Sha};
    use crate::model::review::Review;
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
            review: Review { repository: "a/b".into(), run: RunId(1), gates: vec![GateId(2)], approve: true, comment: "why".into() },
            head: Sha::new("8a52aea").expect("a commit"),
            attempt: 1,
            held: vec![GateId(2)],
            identity: Some("ada".into()),
            plan: "approve #1 of a/b".into(),
        }
    }

    #[test]
    fn an_answer_is_recorded_before_and_after_it_is_sent() {
        let folder = std::env::temp_dir().join(format!("quarterdeck-desk-{}", std::process::id()));
        let path = folder.join("audit.jsonl");
        let mut desk = desk(Ok(Audit::at(path.clone())));
        assert!(matches!(desk.review(order()), Ok(ReaderOrder::Review(_))));
        let event = desk.event(Told::Reviewed(1, Outcome::Sent(Sent::Done)));
        assert!(matches!(event, Some(Event::Reviewed { sent: Sent::Done, .. })), "{event:?}");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains("intended") && text.contains("done") && text.contains("ada"), "{text}");
        let _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn what_cannot_be_recorded_is_not_sent() {
        let mut desk = desk(Err("there is no place for the audit log".to_owned()));
        let refused = desk.review(order());
        assert!(matches!(&refused, Err(event) if matches!(**event, Event::Reviewed { sent: Sent::Refused(_), .. })), "{refused:?}");
        assert!(desk.under_way.is_empty());
    }
}
