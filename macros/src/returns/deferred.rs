//! The future or stream in a return type.

use syn::{PathSegment, ReturnType, Type, TypeParamBound};

use super::types::{output_of, types, ungroup};

/// A future or stream in a return type, which is polled after the function has returned.
#[derive(Clone, Copy)]
pub(crate) struct Deferred<'a> {
    pub(crate) wrapper: Wrapper,
    pub(crate) boxing: Boxing,
    pub(crate) kind: PollKind<'a>,
    /// The trait is named `Stream` without a path, and may be another one than that of `futures`.
    pub(crate) may_be_another_stream: bool,
}

/// The type around the future or stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wrapper {
    None,
    Option,
    Result,
}

/// The box around the future or stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Boxing {
    Unboxed,
    /// `Box<dyn ..>`
    Boxed,
    /// `Pin<Box<..>>`
    Pinned,
}

/// What is polled.
#[derive(Clone, Copy)]
pub(crate) enum PollKind<'a> {
    /// A future, and its output if the signature shows it.
    Future(Option<&'a Type>),
    IntoFuture,
    Stream,
}

impl<'a> Deferred<'a> {
    fn new(kind: PollKind<'a>) -> Self {
        Self {
            wrapper: Wrapper::None,
            boxing: Boxing::Unboxed,
            kind,
            may_be_another_stream: false,
        }
    }

    /// Returns the future or stream that one of the bounds names.
    fn of_bounds(bounds: impl Iterator<Item = &'a TypeParamBound> + Clone) -> Option<Self> {
        let found = bounds.clone().find_map(poll_kind)?;
        let is_alone = |bound: &TypeParamBound| match bound {
            TypeParamBound::Trait(bound) => bound.path.is_ident("Stream"),
            _ => false,
        };
        Some(Self {
            may_be_another_stream: matches!(found, PollKind::Stream)
                && bounds.clone().any(is_alone),
            ..Self::new(found)
        })
    }

    /// Returns whether the function returns the future or stream without a wrapper.
    pub(crate) fn is_itself(&self) -> bool {
        self.wrapper == Wrapper::None
    }

    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.kind, PollKind::Stream)
    }

    /// A boxed future behind a type alias.
    pub(crate) const HIDDEN: Deferred<'static> = Deferred {
        wrapper: Wrapper::None,
        boxing: Boxing::Pinned,
        kind: PollKind::Future(None),
        may_be_another_stream: false,
    };
}

/// Finds a future or stream: unboxed, boxed, or in a `Result` or `Option`.
pub(crate) fn deferred(output: &ReturnType) -> Option<Deferred<'_>> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => deferred_type(ty),
    }
}

/// Like [`deferred`], for a type.
pub(crate) fn deferred_type(ty: &Type) -> Option<Deferred<'_>> {
    match ungroup(ty) {
        Type::ImplTrait(ty) => Deferred::of_bounds(ty.bounds.iter()),
        Type::TraitObject(ty) => Deferred::of_bounds(ty.bounds.iter()),
        Type::Path(ty) => deferred_path(ty.path.segments.last()?),
        _ => None,
    }
}

pub(super) fn poll_kind(bound: &TypeParamBound) -> Option<PollKind<'_>> {
    let TypeParamBound::Trait(bound) = bound else {
        return None;
    };
    let last = bound.path.segments.last()?;
    match last.ident.to_string().as_str() {
        "Future" | "FusedFuture" => Some(PollKind::Future(output_of(last))),
        "TryFuture" => Some(PollKind::Future(None)),
        "IntoFuture" => Some(PollKind::IntoFuture),
        "Stream" | "FusedStream" | "TryStream" => Some(PollKind::Stream),
        _ => None,
    }
}

