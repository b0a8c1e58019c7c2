//! How often each operation may be called, in each account and region.
//!
//! The numbers of AWS's own table ("CloudWatch Logs quotas"). What is left fills up evenly.

use std::collections::HashMap;

use crate::environment::Place;
use crate::moment::Moment;

/// What is left of every quota.
#[derive(Debug, Default)]
pub struct Quotas {
    left: HashMap<(Place, &'static str), (f64, Moment)>,
}

/// Calls a second, of the operations that have a quota.
fn rate(operation: &str, region: &str) -> Option<(&'static str, f64)> {
    Some(match operation {
        "FilterLogEvents" => {
            let rate = match region {
                "us-east-1" => 25.0,
                "ap-northeast-3" | "ap-southeast-3" | "ca-west-1" | "eu-central-1" | "il-central-1" => 5.0,
                _ => 10.0,
            };
            ("FilterLogEvents", rate)
        }
        "GetLogEvents" => {
            let rate = match region {
                "us-west-2" | "eu-west-1" | "eu-central-1" => 10.0,
                "eu-west-3" => 30.0,
                _ => 25.0,
            };
            ("GetLogEvents", rate)
        }
        "DescribeLogGroups" => ("DescribeLogGroups", 10.0),
        "DescribeLogStreams" => ("DescribeLogStreams", 25.0),
        "StartLiveTail" => ("StartLiveTail", 5.0),
        _ => return None,
    })
}

impl Quotas {
    /// Takes one call, where there is one left.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since a call are far below 2^52")]
    pub fn take(&mut self, place: &Place, operation: &str, now: Moment) -> bool {
        let Some((operation, rate)) = rate(operation, &place.region) else { return true };
        let (left, at) = self.left.entry((place.clone(), operation)).or_insert((rate, now));
        *left = (*left + now.since(*at).max(0) as f64 / 1_000.0 * rate).min(rate);
        *at = now;
        let is_left = *left >= 1.0;
        if is_left {
            *left -= 1.0;
        }
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_as_many_calls_as_the_region_allows() {
        let mut quotas = Quotas::default();
        for (region, allowed) in [("us-east-1", 25), ("eu-central-1", 5), ("us-west-1", 10)] {
            let place = Place { account: "1".into(), region: region.into() };
            let mut taken = |at: i64| (0..40).filter(|_| quotas.take(&place, "FilterLogEvents", Moment::from_millis(at))).count();
            assert_eq!((taken(0), taken(1_000), taken(1_200)), (allowed, allowed, allowed / 5), "{region}");
        }
    }
}
