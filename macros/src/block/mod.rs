//! An attribute on an `impl` block: every method gets what concerns it.
//!
//! Each of them gets an attribute of its own, below those that it has, so that what is written at
//! the method is inside of what is written at the block.

mod method;
mod rules;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, ToTokens};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Token, Visibility};

use crate::args::Arg;
use crate::attribute::rejected;
use crate::bindings::Bindings;
use crate::check::{check, Output, Subject, Traced};
use crate::diag::Errors;
use crate::item::{self, split_inner_attrs};
use crate::keys::Macro;

use method::Method;

/// An `impl` block; the bodies of its methods stay tokens.
pub(crate) struct Block {
    head: TokenStream,
    inner_attrs: TokenStream,
    items: Vec<Item>,
    body: Span,
}

enum Item {
    Method(Box<Method>),
    Other(TokenStream),
}

/// Reads the item as an `impl` block, if it is one.
pub(crate) fn parse(item: &TokenStream) -> Option<Block> {
    let is_block = |input: ParseStream| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Option<Token![unsafe]>>()?;
        let is_block = input.peek(Token![impl]);
        input.parse::<TokenStream>()?;
        Ok(is_block)
    };
    if !is_block.parse2(item.clone()).unwrap_or(false) {
        return None;
    }
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.pop() else {
        return None;
    };
    let (inner_attrs, inside) = split_inner_attrs(&body);
    Some(Block {
        head: tokens.into_iter().collect(),
        inner_attrs,
        items: items.parse2(inside.stream()).ok()?,
        body: body.span(),
    })
}

fn items(input: ParseStream) -> syn::Result<Vec<Item>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(next_item(input)?);
    }
    Ok(items)
}

fn next_item(input: ParseStream) -> syn::Result<Item> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis: Visibility = input.parse()?;
    if let Ok(function) = item::parse_body(attrs.clone(), vis.clone(), &input.fork()) {
        item::parse_body(Vec::new(), Visibility::Inherited, input)?;
        return Ok(Item::Method(Box::new(Method::new(function))));
    }
    let has_value = input.peek(Token![const]) || input.peek(Token![type]);
    let mut other = quote!(#(#attrs)* #vis);
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            // A call of a macro.
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !has_value,
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        token.to_tokens(&mut other);
        if ends {
            break;
        }
    }
    Ok(Item::Other(other))
}

impl Block {
    fn methods(&self) -> impl Iterator<Item = &Method> {
        self.items.iter().filter_map(|item| match item {
            Item::Method(method) => Some(&**method),
            Item::Other(_) => None,
        })
    }

    /// The arguments of all methods that the attribute can be about.
    fn bindings(&self, mac: Macro) -> Bindings {
        let open = self.methods().filter(|method| method.is_open(mac));
        Bindings::any_of(open.map(Method::bindings))
    }
}

/// The block, with an attribute on each method that the arguments concern.
pub(crate) fn attribute(
    mac: Macro,
    args: &[Arg],
    block: &Block,
    item: TokenStream,
    mut errors: Errors,
) -> TokenStream {
    let bindings = block.bindings(mac);
    let methods = Ident::new("methods", Span::call_site());
    let subject = Subject {
        mac,
        bindings: &bindings,
        // What each of them returns is seen at each of them.
        function: Some(Traced {
            name: &methods,
            output: Output::Unknown,
            unreached: None,
        }),
    };
    rules::check(mac, args, &mut errors);
    let model = check(&subject, args.to_vec(), &mut errors);
    let chosen: Vec<Option<TokenStream>> = block
        .methods()
        .map(|method| method.arguments(mac, args))
        .collect();
    if errors.is_empty() && chosen.iter().all(Option::is_none) {
        errors.at(
            Span::call_site(),
            rules::concerns_nobody(mac, block.methods().count()),
        );
    }
    if !errors.is_empty() {
        // What only the attribute reads is not to be called unused on top.
        return rejected(quote!(#[allow(unused_variables)] #item), errors);
    }
    let (whose, word) = (&model.whose, Ident::new(mac.word(), Span::call_site()));
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
