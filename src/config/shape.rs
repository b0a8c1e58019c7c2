//! What single values look like: one function for each kind of text, each with its own advice.

use std::path::PathBuf;
use std::sync::Arc;

use super::nearest::no_such_word;
use super::source::{At, Notes, listed, quoted};
use crate::model::catalogue::Tier;
use crate::model::id::{AccountId, Platform, Region};
use crate::model::pattern::NamePattern;
use crate::model::preview::Marks;
use crate::model::safe_text::safe;
use crate::model::scan::VariablePatterns;
use crate::model::version::{BadPattern, LabelPattern, LabelReader};

/// No name in AWS or GitHub is longer than this.
const LONGEST: usize = 256;

/// Whether a text could be a name at all; notes why not.
pub(super) fn plain(text: &At<&str>, what: &str, notes: &mut Notes<'_>) -> bool {
    let sentence = if text.value.trim().is_empty() {
        format!("{what} is empty: write something between the quotes, or leave it out")
    } else if text.value.chars().count() > LONGEST {
        format!("{what} is longer than {LONGEST} characters: nothing has such a name")
    } else if safe(text.value) != text.value {
        format!("{what}, {}, holds characters that cannot be seen or that a terminal would obey: leave them out", quoted(text.value))
    } else if text.value.trim() != text.value {
        format!("{what} has blanks around it: write {}", quoted(text.value.trim()))
    } else {
        return true;
    };
    notes.add(&text.span, sentence);
    false
}

/// A region, by its form; which regions there are, AWS knows.
pub(super) fn region(text: &At<&str>, notes: &mut Notes<'_>) -> Option<At<Region>> {
    match typed_region(text.value) {
        Ok(region) => Some(At::new(region, text.span.clone())),
        Err(sentence) => {
            notes.add(&text.span, sentence);
            None
        }
    }
}

/// A region as a person writes it, in the file or on the command line.
///
/// # Errors
/// What is wrong with it and what was meant; not yet safe to show.
pub fn typed_region(written: &str) -> Result<Region, String> {
    if is_region(written) {
        return Ok(Region::from(written));
    }
    let zone = written.strip_suffix(|last: char| last.is_ascii_lowercase()).filter(|rest| is_region(rest));
    Err(match (zone, as_region(written)) {
        (Some(region), _) => format!("{} is an availability zone: write its region, \"{region}\"", quoted(written)),
        (None, Some(region)) => format!("{} is not how a region is written: write \"{region}\"", quoted(written)),
        (None, None) => format!("{} is no region: a region reads like \"us-west-1\"", quoted(written)),
    })
}

/// `us-west-1`, `us-gov-east-1`, `ap-southeast-12`, `eusc-de-east-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, middle @ .., number] = parts.as_slice() else { return false };
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    (2..=4).contains(&area.len()) && letters(area) && !middle.is_empty() && middle.iter().all(|part| letters(part)) && is_number
}

/// The region that was meant by `US-West-1`, `us_west_1` or `us-west1`.
fn as_region(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase().replace(['_', ' '], "-");
    let name = lower.trim_end_matches(|last: char| last.is_ascii_digit());
    let number = lower.strip_prefix(name)?;
    Some(format!("{}-{number}", name.trim_end_matches('-'))).filter(|region| is_region(region))
}

/// An account: twelve digits.
pub(super) fn account(text: &At<&str>, notes: &mut Notes<'_>) -> Option<At<AccountId>> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_account(text.value) {
        return Some(At::new(AccountId::from(text.value), text.span.clone()));
    }
    let digits = text.value.replace(['-', ' '], "");
    let sentence = if is_account(&digits) {
        format!("an account is written without hyphens: write \"{digits}\"")
    } else {
        format!("{} is no account: write its twelve digits, such as \"111122223333\"", quoted(text.value))
    };
    notes.add(&text.span, sentence);
    None
}

/// A repository: `owner/name`.
pub(super) fn repository(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    if is_repository(text.value) {
        return Some(Arc::from(text.value));
    }
    let rest = ["https://github.com/", "http://github.com/", "ssh://git@github.com/", "git@github.com:", "github.com/", "github:"];
    let meant = rest.iter().find_map(|prefix| text.value.strip_prefix(prefix));
    let meant = meant.map(|rest| rest.trim_end_matches('/').trim_end_matches(".git")).filter(|rest| is_repository(rest));
    let sentence = match meant {
        Some(meant) => format!("a repository is written without its address: write \"{meant}\""),
        None => format!("{} is no repository: write its owner and its name, such as \"hypothesis/h\"", quoted(text.value)),
    };
    notes.add(&text.span, sentence);
    None
}

