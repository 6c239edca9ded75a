//! The bindings of a function's arguments.

use quote::format_ident;
use syn::ext::IdentExt;
use syn::{FnArg, Ident, Pat, Signature};

use crate::diag::listed;

/// The bindings that a bare key can refer to.
#[derive(Default)]
pub(crate) struct Bindings {
    names: Vec<Ident>,
    /// The bindings that a `#[cfg]` may remove.
    conditional: Vec<Ident>,
    origin: Origin,
}

/// The functions whose arguments are known.
#[derive(Clone, Copy, Default, PartialEq)]
enum Origin {
    /// Without a function, every name may exist.
    #[default]
    Unknown,
    Function,
    /// The methods of a block; each method has some of the bindings.
    Block,
}

impl Bindings {
    /// Returns the bindings of a signature, including those inside patterns, without `self`.
    pub(crate) fn of(sig: &Signature) -> Self {
        let mut bindings = Self {
            origin: Origin::Function,
            ..Self::default()
        };
        for input in &sig.inputs {
            let FnArg::Typed(typed) = input else { continue };
            let before = bindings.names.len();
            collect(&typed.pat, &mut bindings.names);
            if typed.attrs.iter().any(|attr| attr.path().is_ident("cfg")) {
                let added = bindings.names[before..].iter().cloned();
                bindings.conditional.extend(added);
            }
        }
        bindings
    }

    /// Returns the bindings of all functions.
    pub(crate) fn any_of<'a>(functions: impl Iterator<Item = &'a Self>) -> Self {
        let mut bindings = Self {
            origin: Origin::Block,
            ..Self::default()
        };
        for name in functions.flat_map(Self::all) {
            if !bindings.names.contains(name) {
                bindings.names.push(name.clone());
            }
        }
        bindings
    }

    pub(crate) fn are_of_block(&self) -> bool {
        self.origin == Origin::Block
    }

    /// Adds the bindings of a pattern in the body, which shadow the arguments.
    pub(crate) fn add(&mut self, pat: &Pat) {
        let mut added = Vec::new();
        collect(pat, &mut added);
        added.retain(|name| name != "__self");
        self.names.retain(|name| !added.contains(name));
        self.names.append(&mut added);
    }

    /// Removes the names that `#[async_trait]` gives to arguments with patterns.
    pub(crate) fn forget_hidden(&mut self) {
        self.names
            .retain(|name| !name.to_string().starts_with("__arg"));
    }

    /// Returns the binding with the name `word`; its errors point at `word`.
    pub(crate) fn find(&self, word: &Ident) -> Option<Ident> {
        if self.origin == Origin::Unknown {
            return Some(word.clone());
        }
        let found = |name: &&Ident| name.unraw() == word.unraw();
        let mut found = self.names.iter().find(found)?.clone();
        // With the hygiene of the argument, so that functions from `macro_rules!` work.
        found.set_span(found.span().located_at(word.span()));
        Some(found)
    }

    /// Returns the binding with that name, if the arguments are known.
    pub(crate) fn named(&self, name: &str) -> Option<Ident> {
        let word = format_ident!("{name}");
        self.names.iter().find(|found| **found == word).cloned()
    }

    /// Returns all known bindings.
    pub(crate) fn all(&self) -> &[Ident] {
        &self.names
    }

    /// Returns the bindings without a `#[cfg]`.
    pub(crate) fn unconditional(&self) -> impl DoubleEndedIterator<Item = &Ident> {
        let is_sure = |name: &&Ident| !self.conditional.contains(name);
        self.names.iter().filter(is_sure)
    }

    /// Lists the arguments in a sentence.
    pub(crate) fn sentence(&self) -> String {
        match self.all() {
            [] => "there are no arguments".to_owned(),
            [only] => format!("the only argument is `{}`", only.unraw()),
            all => format!(
                "the arguments are {}",
                listed(all.iter().map(IdentExt::unraw))
            ),
        }
    }
}

fn collect(pat: &Pat, names: &mut Vec<Ident>) {
    match pat {
        Pat::Ident(pat) => {
            names.push(pat.ident.clone());
            if let Some((_, inner)) = &pat.subpat {
                collect(inner, names);
            }
        }
        Pat::Paren(pat) => collect(&pat.pat, names),
        Pat::Reference(pat) => collect(&pat.pat, names),
        Pat::Type(pat) => collect(&pat.pat, names),
        Pat::Slice(pat) => pat.elems.iter().for_each(|pat| collect(pat, names)),
        Pat::Struct(pat) => pat
            .fields
            .iter()
            .for_each(|field| collect(&field.pat, names)),
        Pat::Tuple(pat) => pat.elems.iter().for_each(|pat| collect(pat, names)),
        Pat::TupleStruct(pat) => pat.elems.iter().for_each(|pat| collect(pat, names)),
        // Every case of an irrefutable `A(x) | B(x)` binds the same names.
        Pat::Or(pat) => {
            if let Some(case) = pat.cases.first() {
                collect(case, names);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn names(sig: &Signature) -> Vec<String> {
        Bindings::of(sig)
            .all()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn bindings_inside_patterns_are_collected() {
        let sig = parse_quote! {
            fn f(&self, mut a: u8, Json(b): J, S { c, d: (e, _), .. }: S, [g, ..]: [u8; 2], &h: &u8, _: u8, all @ (i, j): P)
        };
        assert_eq!(names(&sig), ["a", "b", "c", "e", "g", "h", "all", "i", "j"]);
    }

    #[test]
    fn raw_identifier_is_found_without_its_prefix() {
        let bindings = Bindings::of(&parse_quote!(fn f(r#type: u8)));
        assert!(bindings.find(&format_ident!("type")).is_some());
        assert!(bindings.find(&format_ident!("kind")).is_none());
        assert!(Bindings::default().find(&format_ident!("kind")).is_some());
    }

    #[test]
    fn sentence_lists_arguments() {
        assert_eq!(
            Bindings::of(&parse_quote!(fn f(&self))).sentence(),
            "there are no arguments"
        );
        assert_eq!(
            Bindings::of(&parse_quote!(fn f(a: u8))).sentence(),
            "the only argument is `a`"
        );
        assert_eq!(
            Bindings::of(&parse_quote!(fn f(a: u8, b: u8))).sentence(),
            "the arguments are `a` and `b`"
        );
    }
}
