//! A crate's source as modules: what each declares, imports and names.
//!
//! Files are found as the compiler finds them, by following `mod` from the root, so a file that no
//! `mod` names is not part of the crate. What is compiled for tests only (`#[cfg(test)]`) is left
//! out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, Lit, Meta, TraitItem, UseTree, Visibility};

use super::tokens;

/// A module's path below the root: `["http", "relay"]`; empty for the root.
pub(super) type ModulePath = Vec<String>;

/// A path as it is written. A leading `::` is an empty first segment.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Written {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
    pub(super) place: Place,
}

/// Where a path is written.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Place {
    /// In a `use` item or an `extern crate`. A single word is a crate or a module.
    Import,
    /// Anywhere else. A single word is a variable, a type or a function, never a module.
    Code,
}

/// One module.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The file below the source folder.
    pub(super) file: String,
    /// Every path in it: of `use` items, types, expressions, patterns, attributes and macros.
    pub(super) written: Vec<Written>,
    /// What `use` items bind: a name to each path that it stands for.
    pub(super) bindings: BTreeMap<String, Vec<Vec<String>>>,
    /// The paths before `::*`.
    pub(super) globs: Vec<Vec<String>>,
    /// The names of what it declares, except modules.
    pub(super) items: BTreeSet<String>,
    /// Its string literals, and their lines.
    pub(super) texts: Vec<(String, usize)>,
    /// The lines with an `async`.
    pub(super) async_lines: Vec<usize>,
}

/// The modules of one crate.
#[derive(Debug, Default)]
pub(super) struct Crate {
    pub(super) modules: BTreeMap<ModulePath, Module>,
    /// Every file that was reached, those of tests included.
    pub(super) files: BTreeSet<String>,
}

impl Crate {
    /// Reads a crate from its files, by their paths below the source folder.
    pub(super) fn parse(files: &BTreeMap<String, String>, root: &str) -> Self {
        let mut parsed = Self::default();
        parsed.read(files, Vec::new(), root, Path::new(root).parent().unwrap(), false);
        parsed
    }

    /// `folder` is where the files of its child modules are.
    #[expect(clippy::panic, reason = "a file that cannot be read cannot be held to a rule")]
    fn read(
        &mut self,
        files: &BTreeMap<String, String>,
        path: ModulePath,
        file: &str,
        folder: &Path,
        test: bool,
    ) {
        self.files.insert(file.to_owned());
        let source = files.get(file).unwrap_or_else(|| panic!("{file} is not in the source folder"));
        let syntax = syn::parse_file(source).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut collector = Collector {
            file,
            folder: folder.to_owned(),
            test,
            inline: false,
            current: path.clone(),
            modules: BTreeMap::from([(path, Module { file: file.to_owned(), ..Module::default() })]),
            declared: Vec::new(),
        };
        collector.visit_file(&syntax);
        let (modules, declared) = (collector.modules, collector.declared);
        if !test {
            self.modules.extend(modules);
        }
        for Declared { path, folder, stem, explicit, test } in declared {
            let plain = folder.join(format!("{stem}.rs"));
            let nested = folder.join(&stem).join("mod.rs");
            let (file, folder) = match explicit {
                Some(file) => {
                    let folder = file.parent().unwrap().to_owned();
                    (file, folder)
                }
                None if files.contains_key(&slashes(&plain)) => (plain, folder.join(&stem)),
                None => (nested, folder.join(&stem)),
            };
            self.read(files, path, &slashes(&file), &folder, test);
        }
    }
}

/// A `mod name;`.
struct Declared {
    path: ModulePath,
    /// Where its file is without a `#[path]`.
    folder: PathBuf,
    stem: String,
    /// The file of its `#[path]`.
    explicit: Option<PathBuf>,
    test: bool,
}

struct Collector<'a> {
    file: &'a str,
    folder: PathBuf,
    test: bool,
    /// Within a `mod name { … }`.
    inline: bool,
    current: ModulePath,
    modules: BTreeMap<ModulePath, Module>,
    declared: Vec<Declared>,
}

