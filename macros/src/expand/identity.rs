//! The scope.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::writer::{local, Writer};
use crate::model::{Model, Said, Taken, User, UserField, Who};
use crate::spans::behind;

impl Writer<'_> {
    /// What has to run first, and the scope as an expression.
    pub(super) fn scope(&self) -> (TokenStream, TokenStream) {
        if self.model.identity.identify {
            let (setup, held) = self.held_scope();
            return (setup, quote!(#held));
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
            User::Unsaid => {}
            User::Anonymous => scope = quote!(#whose::__private::anonymous(#scope)),
            User::Said(said) => scope.extend(self.user(said)),
        }
        if let Some(session) = &identity.session {
            scope.extend(call("session", session, &self.taken(session)));
        }
        for (key, value) in &identity.tags {
            let taken = self.taken(value);
            scope.extend(call("tag", value, &quote!(#key, #taken)));
        }
        scope
    }

    /// The call that gives the scope its user.
    fn user(&self, said: &Said) -> TokenStream {
        let Said {
            who,
            fields,
            supplement,
        } = said;
        let whose = &self.model.whose;
        let with = fields.iter().map(|field| match field {
            UserField::Text(method, value) => call(method, value, &self.taken(value)),
            UserField::Attr(key, value) => {
                let taken = self.taken(value);
                call("with_attr", value, &quote!(#key, #taken))
            }
        });
        let marked = supplement.then(|| quote!(.supplement()));
        match who {
            None => quote!(.user(#whose::User::without_id() #(#with)* #marked)),
            Some(Who::Id(id)) => {
                let value = self.taken(id);
                let whose = self.whose_at(id.key);
                if fields.is_empty() && !*supplement {
                    let of_id = Ident::new("id", behind(id.key));
                    return quote_spanned!(behind(id.key)=> .user(#whose::__private::#of_id(#value)));
                }
                let new = Ident::new("new", behind(id.key));
                quote_spanned!(behind(id.key)=> .user(#whose::User::#new(#value) #(#with)* #marked))
            }
            Some(Who::User(user)) => {
                let value = self.taken(user);
                if fields.is_empty() && !*supplement {
                    return call("user", user, &value);
                }
                let more = quote!(#whose::User::without_id() #(#with)*);
                let whose = self.whose_at(user.key);
                let joined = quote_spanned! {behind(user.key)=>
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

    /// What puts the scope into a local, and that local.
    ///
    /// What the identity's expressions borrow is given back at the end of the statement, before
    /// the body takes the arguments, and before any `.await`.
    pub(super) fn held_scope(&self) -> (TokenStream, Ident) {
        let held = local("__whose_scope");
        let scope = self.new_scope();
        let mut setup = quote!(let #held = #scope;);
        if self.model.identity.identify {
            let whose = &self.model.whose;
            setup.extend(quote!(#whose::__private::identify(&#held);));
        }
        (setup, held)
    }
}

/// The statement that `guard!` stands for.
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

/// `.method(arguments)`, shown at the key that asks for it.
fn call(method: &str, value: &Taken, arguments: &TokenStream) -> TokenStream {
    let method = Ident::new(method, behind(value.key));
    quote!(.#method(#arguments))
}
