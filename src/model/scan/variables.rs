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

/// What changes tell of the variables they begin to read.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Found {
    /// The variables, by their names.
    pub variables: Vec<Variable>,
    /// Files whose change was not told, and may read others.
    pub not_told: Vec<Arc<str>>,
}

/// How a variable's name is found in a text: regular expressions with the name in their first group.
#[derive(Clone, Debug)]
pub struct VariablePatterns(Arc<[Regex]>);

/// How programs read their environment. The group is the name.
///
/// Python, settings helpers that take the variable's name (Hypothesis's
/// `settings_manager.set("x", "NAME")` and `_Setting("name")`), JavaScript, Rust, Ruby and shell templates;
/// django-environ's `env("NAME")`, `env.bool("NAME")` and python-decouple's `config("NAME")`. Those two
/// are ordinary words: only names in capitals are taken from them.
const DEFAULTS: [&str; 10] = [
    r#"\benviron(?:\.get\(|\.setdefault\(|\.pop\(|\[)\s*["']([A-Za-z_]\w*)["']"#,
    r#"\bgetenv\(\s*["']([A-Za-z_]\w*)["']"#,
    r#"\b\w*settings\w*\.set\(\s*["'][^"'\n]*["']\s*,\s*["']([A-Z][A-Z0-9_]+)["']"#,
    r#"\b_?Setting\(\s*["']([A-Za-z_]\w*)["']"#,
    r"\bprocess\.env\.([A-Za-z_]\w*)",
    r#"\bprocess\.env\[\s*["']([A-Za-z_]\w*)["']"#,
    r#"\benv::var(?:_os)?\(\s*"([A-Za-z_]\w*)""#,
    r#"\bENV(?:\.fetch\(|\[)\s*["']([A-Za-z_]\w*)["']"#,
    r#"\benv(?:\.[a-z_]+)?\(\s*["']([A-Z][A-Z0-9_]*)["']"#,
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
    /// These, and those of another app.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        if self == other { self.clone() } else { Self(self.0.iter().chain(other.0.iter()).cloned().collect()) }
    }

    /// The defaults and these.
    ///
    /// # Errors
    /// When one is no regular expression or has no group for the name.
    pub fn and<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, BadPattern> {
        let mut all = Self::default().0.to_vec();
        for text in patterns {
            // They are written for a line, and held against all of them at once.
            let regex = regex::RegexBuilder::new(text).multi_line(true).size_limit(1 << 20).build();
            let regex = regex.map_err(|error| BadPattern::NotARegex(error.to_string()))?;
            if regex.captures_len() < 2 {
                return Err(BadPattern::NoGroup);
            }
            all.push(regex);
        }
        Ok(Self(all.into()))
    }

    /// The variables that a text reads, and whether each has a value for when it is not set.
    fn reads(&self, text: &str) -> Vec<(String, bool)> {
        let each = self.0.iter().flat_map(|regex| regex.captures_iter(text));
        let read = each.filter_map(|captures| {
            let (whole, name) = (captures.get(0)?, captures.get(1)?);
            Some((as_set(name.as_str()), has_default(whole.as_str(), text.get(whole.end()..)?)))
        });
        read.chain(unpacked(text)).collect()
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

/// Whether a file may read variables: code and configuration do, and scripts, which have no extension.
///
/// What a package manager writes down reads nothing, and is often too large to be told.
fn may_read(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_none_or(|extension| CODE.contains(&extension.as_str())) && name != "pnpm-lock.yaml"
}

/// The extensions of code and configuration.
const CODE: [&str; 22] = [
    "py", "rb", "js", "jsx", "ts", "tsx", "mjs", "cjs", "rs", "go", "java", "kt", "php", "ex", "exs", "sh", "toml", "yml", "yaml", "cfg",
    "ini", "env",
];

/// The variables that these changes begin to read, each once: what was read already is not new.
///
/// What had a value for when it is not set, and has none any more, is new: now it is needed.
/// `_Setting("name")` reads the variable in capitals; so names are told in capitals where they come from there.
#[must_use]
pub fn variables(files: &[ChangedFile], patterns: &VariablePatterns) -> Found {
    let ours: Vec<&ChangedFile> = files.iter().filter(|file| !is_beside_the_program(&file.path)).collect();
    // Whether all that read it did without.
    let mut before: BTreeMap<String, bool> = BTreeMap::new();
    for (name, has_default) in ours.iter().flat_map(|file| patterns.reads(&side(file, '+'))) {
        before.entry(name).and_modify(|all| *all &= has_default).or_insert(has_default);
    }
    let mut found: BTreeMap<String, Variable> = BTreeMap::new();
    for file in &ours {
        for (name, has_default) in patterns.reads(&side(file, '-')) {
            let was_read = before.get(&name).is_some_and(|had_default| has_default || !had_default);
            // Where one line needs it and another does not, it is needed.
            let is_told = found.get(&name).is_some_and(|told| has_default || !told.has_default);
            if !was_read && !is_told {
                let variable = Variable { name: name.as_str().into(), path: Arc::clone(&file.path), has_default };
                found.insert(name, variable);
            }
        }
    }
    let not_told = ours.iter().filter(|file| file.patch.is_none() && !file.is_gone && may_read(&file.path));
    Found { not_told: not_told.map(|file| Arc::clone(&file.path)).collect(), variables: found.into_values().collect() }
}

/// One side of a patch, as far as the patch tells it: all lines but those with the other side's mark.
///
/// The lines stay together, so that a call that goes on in the next line is seen whole, be that line
/// new or old. Comments are left empty. Where a part begins, its heading shows a line of what was there.
fn side(file: &ChangedFile, other: char) -> String {
    let lines = file.patch.as_deref().unwrap_or("").lines().filter(|line| !line.starts_with([other, '\\']));
    let shown = lines.map(|line| match line.strip_prefix([' ', '+', '-']) {
        Some(line) if is_comment(line) => "",
        Some(line) => line,
        None if other == '-' => "@@",
        None => line,
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// The variables of `const { A, B: b = "x" } = process.env`.
fn unpacked(text: &str) -> Vec<(String, bool)> {
    static UNPACKED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?m)\b(?:const|let|var)\s*\{([^{}]*)\}\s*=\s*process\.env\s*(?:[;,)]|$)").ok());
    let lists = UNPACKED.iter().flat_map(|regex| regex.captures_iter(text)).filter_map(|captures| captures.get(1));
    let parts = lists.flat_map(|list| list.as_str().split(','));
    let read = parts.filter_map(|part| {
        // A comment at the end of a line stands, behind the comma, before what the next line names.
        let part = part.trim().lines().last()?.trim_start();
        let end = part.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(part.len());
        let name = part.get(..end).filter(|name| !name.is_empty())?;
        Some((as_set(name), part.contains('=')))
    });
    read.collect()
}

fn as_set(name: &str) -> String {
    if name.chars().any(char::is_uppercase) { name.to_owned() } else { name.to_ascii_uppercase() }
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["#", "//", "*", "<!--"].iter().any(|mark| line.starts_with(mark))
}

/// Whether what follows what was found gives a literal value: `, "x")`, `|| 3`, `?? "x"`, `.unwrap_or(`.
///
/// A comma gives one only behind a name in quotes: behind `process.env.NAME` it begins something else.
fn has_default(found: &str, rest: &str) -> bool {
    static BEHIND_A_COMMA: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let literal = r#"(?:["'\d\[{(-]|True|False|true|false)"#;
        // Other named arguments may stand before it: `cast=bool, default=False`.
        Regex::new(&format!(r#"^["']?\s*,\s*(?:\w+\s*=\s*[\w.]+\s*,\s*)*(?:default\s*=\s*)?{literal}"#)).ok()
    });
    static OR_ELSE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"^["']?\s*(?:\]?\s*(?:\|\||\?\?)\s*\S|\)?\s*\.unwrap_or|\)?\s*or\s+["'\d])"#).ok());
    let quotes = ['"', '\''];
    let fits = |regex: &Option<Regex>| regex.as_ref().is_some_and(|regex| regex.is_match(rest));
    (fits(&BEHIND_A_COMMA) && (found.ends_with(quotes) || rest.starts_with(quotes))) || fits(&OR_ELSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(patch: &str) -> Vec<(String, bool)> {
        let file = ChangedFile { path: "h/config.py".into(), before: None, patch: Some(patch.into()), is_new: false, is_gone: false };
        let found = variables(&[file], &VariablePatterns::default()).variables;
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
            ("+const x = [process.env.API_URL, 'x'];", "API_URL", false),
            ("+x = env(\"SECRET_KEY\")", "SECRET_KEY", false),
            ("+x = env.str('SECRET_KEY')", "SECRET_KEY", false),
            ("+x = env.bool(\"DEBUG\", default=False)", "DEBUG", true),
            ("+x = env.list(\"HOSTS\", cast=str, default=[])", "HOSTS", true),
            ("+x = config('DEBUG', cast=bool)", "DEBUG", false),
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
    fn what_had_a_default_and_has_none_is_needed() {
        let needed = [("A".to_owned(), false)];
        assert_eq!(read("-x = environ.get(\"A\", \"x\")\n+x = environ[\"A\"]"), needed);
        assert_eq!(read(" x = environ.get(\"A\", \"x\")\n+y = environ[\"A\"]"), needed);
        assert!(read("-x = environ.get(\"A\", \"x\")\n+x = environ.get(\"A\", \"y\")").is_empty());
        assert!(read("-x = environ[\"A\"]\n+x = environ.get(\"A\", \"y\")").is_empty());
        // One old line that needed it is enough, and the file that needs it is the one that is named.
        assert!(read(" x = environ.get(\"A\", \"x\")\n-y = environ[\"A\"]\n+z = environ[\"A\"]").is_empty());
        let file = |path: &str, patch: &str| ChangedFile {
            path: path.into(),
            before: None,
            patch: Some(patch.into()),
            is_new: false,
            is_gone: false,
        };
        let files = [file("a.py", "+environ.get(\"A\", \"x\")"), file("b.py", "+environ[\"A\"]")];
        let found = variables(&files, &VariablePatterns::default()).variables;
        assert_eq!(found, [Variable { name: "A".into(), path: "b.py".into(), has_default: false }]);
    }

    #[test]
    fn a_call_goes_on_in_the_next_line() {
        assert_eq!(read("+x = os.environ.get(\n+    \"LIMIT\",\n+    \"3\",\n+)"), [("LIMIT".to_owned(), true)]);
        assert_eq!(read("+x = os.environ.get(\n+    # how many\n+    \"LIMIT\"\n+)"), [("LIMIT".to_owned(), false)]);
        assert_eq!(read(" x = os.environ.get(\n-    \"OLD\"\n+    \"NEW\"\n )"), [("NEW".to_owned(), false)]);
        assert!(read(" x = os.environ.get(\n     \"OLD\"\n )\n+y = 1").is_empty());
        // Between the parts of a patch there are lines that are not told.
        assert!(read("@@ -1 +1 @@\n+x = os.environ.get(\n@@ -9 +9 @@ def f():\n+\"LIMIT\"").is_empty());
    }

    #[test]
    fn what_is_unpacked_is_read() {
        let both = [("A".to_owned(), false), ("B".to_owned(), false)];
        assert_eq!(read("+const { A, B } = process.env"), both);
        assert_eq!(read("+const {\n+  A, // the first\n+  B: second,\n+  ...others\n+} = process.env;"), both);
        assert_eq!(read("+let { A = 'x' } = process.env;"), [("A".to_owned(), true)]);
        assert!(read("+const { A } = process.env.npm;").iter().all(|(name, _)| name != "A"));
    }

    #[test]
    fn only_capitals_are_names_of_ordinary_calls() {
        assert!(read("+x = env(\"name\")\n+y = env.str(\"Name\")\n+z = config(\"name\")").is_empty());
    }

    #[test]
    fn code_that_is_not_told_may_read_anything() {
        let not_told = |path: &str, is_gone: bool| {
            let file = ChangedFile { path: path.into(), before: None, patch: None, is_new: false, is_gone };
            variables(&[file], &VariablePatterns::default()).not_told
        };
        for path in ["config.py", "web/App.TSX", "bin/serve", "Procfile", ".env", "k8s/app.yaml"] {
            assert_eq!(not_told(path, false), [Arc::from(path)], "{path}");
        }
        for path in ["logo.png", "font.woff2", "tests/big.py", "docs/conf.py", "poetry.lock", "pnpm-lock.yaml", "data.csv"] {
            assert!(not_told(path, false).is_empty(), "{path}");
        }
        assert!(not_told("config.py", true).is_empty());
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
        assert!(variables(&[file("tests/conftest.py"), file("docs/x.py")], &VariablePatterns::default()).variables.is_empty());
    }

    #[test]
    fn a_pattern_of_one_s_own_needs_a_group() {
        assert_eq!(VariablePatterns::and(["secret"]).unwrap_err(), BadPattern::NoGroup);
        assert!(VariablePatterns::and([r#"secret\("(\w+)"\)"#]).is_ok());
    }
}
