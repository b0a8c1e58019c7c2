//! Database migrations in a change, and what in them is dangerous while two versions run side by side.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::model::commit::ChangedFile;
use crate::model::pattern::NamePattern;

/// Where migrations lie: patterns over whole paths, `*` standing for any characters, slashes too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationPaths(Arc<[NamePattern]>);

/// Where Alembic, Django, Rails, and tools that run plain SQL keep them.
const DEFAULTS: [&str; 5] =
    ["*migrations/versions/*.py", "*alembic/versions/*.py", "*migrations/0*.py", "*db/migrate/*.rb", "*migrations/*.sql"];

impl Default for MigrationPaths {
    fn default() -> Self {
        static MADE: LazyLock<Arc<[NamePattern]>> = LazyLock::new(|| DEFAULTS.iter().map(|text| NamePattern::new(text)).collect());
        Self(Arc::clone(&MADE))
    }
}

impl MigrationPaths {
    /// These patterns in place of the defaults.
    #[must_use]
    pub fn with(patterns: Vec<NamePattern>) -> Self {
        Self(patterns.into())
    }

    /// Whether a file at this path is a migration.
    #[must_use]
    pub fn fit(&self, path: &str) -> bool {
        !path.ends_with("/__init__.py") && self.0.iter().any(|pattern| pattern.matches(path))
    }
}

/// What is dangerous in a migration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Danger {
    /// A column that must have a value is added to a table that has rows, and no default fills it.
    NotNullWithoutDefault(Arc<str>),
    /// A table or a column goes, which the version that still runs may use.
    Drops(Arc<str>),
    /// A table or a column gets another name, which the version that still runs does not know.
    Renames(Arc<str>),
    /// A column's type changes or it must have a value from now on.
    Alters(Arc<str>),
    /// The file's change was not told: it is too large.
    NotTold,
}

impl Danger {
    /// As a person says it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NotNullWithoutDefault(what) => format!("adds a NOT NULL column without a server default ({what})"),
            Self::Drops(what) => format!("drops {what}"),
            Self::Renames(what) => format!("renames {what}"),
            Self::Alters(what) => format!("changes the type or nullability of {what}"),
            Self::NotTold => "its change is too large to be told".to_owned(),
        }
    }
}

/// A migration that a change brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Migration {
    /// Its file.
    pub path: Arc<str>,
    /// What in it is dangerous.
    pub dangers: Vec<Danger>,
}

/// The migrations among these files. One that goes away is none.
#[must_use]
pub fn migrations(files: &[ChangedFile], paths: &MigrationPaths) -> Vec<Migration> {
    let ours = files.iter().filter(|file| !file.is_gone && paths.fit(&file.path));
    ours.map(|file| Migration { path: Arc::clone(&file.path), dangers: dangers(file) }).collect()
}

fn dangers(file: &ChangedFile) -> Vec<Danger> {
    if file.patch.is_none() {
        return vec![Danger::NotTold];
    }
    let added: Vec<&str> = file.added().collect();
    let text = added.join("\n");
    if file.path.ends_with(".sql") { in_sql(&text) } else { in_calls(forward(&text)) }
}

/// What goes forward: an Alembic migration's `downgrade` and a Rails migration's `down` undo it.
fn forward(text: &str) -> &str {
    static BACKWARD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?m)^\s*def (?:downgrade|down)\b").ok());
    let end = BACKWARD.as_ref().and_then(|regex| regex.find(text)).map_or(text.len(), |found| found.start());
    text.get(..end).unwrap_or(text)
}

/// Calls whose name says what they do, in Alembic, Django and Rails.
fn in_calls(text: &str) -> Vec<Danger> {
    let mut found = Vec::new();
    for (name, arguments) in calls(text) {
        let what: Arc<str> = subject(arguments).into();
        match name {
            "add_column" | "AddField" if must_have_value(arguments) && !has_default(arguments) => {
                found.push(Danger::NotNullWithoutDefault(what));
            }
            "drop_column" | "drop_table" | "remove_column" | "RemoveField" | "DeleteModel" => found.push(Danger::Drops(what)),
            "rename_table" | "rename_column" | "RenameField" | "RenameModel" => found.push(Danger::Renames(what)),
            "alter_column" if arguments.contains("new_column_name") => found.push(Danger::Renames(what)),
            "alter_column" | "change_column" | "AlterField" if alters(name, arguments) => found.push(Danger::Alters(what)),
            "change_column_null" if arguments.contains("false") => found.push(Danger::Alters(what)),
            "execute" | "RunSQL" => found.extend(in_sql(arguments)),
            _ => {}
        }
    }
    found
}

