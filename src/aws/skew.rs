//! How late it is at AWS: by the `Date` of an answer that needs no credentials.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::call::Wire;
use super::clients::Clients;
use super::told::moment;
use crate::model::clock::Timestamp;
use crate::model::id::Connection;
use crate::ops::limit::Limiter;

/// The moment that AWS told, to the second, and the host that told it.
///
/// # Errors
/// Why it told none, in a sentence.
pub async fn time(clients: &Clients, limiter: &Limiter, connection: &Connection) -> Result<(Timestamp, String), String> {
    let line = Wire::new(clients.clone(), limiter.clone()).line(connection, None).await;
    let region = line.region.as_str();
    // China's regions have a domain of their own (AWS, "Regions and endpoints").
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let address = line.opened.endpoint("STS").unwrap_or_else(|| format!("https://sts.{region}.{domain}/"));
    let host = super::local::authority(&address).unwrap_or_default().to_owned();
    let told = line.way.date(&address).await.map_err(|why| format!("{host} does not tell the time: {why}"))?;
    let parsed = DateTime::from_str(&told, Format::HttpDate).ok();
    let at = parsed.as_ref().and_then(|at| moment(Some(at)));
    at.map(|at| (at, host.clone())).ok_or_else(|| format!("{host} tells a time that cannot be understood"))
}
