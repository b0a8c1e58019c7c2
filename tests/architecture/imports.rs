//! Reads the paths that a source file names.

use std::path::Path;

use proc_macro2::Span;
use syn::visit::{self, Visit};

/// Folders that are crates of their own, with what each calls by a short name at its root.
const CRATES: &[(&str, &[&str])] = &[("aws", &["model", "ops"]), ("github", &["model", "ops"]), ("hosts", &["model", "ops"])];

/// Whether this crate's root gives a folder of the core its short name: what is used below it is looked at there.
pub fn is_short_name(module: &str, path: &str) -> bool {
    CRATES.iter().any(|(folder, names)| *folder == module && names.contains(&path))
}

/// A path that a file names: `crate::model::id`, `ratatui::style`.
///
/// `super` and `self` are resolved, and all is told as if it were one crate.
pub struct Import {
    pub path: String,
    pub line: usize,
}

/// The paths that a file names.
pub fn imports(file: &Path, module: &str) -> Vec<Import> {
    of(&std::fs::read_to_string(file).unwrap(), module)
}

/// The paths that a text names, as the source of this module.
pub fn of(text: &str, module: &str) -> Vec<Import> {
    let mut finder = Finder { module: module.split("::").map(str::to_owned).collect(), found: Vec::new() };
    finder.visit_file(&syn::parse_file(text).unwrap());
    finder.found
}

struct Finder {
    module: Vec<String>,
    found: Vec<Import>,
}

impl Finder {
    fn note(&mut self, segments: &[String], span: Span) {
        let path = self.resolve(segments);
        self.found.push(Import { path, line: span.start().line });
    }

    fn resolve(&self, segments: &[String]) -> String {
        let ups = segments.iter().take_while(|segment| *segment == "super").count();
        if ups > 0 {
            let base = self.module.iter().take(self.module.len().saturating_sub(ups)).cloned();
            let whole: Vec<String> = std::iter::once("crate".to_owned()).chain(base).chain(segments.iter().skip(ups).cloned()).collect();
            return whole.join("::");
        }
        if segments.first().is_some_and(|first| first == "self") {
            let whole: Vec<String> =
                std::iter::once("crate".to_owned()).chain(self.module.iter().cloned()).chain(segments.iter().skip(1).cloned()).collect();
            return whole.join("::");
        }
        let whole = segments.join("::");
        match whole.split_once("::") {
            Some(("quarterdeck_core", rest)) => format!("crate::{rest}"),
            Some(("crate", rest)) => format!("crate::{}{rest}", self.home(rest)),
            _ => whole,
        }
    }

    /// Where `crate::` leads from here: the folder that is this crate, but for what it has from the core.
    fn home(&self, rest: &str) -> String {
        let folder = self.module.first().map_or("", String::as_str);
        let borrowed = |names: &[&str]| names.iter().any(|name| rest == *name || rest.starts_with(&format!("{name}::")));
        let home = CRATES.iter().find(|(name, names)| *name == folder && !borrowed(names));
        home.map_or_else(String::new, |(name, _)| format!("{name}::"))
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |ident: &syn::Ident| before.iter().cloned().chain(std::iter::once(ident.to_string())).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.note(&with(&name.ident), name.ident.span()),
            syn::UseTree::Rename(rename) => self.note(&with(&rename.ident), rename.ident.span()),
            syn::UseTree::Glob(glob) => self.note(before, glob.star_token.spans[0]),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(before, item)),
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            let span = path.segments.first().map_or_else(Span::call_site, |segment| segment.ident.span());
            self.note(&segments, span);
        }
        visit::visit_path(self, path);
    }
}
