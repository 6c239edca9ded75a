//! Types for a `let` statement.

use syn::{GenericArgument, Path, PathArguments, Type, TypeInfer, TypeParamBound};

/// Replaces every `impl Trait` with `_`, because a `let` cannot name it.
pub(crate) fn nameable(ty: &Type) -> Type {
    let mut ty = ty.clone();
    infer_impl_trait(&mut ty);
    ty
}

fn infer_impl_trait(ty: &mut Type) {
    match ty {
        Type::ImplTrait(found) => {
            let underscore_token = syn::Token![_](found.impl_token.span);
            *ty = Type::Infer(TypeInfer {
                attrs: Vec::new(),
                underscore_token,
            });
        }
        Type::Reference(ty) => infer_impl_trait(&mut ty.elem),
        Type::Ptr(ty) => infer_impl_trait(&mut ty.elem),
        Type::Slice(ty) => infer_impl_trait(&mut ty.elem),
        Type::Array(ty) => infer_impl_trait(&mut ty.elem),
        Type::Paren(paren) => {
            infer_impl_trait(&mut paren.elem);
            // Parentheses around `_` would cause a warning.
            if matches!(*paren.elem, Type::Infer(_)) {
                *ty = (*paren.elem).clone();
            }
        }
        Type::Group(ty) => infer_impl_trait(&mut ty.elem),
        Type::Tuple(ty) => ty.elems.iter_mut().for_each(infer_impl_trait),
        Type::Path(ty) => infer_in_path(&mut ty.path),
        Type::TraitObject(ty) => {
            for bound in &mut ty.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    infer_in_path(&mut bound.path);
                }
            }
        }
        _ => {}
    }
}

fn infer_in_path(path: &mut Path) {
    for segment in &mut path.segments {
        let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
            continue;
        };
        for arg in &mut arguments.args {
            match arg {
                GenericArgument::Type(ty) => infer_impl_trait(ty),
                GenericArgument::AssocType(assoc) => infer_impl_trait(&mut assoc.ty),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;
    use syn::parse_quote;

    #[test]
    fn nameable_replaces_impl_trait_everywhere() {
        let name = |ty: Type| nameable(&ty).to_token_stream().to_string();
        assert_eq!(name(parse_quote!(impl Display)), "_");
        assert_eq!(
            name(parse_quote!(
                Result<(impl A, &mut impl B), [Vec<impl C>; 2]>
            )),
            "Result < (_ , & mut _) , [Vec < _ > ; 2] >"
        );
        assert_eq!(
            name(parse_quote!(Box<dyn Fn(u8) -> u8>)),
            "Box < dyn Fn (u8) -> u8 >"
        );
    }
}
