//! DescribeEnvironmentHealth: one environment's health with its causes and requests.

use std::sync::Arc;

use aws_sdk_elasticbeanstalk::operation::describe_environment_health::DescribeEnvironmentHealthOutput;
use aws_sdk_elasticbeanstalk::types::{ApplicationMetrics, Latency, StatusCodes};

use super::super::told::text;
use super::words;
use crate::model::health::{Health, Traffic};
use crate::model::sighting::Reading;

/// The window of Elastic Beanstalk's request counts, where an answer does not say.
const WINDOW_SECONDS: f64 = 10.0;

/// What an answer tells.
pub(super) fn reading(told: &DescribeEnvironmentHealthOutput) -> Reading {
    // `status` is left alone: its type in the SDK is the color's, its content is neither.
    let judged = words::judge(text(told.health_status.as_ref()), text(told.color.as_ref()));
    let health = judged.map(|judged| Health {
        level: judged.level,
        word: Some(Arc::from(judged.word)),
        causes: causes(told.causes()),
        source: judged.source,
    });
    Reading { health, traffic: told.application_metrics().map(traffic), ..Reading::default() }
}

/// Sentences, without the empty ones.
pub(super) fn causes(told: &[String]) -> Vec<Arc<str>> {
    told.iter().filter_map(|cause| text(Some(cause))).map(Arc::from).collect()
}

/// Requests as rates and shares.
///
/// The service's documentation calls the status codes percentages and the
/// request count a rate; both are counts over the window.
pub(super) fn traffic(told: &ApplicationMetrics) -> Traffic {
    let window = told.duration().filter(|seconds| *seconds > 0).map_or(WINDOW_SECONDS, f64::from);
    let latency = told.latency();
    Traffic {
        requests_per_second: Some(f64::from(told.request_count()) / window),
        server_error_share: told.status_codes().and_then(|codes| share(codes, codes.status5xx())),
        client_error_share: told.status_codes().and_then(|codes| share(codes, codes.status4xx())),
        p50: latency.and_then(Latency::p50),
        p90: latency.and_then(Latency::p90),
        p99: latency.and_then(Latency::p99),
    }
}

/// The share of one code in all; of nothing there is no share.
fn share(codes: &StatusCodes, count: Option<i32>) -> Option<f64> {
    let each = [codes.status2xx(), codes.status3xx(), codes.status4xx(), codes.status5xx()];
    let sum: f64 = each.into_iter().flatten().map(f64::from).sum();
    (sum > 0.0).then(|| f64::from(count.unwrap_or(0)) / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_are_counts_and_an_empty_sum_is_unknown() {
        let codes = StatusCodes::builder().status2xx(47).status4xx(1).build();
        let metrics = ApplicationMetrics::builder().duration(10).request_count(48).status_codes(codes).build();
        let told = traffic(&metrics);
        assert_eq!(told.requests_per_second, Some(4.8));
        assert_eq!(told.server_error_share, Some(0.0));
        assert_eq!(told.client_error_share, Some(1.0 / 48.0));
        let idle = ApplicationMetrics::builder().request_count(0).status_codes(StatusCodes::builder().status2xx(0).build()).build();
        assert_eq!(traffic(&idle), Traffic { requests_per_second: Some(0.0), ..Traffic::default() });
    }
}
