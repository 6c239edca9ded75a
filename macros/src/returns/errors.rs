//! The error type in a return type.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{GenericParam, Generics, Ident, Type, TypeParamBound, WherePredicate};

use super::types::{types, ungroup};
use crate::tokens::names;

/// Returns whether the error type has a type argument that may not be `'static`.
///
/// `impl<T: 'static> Error for MyError<T>` does not apply then, but method resolution would select it,
/// because it ignores lifetimes.
pub(crate) fn error_may_be_short_lived(output: &Type, generics: &Generics) -> bool {
    let Type::Path(path) = ungroup(output) else {
        return false;
    };
    let error = path
        .path
        .segments
        .last()
        .and_then(|last| types(last).nth(1));
    let Some(Type::Path(error)) = error.map(ungroup) else {
        return false;
    };
    let arguments: Vec<_> = error
        .path
        .segments
        .last()
        .into_iter()
        .flat_map(types)
        .collect();
    let tokens = arguments.iter().flat_map(ToTokens::to_token_stream);
    let tokens: Vec<_> = tokens.collect();
    // A method does not show the type parameters of its `impl` block; most have one letter.
    let is_letter = |token: &TokenTree| {
        let known = |param: &Ident| {
            generics.params.iter().any(|it| match it {
                GenericParam::Type(it) => it.ident == *param,
                GenericParam::Const(it) => it.ident == *param,
                GenericParam::Lifetime(_) => false,
            })
        };
        matches!(token, TokenTree::Ident(word) if is_one_letter(word) && !known(word))
    };
    short_lived(generics).any(|param| names(&tokens, param)) || tokens.iter().any(is_letter)
}

fn is_one_letter(word: &Ident) -> bool {
    let word = word.to_string();
    word.len() == 1 && word.chars().all(char::is_uppercase)
}

/// Returns the type parameters without a `'static` bound.
fn short_lived(generics: &Generics) -> impl Iterator<Item = &Ident> {
    generics.params.iter().filter_map(move |param| match param {
        GenericParam::Type(param) => {
            let is_static =
                is_static(param.bounds.iter()) || is_static_where(generics, &param.ident);
            (!is_static).then_some(&param.ident)
        }
        GenericParam::Lifetime(_) | GenericParam::Const(_) => None,
    })
}

fn is_static<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> bool {
    bounds.any(|bound| matches!(bound, TypeParamBound::Lifetime(it) if it.ident == "static"))
}

fn is_static_where(generics: &Generics, param: &Ident) -> bool {
    let predicates = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    predicates.into_iter().any(|predicate| match predicate {
        WherePredicate::Type(predicate) => {
            let is_it = matches!(&predicate.bounded_ty, Type::Path(ty) if ty.path.is_ident(param));
            is_it && is_static(predicate.bounds.iter())
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{parse_quote, Signature};

    fn is_short_lived(sig: Signature) -> bool {
        match &sig.output {
            syn::ReturnType::Type(_, output) => error_may_be_short_lived(output, &sig.generics),
            syn::ReturnType::Default => false,
        }
    }

    #[test]
    fn error_with_a_type_parameter_may_be_short_lived() {
        assert!(is_short_lived(parse_quote!(fn f<T>() -> Result<(), E<T>>)));
        assert!(is_short_lived(
            parse_quote!(fn f<T>() -> Result<(), m::E<Vec<T>>>)
        ));
        assert!(!is_short_lived(
            parse_quote!(fn f<T: 'static>() -> Result<(), E<T>>)
        ));
        assert!(!is_short_lived(
            parse_quote!(fn f<T>() -> Result<(), E<T>> where T: Send + 'static)
        ));
        assert!(!is_short_lived(
            parse_quote!(fn f<E: Error>() -> Result<(), E>)
        ));
        assert!(!is_short_lived(parse_quote!(fn f<T>() -> Result<T, E<u8>>)));
        assert!(!is_short_lived(parse_quote!(fn f<T>() -> io::Result<T>)));
        assert!(!is_short_lived(
            parse_quote!(fn f() -> Result<(), Arc<Other>>)
        ));
        assert!(!is_short_lived(
            parse_quote!(fn f<const N: usize>() -> Result<(), E<N>>)
        ));
        // A type parameter of an `impl` block.
        assert!(is_short_lived(parse_quote!(fn f(t: T) -> Result<(), E<T>>)));
    }
}
