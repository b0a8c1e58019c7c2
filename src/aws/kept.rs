//! Roles that want a code of an MFA device: what the AWS command line has got for them.
//!
//! Nobody can be asked for a code while reading. The AWS command line asks for one at a terminal and keeps what it gets
//! for the role until that runs out, in `~/.aws/cli/cache` (botocore's `AssumeRoleCredentialFetcher` names the file,
//! its `JSONFileCache` writes it). It is read there, so that one code serves both; nothing is written.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_smithy_async::time::{SystemTimeSource, TimeSource as _};
use aws_types::os_shim_internal::Env;
use jiff::Timestamp;
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use tokio::io::AsyncReadExt as _;

use super::profiles::{MfaDevice, Role};

/// Where the AWS command line keeps them, below the person's home.
const FOLDER: &str = ".aws/cli/cache";
/// No such file is as long as this.
const LONGEST: u64 = 64 * 1024;
/// What a session is called where the profile does not say.
const SESSION: &str = "quarterdeck";

/// Hands out what is kept for a role, and assumes with it the roles that the profile goes on to.
#[derive(Debug)]
pub struct Kept {
    file: PathBuf,
    further: Vec<Role>,
    config: SdkConfig,
}

impl Kept {
    /// What is kept of a device's role, if its code is for one; `config` says how STS is reached.
    pub fn of(device: &MfaDevice, config: &SdkConfig) -> Option<Self> {
        let (role, further) = device.roles.split_first()?;
        let home = Env::real().get("HOME").ok().filter(|home| !home.is_empty())?;
        let file = Path::new(&home).join(FOLDER).join(file_name(role, &device.serial));
        Some(Self { file, further: further.to_vec(), config: config.clone() })
    }

    async fn provide(&self) -> provider::Result {
        let now = SystemTimeSource::new().now();
        let kept = read(&self.file).await.and_then(|text| credentials(&text, now));
        let mut held = kept.ok_or_else(|| CredentialsError::not_loaded("nothing is kept for the role"))?;
        for role in &self.further {
            held = assumed(role, held, &self.config).await?;
        }
        Ok(held)
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}

async fn assumed(role: &Role, with: Credentials, config: &SdkConfig) -> provider::Result {
    let mut builder = AssumeRoleProvider::builder(&role.arn).session_name(role.session.as_deref().unwrap_or(SESSION));
    if let Some(id) = &role.external_id {
        builder = builder.external_id(id);
    }
    if let Some(seconds) = role.seconds {
        builder = builder.session_length(Duration::from_secs(seconds.into()));
    }
    builder.configure(config).build_from_provider(with).await.provide_credentials().await
}

async fn read(file: &Path) -> Option<String> {
    let mut text = String::new();
    tokio::fs::File::open(file).await.ok()?.take(LONGEST).read_to_string(&mut text).await.ok()?;
    Some(text)
}

/// What such a file holds, unless it has run out.
fn credentials(text: &str, now: SystemTime) -> Option<Credentials> {
    let kept: Value = serde_json::from_str(text).ok()?;
    let part = |name: &str| kept.get("Credentials")?.get(name)?.as_str();
    let runs_out = SystemTime::from(moment(part("Expiration")?)?);
    let token = Some(part("SessionToken")?.to_owned());
    (runs_out > now).then_some(Credentials::new(part("AccessKeyId")?, part("SecretAccessKey")?, token, Some(runs_out), "aws-cli-cache"))
}

/// A moment as Python writes it: its zone may be a word.
fn moment(text: &str) -> Option<Timestamp> {
    text.strip_suffix("UTC").map_or_else(|| text.parse().ok(), |text| format!("{text}Z").parse().ok())
}

/// How the file is called: a hash of what the role is asked for with, as Python writes JSON with sorted keys.
fn file_name(role: &Role, serial: &str) -> String {
    let text = |name: &str, value: &str| format!("\"{name}\": {}", python(value));
    let parts = [
        role.seconds.map(|seconds| format!("\"DurationSeconds\": {seconds}")),
        role.external_id.as_deref().map(|id| text("ExternalId", id)),
        Some(text("RoleArn", &role.arn)),
        role.session.as_deref().map(|session| text("RoleSessionName", session)),
        Some(text("SerialNumber", serial)),
    ];
    let asked = format!("{{{}}}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "));
    format!("{:x}.json", Sha1::digest(asked))
}

/// A string as Python writes it in JSON: whatever is not printable ASCII is escaped.
fn python(text: &str) -> String {
    let json = Value::from(text).to_string();
    let mut written = String::with_capacity(json.len());
    for letter in json.chars() {
        if matches!(letter, ' '..='~') {
            written.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(written, "\\u{unit:04x}");
            }
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(arn: &str) -> Role {
        Role { arn: arn.into(), ..Role::default() }
    }

    /// The names were made with botocore 1.43.11.
    #[test]
    fn the_file_is_called_as_botocore_calls_it() {
        let (arn, serial) = ("arn:aws:iam::111122223333:role/guarded", "arn:aws:iam::111122223333:mfa/kim");
        assert_eq!(file_name(&role(arn), serial), "c0499b73ac8748128faebc937db316c8c9ff9ade.json");
        let all = Role { external_id: Some("é\"\u{7f}😀".into()), session: Some("kim".into()), seconds: Some(900), ..role(arn) };
        assert_eq!(file_name(&all, serial), "0833769cc8f77282ec3641ed79aedf4ee7ce00b6.json");
    }

    #[test]
    fn what_is_kept_is_handed_out_until_it_runs_out() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let kept = |when: &str| {
            let text = format!(
                "{{\"Credentials\": {{\"AccessKeyId\": \"A\", \"SecretAccessKey\": \"S\", \"SessionToken\": \"T\", \"Expiration\": \"{when}\"}}}}"
            );
            credentials(&text, now)
        };
        for later in ["2023-11-14T22:13:21UTC", "2023-11-14T22:13:21Z", "2023-11-14T23:13:21+01:00"] {
            let found = kept(later).unwrap();
            assert_eq!((found.access_key_id(), found.session_token()), ("A", Some("T")));
            assert_eq!(found.expiry(), Some(now + Duration::from_secs(1)));
        }
        for none in ["2023-11-14T22:13:20UTC", "soon", ""] {
            assert!(kept(none).is_none(), "{none}");
        }
        for damaged in ["", "[]", "{\"Credentials\": 7}", "{\"Credentials\": {\"Expiration\": \"2099-01-01T00:00:00UTC\"}}"] {
            assert!(credentials(damaged, now).is_none(), "{damaged}");
        }
    }
}
