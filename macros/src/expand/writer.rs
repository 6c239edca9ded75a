//! Shared parts of the expansion.

use proc_macro2::{Ident, Span, TokenStream};
use syn::Generics;

use crate::model::Model;
use crate::spans::shown_at;

/// Returns a local with mixed-site hygiene, which cannot clash with a name of the user.
pub(super) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Writes the expansion of one function.
pub(super) struct Writer<'a> {
    pub(super) model: &'a Model,
    /// The generics of the function.
    pub(super) generics: Option<&'a Generics>,
    /// Whether `self` was moved into `__self`.
    pub(super) renames_self: bool,
}

impl Writer<'_> {
    /// Returns the path of the crate at the location of `span`.
    pub(super) fn whose_at(&self, span: Span) -> TokenStream {
        shown_at(&self.model.whose, span)
    }
}
