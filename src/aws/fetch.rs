//! One page from an address that an API has told.

use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// No more of an answer is read.
const LONGEST: usize = 64 * 1024 * 1024;

/// When it is there, by the header of an answer, whatever that answer is.
pub async fn date(connector: &SharedHttpConnector, address: &str) -> Result<String, String> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(address).map_err(|_| "its address cannot be understood".to_owned())?;
    let response = connector.call(request).await.map_err(|_| "the connection failed".to_owned())?;
    response.headers().get("date").map(str::to_owned).ok_or_else(|| "its answer has no date".to_owned())
}

/// Fetches it. No error repeats the address.
pub async fn fetch(connector: &SharedHttpConnector, address: &str) -> Result<Vec<u8>, String> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(address).map_err(|_| "its address cannot be understood".to_owned())?;
    let response = connector.call(request).await.map_err(|_| "the connection failed".to_owned())?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(format!("where it lies answers with HTTP {status}"));
    }
    let mut body = ByteStream::new(response.into_body());
    let mut whole = Vec::new();
    while let Some(piece) = body.next().await {
        whole.extend_from_slice(&piece.map_err(|_| "the connection broke".to_owned())?);
        if whole.len() > LONGEST {
            return Err("it is too long".to_owned());
        }
    }
    Ok(whole)
}
