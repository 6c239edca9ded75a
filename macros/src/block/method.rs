//! A method of a block, and the block's arguments that apply to it.

use proc_macro2::{Group, TokenStream};
use quote::{quote, ToTokens};
use syn::Type;

use super::rules::{is_constant, leaves_out, mentions_self, names, resolve_key};
use crate::args::{parse_entries, parse_idents, Arg, ArgValue, Entry, Name, Sigil};
use crate::bindings::Bindings;
use crate::check::refusal;
use crate::diag::Errors;
use crate::item::Function;
use crate::keys::{ArgForm, Key, Macro};
use crate::model::Output;
use crate::returns::ungroup;
use crate::shape::Shape;

pub(super) struct Method {
    function: Function,
    bindings: Bindings,
}

impl Method {
    pub(super) fn new(function: Function) -> Self {
        let mut bindings = Bindings::of(&function.sig);
        Shape::of(&function, &mut bindings);
        Self { function, bindings }
    }

    pub(super) fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// Returns the method with one more attribute below its own.
    pub(super) fn with(&self, attr: Option<TokenStream>) -> TokenStream {
        let Function {
            attrs,
            vis,
            sig,
            inner_attrs,
            body,
        } = &self.function;
        let rest = body.stream();
        let mut block = Group::new(body.delimiter(), quote!(#inner_attrs #rest));
        block.set_span(body.span());
        quote!(#(#attrs)* #attr #vis #sig #block)
    }

    /// Returns whether the block's attribute can apply: not to a `const fn`, and not to a method with
    /// the same attribute.
    pub(super) fn is_open(&self, mac: Macro) -> bool {
        let attrs = &self.function.attrs;
        let closed = attrs
            .iter()
            .any(|attr| names(attr, mac) || leaves_out(attr));
        self.function.sig.constness.is_none() && !closed
    }

    /// The arguments that the method gets; `None` where it is none of the attribute's business.
    pub(super) fn arguments(&self, mac: Macro, args: &[Arg]) -> Option<TokenStream> {
        if !self.is_open(mac) {
            return None;
        }
        let all: Vec<(Option<Key>, Option<Arg>)> = args
            .iter()
            .enumerate()
            .map(|(at, arg)| {
                let key = resolve_key(mac, at, arg);
                (key, self.applicable(key, arg))
            })
            .collect();
        let is_there = |wanted: Key| {
            let found = all.iter().find(|(key, _)| *key == Some(wanted));
            found.map(|(_, applicable)| applicable.is_some())
        };
        let lost = |key| is_there(key) == Some(false);
        let lost_user = lost(Key::User) || lost(Key::UserId);
        let says_user = !lost_user
            && all
                .iter()
                .any(|(key, applicable)| applicable.is_some() && key.is_some_and(Key::is_of_user));
        let has_one = |names: &[&str]| names.iter().any(|name| self.bindings.named(name).is_some());
        let is_concerned = match mac {
            Macro::Trace | Macro::Monitor | Macro::Guard => true,
            Macro::WithUser => {
                let anonymous = is_there(Key::Anonymous).is_some();
                anonymous || says_user || (!lost_user && has_one(&["user"]))
            }
            Macro::WithSession => {
                is_there(Key::Session).unwrap_or_else(|| has_one(&["session", "session_id"]))
            }
            Macro::WithConversation => is_there(Key::Conversation)
                .unwrap_or_else(|| has_one(&["conversation", "conversation_id"])),
        };
        // The fields of a user need the user.
        let stays = |key: Option<Key>| match key {
            Some(key) if key.is_of_user() => !lost_user,
            Some(Key::Identify | Key::Supplement) => says_user || mac == Macro::WithUser,
            _ => true,
        };
        let applicable = all
            .iter()
            .filter(|(key, _)| stays(*key))
            .filter_map(|(_, applicable)| applicable.as_ref());
        is_concerned.then(|| quote!(#(#applicable),*))
    }

    /// Returns the part of the argument that is valid at this method.
    fn applicable(&self, key: Option<Key>, arg: &Arg) -> Option<Arg> {
        let value = match &arg.value {
            ArgValue::Bare if self.may_stand(key, arg) => ArgValue::Bare,
            ArgValue::Value(value) if self.can_write(&value.expr) => ArgValue::Value(value.clone()),
            ArgValue::List(list) => ArgValue::List(self.applicable_list(key, list)?),
            ArgValue::Bare | ArgValue::Value(_) => return None,
        };
        Some(Arg {
            key: arg.key.clone(),
            value,
        })
    }

    fn may_stand(&self, key: Option<Key>, arg: &Arg) -> bool {
        let is_flag = |key: Key| matches!(key.spec().form, ArgForm::Flag | ArgForm::FlagOrList);
        match key {
            Some(key @ (Key::Output | Key::Err)) => self.can_record(key),
            Some(Key::Carried) => self.returns_unreached(),
            Some(key) if is_flag(key) => true,
            _ => arg
                .key
                .as_ref()
                .is_some_and(|word| is_constant(word) || self.bindings.find(word).is_some()),
        }
    }

    fn can_write(&self, expr: &impl ToTokens) -> bool {
        self.function.sig.receiver().is_some() || !mentions_self(expr.to_token_stream())
    }

    /// Returns whether the output can be recorded; `err` needs a type whose name ends in `Result`.
    fn can_record(&self, key: Key) -> bool {
        let (function, mut bindings) = (&self.function, Bindings::default());
        match Shape::of(function, &mut bindings).output(function) {
            Output::Type(ty) if key == Key::Err => is_called_result(ty),
            Output::Unknown if key == Key::Err => false,
            output => refusal(key, &function.sig.ident, output).is_none(),
        }
    }

    /// Returns whether the method returns a future or stream that the attribute does not wrap.
    fn returns_unreached(&self) -> bool {
        let (function, mut bindings) = (&self.function, Bindings::default());
        let shape = Shape::of(function, &mut bindings);
        !shape.unreached(function).is_empty()
    }

    fn applicable_list(&self, key: Option<Key>, list: &Group) -> Option<Group> {
        // The check of the block has reported these errors.
        let mut reported = Errors::default();
        let applicable = match key {
            Some(key @ (Key::Err | Key::Output)) => {
                return self.can_record(key).then(|| list.clone());
            }
            Some(Key::Skip) => {
                let names = parse_idents(list, &mut reported).into_iter();
                let own = names.filter(|name| self.bindings.find(name).is_some());
                quote!(#(#own),*)
            }
            _ => {
                let entries = parse_entries(list, &mut reported).into_iter();
                let own: Vec<Entry> = entries.filter(|entry| self.can_hold(key, entry)).collect();
                if own.is_empty() {
                    return None;
                }
                quote!(#(#own),*)
            }
        };
        let mut group = Group::new(list.delimiter(), applicable);
        group.set_span(list.span());
        Some(group)
    }

    fn can_hold(&self, key: Option<Key>, entry: &Entry) -> bool {
        let is_recorded_later =
            key == Some(Key::Fields) && matches!(entry.value.sigil, Sigil::None);
        let is_own = match &entry.name {
            // A name without an argument declares a field for a later `record`.
            Name::Dotted(_) if is_recorded_later => true,
            Name::Dotted(parts) if entry.shorthand => {
                let named = |word| word == "self" || self.bindings.find(word).is_some();
                parts.first().is_some_and(named)
            }
            _ => true,
        };
        is_own && self.can_write(&entry.value.expr)
    }
}

/// On a method, `err` accepts any type that may be an alias of `Result`. On a block, the name of the
/// type has to show it.
fn is_called_result(ty: &Type) -> bool {
    let Type::Path(path) = ungroup(ty) else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|last| last.ident.to_string().ends_with("Result"))
}
