//! The parser of `impl` blocks.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{quote, ToTokens};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Token, Visibility};

use super::method::Method;
use crate::bindings::Bindings;
use crate::item::{self, split_inner_attrs};
use crate::keys::Macro;

/// An `impl` block; the bodies of its methods stay tokens.
pub(crate) struct Block {
    pub(super) head: TokenStream,
    pub(super) inner_attrs: TokenStream,
    pub(super) items: Vec<Item>,
    pub(super) body: Span,
}

pub(super) enum Item {
    Method(Box<Method>),
    Other(TokenStream),
}

/// Parses the item if it is an `impl` block.
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
            // A macro call.
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
    pub(super) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.items.iter().filter_map(|item| match item {
            Item::Method(method) => Some(&**method),
            Item::Other(_) => None,
        })
    }

    /// Returns the bindings of all methods that the attribute can apply to.
    pub(super) fn bindings(&self, mac: Macro) -> Bindings {
        let open = self.methods().filter(|method| method.is_open(mac));
        Bindings::any_of(open.map(Method::bindings))
    }
}
