//! Calls in the text of a migration: their names, their arguments and, in Ruby, their blocks.
//!
//! Nothing is parsed: what is read are the lines that a change adds, which need not be a whole program.

use std::sync::LazyLock;

use regex::Regex;

/// A call.
pub(super) struct Call<'t> {
    /// The last part of its name.
    pub name: &'t str,
    /// What stands between its parentheses, or behind its name where it has none.
    pub arguments: &'t str,
    /// The block that it is given.
    pub block: Option<Block<'t>>,
}

/// A Ruby block: `do |t| … end`.
pub(super) struct Block<'t> {
    /// What it calls its argument.
    pub argument: &'t str,
    /// What stands in it.
    pub text: &'t str,
}

impl Block<'_> {
    /// The calls of a method of the block's argument: `t.remove :name`.
    pub fn calls(&self) -> Vec<Call<'_>> {
        static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(\w+)\.(\w+)\b[ \t]*(\(?)").ok());
        let each = CALL.iter().flat_map(|regex| regex.captures_iter(self.text));
        let ours = each.filter(|captures| captures.get(1).is_some_and(|of| of.as_str() == self.argument));
        let call = ours.filter_map(|captures| {
            let rest = self.text.get(captures.get(0)?.end()..)?;
            let arguments = if captures.get(3)?.is_empty() { open(rest) } else { closed(rest) };
            Some(Call { name: captures.get(2)?.as_str(), arguments, block: None })
        });
        call.collect()
    }
}

/// Every call in a text that may be dangerous.
///
/// What stands in `create_table` makes a new table, in which nothing is dangerous: it is passed over.
pub(super) fn calls(text: &str) -> Vec<Call<'_>> {
    static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?x)\b(
                create_table|CreateModel|DeleteModel|RenameModel|drop_table|rename_table|change_table|
                add_column|add_reference|add_belongs_to|AddField|
                drop_column|remove_columns?|remove_reference|remove_belongs_to|RemoveField|
                rename_column|RenameField|alter_column|change_column_null|change_column|AlterField|
                execute|RunSQL
            )\b[\ \t]*(\(?)",
        )
        .ok()
    });
    let Some(regex) = CALL.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(captures) = text.get(from..).and_then(|rest| regex.captures(rest)) {
        let (Some(whole), Some(name)) = (captures.get(0), captures.get(1)) else { break };
        let (at, begins) = (from + whole.start(), from + whole.end());
        let in_parentheses = captures.get(2).is_some_and(|parenthesis| !parenthesis.is_empty());
        let rest = text.get(begins..).unwrap_or("");
        let arguments = if in_parentheses { closed(rest) } else { open(rest) };
        let head = if in_parentheses { begins + arguments.len() } else { begins };
        let block = block(text, at, head, begins + arguments.len());
        let new_table = matches!(name.as_str(), "create_table" | "CreateModel");
        let block_ends = block.as_ref().map_or(0, |(_, end)| *end);
        from = if new_table { block_ends.max(begins + arguments.len()) } else { begins };
        found.push(Call { name: name.as_str(), arguments, block: block.map(|(block, _)| block) });
    }
    found
}

