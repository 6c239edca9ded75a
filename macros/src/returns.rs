//! What a signature returns, as far as it can be seen.

use syn::{
    AngleBracketedGenericArguments, GenericArgument, PathArguments, PathSegment, ReturnType, Type,
    TypeInfer, TypeParamBound,
};

/// Whether a return type is something that is polled later.
pub(crate) enum Later<'a> {
    No,
    /// A future, and what comes out of it where that can be seen.
    Future(Option<&'a Type>),
    Stream,
}

/// Looks through `Pin<Box<..>>` for futures and streams.
pub(crate) fn later(output: &ReturnType) -> Later<'_> {
    match output {
        ReturnType::Default => Later::No,
        ReturnType::Type(_, ty) => later_type(ty),
    }
}

fn later_type(ty: &Type) -> Later<'_> {
    let bounds = match ty {
        Type::ImplTrait(ty) => &ty.bounds,
        Type::TraitObject(ty) => &ty.bounds,
        Type::Paren(ty) => return later_type(&ty.elem),
        Type::Group(ty) => return later_type(&ty.elem),
        Type::Path(ty) => return ty.path.segments.last().map_or(Later::No, later_path),
        _ => return Later::No,
    };
    for bound in bounds {
        let TypeParamBound::Trait(bound) = bound else {
            continue;
        };
        let Some(last) = bound.path.segments.last() else {
            continue;
        };
        match last.ident.to_string().as_str() {
            "Future" | "IntoFuture" => return Later::Future(output_of(last)),
            "Stream" | "AsyncIterator" => return Later::Stream,
            _ => {}
        }
    }
    Later::No
}

fn later_path(last: &PathSegment) -> Later<'_> {
    let first_type = || types(last).next();
    match last.ident.to_string().as_str() {
        "Pin" | "Box" => first_type().map_or(Later::No, later_type),
        "BoxFuture" | "LocalBoxFuture" => Later::Future(first_type()),
        "BoxStream" | "LocalBoxStream" => Later::Stream,
        _ => Later::No,
    }
}

fn arguments(segment: &PathSegment) -> Option<&AngleBracketedGenericArguments> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    }
}

fn types(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    arguments(segment)
        .into_iter()
        .flat_map(|arguments| &arguments.args)
        .filter_map(|arg| match arg {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
}

/// `T` of `Future<Output = T>`
fn output_of(segment: &PathSegment) -> Option<&Type> {
    arguments(segment)?.args.iter().find_map(|arg| match arg {
        GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(&assoc.ty),
        _ => None,
    })
}

/// The type as a `let` may name it: `impl Trait` is left to inference.
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
        Type::Paren(ty) => infer_impl_trait(&mut ty.elem),
        Type::Group(ty) => infer_impl_trait(&mut ty.elem),
        Type::Tuple(ty) => ty.elems.iter_mut().for_each(infer_impl_trait),
        Type::Path(ty) => {
            for segment in &mut ty.path.segments {
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
                    continue;
                };
                for arg in &mut arguments.args {
                    if let GenericArgument::Type(ty) = arg {
                        infer_impl_trait(ty);
                    }
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;
    use syn::parse_quote;

    fn seen(output: &ReturnType) -> String {
        match later(output) {
            Later::No => "no".into(),
            Later::Future(Some(ty)) => format!("future of {}", ty.to_token_stream()),
            Later::Future(None) => "future".into(),
            Later::Stream => "stream".into(),
        }
    }

    #[test]
    fn futures_and_streams_are_seen_through_their_boxes() {
        assert_eq!(
            seen(&parse_quote!(-> impl Send + Future<Output = u8>)),
            "future of u8"
        );
        assert_eq!(
            seen(&parse_quote!(-> Pin<Box<dyn Future<Output = T> + Send + 'a>>)),
            "future of T"
        );
        assert_eq!(
            seen(&parse_quote!(-> ::core::pin::Pin<Box<dyn std::future::Future<Output = ()>>>)),
            "future of ()"
        );
        assert_eq!(
            seen(&parse_quote!(-> BoxFuture<'static, u8>)),
            "future of u8"
        );
        assert_eq!(seen(&parse_quote!(-> (impl IntoFuture))), "future");
        assert_eq!(seen(&parse_quote!(-> BoxStream<'a, u8>)), "stream");
        assert_eq!(seen(&parse_quote!(-> impl Stream<Item = u8>)), "stream");
    }

    #[test]
    fn what_only_mentions_a_future_is_not_one() {
        assert_eq!(seen(&parse_quote!()), "no");
        assert_eq!(seen(&parse_quote!(-> Vec<BoxFuture<'static, u8>>)), "no");
        assert_eq!(
            seen(&parse_quote!(-> impl Fn() -> BoxFuture<'static, ()>)),
            "no"
        );
        assert_eq!(seen(&parse_quote!(-> Result<Stream, E>)), "no");
        assert_eq!(seen(&parse_quote!(-> Box<dyn Fn()>)), "no");
        assert_eq!(seen(&parse_quote!(-> &'a dyn Future<Output = u8>)), "no");
    }

    #[test]
    fn impl_trait_is_left_to_inference_wherever_it_stands() {
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
