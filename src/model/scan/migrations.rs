//! Database migrations in a change, and what in them is dangerous while two versions run side by side.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::calls::{Block, Call, calls};
use super::sql;
use crate::model::commit::ChangedFile;
use crate::model::pattern::NamePattern;

/// Where migrations lie: patterns over whole paths, `*` standing for any characters, slashes too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationPaths(Arc<[NamePattern]>);

/// Where Alembic, Django, Rails, Flyway, and tools that run plain SQL keep them.
const DEFAULTS: [&str; 7] = [
    "*migrations/versions/*.py",
    "*alembic/versions/*.py",
    "*migrations/0*.py",
    "*db/migrate/*.rb",
    "*migrations/*.sql",
    "*db/migration/*.sql",
    "*migration/V*__*.sql",
];

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

    /// These, and those of another app.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        if self == other { self.clone() } else { Self(self.0.iter().chain(other.0.iter()).cloned().collect()) }
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
    if file.path.ends_with(".sql") { sql::in_file(&text) } else { in_calls(forward(&text)) }
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
    for call in calls(text) {
        let arguments = call.arguments;
        let what: Arc<str> = subject(arguments).into();
        match call.name {
            "AddField" if leaves_rows_empty(arguments) => found.push(Danger::NotNullWithoutDefault(what)),
            "add_column" | "add_reference" | "add_belongs_to" if must_have_value(arguments) && !has_default(arguments) => {
                found.push(Danger::NotNullWithoutDefault(what));
            }
            "drop_column" | "drop_table" | "remove_column" | "remove_columns" | "remove_reference" | "remove_belongs_to"
            | "RemoveField" | "DeleteModel" => found.push(Danger::Drops(what)),
            "rename_table" | "rename_column" | "RenameField" | "RenameModel" => found.push(Danger::Renames(what)),
            "alter_column" if arguments.contains("new_column_name") => found.push(Danger::Renames(what)),
            "alter_column" | "change_column" | "AlterField" if alters(call.name, arguments) => found.push(Danger::Alters(what)),
            "change_column_null" if arguments.contains("false") => found.push(Danger::Alters(what)),
            "change_table" => found.extend(in_changed_table(&call)),
            "execute" | "RunSQL" => found.extend(sql::in_sql(arguments)),
            _ => {}
        }
    }
    found
}

/// What Rails's `change_table` does to a table that is there.
fn in_changed_table(table: &Call<'_>) -> Vec<Danger> {
    let calls = table.block.iter().flat_map(Block::calls);
    let danger = calls.filter_map(|call| {
        let path: Vec<&str> = names(table.arguments).take(1).chain(names(call.arguments).take(1)).collect();
        let what: Arc<str> = path.join(".").into();
        match call.name {
            "remove" | "remove_references" | "remove_belongs_to" | "remove_timestamps" => Some(Danger::Drops(what)),
            "rename" => Some(Danger::Renames(what)),
            "change" => Some(Danger::Alters(what)),
            "change_null" if call.arguments.contains("false") => Some(Danger::Alters(what)),
            // The others add columns, by the names of their types.
            _ => (must_have_value(call.arguments) && !has_default(call.arguments)).then_some(Danger::NotNullWithoutDefault(what)),
        }
    });
    danger.collect()
}

fn alters(name: &str, arguments: &str) -> bool {
    name != "alter_column" || arguments.contains("nullable=False") || arguments.contains("type_=")
}

/// Whether Django adds a column that must have a value, and has the database fill it with none.
///
/// `default=` fills the rows that are there, but Django drops it from the database again: the version that
/// still runs cannot add rows ("Field.db_default" and "AddField" in its documentation). A field must have a
/// value unless it says otherwise, whoever made its class; one to many others is a table, not a column.
fn leaves_rows_empty(arguments: &str) -> bool {
    let harmless = ["null=True", "db_default=", "ManyToManyField(", "GeneratedField("];
    !harmless.iter().any(|word| arguments.contains(word))
}

/// Alembic says `nullable=False`, Rails `null: false`.
fn must_have_value(arguments: &str) -> bool {
    ["nullable=False", "null: false", ":null => false"].iter().any(|word| arguments.contains(word))
}

/// Whether the database gives a value. SQLAlchemy's `default=` is the program's: the rows that are there stay empty.
fn has_default(arguments: &str) -> bool {
    ["server_default=", "default:", ":default =>"].iter().any(|word| arguments.contains(word))
}

/// `table.column` where both are named, as the first texts among the arguments.
fn subject(arguments: &str) -> String {
    let names: Vec<&str> = names(arguments).take(2).collect();
    if names.is_empty() { "a column".to_owned() } else { names.join(".") }
}

