//! The expansion of an attribute on an `impl` block.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::quote;

use super::parse::{Block, Item};
use super::rules;
use crate::args::Arg;
use crate::check::{check, CheckContext, FnInfo};
use crate::diag::{rejected, Errors};
use crate::keys::Macro;
use crate::model::Output;

/// Returns the block with an attribute on each method that the arguments apply to.
pub(crate) fn attribute(
    mac: Macro,
    args: &[Arg],
    block: &Block,
    item: TokenStream,
    mut errors: Errors,
) -> TokenStream {
    if mac == Macro::Monitor {
        errors.at(
            Span::call_site(),
            "all methods of the block would be one job: put `#[whose::monitor]` on a method",
        );
        return rejected(item, errors);
    }
    let bindings = block.bindings(mac);
    let methods = Ident::new("methods", Span::call_site());
    let context = CheckContext {
        mac,
        bindings: &bindings,
        // The attribute of each method checks the method's own return type.
        function: Some(FnInfo {
            name: &methods,
            output: Output::Unknown,
            unreached: None,
            leaves_future: false,
        }),
    };
    rules::check(mac, args, &mut errors);
    let model = check(&context, args.to_vec(), &mut errors);
    let chosen: Vec<Option<TokenStream>> = block
        .methods()
        .map(|method| method.arguments(mac, args))
        .collect();
    if errors.is_empty() && chosen.iter().all(Option::is_none) {
        errors.at(
            Span::call_site(),
            rules::no_method_concerned(mac, block.methods().count()),
        );
    }
    if !errors.is_empty() {
        // An argument that only the attribute reads must not cause an additional warning.
        return rejected(quote!(#[allow(unused_variables)] #item), errors);
    }
    let (whose, word) = (&model.whose, Ident::new(mac.attr_name(), Span::call_site()));
    let mut chosen = chosen.into_iter();
    let items = block.items.iter().map(|item| match item {
        Item::Other(other) => other.clone(),
        Item::Method(method) => {
            let attr = chosen
                .next()
                .flatten()
                .map(|args| quote!(#[#whose::#word(#args)]));
            method.with(attr)
        }
    });
    let (head, inner_attrs) = (&block.head, &block.inner_attrs);
    let mut body = Group::new(Delimiter::Brace, quote!(#inner_attrs #(#items)*));
    body.set_span(block.body);
    quote!(#head #body)
}