fn alters(name: &str, arguments: &str) -> bool {
    name != "alter_column" || arguments.contains("nullable=False") || arguments.contains("type_=")
}

/// Alembic says `nullable=False`, Rails `null: false`; Django's fields must have a value unless they say otherwise.
fn must_have_value(arguments: &str) -> bool {
    let django = arguments.contains("models.") && !arguments.contains("null=True");
    arguments.contains("nullable=False") || arguments.contains("null: false") || django
}

fn has_default(arguments: &str) -> bool {
    ["server_default=", "default:", "db_default=", "default="].iter().any(|word| {
        // In SQLAlchemy `default=` is the program's: the rows that are there stay empty.
        arguments.contains(word) && !(*word == "default=" && arguments.contains("Column(") && !arguments.contains("server_default="))
    })
}

/// `table.column` where both are named, as the first texts among the arguments.
fn subject(arguments: &str) -> String {
    static NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"["':]([A-Za-z_][\w.]*)"#).ok());
    let names = NAMES.as_ref().map(|regex| regex.captures_iter(arguments).filter_map(|found| found.get(1)).take(2));
    let names: Vec<&str> = names.into_iter().flatten().map(|name| name.as_str()).collect();
    if names.is_empty() { "a column".to_owned() } else { names.join(".") }
}

/// Every call in a text: the last part of its name, and what stands between its parentheses.
///
/// Rails calls go without parentheses, to the end of the line. What stands in a call of `create_table`
/// makes a new table, in which nothing is dangerous: it is passed over.
fn calls(text: &str) -> Vec<(&str, &str)> {
    static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\b(create_table|CreateModel|add_column|AddField|drop_column|drop_table|remove_column|RemoveField|DeleteModel|rename_table|rename_column|RenameField|RenameModel|alter_column|change_column_null|change_column|AlterField|execute|RunSQL)\b[ \t]*(\(?)").ok()
    });
    let Some(regex) = CALL.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(captures) = text.get(from..).and_then(|rest| regex.captures(rest)) {
        let (Some(whole), Some(name)) = (captures.get(0), captures.get(1)) else { break };
        let begins = from + whole.end();
        let in_parentheses = captures.get(2).is_some_and(|parenthesis| !parenthesis.is_empty());
        let rest = text.get(begins..).unwrap_or("");
        let arguments = if in_parentheses { closed(rest) } else { rest.lines().next().unwrap_or("") };
        found.push((name.as_str(), arguments));
        let inside = matches!(name.as_str(), "create_table" | "CreateModel") && in_parentheses;
        from = begins + if inside { arguments.len() } else { 0 };
    }
    found
}

/// What stands before the parenthesis that closes.
fn closed(text: &str) -> &str {
    let mut depth = 1_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}

/// What a statement that fits an expression is: the group is what it concerns.
type Reading = fn(Arc<str>) -> Danger;