/// The file of a workflow, by its name: `tasks.yml`.
pub(super) fn workflow_file(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    let stem = text.value.strip_suffix(".yml").or_else(|| text.value.strip_suffix(".yaml"));
    if stem.is_some_and(|stem| !stem.is_empty() && !stem.contains(['/', '\\'])) {
        return Some(Arc::from(text.value));
    }
    let sentence =
        format!("{} is no workflow's file: write the name that it has in .github/workflows, such as \"tasks.yml\"", quoted(text.value));
    notes.add(&text.span, sentence);
    None
}

/// A folder of a repository, from its top: `apps/backend`.
pub(super) fn folder(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    let meant = text.value.trim_start_matches("./").trim_matches('/');
    let is_path = |path: &str| !path.contains(['*', '\\']) && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if meant == text.value && is_path(meant) {
        return Some(Arc::from(meant));
    }
    let sentence = if is_path(meant) {
        format!("a folder is written from the top of the repository, without a slash around it: write {}", quoted(meant))
    } else {
        format!("{} is no folder of a repository: write its path from the top, such as \"apps/backend\"", quoted(text.value))
    };
    notes.add(&text.span, sentence);
    None
}

/// A file of a repository, by its path from the top.
pub(super) fn repository_file(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    let is_path = !text.value.contains(['*', '\\', '?', '#']) && text.value.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if is_path && plain(text, "this file's path", notes) {
        return Some(Arc::from(text.value));
    }
    if !is_path {
        let sentence = format!(
            "{} is no file of a repository: write its path from the top, such as \".github/environments.json\"",
            quoted(text.value)
        );
        notes.add(&text.span, sentence);
    }
    None
}

/// The base of GitHub's REST API: of GitHub Enterprise Server it is `https://HOST/api/v3`.
pub(super) fn github_url(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    let url = server(text.value);
    if url.is_none() {
        notes.add(
            &text.span,
            format!(
                "{} is no address of an API: write \"https://api.github.com\", or \"https://HOST/api/v3\" of GitHub Enterprise Server",
                quoted(text.value)
            ),
        );
    }
    url
}

/// The address of a server, or of something on it, without a slash at its end.
pub(super) fn server(text: &str) -> Option<Arc<str>> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let has_host = !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['@', ' ', '?', '#']);
    has_host.then(|| Arc::from(text.trim_end_matches('/')))
}

/// The address of a page; or, where that is enough, its path below where an environment is reached.
pub(super) fn page(text: &At<&str>, may_be_below: bool, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    let rest = text.value.strip_prefix("https://").or_else(|| text.value.strip_prefix("http://"));
    let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':', '?', '#']));
    let is_below = may_be_below && text.value.starts_with('/') && !text.value.starts_with("//");
    let login = rest.is_some_and(|rest| rest.split(['/', '?', '#']).next().is_some_and(|host| host.contains('@')));
    if (has_host || is_below) && !login && !text.value.contains(char::is_whitespace) {
        return Some(Arc::from(text.value));
    }
    let sentence = if login {
        "this address carries a user's name or a password, which everybody who sees the screen would see: a health page must not need them"
            .to_owned()
    } else {
        let below = if may_be_below { ", or its path, such as \"/_status\"" } else { "" };
        format!("{} is no page: write its address, such as \"https://shop.example.com/health\"{below}", quoted(text.value))
    };
    notes.add(&text.span, sentence);
    None
}

/// A path from the top, of a file or of a page.
pub(super) fn absolute(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    if text.value.starts_with('/') {
        return Some(Arc::from(text.value));
    }
    notes.add(&text.span, format!("{} does not begin with a slash: write the whole path", quoted(text.value)));
    None
}