fn deferred_path(last: &PathSegment) -> Option<Deferred<'_>> {
    let first = types(last).next();
    let has_boxing =
        |boxing| move |deferred: &Deferred<'_>| deferred.is_itself() && deferred.boxing == boxing;
    let pinned = |kind| Deferred {
        boxing: Boxing::Pinned,
        ..Deferred::new(kind)
    };
    match last.ident.to_string().as_str() {
        "Box" => deferred_type(first?)
            .filter(has_boxing(Boxing::Unboxed))
            .map(|deferred| Deferred {
                boxing: Boxing::Boxed,
                ..deferred
            }),
        "Pin" => deferred_type(first?)
            .filter(has_boxing(Boxing::Boxed))
            .map(|deferred| Deferred {
                boxing: Boxing::Pinned,
                ..deferred
            }),
        "BoxFuture" | "LocalBoxFuture" => {
            // An alias with two arguments, such as `BoxFuture<T, E>`, does not show the output.
            let output = first.filter(|_| types(last).count() == 1);
            Some(pinned(PollKind::Future(output)))
        }
        "BoxStream" | "LocalBoxStream" => Some(pinned(PollKind::Stream)),
        "Result" => within(Wrapper::Result, first?),
        "Option" => within(Wrapper::Option, first?),
        _ => None,
    }
}

fn within(wrapper: Wrapper, ty: &Type) -> Option<Deferred<'_>> {
    let deferred = deferred_type(ty).filter(Deferred::is_itself)?;
    Some(Deferred {
        wrapper,
        ..deferred
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;
    use syn::parse_quote;

    fn describe(output: &ReturnType) -> String {
        let Some(deferred) = deferred(output) else {
            return "no".into();
        };
        let kind = match deferred.kind {
            PollKind::Future(Some(ty)) => format!("future of {}", ty.to_token_stream()),
            PollKind::Future(None) => "future".into(),
            PollKind::IntoFuture => "into future".into(),
            PollKind::Stream => "stream".into(),
        };
        let boxing = match deferred.boxing {
            Boxing::Unboxed => "",
            Boxing::Boxed => "boxed ",
            Boxing::Pinned => "pinned ",
        };
        let wrapper = match deferred.wrapper {
            Wrapper::None => "",
            Wrapper::Option => "option of ",
            Wrapper::Result => "result of ",
        };
        format!("{wrapper}{boxing}{kind}")
    }

    #[test]
    fn deferred_of_boxed_future_or_stream_is_found() {
        let cases: [(ReturnType, &str); 13] = [
            (
                parse_quote!(-> impl Send + Future<Output = u8>),
                "future of u8",
            ),
            (
                parse_quote!(-> Pin<Box<dyn Future<Output = T> + Send + 'a>>),
                "pinned future of T",
            ),
            (
                parse_quote!(-> ::core::pin::Pin<Box<dyn std::future::Future<Output = ()>>>),
                "pinned future of ()",
            ),
            (
                parse_quote!(-> BoxFuture<'static, u8>),
                "pinned future of u8",
            ),
            (parse_quote!(-> BoxFuture<u8, Error>), "pinned future"),
            (
                parse_quote!(-> futures::future::LocalBoxFuture<'_, u8>),
                "pinned future of u8",
            ),
            (parse_quote!(-> (impl IntoFuture)), "into future"),
            (
                parse_quote!(-> Box<dyn Future<Output = u8> + Unpin>),
                "boxed future of u8",
            ),
            (parse_quote!(-> BoxStream<'a, u8>), "pinned stream"),
            (parse_quote!(-> LocalBoxStream<'a, u8>), "pinned stream"),
            (parse_quote!(-> impl Stream<Item = u8>), "stream"),
            (
                parse_quote!(-> io::Result<BoxStream<'static, u8>>),
                "result of pinned stream",
            ),
            (
                parse_quote!(-> Option<impl Future<Output = u8>>),
                "option of future of u8",
            ),
        ];
        for (output, expected) in &cases {
            assert_eq!(describe(output), *expected);
        }
    }

    #[test]
    fn deferred_of_type_around_future_is_none() {
        let cases: [ReturnType; 9] = [
            parse_quote!(),
            parse_quote!(-> Vec<BoxFuture<'static, u8>>),
            parse_quote!(-> impl Fn() -> BoxFuture<'static, ()>),
            parse_quote!(-> Result<Stream, E>),
            parse_quote!(-> Result<Option<BoxFuture<'static, u8>>, E>),
            parse_quote!(-> Box<dyn Fn()>),
            parse_quote!(-> Box<BoxFuture<'static, u8>>),
            parse_quote!(-> Pin<&mut dyn Future<Output = u8>>),
            parse_quote!(-> &'a dyn Future<Output = u8>),
        ];
        for output in &cases {
            assert_eq!(describe(output), "no");
        }
    }
}
