//! The entry points: tokens to tokens, for the attributes and for `guard!`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::args::{self, Arg, ArgValue};
use crate::bindings::Bindings;
use crate::block;
use crate::check::{check, CheckContext, FnInfo};
use crate::diag::{rejected, Errors};
use crate::expand;
use crate::item;
use crate::keys::Macro;
use crate::shape::Shape;

/// Expands an attribute; with an error, the item stays unchanged.
pub(crate) fn attribute(mac: Macro, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = args::parse(mac, args, &mut errors);
    if let Some(block) = block::parse(&item) {
        return block::attribute(mac, &args, &block, item, errors);
    }
    if let [Arg {
        key: Some(word),
        value: ArgValue::Bare,
    }] = args.as_slice()
    {
        if mac == Macro::Trace && word == "skip" && errors.is_empty() {
            // `skip` is for the attribute of the surrounding block, which has run already.
            return item;
        }
    }
    let Some(function) = item::parse(mac, item.clone(), &mut errors) else {
        let context = CheckContext {
            mac,
            bindings: &Bindings::default(),
            function: None,
        };
        check(&context, args, &mut errors);
        return rejected(item, errors);
    };
    let mut bindings = Bindings::of(&function.sig);
    let shape = Shape::of(&function, &mut bindings);
    let info = FnInfo {
        name: &function.sig.ident,
        output: shape.output(&function),
        unreached: Some(shape.unreached(&function)),
        leaves_future: shape.leaves_future(),
    };
    let context = CheckContext {
        mac,
        bindings: &bindings,
        function: Some(info),
    };
    let model = check(&context, args, &mut errors);
    if errors.is_empty() {
        return expand::function(&function, &shape, &model);
    }
    // An argument that only the attribute reads must not cause an additional warning.
    rejected(quote!(#[allow(unused_variables)] #item), errors)
}

/// Expands `guard!(..)`.
pub(crate) fn guard(args: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = args::parse(Macro::Guard, args, &mut errors);
    let context = CheckContext {
        mac: Macro::Guard,
        bindings: &Bindings::default(),
        function: None,
    };
    let model = check(&context, args, &mut errors);
    if errors.is_empty() {
        expand::guard(&model)
    } else {
        errors.into_tokens()
    }
}
