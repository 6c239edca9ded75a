//! The future or stream in a return type.

use syn::{PathSegment, ReturnType, Type, TypeParamBound};

use super::types::{bare, output_of, types};

/// Something in a return type that is polled after the function has returned.
#[derive(Clone, Copy)]
pub(crate) struct Later<'a> {
    pub(crate) inside: Inside,
    pub(crate) holder: Holder,
    pub(crate) polled: Polled<'a>,
    /// A trait without a path is called `Stream`, which may be another one than that of `futures`.
    pub(crate) may_be_another: bool,
}

/// What it is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Inside {
    Nothing,
    Option,
    Result,
}

/// How it is held there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Holder {
    Itself,
    /// `Box<dyn ..>`
    Boxed,
    /// `Pin<Box<..>>`
    Pinned,
}

#[derive(Clone, Copy)]
pub(crate) enum Polled<'a> {
    /// What comes out of it, where that can be seen.
    Future(Option<&'a Type>),
    IntoFuture,
    Stream,
}

impl<'a> Later<'a> {
    fn new(polled: Polled<'a>) -> Self {
        Self {
            inside: Inside::Nothing,
            holder: Holder::Itself,
            polled,
            may_be_another: false,
        }
    }

    /// What one of the bounds of a type makes it.
    fn of_bounds(bounds: impl Iterator<Item = &'a TypeParamBound> + Clone) -> Option<Self> {
        let found = bounds.clone().find_map(polled)?;
        let is_alone = |bound: &TypeParamBound| match bound {
            TypeParamBound::Trait(bound) => bound.path.is_ident("Stream"),
            _ => false,
        };
        Some(Self {
            may_be_another: matches!(found, Polled::Stream) && bounds.clone().any(is_alone),
            ..Self::new(found)
        })
    }

    /// Whether it is what the function returns, and not in it.
    pub(crate) fn is_itself(&self) -> bool {
        self.inside == Inside::Nothing
    }

    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.polled, Polled::Stream)
    }

    /// A boxed future of a type that cannot be seen.
    pub(crate) const HIDDEN: Later<'static> = Later {
        inside: Inside::Nothing,
        holder: Holder::Pinned,
        polled: Polled::Future(None),
        may_be_another: false,
    };
}

/// Looks for a future or a stream: bare, boxed, or in a `Result` or `Option`.
pub(crate) fn later(output: &ReturnType) -> Option<Later<'_>> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => later_type(ty),
    }
}

/// As [`later`], for a type.
pub(crate) fn later_type(ty: &Type) -> Option<Later<'_>> {
    match bare(ty) {
        Type::ImplTrait(ty) => Later::of_bounds(ty.bounds.iter()),
        Type::TraitObject(ty) => Later::of_bounds(ty.bounds.iter()),
        Type::Path(ty) => later_path(ty.path.segments.last()?),
        _ => None,
    }
}

pub(super) fn polled(bound: &TypeParamBound) -> Option<Polled<'_>> {
    let TypeParamBound::Trait(bound) = bound else {
        return None;
    };
    let last = bound.path.segments.last()?;
    match last.ident.to_string().as_str() {
        "Future" | "FusedFuture" => Some(Polled::Future(output_of(last))),
        "TryFuture" => Some(Polled::Future(None)),
        "IntoFuture" => Some(Polled::IntoFuture),
        "Stream" | "FusedStream" | "TryStream" => Some(Polled::Stream),
        _ => None,
    }
}

fn later_path(last: &PathSegment) -> Option<Later<'_>> {
    let first = types(last).next();
    let held = |holder| move |later: &Later<'_>| later.is_itself() && later.holder == holder;
    let pinned = |polled| Later {
        holder: Holder::Pinned,
        ..Later::new(polled)
    };
    match last.ident.to_string().as_str() {
        "Box" => later_type(first?)
            .filter(held(Holder::Itself))
            .map(|later| Later {
                holder: Holder::Boxed,
                ..later
            }),
        "Pin" => later_type(first?)
            .filter(held(Holder::Boxed))
            .map(|later| Later {
                holder: Holder::Pinned,
                ..later
            }),
        "BoxFuture" | "LocalBoxFuture" => {
            // Of an alias with two arguments, such as `BoxFuture<T, E>`, the output cannot be seen.
            let output = first.filter(|_| types(last).count() == 1);
            Some(pinned(Polled::Future(output)))
        }
        "BoxStream" | "LocalBoxStream" => Some(pinned(Polled::Stream)),
        "Result" => within(Inside::Result, first?),
        "Option" => within(Inside::Option, first?),
        _ => None,
    }
}

fn within(inside: Inside, ty: &Type) -> Option<Later<'_>> {
    let later = later_type(ty).filter(Later::is_itself)?;
    Some(Later { inside, ..later })
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;
    use syn::parse_quote;

    fn seen(output: &ReturnType) -> String {
        let Some(later) = later(output) else {
            return "no".into();
        };
        let polled = match later.polled {
            Polled::Future(Some(ty)) => format!("future of {}", ty.to_token_stream()),
            Polled::Future(None) => "future".into(),
            Polled::IntoFuture => "into future".into(),
            Polled::Stream => "stream".into(),
        };
        let holder = match later.holder {
            Holder::Itself => "",
            Holder::Boxed => "boxed ",
            Holder::Pinned => "pinned ",
        };
        let inside = match later.inside {
            Inside::Nothing => "",
            Inside::Option => "option of ",
            Inside::Result => "result of ",
        };
        format!("{inside}{holder}{polled}")
    }

    #[test]
    fn futures_and_streams_are_seen_through_their_boxes() {
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
            assert_eq!(seen(output), *expected);
        }
    }

    #[test]
    fn later_of_a_type_around_a_future_is_none() {
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
            assert_eq!(seen(output), "no");
        }
    }
}
