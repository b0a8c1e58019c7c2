//! Which hosts are this machine, or a service that belongs to it: never behind a proxy, never FIPS.

use std::net::IpAddr;

/// The host of a URL, without port, user and brackets; `None` where there is none.
pub fn host(url: &str) -> Option<&str> {
    let authority = authority(url)?;
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next()?,
        None => authority.split(':').next()?,
    };
    Some(host).filter(|host| !host.is_empty())
}

/// The host and port of a URL, without any user and password; `None` where there is none.
pub fn authority(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    Some(host).filter(|host| !host.is_empty())
}

/// Whether a URL's host is an IP literal or this machine by name: a server of
/// AWS's APIs that is not AWS's, to which its naming rules do not apply.
pub fn is_literal(url: &str) -> bool {
    host(url).is_some_and(|host| host.parse::<IpAddr>().is_ok() || is_localhost(host))
}

/// Whether a URL leads to this machine or to a link-local address.
///
/// Instance metadata (169.254.169.254, `fd00:ec2::254`) and container
/// credentials (169.254.170.2) answer only from here: through a proxy they
/// would be another machine's.
pub fn is_near(url: &str) -> bool {
    let Some(host) = host(url) else { return false };
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local() || address.is_unspecified(),
        Ok(IpAddr::V6(address)) => {
            let unique_local = address.segments().first().is_some_and(|first| *first == 0xfd00);
            address.is_loopback() || address.is_unicast_link_local() || address.is_unspecified() || unique_local
        }
        Err(_) => is_localhost(host),
    }
}

fn is_localhost(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url() {
        for (url, expected) in [
            ("http://127.0.0.1:5000/x", Some("127.0.0.1")),
            ("https://[::1]:8443", Some("::1")),
            ("http://user:secret@sim.test:1/", Some("sim.test")),
            ("https://sts.us-west-1.amazonaws.com", Some("sts.us-west-1.amazonaws.com")),
            ("http:///x", None),
            ("127.0.0.1:5000", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn what_is_near_and_what_is_literal() {
        for (url, near, literal) in [
            ("http://127.0.0.1:1", true, true),
            ("http://127.8.8.8:1", true, true),
            ("http://[::1]:1", true, true),
            ("http://localhost:1", true, true),
            ("http://x.LOCALHOST:1", true, true),
            ("http://169.254.169.254/latest", true, true),
            ("http://[fd00:ec2::254]/latest", true, true),
            ("http://10.1.2.3:1", false, true),
            ("https://moto:5000", false, false),
            ("https://ec2.us-west-1.amazonaws.com", false, false),
        ] {
            assert_eq!((is_near(url), is_literal(url)), (near, literal), "{url}");
        }
    }
}
