//! Environment variables that a change begins to read.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::model::commit::ChangedFile;
use crate::model::version::BadPattern;

/// An environment variable that added lines read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Arc<str>,
    /// The file that reads it.
    pub path: Arc<str>,
    /// Whether the line gives a value for when it is not set.
    pub has_default: bool,
}

/// How a variable's name is found in a line: regular expressions with the name in their first group.
#[derive(Clone, Debug)]
pub struct VariablePatterns(Arc<[Regex]>);

/// How programs read their environment. The group is the name.
///
/// Python, settings helpers that take the variable's name (Hypothesis's
/// `settings_manager.set("x", "NAME")` and `_Setting("name")`), JavaScript, Rust, Ruby and shell templates.
const DEFAULTS: [&str; 9] = [
    r#"\benviron(?:\.get\(|\.setdefault\(|\.pop\(|\[)\s*["']([A-Za-z_]\w*)["']"#,
    r#"\bgetenv\(\s*["']([A-Za-z_]\w*)["']"#,
    r#"\b\w*settings\w*\.set\(\s*["'][^"']*["']\s*,\s*["']([A-Z][A-Z0-9_]+)["']"#,
    r#"\b_?Setting\(\s*["']([A-Za-z_]\w*)["']"#,
    r"\bprocess\.env\.([A-Za-z_]\w*)",
    r#"\bprocess\.env\[\s*["']([A-Za-z_]\w*)["']"#,
    r#"\benv::var(?:_os)?\(\s*"([A-Za-z_]\w*)""#,
    r#"\bENV(?:\.fetch\(|\[)\s*["']([A-Za-z_]\w*)["']"#,
    r#"\bconfig\(\s*["']([A-Z][A-Z0-9_]+)["']"#,
];

impl Default for VariablePatterns {
    fn default() -> Self {
        // Compiled once: every app without patterns of its own has these.
        static COMPILED: LazyLock<Arc<[Regex]>> = LazyLock::new(|| DEFAULTS.iter().filter_map(|text| Regex::new(text).ok()).collect());
        // One that does not compile would be left out; a test counts them.
        Self(Arc::clone(&COMPILED))
    }
}

impl VariablePatterns {
    /// The defaults and these.
    ///
    /// # Errors
    /// When one is no regular expression or has no group for the name.
    pub fn and<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, BadPattern> {
        let mut all = Self::default().0.to_vec();
        for text in patterns {
            let regex = regex::RegexBuilder::new(text).size_limit(1 << 20).build();
            let regex = regex.map_err(|error| BadPattern::NotARegex(error.to_string()))?;
            if regex.captures_len() < 2 {
                return Err(BadPattern::NoGroup);
            }
            all.push(regex);
        }
        Ok(Self(all.into()))
    }

    fn names<'l>(&self, line: &'l str) -> Vec<(&'l str, &'l str)> {
        let each = self.0.iter().flat_map(|regex| regex.captures_iter(line));
        each.filter_map(|captures| Some((captures.get(1)?.as_str(), line.get(captures.get(0)?.end()..)?))).collect()
    }
}

impl PartialEq for VariablePatterns {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(Regex::as_str).eq(other.0.iter().map(Regex::as_str))
    }
}

/// Paths whose variables are not those of the running program.
fn is_beside_the_program(path: &str) -> bool {
    let part = |name: &str| path.split('/').any(|part| part == name);
    part("tests")
        || part("test")
        || part("docs")
        || part("spec")
        || path.starts_with(".github/")
        || path.to_ascii_lowercase().ends_with(".md")
}

/// The variables that these changes begin to read, each once: what removed lines read already is not new.
///
/// `_Setting("name")` reads the variable in capitals; so names are told in capitals where they come from there.
#[must_use]
pub fn variables(files: &[ChangedFile], patterns: &VariablePatterns) -> Vec<Variable> {
    let mut found: BTreeMap<Arc<str>, Variable> = BTreeMap::new();
    let mut known: Vec<String> = Vec::new();
    for file in files.iter().filter(|file| !is_beside_the_program(&file.path)) {
        let lines = file.patch.as_deref().unwrap_or("").lines();
        let old = lines.filter(|line| !line.starts_with('+')).flat_map(|line| patterns.names(line));
        known.extend(old.map(|(name, _)| as_set(name)));
        for line in file.added().filter(|line| !is_comment(line)) {
            for (name, rest) in patterns.names(line) {
                let name: Arc<str> = as_set(name).into();
                let variable = Variable { name: Arc::clone(&name), path: Arc::clone(&file.path), has_default: has_default(rest) };
                // Where one line needs it and another does not, it is needed.
                found.entry(name).and_modify(|old| old.has_default &= variable.has_default).or_insert(variable);
            }
        }
    }
    found.into_values().filter(|variable| !known.iter().any(|name| *name == *variable.name)).collect()
}

