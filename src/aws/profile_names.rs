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

/// The names of the profiles that lead to credentials, sorted: of files that are not there, none.
///
/// # Errors
/// Why the files cannot be read, in a sentence. Nothing that stands in them is repeated.
pub async fn profiles() -> Result<Vec<String>, String> {
    found(&Env::real(), &Fs::real()).await
}

async fn found(env: &Env, fs: &Fs) -> Result<Vec<String>, String> {
    let files = EnvConfigFiles::default();
    let unread = |_| "the AWS configuration files cannot be read: check ~/.aws/config and ~/.aws/credentials".to_owned();
    let source = source::load(env, fs, &files).await.map_err(unread)?;
    let wrong = |_| "the AWS configuration files cannot be understood: check ~/.aws/config and ~/.aws/credentials".to_owned();
    let sections = EnvConfigSections::parse(source).map_err(wrong)?;
    let has_means = |name: &&str| sections.get_profile(name).is_some_and(|profile| MEANS.iter().any(|key| profile.get(key).is_some()));
    let mut names: Vec<String> = sections.profiles().filter(has_means).map(str::to_owned).collect();
    names.sort();
    Ok(names)
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
        let nothing = found(&env, &Fs::from_slice(&[])).await;
        assert_eq!(nothing, Ok(Vec::new()));
    }

    #[tokio::test]
    async fn a_file_that_is_none_is_told_without_its_words() {
        let fs = Fs::from_slice(&[("/home/.aws/config", "[profile work\nsecret = hush\n")]);
        let told = found(&Env::from_slice(&[("HOME", "/home")]), &fs).await.unwrap_err();
        assert!(told.contains("~/.aws/config") && !told.contains("hush"), "{told}");
    }
}