/// The block of the call at `at` and where it ends: it begins between `head` and the end of the line of `tail`.
///
/// What stands in it lies deeper than the call: so far it goes, or to the end of the line where it is short.
fn block(text: &str, at: usize, head: usize, tail: usize) -> Option<(Block<'_>, usize)> {
    static BEGIN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:\bdo|\{)[ \t]*\|[ \t]*(\w+)[^|\n]*\|").ok());
    let line_end = tail + text.get(tail..)?.find('\n').unwrap_or(text.len() - tail);
    let captures = BEGIN.as_ref()?.captures(text.get(head..line_end)?)?;
    let begins = head + captures.get(0)?.end();
    let argument = captures.get(1)?.as_str();
    let one_line = text.get(begins..line_end)?;
    if !one_line.trim().is_empty() {
        return Some((Block { argument, text: one_line }, line_end));
    }
    let line_begins = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let depth = indent(text.get(line_begins..)?);
    let below = text.get(line_end..)?.split_inclusive('\n').skip(1);
    let inside = below.take_while(|line| line.trim().is_empty() || indent(line) > depth).map(str::len).sum::<usize>();
    let first = (line_end + 1).min(text.len());
    Some((Block { argument, text: text.get(first..first + inside)? }, first + inside))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// The arguments of a call without parentheses: to the end of its line, and on where that ends with a comma.
///
/// Where the line announces a text (`<<~SQL`), that follows too.
fn open(text: &str) -> &str {
    static ANNOUNCES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"<<[~-]?["']?([A-Z]\w*)"#).ok());
    let mut lines = text.split_inclusive('\n');
    let mut length = 0;
    let mut last = "";
    for line in lines.by_ref() {
        (length, last) = (length + line.len(), line);
        if !line.trim_end().ends_with(',') {
            break;
        }
    }
    let announced = ANNOUNCES.as_ref().and_then(|regex| regex.captures(last)).and_then(|captures| captures.get(1));
    if let Some(mark) = announced {
        length += lines.take_while(|line| line.trim() != mark.as_str()).map(str::len).sum::<usize>();
    }
    text.get(..length).unwrap_or(text).trim_end_matches('\n')
}

/// What stands before the parenthesis that closes, or before a comma or a semicolon where `stops` has them.
///
/// Quotes hide what stands between them where they are among `quotes`, to the end of their line at most:
/// an apostrophe in a comment shall not hide all that follows. Threefold quotes are passed over.
pub(super) fn before<'t>(text: &'t str, stops: &[char], quotes: &[char]) -> &'t str {
    let mut characters = text.char_indices();
    let (mut depth, mut quote) = (0_usize, None);
    while let Some((at, character)) = characters.next() {
        if let Some(open) = quote {
            if character == '\\' {
                let _escaped = characters.next();
            } else if character == open || character == '\n' {
                quote = None;
            }
            continue;
        }
        match character {
            _ if depth == 0 && stops.contains(&character) => return text.get(..at).unwrap_or(text),
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if quotes.contains(&character) && is_threefold(text.get(at..).unwrap_or("")) => {
                let _passed = characters.nth(1);
            }
            _ if quotes.contains(&character) => quote = Some(character),
            _ => {}
        }
    }
    text
}

fn is_threefold(text: &str) -> bool {
    text.starts_with("\"\"\"") || text.starts_with("'''")
}

fn closed(text: &str) -> &str {
    before(text, &[')'], &['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Vec<(&str, &str)> {
        calls(text).into_iter().map(|call| (call.name, call.arguments)).collect()
    }

    #[test]
    fn a_call_without_parentheses_goes_on_behind_a_comma() {
        assert_eq!(
            arguments("add_column :users,\n  :age,\n  null: false\nremove_column :a, :b"),
            [("add_column", ":users,\n  :age,\n  null: false"), ("remove_column", ":a, :b")]
        );
        assert_eq!(arguments("execute <<~SQL\n  DROP TABLE a;\nSQL\nend"), [("execute", "<<~SQL\n  DROP TABLE a;")]);
    }

    #[test]
    fn a_parenthesis_in_a_text_closes_nothing() {
        assert_eq!(arguments("drop_table(\"a)\", ':(')\nx"), [("drop_table", "\"a)\", ':('")]);
        assert_eq!(arguments("execute(\"\"\"\n  don't (x)\n\"\"\")\ny)"), [("execute", "\"\"\"\n  don't (x)\n\"\"\"")]);
        assert_eq!(arguments("drop_table('it\\'s (')\ny)"), [("drop_table", "'it\\'s ('")]);
    }

    #[test]
    fn a_block_ends_where_it_is_as_deep_as_its_call() {
        let text = "  change_table :a, bulk: true do |table|\n    table.remove :b\n\n    table.rename(:c, :d)\n  end\n  table.remove :x";
        let found = calls(text);
        let block = found[0].block.as_ref().unwrap();
        let inside: Vec<_> = block.calls().into_iter().map(|call| (call.name, call.arguments)).collect();
        assert_eq!(inside, [("remove", ":b"), ("rename", ":c, :d")]);
        let short = calls("change_table(:a) { |t| t.remove :b }");
        assert_eq!(short[0].block.as_ref().unwrap().calls()[0].name, "remove");
        assert!(calls("change_table :a do |t|")[0].block.as_ref().unwrap().calls().is_empty());
    }
}