fn in_sql(text: &str) -> Vec<Danger> {
    static RULES: LazyLock<Vec<(Regex, Reading)>> = LazyLock::new(|| {
        let rules: [(&str, Reading); 4] = [
            (r"(?i)\bdrop\s+(?:table|column)\s+(?:if\s+exists\s+)?([\w.`\x22]+)", Danger::Drops),
            (r"(?i)\brename\s+(?:column\s+)?(?:to\s+)?([\w.`\x22]+)", Danger::Renames),
            (r"(?i)\balter\s+column\s+([\w.`\x22]+)\s+(?:set\s+not\s+null|(?:set\s+data\s+)?type)", Danger::Alters),
            (r"(?i)\bmodify\s+(?:column\s+)?([\w.`\x22]+)", Danger::Alters),
        ];
        rules.into_iter().filter_map(|(text, danger)| Some((Regex::new(text).ok()?, danger))).collect()
    });
    static ADDS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\badd\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?([\w.`\x22]+)\s+([^,;]*)").ok());
    let named = |name: &str| Arc::from(name.trim_matches(['`', '"']));
    let mut found = Vec::new();
    for captures in ADDS.iter().flat_map(|regex| regex.captures_iter(text)) {
        let (Some(name), Some(kind)) = (captures.get(1), captures.get(2)) else { continue };
        let kind = kind.as_str().to_ascii_lowercase();
        if kind.contains("not null") && !kind.contains("default") {
            found.push(Danger::NotNullWithoutDefault(named(name.as_str())));
        }
    }
    for (regex, danger) in RULES.iter() {
        found.extend(regex.captures_iter(text).filter_map(|captures| captures.get(1)).map(|name| danger(named(name.as_str()))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, added: &str) -> ChangedFile {
        let patch: String = added.lines().map(|line| format!("+{line}\n")).collect();
        ChangedFile { path: path.into(), before: None, patch: Some(patch.into()), is_new: true, is_gone: false }
    }

    fn dangers_of(path: &str, added: &str) -> Vec<String> {
        let found = migrations(&[file(path, added)], &MigrationPaths::default());
        assert_eq!(found.len(), 1, "{path} is a migration");
        found[0].dangers.iter().map(Danger::sentence).collect()
    }

    const ALEMBIC: &str = "h/migrations/versions/1a2b_add_title.py";

    #[test]
    fn a_not_null_column_without_a_server_default_is_dangerous() {
        let text = "def upgrade():\n    op.add_column(\n        \"document\",\n        sa.Column(\"title\", sa.UnicodeText(), nullable=False),\n    )\n\ndef downgrade():\n    op.drop_column(\"document\", \"title\")";
        assert_eq!(dangers_of(ALEMBIC, text), ["adds a NOT NULL column without a server default (document.title)"]);
        let with_default = text.replace("nullable=False", "nullable=False, server_default=\"\"");
        assert!(dangers_of(ALEMBIC, &with_default).is_empty());
        let of_the_program = text.replace("nullable=False", "nullable=False, default=\"\"");
        assert_eq!(dangers_of(ALEMBIC, &of_the_program).len(), 1);
    }

    #[test]
    fn a_new_table_is_no_danger() {
        let text = "def upgrade():\n    op.create_table(\n        \"flag\",\n        sa.Column(\"id\", sa.Integer(), nullable=False),\n        sa.PrimaryKeyConstraint(\"id\"),\n    )\n    op.add_column(\"x\", sa.Column(\"y\", sa.Integer(), nullable=True))";
        assert!(dangers_of(ALEMBIC, text).is_empty());
    }

    #[test]
    fn drops_and_renames_are_dangerous_when_they_go_forward() {
        let text = "def upgrade():\n    op.drop_table(\"old\")\n    op.rename_table(\"a\", \"b\")\n    op.alter_column(\"t\", \"c\", new_column_name=\"d\")\n    op.alter_column(\"t\", \"e\", nullable=False)\ndef downgrade():\n    op.drop_table(\"b\")";
        assert_eq!(dangers_of(ALEMBIC, text), ["drops old", "renames a.b", "renames t.c", "changes the type or nullability of t.e"]);
    }

    #[test]
    fn django_rails_and_sql_are_read_too() {
        let django = "migrations.AddField(model_name='person', name='age', field=models.IntegerField()),";
        assert_eq!(dangers_of("shop/migrations/0012_age.py", django), ["adds a NOT NULL column without a server default (person.age)"]);
        let harmless = django.replace("IntegerField()", "IntegerField(null=True)");
        assert!(dangers_of("shop/migrations/0012_age.py", &harmless).is_empty());
        assert_eq!(
            dangers_of("db/migrate/2022_add.rb", "  add_column :users, :age, :integer, null: false"),
            ["adds a NOT NULL column without a server default (users.age)"]
        );
        assert!(dangers_of("db/migrate/2022_add.rb", "  add_column :users, :age, :integer, null: false, default: 0").is_empty());
        let sql = "ALTER TABLE users ADD COLUMN age integer NOT NULL;\nALTER TABLE users DROP COLUMN name;\nALTER TABLE a RENAME TO b;";
        assert_eq!(
            dangers_of("migrations/7.sql", sql),
            ["adds a NOT NULL column without a server default (age)", "drops name", "renames b"]
        );
        assert!(dangers_of("migrations/8.sql", "ALTER TABLE users ADD age integer NOT NULL DEFAULT 0").is_empty());
    }

    #[test]
    fn a_patch_that_is_not_told_is_not_harmless() {
        let large = ChangedFile { patch: None, ..file(ALEMBIC, "") };
        assert_eq!(migrations(&[large], &MigrationPaths::default())[0].dangers, [Danger::NotTold]);
    }

    #[test]
    fn what_is_no_migration_is_none() {
        let paths = MigrationPaths::default();
        for path in ["h/models/document.py", "h/migrations/env.py", "shop/migrations/__init__.py", "tests/migrations_test.py"] {
            assert!(!paths.fit(path), "{path}");
        }
    }

    #[test]
    fn an_endless_call_ends() {
        assert_eq!(dangers_of(ALEMBIC, "op.drop_column((((\"a\", \"b\""), ["drops a.b"]);
    }
}
