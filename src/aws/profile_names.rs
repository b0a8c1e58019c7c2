//! The profiles of the AWS configuration, as the SDK itself reads its files.
//!
//! Names, and whether each can have credentials at all. No key is looked at.

use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_runtime::env_config::source;
use aws_types::os_shim_internal::{Env, Fs};

/// What in a profile leads to credentials (AWS, "Configuration and credential file settings in the AWS CLI").
const MEANS: [&str; 8] = [
    "aws_access_key_id",
    "role_arn",
    "sso_session",
    "sso_start_url",
    "credential_process",
    "web_identity_token_file",
    "login_session",
    "sso_account_id",
];

/// What of that is single sign-on.
const SIGN_ON: [&str; 2] = ["sso_session", "sso_start_url"];

/// The names of the profiles that lead to credentials, sorted: of files that are not there, none.
///
/// # Errors
/// Why the files cannot be read, in a sentence. Nothing that stands in them is repeated.
pub async fn profiles() -> Result<Vec<String>, String> {
    found(&Env::real(), &Fs::real()).await
}

/// Whether any profile is signed on to: where none is, `aws sso login` has nothing to log in to. `None` where the files
/// cannot be read.
pub async fn has_sign_on() -> Option<bool> {
    signs_on(&Env::real(), &Fs::real()).await
}

async fn signs_on(env: &Env, fs: &Fs) -> Option<bool> {
    let sections = sections(env, fs).await.ok()?;
    let has = |name: &str| sections.get_profile(name).is_some_and(|profile| SIGN_ON.iter().any(|key| profile.get(key).is_some()));
    Some(sections.profiles().any(has))
}

async fn found(env: &Env, fs: &Fs) -> Result<Vec<String>, String> {
    let sections = sections(env, fs).await?;
    let has_means = |name: &&str| sections.get_profile(name).is_some_and(|profile| MEANS.iter().any(|key| profile.get(key).is_some()));
    let mut names: Vec<String> = sections.profiles().filter(has_means).map(str::to_owned).collect();
    names.sort();
    Ok(names)
}

async fn sections(env: &Env, fs: &Fs) -> Result<EnvConfigSections, String> {
    let files = EnvConfigFiles::default();
    let unread = |_| "the AWS configuration files cannot be read: check ~/.aws/config and ~/.aws/credentials".to_owned();
    let source = source::load(env, fs, &files).await.map_err(unread)?;
    let wrong = |_| "the AWS configuration files cannot be understood: check ~/.aws/config and ~/.aws/credentials".to_owned();
    EnvConfigSections::parse(source).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn profiles_with_credentials_are_found_in_both_files() {
        let config = "[default]\nregion = us-west-1\n[profile work]\nsso_session = corp\n[profile empty]\nregion = eu-west-1\n\
            [profile admin]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = work\n[sso-session corp]\nsso_region = us-east-1\n";
        let credentials = "[ci]\naws_access_key_id = A\naws_secret_access_key = hush\n";
        let fs = Fs::from_slice(&[("/home/.aws/config", config), ("/home/.aws/credentials", credentials)]);
        let env = Env::from_slice(&[("HOME", "/home")]);
        assert_eq!(found(&env, &fs).await, Ok(vec!["admin".to_owned(), "ci".to_owned(), "work".to_owned()]));
        assert_eq!(signs_on(&env, &fs).await, Some(true));
        let keys = Fs::from_slice(&[("/home/.aws/config", "[default]\nregion = us-west-1\n"), ("/home/.aws/credentials", credentials)]);
        assert_eq!((signs_on(&env, &keys).await, signs_on(&env, &Fs::from_slice(&[])).await), (Some(false), Some(false)));
        let nothing = found(&env, &Fs::from_slice(&[])).await;
        assert_eq!(nothing, Ok(Vec::new()));
    }

    #[tokio::test]
    async fn a_file_that_is_none_is_told_without_its_words() {
        let fs = Fs::from_slice(&[("/home/.aws/config", "[profile work\nsecret = hush\n")]);
        let told = found(&Env::from_slice(&[("HOME", "/home")]), &fs).await.unwrap_err();
        assert_eq!(signs_on(&Env::from_slice(&[("HOME", "/home")]), &fs).await, None);
        assert!(told.contains("~/.aws/config") && !told.contains("hush"), "{told}");
    }
}
