//! Expands the macros over tokens, and reads what comes out.

use proc_macro2::TokenStream;

use crate::attribute::{attribute, guard};
use crate::keys::Macro;

pub(super) fn tokens(text: &str) -> TokenStream {
    text.parse().expect("tokens")
}

/// What an attribute makes of an item, as text.
pub(super) fn expand(mac: Macro, args: &str, item: &str) -> String {
    attribute(mac, tokens(args), tokens(item)).to_string()
}

pub(super) fn expand_guard(args: &str) -> String {
    guard(tokens(args)).to_string()
}

/// The messages of the `compile_error!`s in an expansion.
pub(super) fn messages(expansion: &str) -> Vec<String> {
    let parts = expansion.split("compile_error ! { \"").skip(1);
    let until_brace = |part: &str| {
        let end = part.find("\" }").expect("the end of a message");
        part[..end].replace("\\\"", "\"")
    };
    parts.map(until_brace).collect()
}

/// The mistakes that an attribute finds.
pub(super) fn mistakes(mac: Macro, args: &str, item: &str) -> Vec<String> {
    messages(&expand(mac, args, item))
}

pub(super) fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}
