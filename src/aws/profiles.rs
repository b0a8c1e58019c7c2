//! What a profile of the AWS configuration asks for that the SDK does not: a code of an MFA device.
//!
//! The SDK reads past `mfa_serial` and assumes the role without, which its trust policy then refuses. Nobody can be
//! asked for a code here: so the person is told what to do instead.

use aws_config::profile::{ProfileSet, load};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

/// So many profiles are followed from one to its source: longer chains are circles.
const LONGEST_CHAIN: usize = 10;

/// An MFA device that a profile asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MfaDevice {
    /// Its serial number, or its ARN.
    pub serial: String,
    /// The profile whose keys belong to it, where it is another.
    pub keys: String,
}

/// The MFA device that a profile asks for, or one of those that it gets its credentials from. Without a name, the
/// profile that is used then. None, too, where the files cannot be read: whoever needs them says so.
pub async fn mfa_device(profile: Option<&str>) -> Option<MfaDevice> {
    let profiles = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), None).await.ok()?;
    let first = profile.unwrap_or_else(|| profiles.selected_profile()).to_owned();
    device(&profiles, first)
}

fn device(profiles: &ProfileSet, first: String) -> Option<MfaDevice> {
    let mut name = first;
    for _ in 0..LONGEST_CHAIN {
        let profile = profiles.get_profile(&name)?;
        if let Some(serial) = profile.get("mfa_serial") {
            let keys = profile.get("source_profile").map_or(name.clone(), str::to_owned);
            return Some(MfaDevice { serial: serial.to_owned(), keys });
        }
        name = profile.get("source_profile").filter(|source| *source != name)?.to_owned();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(files: &str, profile: &str) -> Option<(String, String)> {
        let fs = Fs::from_slice(&[("/config", files)]);
        let env = Env::from_slice(&[("AWS_CONFIG_FILE", "/config")]);
        device(&load(&fs, &env, &EnvConfigFiles::default(), None).await.unwrap(), profile.to_owned())
            .map(|device| (device.serial, device.keys))
    }

    #[tokio::test]
    async fn the_device_of_a_profile_is_its_own_or_its_source_s() {
        let files = "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nmfa_serial = arn:aws:iam::1:mfa/kim\n\
            [profile f]\nrole_arn = r\nsource_profile = g\nmfa_serial = 1234\n\
            [profile c]\nsource_profile = d\n[profile d]\nsource_profile = c\n[profile e]\nsource_profile = e\n";
        let pair = |serial: &str, keys: &str| Some((serial.to_owned(), keys.to_owned()));
        assert_eq!(of(files, "a").await, pair("arn:aws:iam::1:mfa/kim", "b"));
        assert_eq!(of(files, "b").await, pair("arn:aws:iam::1:mfa/kim", "b"));
        assert_eq!(of(files, "f").await, pair("1234", "g"));
        for none in ["c", "e", "nobody"] {
            assert_eq!(of(files, none).await, None, "{none}");
        }
    }
}
