//! Which functions of a file get an attribute, and the text with it.

use std::ops::RangeInclusive;

use proc_macro2::Span;
use syn::{
    Attribute, Block, ImplItem, Item, Meta, ReturnType, Safety, Signature, Stmt, TraitItem, Type,
    Visibility,
};

/// A function that can be annotated.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The byte at which its visibility and signature begin: below its attributes.
    pub(crate) offset: usize,
    /// From the signature to the end of the body, counted from 1.
    pub(crate) lines: RangeInclusive<usize>,
    pub(crate) is_async: bool,
    /// Whether its return type is written as a path that ends in `Result`.
    pub(crate) returns_result: bool,
}

/// Attributes of functions that the linker or the compiler calls, or that only tests have.
const UNTOUCHED: [&str; 9] = [
    "bench",
    "export_name",
    "naked",
    "no_mangle",
    "panic_handler",
    "proc_macro",
    "proc_macro_attribute",
    "proc_macro_derive",
    "test",
];

/// Lists the functions of a file that have a body, except those of macros, of tests, `const` ones
/// and those of another ABI.
///
/// # Errors
///
/// Where the text is no file of Rust: crates include fragments as well.
pub(crate) fn functions(source: &str) -> syn::Result<Vec<Function>> {
    let file = syn::parse_file(source)?;
    // A byte order mark is not part of what is parsed.
    let skipped = if source.starts_with('\u{feff}') { 3 } else { 0 };
    let mut search = Search {
        skipped,
        found: Vec::new(),
    };
    file.items.iter().for_each(|item| search.look_at(item));
    Ok(search.found)
}

/// Writes the attribute above the functions, on the line of the signature.
pub(crate) fn annotated<'a>(
    source: &str,
    functions: impl IntoIterator<Item = &'a Function>,
    attribute: &str,
) -> String {
    let mut offsets: Vec<_> = functions.into_iter().map(|found| found.offset).collect();
    offsets.sort_unstable();
    let mut text = String::with_capacity(source.len() + offsets.len() * (attribute.len() + 1));
    let mut written = 0;
    for offset in offsets {
        text.push_str(&source[written..offset]);
        text.push_str(attribute);
        text.push(' ');
        written = offset;
    }
    text.push_str(&source[written..]);
    text
}

struct Search {
    skipped: usize,
    found: Vec<Function>,
}

impl Search {
    fn look_at(&mut self, item: &Item) {
        match item {
            Item::Fn(item) => self.add(&item.attrs, Some(&item.vis), &item.sig, &item.block),
            Item::Impl(item) if !is_for_tests(&item.attrs) => {
                for item in &item.items {
                    if let ImplItem::Fn(item) = item {
                        self.add(&item.attrs, Some(&item.vis), &item.sig, &item.block);
                    }
                }
            }
            Item::Trait(item) if !is_for_tests(&item.attrs) => {
                for item in &item.items {
                    if let TraitItem::Fn(item) = item
                        && let Some(block) = &item.default
                    {
                        self.add(&item.attrs, None, &item.sig, block);
                    }
                }
            }
            Item::Mod(item) if !is_for_tests(&item.attrs) => {
                let items = item.content.iter().flat_map(|(_, items)| items);
                items.for_each(|item| self.look_at(item));
            }
            _ => {}
        }
    }

    fn add(
        &mut self,
        attributes: &[Attribute],
        visibility: Option<&Visibility>,
        signature: &Signature,
        block: &Block,
    ) {
        let is_untouched = |attribute: &Attribute| {
            UNTOUCHED
                .iter()
                .any(|name| attribute.path().is_ident(name) || is_unsafe(attribute, name))
        };
        if is_for_tests(attributes) || attributes.iter().any(is_untouched) {
            return;
        }
        if signature.constness.is_none() && signature.abi.is_none() {
            let begin = beginning(visibility, signature);
            self.found.push(Function {
                name: signature.ident.to_string(),
                offset: self.skipped + begin.byte_range().start,
                lines: begin.start().line..=block.brace_token.span.close().end().line,
                is_async: signature.asyncness.is_some(),
                returns_result: returns_result(&signature.output),
            });
        }
        for statement in &block.stmts {
            if let Stmt::Item(item) = statement {
                self.look_at(item);
            }
        }
    }
}

/// The first token after the attributes.
fn beginning(visibility: Option<&Visibility>, signature: &Signature) -> Span {
    let visibility = match visibility {
        Some(Visibility::Public(token)) => Some(token.span),
        Some(Visibility::Restricted(restricted)) => Some(restricted.pub_token.span),
        Some(Visibility::Inherited) | None => None,
    };
    let safety = match &signature.safety {
        Safety::Unsafe(token) => Some(token.span),
        _ => None,
    };
    visibility
        .or(signature.asyncness.as_ref().map(|token| token.span))
        .or(safety)
        .unwrap_or(signature.fn_token.span)
}

/// Whether the attribute is `#[unsafe(name)]`.
fn is_unsafe(attribute: &Attribute, name: &str) -> bool {
    matches!(&attribute.meta, Meta::List(list) if list.path.is_ident("unsafe")
        && list.tokens.clone().into_iter().next().is_some_and(|token| token.to_string() == name))
}

/// Whether the attributes have `#[cfg(test)]`, or that together with something else.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let tokens = list.tokens.to_string();
            tokens == "test" || tokens.starts_with("all (test") || tokens.starts_with("all(test")
        }
        _ => false,
    })
}

fn returns_result(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else {
        return false;
    };
    let Type::Path(path) = &**ty else {
        return false;
    };
    let mut segments = path.path.segments.iter().rev();
    // `io::Result` is one, and `Consumer::Result` anything.
    segments.next().is_some_and(|last| last.ident == "Result")
        && path.qself.is_none()
        && segments.all(|module| module.ident.to_string().starts_with(char::is_lowercase))
}
