//! What is dangerous in SQL.

use std::sync::{Arc, LazyLock};

use regex::{Captures, Regex};

use super::calls::before;
use super::migrations::Danger;

/// A name, quoted or not.
const NAME: &str = r#"[\w.`"]+"#;

/// What a statement that fits an expression is: the group is what it concerns.
type Reading = fn(Arc<str>) -> Danger;

/// What is dangerous in a file of SQL, whose texts and comments are no statements.
pub(super) fn in_file(text: &str) -> Vec<Danger> {
    static SILENT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?s)'[^'\n]*'|--[^\n]*|/\*.*?\*/").ok());
    SILENT.as_ref().map_or_else(|| in_sql(text), |regex| in_sql(&regex.replace_all(text, "''")))
}

/// What is dangerous in SQL that may stand within another language, quotes and all.
pub(super) fn in_sql(text: &str) -> Vec<Danger> {
    let text = &outside_new_tables(text);
    let mut found = adds(text);
    found.extend(changes(text));
    for (regex, danger) in rules() {
        let names = regex.captures_iter(text).filter_map(|captures| captures.get(1)).map(|name| name.as_str());
        // `ALTER TABLE type …` alters no column of that name.
        found.extend(names.filter(|name| !name.eq_ignore_ascii_case("table")).map(|name| danger(named(name))));
    }
    found
}

fn named(name: &str) -> Arc<str> {
    Arc::from(name.trim_matches(['`', '"']))
}

fn rules() -> &'static [(Regex, Reading)] {
    static RULES: LazyLock<Vec<(Regex, Reading)>> = LazyLock::new(|| {
        let rules: [(String, Reading); 4] = [
            (format!(r"(?i)\bdrop\s+(?:table|column)\s+(?:if\s+exists\s+)?({NAME})"), Danger::Drops),
            (format!(r"(?i)\brename\s+(?:column\s+)?(?:to\s+)?({NAME})"), Danger::Renames),
            (format!(r"(?i)\balter\s+(?:column\s+)?({NAME})\s+(?:set\s+not\s+null|(?:set\s+data\s+)?type)\b"), Danger::Alters),
            (format!(r"(?i)\bmodify\s+(?:column\s+)?({NAME})"), Danger::Alters),
        ];
        rules.into_iter().filter_map(|(text, danger)| Some((Regex::new(&text).ok()?, danger))).collect()
    });
    &RULES
}

/// A text without what stands in the parentheses of `CREATE TABLE`: in a new table nothing is dangerous.
fn outside_new_tables(text: &str) -> String {
    static CREATE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\bcreate\s+(?:(?:global|local|temp|temporary|unlogged)\s+)*table\b[^(;]*\(").ok());
    let mut outside = String::new();
    let mut rest = text;
    while let Some(found) = CREATE.as_ref().and_then(|regex| regex.find(rest)) {
        outside.push_str(rest.get(..found.end()).unwrap_or(""));
        let inside = rest.get(found.end()..).unwrap_or("");
        rest = inside.get(before(inside, &[')'], &['\'']).len()..).unwrap_or("");
    }
    outside + rest
}

/// `ADD [COLUMN] name type … NOT NULL`, which fails or locks where there are rows and nothing fills them.
fn adds(text: &str) -> Vec<Danger> {
    static ADDS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!(r"(?i)\badd\s+(column\s+)?(?:if\s+not\s+exists\s+)?({NAME})\s+")).ok());
    let added = |captures: Captures<'_>| {
        let name = captures.get(2)?.as_str();
        if captures.get(1).is_none() && is_no_column(name) {
            return None;
        }
        // A type may have commas in parentheses: `numeric(10, 2)`.
        let kind = before(text.get(captures.get(0)?.end()..)?, &[',', ';', ')'], &[]).to_ascii_lowercase();
        let kind = kind.split_whitespace().collect::<Vec<_>>().join(" ");
        (kind.contains("not null") && !is_filled(&kind)).then(|| Danger::NotNullWithoutDefault(named(name)))
    };
    ADDS.iter().flat_map(|regex| regex.captures_iter(text)).filter_map(added).collect()
}

