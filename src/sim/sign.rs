//! Who calls, and whom: the credential scope of a signature.
//!
//! Owns reading `SigV4` headers and presigned queries. Never verifies the
//! signature itself: the keys of the simulated cloud are no secret.

use crate::wire::query::Params;

/// What a signature says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The access key.
    pub access_key: String,
    /// The region.
    pub region: String,
    /// The signing name of the service.
    pub service: String,
}

/// What is wrong with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// There is none.
    Missing,
    /// It cannot be read; the sentence is AWS's.
    Garbled(String),
}

/// Reads who signed a request.
///
/// # Errors
///
/// When nothing did, or nothing that can be read.
pub fn scope(authorization: Option<&str>, params: &Params) -> Result<Scope, Unsigned> {
    let Some(header) = authorization else {
        return match (params.get("X-Amz-Credential"), params.get("X-Amz-Signature")) {
            (Some(credential), Some(_)) => credential_scope(credential),
            (Some(_), None) => Err(incomplete("X-Amz-Signature", "query-string parameters")),
            (None, _) => Err(Unsigned::Missing),
        };
    };
    let Some(rest) = header.trim().strip_prefix("AWS4-HMAC-SHA256") else {
        return Err(Unsigned::Garbled(format!(
            "Authorization header requires 'Credential' parameter. Authorization={}",
            header.chars().take(80).collect::<String>()
        )));
    };
    let part = |name: &str| {
        let mut parts = rest.split(',').map(str::trim);
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    for needed in ["Credential", "SignedHeaders", "Signature"] {
        if part(needed).is_none_or(str::is_empty) {
            return Err(incomplete(needed, "Authorization header"));
        }
    }
    let signature = part("Signature").unwrap_or_default();
    if signature.len() != 64 || !signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Unsigned::Garbled(String::from("The request signature does not conform to AWS standards.")));
    }
    credential_scope(part("Credential").unwrap_or_default())
}

fn incomplete(needed: &str, place: &str) -> Unsigned {
    Unsigned::Garbled(format!("{place} requires '{needed}' parameter."))
}

fn credential_scope(credential: &str) -> Result<Scope, Unsigned> {
    let parts: Vec<&str> = credential.split('/').collect();
    match parts.as_slice() {
        [key, date, region, service, "aws4_request"] if [key, region, service].iter().all(|part| !part.is_empty()) && date.len() == 8 => {
            Ok(Scope { access_key: (*key).to_owned(), region: (*region).to_owned(), service: (*service).to_owned() })
        }
        _ => Err(Unsigned::Garbled(String::from(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term",
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn the_scope_is_read_from_header_and_query() {
        let header = format!(
            "AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-west-1/elasticbeanstalk/aws4_request, SignedHeaders=host;x-amz-date, Signature={SIGNATURE}"
        );
        let expected = Scope { access_key: "AKIA".into(), region: "us-west-1".into(), service: "elasticbeanstalk".into() };
        assert_eq!(scope(Some(&header), &Params::default()), Ok(expected.clone()));
        let query = format!("X-Amz-Credential=AKIA%2F20261120%2Fus-west-1%2Felasticbeanstalk%2Faws4_request&X-Amz-Signature={SIGNATURE}");
        assert_eq!(scope(None, &Params::read(&query, b"")), Ok(expected));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert_eq!(scope(None, &Params::default()), Err(Unsigned::Missing));
        for bad in [
            "Basic abc",
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=00",
            &format!("AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature={SIGNATURE}"),
        ] {
            assert!(matches!(scope(Some(bad), &Params::default()), Err(Unsigned::Garbled(_))), "{bad}");
        }
    }
}