impl Collector<'_> {
    fn module(&mut self) -> &mut Module {
        self.modules.get_mut(&self.current).unwrap()
    }

    fn write(&mut self, segments: Vec<String>, line: usize, place: Place) {
        self.module().written.push(Written { segments, line, place });
    }

    fn use_tree(&mut self, tree: &UseTree, mut prefix: Vec<String>) {
        let line = tree.span().start().line;
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.use_tree(&path.tree, prefix);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, prefix.clone());
                }
            }
            UseTree::Glob(_) => {
                self.module().globs.push(prefix.clone());
                self.write(prefix, line, Place::Import);
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                let alias =
                    if name == "self" { prefix.last().cloned().unwrap_or_default() } else { name.clone() };
                if name != "self" {
                    prefix.push(name);
                }
                self.bind(alias, prefix, line);
            }
            UseTree::Rename(rename) => {
                if rename.ident != "self" {
                    prefix.push(rename.ident.to_string());
                }
                self.bind(rename.rename.to_string(), prefix, line);
            }
        }
    }

    fn bind(&mut self, alias: String, segments: Vec<String>, line: usize) {
        self.module().bindings.entry(alias).or_default().push(segments.clone());
        self.write(segments, line, Place::Import);
    }

    fn tokens(&mut self, stream: proc_macro2::TokenStream) {
        let found = tokens::read(stream);
        let module = self.module();
        module.written.extend(found.written);
        module.texts.extend(found.texts);
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let test = is_for_tests(attributes(item));
        if let Item::Mod(module) = item {
            return self.declare(module, test || self.test);
        }
        if test {
            return;
        }
        if let Some(name) = declared_name(item) {
            self.module().items.insert(name);
        }
        match item {
            Item::Use(item) => {
                let leading = if item.leading_colon.is_some() { vec![String::new()] } else { Vec::new() };
                self.use_tree(&item.tree, leading);
            }
            Item::ExternCrate(item) => {
                let name = item.ident.to_string();
                let alias = item.rename.as_ref().map_or(name.clone(), |(_, alias)| alias.to_string());
                self.bind(alias, vec![String::new(), name], item.ident.span().start().line);
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let attributes = match item {
            TraitItem::Const(item) => &item.attrs,
            TraitItem::Fn(item) => &item.attrs,
            TraitItem::Type(item) => &item.attrs,
            TraitItem::Macro(item) => &item.attrs,
            _ => return visit::visit_trait_item(self, item),
        };
        if !is_for_tests(attributes) {
            visit::visit_trait_item(self, item);
        }
    }

    /// `pub(in path)` names an ancestor of the module, which is no use of it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if path.leading_colon.is_some() {
            segments.insert(0, String::new());
        }
        self.write(segments, path.span().start().line, Place::Code);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.visit_path(&invocation.path);
        self.tokens(invocation.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        match &attribute.meta {
            Meta::NameValue(_) | Meta::Path(_) => {}
            Meta::List(list) => {
                let found = tokens::read(list.tokens.clone());
                let module = self.module();
                module.written.extend(found.written);
                // `#[serde(with = "crate::time")]` names a path in a text.
                for (text, line) in found.texts {
                    if let Ok(path) = syn::parse_str::<syn::Path>(&text) {
                        let segments = path.segments.iter().map(|segment| segment.ident.to_string());
                        module.written.push(Written {
                            segments: segments.collect(),
                            line,
                            place: Place::Code,
                        });
                    }
                }
            }
        }
    }

    fn visit_lit(&mut self, literal: &'ast Lit) {
        if let Lit::Str(text) = literal {
            let line = text.span().start().line;
            self.module().texts.push((text.value(), line));
        }
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if let Some(keyword) = &signature.asyncness {
            self.module().async_lines.push(keyword.span().start().line);
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        if let Some(keyword) = &closure.asyncness {
            self.module().async_lines.push(keyword.span().start().line);
        }
        visit::visit_expr_closure(self, closure);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.module().async_lines.push(block.async_token.span().start().line);
        visit::visit_expr_async(self, block);
    }
}

impl Collector<'_> {
    fn declare(&mut self, module: &ItemMod, test: bool) {
        let name = module.ident.to_string();
        let mut path = self.current.clone();
        path.push(name.clone());
        let explicit = explicit_path(&module.attrs);
        if let Some((_, items)) = &module.content {
            if test {
                return;
            }
            let inner = self.folder.join(explicit.as_deref().unwrap_or(&name));
            let outer = (
                std::mem::replace(&mut self.current, path.clone()),
                std::mem::replace(&mut self.folder, inner),
                std::mem::replace(&mut self.inline, true),
            );
            self.modules.insert(path, Module { file: self.file.to_owned(), ..Module::default() });
            for item in items {
                self.visit_item(item);
            }
            (self.current, self.folder, self.inline) = outer;
            return;
        }
        // A `#[path]` begins at the file's own folder, or, within `mod name { … }`, where the files
        // of that module would be
        // (https://doc.rust-lang.org/reference/items/modules.html#the-path-attribute).
        let base =
            if self.inline { self.folder.clone() } else { Path::new(self.file).parent().unwrap().to_owned() };
        let explicit = explicit.map(|file| base.join(file));
        self.declared.push(Declared { path, folder: self.folder.clone(), stem: name, explicit, test });
    }
}

fn explicit_path(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// Whether something is compiled for tests only. What is compiled for tests and for something else
/// is not.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string().replace(' ', "");
            condition == "test" || condition.starts_with("all(test,")
        }
        Meta::Path(path) => path.is_ident("test"),
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn declared_name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// With `/`, and without `.` and `..`.
fn slashes(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::ParentDir if parts.last().is_some_and(|last| last != "..") => {
                parts.pop();
            }
            Component::CurDir => {}
            other => parts.push(other.as_os_str().to_string_lossy().into_owned()),
        }
    }
    parts.join("/")
}