/// Words behind `ADD` that begin something else than a column.
fn is_no_column(word: &str) -> bool {
    let words = ["constraint", "primary", "unique", "foreign", "index", "key", "check", "fulltext", "spatial", "exclude", "partition"];
    words.contains(&word.to_ascii_lowercase().as_str())
}

/// Whether the database itself gives the rows that are there a value.
fn is_filled(kind: &str) -> bool {
    ["default", "generated", "serial", "auto_increment"].iter().any(|word| kind.contains(word))
}

/// MySQL's `CHANGE [COLUMN] old new type`, which renames a column or, with one name twice, alters it.
fn changes(text: &str) -> Vec<Danger> {
    static CHANGES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        // It is an ordinary word, too: it begins a line, or follows a comma or the table's name.
        let begins = format!(r"(?:^\s*|,\s*|\balter\s+table\s+(?:if\s+exists\s+)?{NAME}\s+)");
        Regex::new(&format!(r"(?im){begins}change\s+(?:column\s+)?({NAME})\s+({NAME})\s+[a-z]")).ok()
    });
    let changed = |captures: Captures<'_>| {
        let (old, new) = (named(captures.get(1)?.as_str()), named(captures.get(2)?.as_str()));
        Some(if old == new { Danger::Alters(old) } else { Danger::Renames(old) })
    };
    CHANGES.iter().flat_map(|regex| regex.captures_iter(text)).filter_map(changed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        in_file(text).iter().map(Danger::sentence).collect()
    }

    #[test]
    fn every_rule_compiles() {
        assert_eq!(rules().len(), 4);
    }

    #[test]
    fn a_type_may_have_parentheses() {
        let danger = ["adds a NOT NULL column without a server default (price)"];
        assert_eq!(said("ALTER TABLE items ADD COLUMN price numeric(10,2) NOT NULL;"), danger);
        assert_eq!(said("ALTER TABLE items ADD `price` decimal(10, 2)\n  NOT  NULL"), danger);
        assert!(said("ALTER TABLE items ADD COLUMN price numeric(10,2) NOT NULL DEFAULT 0;").is_empty());
        assert!(said("ALTER TABLE items ADD COLUMN price numeric(10,2), ALTER b SET DEFAULT 1;").is_empty());
        assert!(said("ALTER TABLE items ADD CONSTRAINT priced CHECK (price IS NOT NULL);").is_empty());
        assert!(said("ALTER TABLE items ADD COLUMN id bigserial NOT NULL;").is_empty());
    }

    #[test]
    fn a_column_is_changed_with_and_without_the_word() {
        assert_eq!(said("ALTER TABLE items CHANGE old new varchar(20);"), ["renames old"]);
        assert_eq!(
            said("ALTER TABLE items\n  CHANGE COLUMN `a` `b` int,\n  CHANGE c c bigint;"),
            ["renames a", "changes the type or nullability of c"]
        );
        assert_eq!(said("ALTER TABLE items ALTER price SET NOT NULL;"), ["changes the type or nullability of price"]);
        assert_eq!(said("ALTER TABLE items ALTER price TYPE bigint;"), ["changes the type or nullability of price"]);
        assert_eq!(said("ALTER TABLE items ALTER COLUMN price SET NOT NULL;"), ["changes the type or nullability of price"]);
        assert!(said("ALTER TABLE items ALTER price DROP NOT NULL;").is_empty());
        assert!(said("ALTER TABLE type ADD x integer;").is_empty());
    }

    #[test]
    fn a_new_table_a_text_and_a_comment_are_no_danger() {
        let new = "CREATE TEMPORARY TABLE IF NOT EXISTS moves (\n  id int NOT NULL,\n  change integer not null,\n  modify numeric(1,2) not null\n);";
        assert!(said(new).is_empty());
        assert_eq!(said(&format!("{new}\nDROP TABLE old;\n{new}")), ["drops old"]);
        assert!(said("-- DROP TABLE a\n/* DROP\nTABLE b */\nCOMMENT ON TABLE c IS 'drop table d';").is_empty());
        // A comment fills no rows.
        assert_eq!(said("ALTER TABLE a ADD b int NOT NULL -- no default").len(), 1);
    }
}
