//! The expansion of the scope.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::writer::{local, Writer};
use crate::model::{Model, RefExpr, User, UserExpr, UserField, UserSpec};
use crate::spans::mixed_site_at;

/// The local that holds the agent.
pub(super) const AGENT: &str = "__whose_agent";

impl Writer<'_> {
    /// Returns the statements before the scope, and the scope as an expression.
    pub(super) fn scope(&self) -> (TokenStream, TokenStream) {
        if self.model.identity.identify {
            let (setup, scope_local) = self.bind_scope();
            return (setup, quote!(#scope_local));
        }
        (TokenStream::new(), self.new_scope())
    }

    fn new_scope(&self) -> TokenStream {
        let (identity, whose) = (&self.model.identity, &self.model.whose);
        let mut scope = if identity.isolated {
            quote!(#whose::Scope::isolated())
        } else {
            quote!(#whose::Scope::new())
        };
        match &identity.user {
            User::Unset => {}
            User::Anonymous => scope = quote!(#whose::__private::anonymous(#scope)),
            User::Set(user) => scope.extend(self.user(user)),
        }
        if let Some(session) = &identity.session {
            scope.extend(call("session", session, &self.ref_expr(session)));
        }
        if let Some(conversation) = &identity.conversation {
            let id = self.ref_expr(conversation);
            scope.extend(call("conversation", conversation, &id));
        }
        if let Some(actor) = &identity.actor {
            scope.extend(call("actor", actor, &self.ref_expr(actor)));
        }
        if let Some(agent) = &identity.agent {
            let agent_local = local(AGENT);
            scope.extend(call("actor", agent, &quote!(&#agent_local)));
        }
        for (key, value) in &identity.tags {
            let value_ref = self.ref_expr(value);
            scope.extend(call("tag", value, &quote!(#key, #value_ref)));
        }
        scope
    }

    /// Returns the call that sets the user of the scope.
    fn user(&self, user: &UserSpec) -> TokenStream {
        let UserSpec {
            expr,
            fields,
            supplement,
        } = user;
        let whose = &self.model.whose;
        let with = fields.iter().map(|field| match field {
            UserField::Text(method, value) => call(method, value, &self.ref_expr(value)),
            UserField::Attr(key, value) => {
                let value_ref = self.ref_expr(value);
                call("with_attr", value, &quote!(#key, #value_ref))
            }
        });
        let marked = supplement.then(|| quote!(.supplement()));
        match expr {
            None => quote!(.user(#whose::User::without_id() #(#with)* #marked)),
            Some(UserExpr::Id(id)) => {
                let value = self.ref_expr(id);
                let whose = self.whose_at(id.key);
                if fields.is_empty() && !*supplement {
                    let of_id = Ident::new("id", mixed_site_at(id.key));
                    return quote_spanned!(mixed_site_at(id.key)=> .user(#whose::__private::#of_id(#value)));
                }
                let new = Ident::new("new", mixed_site_at(id.key));
                quote_spanned!(mixed_site_at(id.key)=> .user(#whose::User::#new(#value) #(#with)* #marked))
            }
            Some(UserExpr::User(user)) => {
                let value = self.ref_expr(user);
                if fields.is_empty() && !*supplement {
                    return call("user", user, &value);
                }
                let more = quote!(#whose::User::without_id() #(#with)*);
                let whose = self.whose_at(user.key);
                let joined = quote_spanned! {mixed_site_at(user.key)=>
                    #whose::__private::with_fields(#value, #more)
                };
                if *supplement {
                    quote!(.user(::core::option::Option::map(#joined, #whose::User::supplement)))
                } else {
                    quote!(.user(#joined))
                }
            }
        }
    }

    /// Returns the statement that binds the agent to a local, for the scope and for the field of the
    /// span: an expression is evaluated once.
    fn bind_agent(&self) -> TokenStream {
        let Some(agent) = &self.model.identity.agent else {
            return TokenStream::new();
        };
        let (value, agent_local) = (self.ref_expr(agent), local(AGENT));
        let (at, whose) = (mixed_site_at(agent.key), self.whose_at(agent.key));
        let of_name = Ident::new("agent", at);
        quote_spanned!(at=> let #agent_local = #whose::__private::#of_name(#value);)
    }

    /// Returns the statements that bind the scope to a local, and the local.
    ///
    /// The borrows of the identity's expressions end with the statement, before the body takes the
    /// arguments and before any `.await`.
    pub(super) fn bind_scope(&self) -> (TokenStream, Ident) {
        let scope_local = local("__whose_scope");
        let scope = self.new_scope();
        let mut setup = self.bind_agent();
        setup.extend(quote!(let #scope_local = #scope;));
        if self.model.identity.identify {
            let whose = &self.model.whose;
            setup.extend(quote!(#whose::__private::identify(&#scope_local);));
        }
        (setup, scope_local)
    }
}

/// Returns the statement of `guard!`.
pub(crate) fn guard(model: &Model) -> TokenStream {
    let (guard, whose) = (local("__whose_guard"), &model.whose);
    let (setup, scope) = Writer {
        model,
        generics: None,
        renames_self: false,
    }
    .scope();
    quote!(let #guard = { #setup #whose::__private::enter(#scope) };)
}

/// Returns `.method(arguments)` at the span of the key.
fn call(method: &str, value: &RefExpr, arguments: &TokenStream) -> TokenStream {
    let method = Ident::new(method, mixed_site_at(value.key));
    quote!(.#method(#arguments))
}