/// An option of ssh, as `ssh -o` takes it.
pub(super) fn ssh_option(text: &At<&str>, notes: &mut Notes<'_>) -> bool {
    let name = text.value.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    let fits =
        name.is_some_and(|(name, value)| !name.is_empty() && !value.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if !fits {
        notes.add(
            &text.span,
            format!("{} is no option of ssh: write it as ssh_config(5) names it, such as \"Port=2222\"", quoted(text.value)),
        );
    }
    fits
}

/// A name that is a part of an environment's key, where colons part the parts.
pub(super) fn part_of_a_key(text: &At<&str>, what: &str, notes: &mut Notes<'_>) -> bool {
    let fits = !text.value.contains(':') && text.value != "-";
    if !fits {
        notes.add(&text.span, format!("{} cannot be {what}: a key such as host:shop-1:-:shop has to be told apart", quoted(text.value)));
    }
    fits
}

/// The name of a folder on a server.
pub(super) fn folder_name(text: &At<&str>, notes: &mut Notes<'_>) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let is_name = text.value.chars().all(fits) && !text.value.starts_with(['.', '-']);
    if !is_name {
        notes.add(
            &text.span,
            format!("{} is no name of an app's folder: write letters, digits, dots, dashes and underscores", quoted(text.value)),
        );
    }
    is_name
}

/// A file by its whole path: where the program was started must not matter.
pub(super) fn absolute_path(text: &At<&str>, notes: &mut Notes<'_>) -> Option<PathBuf> {
    let path = PathBuf::from(text.value);
    if path.is_absolute() && path.file_name().is_some() && !text.value.ends_with('/') {
        return Some(path);
    }
    notes.add(&text.span, format!("{} is not the whole path of a file: write one such as \"/srv/shared/locks.json\"", quoted(text.value)));
    None
}

/// How many parts the path of parameters may have: those of what is locked come behind it, and AWS takes fifteen.
const DEEPEST_PATH: usize = 5;

/// A path of parameters of Systems Manager, as AWS takes it.
pub(super) fn parameter_path(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let parts: Vec<&str> = text.value.split('/').skip(1).collect();
    let is_path = text.value.starts_with('/') && parts.iter().all(|part| !part.is_empty() && part.chars().all(plain));
    let first = parts.first().copied().unwrap_or_default().to_ascii_lowercase();
    let is_reserved = first.starts_with("aws") || first.starts_with("ssm");
    if is_path && !is_reserved && parts.len() <= DEEPEST_PATH {
        return Some(text.value.into());
    }
    let why = if is_path && is_reserved {
        "AWS keeps such names for itself"
    } else {
        "a slash before each of at most five parts, of letters, digits, dots, dashes and underscores"
    };
    notes.add(&text.span, format!("{} is no path of parameters ({why}): write one such as \"/quarterdeck/locks\"", quoted(text.value)));
    None
}

/// Expressions that find environment variables in code, beside those that are known.
pub(super) fn variable_patterns(texts: &[At<&str>], notes: &mut Notes<'_>) -> Option<VariablePatterns> {
    let before = notes.count();
    for text in texts {
        if let Err(error) = VariablePatterns::and([text.value]) {
            let why = match error {
                BadPattern::NotARegex(why) => {
                    format!("it is not a regular expression: {}", why.lines().last().unwrap_or_default().trim_start_matches("error: "))
                }
                BadPattern::NoGroup => {
                    "it has no group: put parentheses around the variable's name, such as 'secret\\(\"(\\w+)\"\\)'".to_owned()
                }
            };
            notes.add(&text.span, format!("with this pattern no variable is found: {why}"));
        }
    }
    (notes.count() == before).then(|| VariablePatterns::and(texts.iter().map(|text| text.value)).unwrap_or_default())
}

fn is_repository(text: &str) -> bool {
    let Some((owner, name)) = text.split_once('/') else { return false };
    let letters = |part: &str, also: &[u8]| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte));
    let is_owner = (1..=39).contains(&owner.len()) && letters(owner, b"-_") && !owner.starts_with('-');
    is_owner && (1..=100).contains(&name.len()) && letters(name, b"._-") && !matches!(name, "." | "..")
}

/// A pattern over environment names.
pub(super) fn name_pattern(text: &At<&str>, notes: &mut Notes<'_>) -> Option<At<NamePattern>> {
    // None of these stands in any platform's names; whoever writes them takes this for a regular expression or a shell's.
    if text.value.contains(['^', '$', '(', ')', '|', '\\', '[', ']', '{', '}', '+', ',']) {
        let sentence =
            format!("{} fits no environment's name: a pattern has * for any characters and ? for one, such as \"h-*\"", quoted(text.value));
        notes.add(&text.span, sentence);
        return None;
    }
    Some(pattern(text))
}