fn as_set(name: &str) -> String {
    if name.chars().any(char::is_uppercase) { name.to_owned() } else { name.to_ascii_uppercase() }
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["#", "//", "*", "<!--"].iter().any(|mark| line.starts_with(mark))
}

/// Whether what follows the name gives a literal value: `, "x")`, `|| 3`, `?? "x"`, `.unwrap_or(`.
fn has_default(rest: &str) -> bool {
    static DEFAULT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"^["']?\s*(?:,\s*(?:default\s*=\s*)?(?:["'\d\[{(-]|True|False|true|false)|\]?\s*(?:\|\||\?\?)\s*\S|\)?\s*\.unwrap_or|\)?\s*or\s+["'\d])"#).ok()
    });
    DEFAULT.as_ref().is_some_and(|regex| regex.is_match(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(patch: &str) -> Vec<(String, bool)> {
        let file = ChangedFile { path: "h/config.py".into(), before: None, patch: Some(patch.into()), is_new: false, is_gone: false };
        let found = variables(&[file], &VariablePatterns::default());
        found.into_iter().map(|variable| (variable.name.to_string(), variable.has_default)).collect()
    }

    #[test]
    fn every_default_pattern_compiles() {
        assert_eq!(VariablePatterns::default().0.len(), DEFAULTS.len());
    }

    #[test]
    fn variables_are_found_as_programs_read_them() {
        for (line, name, default) in [
            ("+x = os.environ[\"H_TITLE_LIMIT\"]", "H_TITLE_LIMIT", false),
            ("+x = os.environ.get('LIMIT', '3')", "LIMIT", true),
            ("+x = os.environ.get('LIMIT')", "LIMIT", false),
            ("+x = os.getenv(\"LIMIT\", default)", "LIMIT", false),
            ("+    settings_manager.set(\"new_relic.key\", \"NEW_RELIC_KEY\")", "NEW_RELIC_KEY", false),
            ("+    settings_manager.set(\"limit\", \"H_LIMIT\", default=7)", "H_LIMIT", true),
            ("+    _Setting(\"jwt_secret\"),", "JWT_SECRET", false),
            ("+const x = process.env.API_URL || 'http://x'", "API_URL", true),
            ("+const x = process.env.API_URL;", "API_URL", false),
            ("+let x = env::var(\"PORT\").unwrap_or(\"1\");", "PORT", true),
            ("+x = ENV['RAILS_KEY']", "RAILS_KEY", false),
            ("+x = ENV.fetch(\"RAILS_KEY\")", "RAILS_KEY", false),
        ] {
            assert_eq!(read(line), [(name.to_owned(), default)], "{line}");
        }
    }

    #[test]
    fn what_was_read_before_is_not_new() {
        assert!(read("-x = os.environ[\"A\"]\n+x = os.environ.get(\"A\")").is_empty());
        assert!(read(" x = os.environ[\"A\"]\n+y = os.environ[\"A\"]").is_empty());
        assert!(read("+# os.environ[\"A\"]").is_empty());
    }

    #[test]
    fn tests_and_documents_read_nothing() {
        let file = |path: &str| ChangedFile {
            path: path.into(),
            before: None,
            patch: Some("+os.environ[\"A\"]".into()),
            is_new: false,
            is_gone: false,
        };
        assert!(variables(&[file("tests/conftest.py"), file("docs/x.py")], &VariablePatterns::default()).is_empty());
    }

    #[test]
    fn a_pattern_of_one_s_own_needs_a_group() {
        assert_eq!(VariablePatterns::and(["secret"]).unwrap_err(), BadPattern::NoGroup);
        assert!(VariablePatterns::and([r#"secret\("(\w+)"\)"#]).is_ok());
    }
}
