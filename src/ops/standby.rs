//! Which way in reads what, where several lead into one account: each region of an account is read once.
//!
//! Pure. The first that is configured reads. Another of the same account stands by, region for region, and reads where
//! the credentials of the first are not good. Who has said nothing yet waits, since it may be either.

use crate::model::account::Standby;
use crate::model::id::{AccountId, Connection, Region};

/// What is known of whose credentials a way in has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Nobody has answered yet.
    Asked,
    /// They lead into this account.
    Known(AccountId),
    /// They are not good now. The account is the one that they led into before.
    Lapsed(Option<AccountId>),
    /// Nobody says whose they are: it is read for itself.
    Untold,
}

/// A way in.
#[derive(Clone, Debug)]
pub struct Seat<'a> {
    /// Its name.
    pub connection: &'a Connection,
    /// Whose it is.
    pub standing: &'a Standing,
    /// The regions that there are to read through it, where they are known.
    pub regions: &'a [Region],
}

/// What a way in does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Duty {
    /// It reads these regions.
    pub reads: Vec<Region>,
    /// It reads nothing yet: it may be another one's account.
    pub waits: bool,
    /// Whose account it shares, where another reads some of it.
    pub standby: Option<Standby>,
}

/// What each way in does, in their order, which is that of the configuration.
#[must_use]
pub fn duties(seats: &[Seat<'_>]) -> Vec<Duty> {
    let mut duties: Vec<Duty> = vec![Duty::default(); seats.len()];
    let mut taken: Vec<(&AccountId, &Region, &Connection)> = Vec::new();
    // The first that is asked reads meanwhile, where nobody stands before it; all behind one that is asked wait.
    let mut is_settled = true;
    for (number, (seat, duty)) in seats.iter().zip(&mut duties).enumerate() {
        duty.waits = match seat.standing {
            Standing::Asked => number > 0,
            Standing::Known(_) => !is_settled,
            Standing::Lapsed(None) => seats.len() > 1,
            Standing::Lapsed(Some(_)) | Standing::Untold => false,
        };
        is_settled &= *seat.standing != Standing::Asked;
    }
    // Those whose credentials are good choose first; each of the others tells what is wrong with what nobody reads.
    for good in [true, false] {
        for (seat, duty) in seats.iter().zip(&mut duties).filter(|(_, duty)| !duty.waits) {
            match seat.standing {
                Standing::Known(account) if good => take(seat, account, &mut taken, duty),
                Standing::Lapsed(Some(account)) if !good => take(seat, account, &mut taken, duty),
                Standing::Asked | Standing::Untold | Standing::Lapsed(None) if good => duty.reads = seat.regions.to_vec(),
                Standing::Asked | Standing::Known(_) | Standing::Lapsed(_) | Standing::Untold => {}
            }
        }
    }
    duties
}

/// Takes the regions of an account that nobody has.
fn take<'a>(seat: &Seat<'a>, account: &'a AccountId, taken: &mut Vec<(&'a AccountId, &'a Region, &'a Connection)>, duty: &mut Duty) {
    let owner = |region: &Region| taken.iter().find(|(theirs, of, _)| *theirs == account && *of == region).map(|(_, _, owner)| *owner);
    let (others, own): (Vec<&'a Region>, Vec<&'a Region>) = seat.regions.iter().partition(|region| owner(region).is_some());
    if let Some(reader) = others.first().and_then(|region| owner(region)) {
        duty.standby = Some(Standby {
            connection: seat.connection.clone(),
            reader: reader.clone(),
            regions: others.into_iter().cloned().collect(),
            is_whole: own.is_empty(),
        });
    }
    duty.reads = own.iter().map(|region| (*region).clone()).collect();
    taken.extend(own.into_iter().map(|region| (account, region, seat.connection)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "111122223333";

    fn known(account: &str) -> Standing {
        Standing::Known(account.into())
    }

    /// What each of these ways in does: its regions, `…` where it waits, and who reads instead.
    fn told(seats: &[(&str, Standing, &[&str])]) -> Vec<String> {
        let owned: Vec<(Connection, &Standing, Vec<Region>)> = seats
            .iter()
            .map(|(name, standing, regions)| ((*name).into(), standing, regions.iter().map(|region| Region::from(*region)).collect()))
            .collect();
        let seats: Vec<Seat<'_>> = owned.iter().map(|(connection, standing, regions)| Seat { connection, standing, regions }).collect();
        let word = |duty: &Duty| {
            let mut word = duty.reads.iter().map(Region::as_str).collect::<Vec<_>>().join(" ");
            if duty.waits {
                word.push('…');
            }
            if let Some(standby) = &duty.standby {
                word.push_str(&format!("<{}{}", standby.reader, if standby.is_whole { "" } else { " partly" }));
            }
            word
        };
        duties(&seats).iter().map(word).collect()
    }

    #[test]
    fn each_region_of_an_account_is_read_once_by_the_first_that_leads_there() {
        let (west, both) = (["us-west-1"], ["us-west-1", "us-west-2"]);
        assert_eq!(told(&[("a", known(A), &both), ("b", known(A), &both)]), ["us-west-1 us-west-2", "<a"]);
        assert_eq!(told(&[("a", known(A), &west), ("b", known(A), &both)]), ["us-west-1", "us-west-2<a partly"]);
        assert_eq!(told(&[("a", known(A), &both), ("b", known("444455556666"), &both)]), ["us-west-1 us-west-2", "us-west-1 us-west-2"]);
        assert_eq!(told(&[("a", known(A), &west), ("b", known(A), &west), ("c", known(A), &west)]), ["us-west-1", "<a", "<a"]);
    }

    #[test]
    fn who_stands_by_reads_where_the_first_one_s_credentials_fail() {
        let west = ["us-west-1"];
        assert_eq!(told(&[("a", Standing::Lapsed(Some(A.into())), &west), ("b", known(A), &west)]), ["<b", "us-west-1"]);
        assert_eq!(told(&[("a", Standing::Lapsed(None), &west), ("b", known(A), &west)]), ["…", "us-west-1"]);
        // Nobody else: it goes on being asked, so that what is wrong is told and its end noticed.
        assert_eq!(
            told(&[("a", Standing::Lapsed(Some(A.into())), &west), ("b", known("444455556666"), &west)]),
            ["us-west-1", "us-west-1"]
        );
        assert_eq!(told(&[("a", Standing::Lapsed(None), &west)]), ["us-west-1"], "one that is alone tells it itself");
    }

    #[test]
    fn who_may_be_another_one_s_account_waits() {
        let west = ["us-west-1"];
        assert_eq!(told(&[("a", Standing::Asked, &west), ("b", Standing::Asked, &west)]), ["us-west-1", "…"]);
        assert_eq!(told(&[("a", Standing::Asked, &west), ("b", known(A), &west)]), ["us-west-1", "…"]);
        assert_eq!(told(&[("a", known(A), &west), ("b", Standing::Asked, &west)]), ["us-west-1", "…"]);
        // Where nobody ever says whose they are, two are read as two.
        assert_eq!(told(&[("a", Standing::Untold, &west), ("b", known(A), &west)]), ["us-west-1", "us-west-1"]);
    }
}
