//! What every part of an expansion shares.

use proc_macro2::{Ident, Span, TokenStream};
use syn::Generics;

use crate::model::Model;
use crate::spans::shown_at;

/// A local of ours: no name of the user's can meet it.
pub(super) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Writes the scope of one function.
pub(super) struct Writer<'a> {
    pub(super) model: &'a Model,
    /// Of the function.
    pub(super) generics: Option<&'a Generics>,
    /// `self` has been moved into `__self`.
    pub(super) renames_self: bool,
}

impl Writer<'_> {
    /// The path of the crate, where it is shown at `place`.
    pub(super) fn whose_at(&self, span: Span) -> TokenStream {
        shown_at(&self.model.whose, span)
    }
}