/// Texts and symbols that are names.
fn names(arguments: &str) -> impl Iterator<Item = &str> {
    static NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"["':]([A-Za-z_][\w.]*)"#).ok());
    let each = NAMES.iter().flat_map(move |regex| regex.captures_iter(arguments));
    each.filter_map(|found| found.get(1)).map(|name| name.as_str())
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
    fn flyway_s_migrations_are_found() {
        let paths = MigrationPaths::default();
        for path in ["src/main/resources/db/migration/V2__price.sql", "db/migration/R__views.sql", "app/migration/V1_1__x.sql"] {
            assert!(paths.fit(path), "{path}");
        }
        assert!(!paths.fit("migration/notes.sql"));
        let danger = ["adds a NOT NULL column without a server default (price)"];
        assert_eq!(dangers_of("db/migration/V2__price.sql", "ALTER TABLE a ADD COLUMN price numeric(10,2) NOT NULL;"), danger);
    }

    #[test]
    fn django_s_fields_must_have_a_value_that_the_database_gives() {
        let add = |field: &str| {
            let text = format!("migrations.AddField(\n    model_name='person',\n    name='phone',\n    field={field},\n),");
            dangers_of("shop/migrations/0012_phone.py", &text)
        };
        let danger = ["adds a NOT NULL column without a server default (person.phone)"];
        for field in [
            "models.IntegerField()",
            "models.IntegerField(default=0)",
            "PhoneNumberField()",
            "phonenumber_field.modelfields.PhoneNumberField(max_length=128, default='')",
            "models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='shop.phone')",
        ] {
            assert_eq!(add(field), danger, "{field}");
        }
        for field in [
            "PhoneNumberField(null=True)",
            "models.IntegerField(db_default=0)",
            "models.IntegerField(default=0, db_default=0)",
            "models.ManyToManyField(to='shop.phone')",
        ] {
            assert!(add(field).is_empty(), "{field}");
        }
    }

    const RAILS: &str = "db/migrate/2022_change.rb";

    #[test]
    fn rails_references_and_removals_are_dangerous() {
        let danger = "adds a NOT NULL column without a server default (users.team)";
        for (line, sentence) in [
            ("add_reference :users, :team, null: false, foreign_key: true", danger),
            ("add_belongs_to(:users, :team, null: false)", danger),
            ("add_reference :users, :team,\n  foreign_key: true,\n  null: false", danger),
            ("remove_columns :users, :age, :size", "drops users.age"),
            ("remove_reference :users, :team, foreign_key: true", "drops users.team"),
            ("remove_belongs_to :users, :team", "drops users.team"),
            ("add_column :users, :team, :integer, :null => false", danger),
            ("execute <<~SQL\n  ALTER TABLE a DROP COLUMN b;\nSQL", "drops b"),
        ] {
            assert_eq!(dangers_of(RAILS, line), [sentence], "{line}");
        }
        for line in [
            "add_reference :users, :team, foreign_key: true",
            "add_column :users, :age, :integer,\n  null: false,\n  default: 0",
            "add_column :users, :age, :integer, :null => false, :default => 0",
        ] {
            assert!(dangers_of(RAILS, line).is_empty(), "{line}");
        }
    }

    #[test]
    fn a_changed_table_is_looked_into() {
        let text = "  change_table :users, bulk: true do |t|\n    t.remove :age, :size\n    t.rename :name, :title\n    t.change :city, :text\n    t.string :note\n    t.string :code, null: false\n    t.integer :count, null: false, default: 0\n    t.index :code\n  end\n  drop_table :old";
        assert_eq!(
            dangers_of(RAILS, text),
            [
                "drops users.age",
                "renames users.name",
                "changes the type or nullability of users.city",
                "adds a NOT NULL column without a server default (users.code)",
                "drops old"
            ]
        );
    }

    #[test]
    fn nothing_in_a_new_table_is_dangerous() {
        let rails = "  create_table :users, id: :uuid do |t|\n    t.string :name, null: false\n    t.remove :age\n    t.string :execute, default: \"DROP TABLE x\"\n\n    t.text :drop_table\n  end\n  remove_column :a, :b";
        assert_eq!(dangers_of(RAILS, rails), ["drops a.b"]);
        let parentheses = rails.replace("create_table :users, id: :uuid do", "create_table(:users, id: :uuid) do");
        assert_eq!(dangers_of(RAILS, &parentheses), ["drops a.b"]);
        let lines = rails.replace(":users, id", ":users,\n    id");
        assert_eq!(dangers_of(RAILS, &lines), ["drops a.b"]);
        let sql = "def upgrade():\n    op.execute(\"CREATE TABLE a (change integer NOT NULL, modify integer)\")";
        assert!(dangers_of(ALEMBIC, sql).is_empty());
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