/// A pattern over the platform's own grouping, in which nearly every character may stand.
pub(super) fn pattern(text: &At<&str>) -> At<NamePattern> {
    At::new(NamePattern::new(text.value), text.span.clone())
}

/// The name of one environment.
pub(super) fn environment_name(text: &At<&str>, notes: &mut Notes<'_>) -> bool {
    let is_pattern = !NamePattern::new(text.value).is_literal();
    if is_pattern {
        let sentence =
            format!("{} is a pattern: [[environments]] names one; patterns stand in [apps.NAME] and [[tiers]]", quoted(text.value));
        notes.add(&text.span, sentence);
    }
    !is_pattern
}

/// How to read the labels of one app's versions.
pub(super) fn version_pattern(text: &At<&str>, notes: &mut Notes<'_>) -> Option<LabelReader> {
    match LabelPattern::new(text.value) {
        Ok(pattern) => Some(LabelReader::with(vec![pattern])),
        Err(error) => {
            notes.add(&text.span, format!("version_pattern cannot be used: {error}"));
            None
        }
    }
}

/// The tiers that somebody may give, with what else they are called.
pub(super) fn tier(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Tier> {
    let given = || Tier::ALL.into_iter().filter(|tier| *tier != Tier::Unknown);
    if let Some(tier) = given().find(|tier| tier.word() == text.value) {
        return Some(tier);
    }
    let words = given().map(Tier::word);
    // The words that names tell a tier by serve as a guess, too: `qa`, `prod`.
    let sentence = match Tier::told_by(text.value) {
        Tier::Unknown => no_such_word("tier", text.value, words),
        told @ (Tier::Production | Tier::Staging | Tier::Development | Tier::Preview) => {
            format!("there is no tier {}: write \"{told}\"", quoted(text.value))
        }
    };
    notes.add(&text.span, sentence);
    None
}

/// The platforms that this version reads.
const READ: [Platform; 3] = [Platform::Beanstalk, Platform::TargetGroup, Platform::TaggedEc2];

/// A platform that can be read.
pub(super) fn platform(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Platform> {
    if let Some(platform) = READ.into_iter().find(|platform| platform.word() == text.value) {
        return Some(platform);
    }
    let words = READ.into_iter().map(Platform::word);
    let sentence = match Platform::ALL.into_iter().find(|platform| platform.word() == text.value) {
        Some(known) => format!("the platform \"{known}\" is not read by this version, only \"{}\"", listed(words, "and")),
        None => no_such_word("platform", text.value, words),
    };
    notes.add(&text.span, sentence);
    None
}

/// A platform of any kind, of which environments are selected.
pub(super) fn any_platform(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Platform> {
    let known = Platform::ALL.into_iter().find(|platform| platform.word() == text.value);
    if known.is_none() {
        notes.add(&text.span, no_such_word("platform", text.value, Platform::ALL.into_iter().map(Platform::word)));
    }
    known
}

/// What environments of previews are called, with `{n}` where the number of the pull request stands.
pub(super) fn preview_environment(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    if text.value.matches(Marks::NUMBER).count() == 1 {
        return Some(Arc::from(text.value));
    }
    notes.add(
        &text.span,
        format!(
            "{} does not say where the number of the pull request stands: write {{n}} there, once, such as \"preview-{{n}}\"",
            quoted(text.value)
        ),
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_known_by_their_form() {
        for region in ["us-west-1", "us-gov-east-1", "ap-southeast-12", "eusc-de-east-1", "us-isob-east-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in
            ["", "us", "us-1", "us-west", "us-west-0", "us-west-123", "us-west-1a", "US-west-1", "us--1", "-west-1", "oregon-west-1"]
        {
            assert!(!is_region(other), "{other}");
        }
        for slip in ["US-West-1", "us_west_1", "us-west1", "us west 1"] {
            assert_eq!(as_region(slip).as_deref(), Some("us-west-1"), "{slip}");
        }
        assert_eq!(as_region("oregon"), None);
    }

    #[test]
    fn repositories_are_an_owner_and_a_name() {
        for repository in ["hypothesis/h", "Enterprise-CMCS/eAPD", "towlion/.github", "a/b_c.d-e"] {
            assert!(is_repository(repository), "{repository}");
        }
        for other in ["", "h", "/h", "h/", "a/b/c", "-a/b", "a/..", "a b/c", "https://github.com/a/b"] {
            assert!(!is_repository(other), "{other}");
        }
    }
}
