//! What a profile of the AWS configuration asks for that the SDK does not: a code of an MFA device.
//!
//! The SDK reads past `mfa_serial` and assumes the role without, which its trust policy then refuses. Nobody can be
//! asked for a code while reading: [`super::kept`] reads what the AWS command line has got with one.

use aws_config::profile::{Profile, ProfileSet, load};
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
    /// The role that is assumed with its code, then those that are assumed with that one, up to the profile's own.
    /// Empty where the code is for keys, which the AWS command line asks for no code.
    pub roles: Vec<Role>,
}

/// A role as a profile has it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Role {
    /// `role_arn`.
    pub arn: String,
    /// `external_id`.
    pub external_id: Option<String>,
    /// `role_session_name`.
    pub session: Option<String>,
    /// `duration_seconds`.
    pub seconds: Option<u32>,
}

impl Role {
    fn of(profile: &Profile) -> Option<Self> {
        let text = |name| profile.get(name).map(str::to_owned);
        Some(Self {
            arn: text("role_arn")?,
            external_id: text("external_id"),
            session: text("role_session_name"),
            seconds: profile.get("duration_seconds").and_then(|seconds| seconds.parse().ok()),
        })
    }
}

/// The MFA device that a profile asks for, or one of those that it gets its credentials from. Without a name, the
/// profile that is used then. None, too, where the files cannot be read: whoever needs them says so.
pub async fn mfa_device(profile: Option<&str>) -> Option<MfaDevice> {
    let profiles = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), None).await.ok()?;
    let first = profile.unwrap_or_else(|| profiles.selected_profile()).to_owned();
    device(&profiles, first)
}

fn device(profiles: &ProfileSet, first: String) -> Option<MfaDevice> {
    let (mut name, mut roles) = (first, Vec::new());
    for _ in 0..LONGEST_CHAIN {
        let profile = profiles.get_profile(&name)?;
        let role = Role::of(profile);
        if let Some(serial) = profile.get("mfa_serial") {
            let keys = profile.get("source_profile").map_or(name.clone(), str::to_owned);
            let is_of_role = role.is_some();
            roles.extend(role);
            roles.reverse();
            return Some(MfaDevice { serial: serial.to_owned(), keys, roles: if is_of_role { roles } else { Vec::new() } });
        }
        roles.extend(role);
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
    async fn a_role_is_assumed_with_its_code_and_the_next_ones_with_that() {
        let files = "[profile outer]\nrole_arn = o\nsource_profile = middle\nrole_session_name = kim\n\
            [profile middle]\nrole_arn = m\nsource_profile = base\nmfa_serial = 1\nexternal_id = x\nduration_seconds = 900\n\
            [profile base]\naws_access_key_id = k\n[profile keys]\nmfa_serial = 1\n[profile on-keys]\nrole_arn = r\nsource_profile = keys\n";
        let fs = Fs::from_slice(&[("/config", files)]);
        let profiles = load(&fs, &Env::from_slice(&[("AWS_CONFIG_FILE", "/config")]), &EnvConfigFiles::default(), None).await.unwrap();
        let roles = |name: &str| device(&profiles, name.to_owned()).unwrap().roles;
        let middle = Role { arn: "m".into(), external_id: Some("x".into()), session: None, seconds: Some(900) };
        let outer = Role { arn: "o".into(), session: Some("kim".into()), ..Role::default() };
        assert_eq!(roles("middle"), vec![middle.clone()]);
        assert_eq!(roles("outer"), vec![middle, outer]);
        assert_eq!((roles("keys"), roles("on-keys")), (Vec::new(), Vec::new()), "a code for keys is asked for by nobody");
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
