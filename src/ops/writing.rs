//! One write from its confirmation to its outcome: look, send once, and look again where the answer is lost.

use std::time::Duration;

use super::port::Forge;
use crate::model::fault::{Fault, FaultKind};
use crate::model::write::{Order, Premise, Receipt, Sent, Sight, Write};

/// How long a write takes at most, from its confirmation to what became of it.
///
/// That is the look before, two calls of which each may wait for a budget and for its answer (an older server is
/// asked to dispatch twice), and the looks after.
pub const LONGEST_WRITE: Duration = Duration::from_secs(90);

/// How long one look may take, its wait for a budget included.
const LOOK: Duration = Duration::from_secs(15);

/// When to look for what a write has done that was not answered: GitHub shows some things a moment later.
const AFTER: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(6)];

/// How long a look after a write may take.
const LOOK_AFTER: Duration = Duration::from_secs(5);

/// Looks once more, writes if what the plan rests on still holds, and says what became of it.
pub async fn write(forge: &dyn Forge, order: Order) -> Sent {
    match before(forge, &order).await {
        // Nothing was sent, so nothing has changed.
        Err(fault) => return Sent::Refused(fault),
        Ok(sight) => {
            if let Some(difference) = order.premise.difference(&sight) {
                return Sent::Changed(difference);
            }
        }
    }
    match forge.write(order.repository.clone(), order.write.clone()).await {
        Sent::Unclear(fault) => after(forge, &order).await.map_or(Sent::Unclear(fault), Sent::Found),
        Sent::Done(receipt) if wants_its_run(&order.write, &receipt) => {
            // Not every server names the run that it has started.
            Sent::Done(after(forge, &order).await.unwrap_or(receipt))
        }
        sent => sent,
    }
}

async fn before(forge: &dyn Forge, order: &Order) -> Result<Sight, Fault> {
    // Who has confirmed it means now: what would be sent minutes later is not sent.
    let looked = tokio::time::timeout(LOOK, forge.look(order.repository.clone(), order.premise.look())).await;
    looked.unwrap_or_else(|_| {
        let sentence = "GitHub could not be asked once more in time, so nothing was sent: try again in a minute";
        Err(Fault::new(FaultKind::Unreachable, sentence))
    })
}

async fn after(forge: &dyn Forge, order: &Order) -> Option<Receipt> {
    for pause in AFTER {
        tokio::time::sleep(pause).await;
        let look = tokio::time::timeout(LOOK_AFTER, forge.look(order.repository.clone(), order.write.traces())).await;
        let shown = look.ok().and_then(Result::ok).and_then(|sight| shown(order, &order.premise, &sight));
        if shown.is_some() {
            return shown;
        }
    }
    None
}

fn shown(order: &Order, premise: &Premise, sight: &Sight) -> Option<Receipt> {
    order.write.shown(sight, premise, order.identity.as_ref())
}

const fn wants_its_run(write: &Write, receipt: &Receipt) -> bool {
    matches!(write, Write::Dispatch { .. }) && receipt.run.is_none()
}
