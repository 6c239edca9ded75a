//! Helpers for types.

use syn::{
    AngleBracketedGenericArguments, GenericArgument, PathArguments, PathSegment, Type,
    TypeParamBound,
};

fn arguments(segment: &PathSegment) -> Option<&AngleBracketedGenericArguments> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    }
}

pub(super) fn types(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    arguments(segment)
        .into_iter()
        .flat_map(|arguments| &arguments.args)
        .filter_map(|arg| match arg {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
}

/// Returns `T` of `Future<Output = T>`.
pub(super) fn output_of(segment: &PathSegment) -> Option<&Type> {
    arguments(segment)?.args.iter().find_map(|arg| match arg {
        GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(&assoc.ty),
        _ => None,
    })
}

/// Returns whether the type is a closure: `impl Fn(..)`.
pub(crate) fn is_closure(ty: &Type) -> bool {
    let is_fn = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| ["Fn", "FnMut", "FnOnce"].iter().any(|it| last.ident == it))
        }
        _ => false,
    };
    matches!(ungroup(ty), Type::ImplTrait(ty) if ty.bounds.iter().any(is_fn))
}

/// Removes parentheses and the invisible groups of `macro_rules!`.
pub(crate) fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Paren(ty) => ungroup(&ty.elem),
        Type::Group(ty) => ungroup(&ty.elem),
        ty => ty,
    }
}
