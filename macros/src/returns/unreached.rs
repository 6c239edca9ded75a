//! Futures and streams in a return type that the macro puts no scope on.

use std::fmt;

use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, PathSegment, Token, Type, TypeParamBound};

use super::deferred::{later_type, polled, Inside, Polled};
use super::types::{bare, types};

/// A future or stream that is polled after the function has returned, without its scope.
pub(crate) struct Unreached<'a> {
    /// The type as it is written.
    pub(crate) tokens: &'a dyn ToTokens,
    pub(crate) sort: Sort,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sort {
    Future,
    Stream,
}

impl From<Polled<'_>> for Sort {
    fn from(polled: Polled<'_>) -> Self {
        match polled {
            Polled::Future(_) | Polled::IntoFuture => Self::Future,
            Polled::Stream => Self::Stream,
        }
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Future => "future",
            Self::Stream => "stream",
        })
    }
}

/// Lists what of a return type is polled later and is not what [`later_type`] finds: that one the
/// macro wraps.
pub(crate) fn unreached(ty: &Type) -> Vec<Unreached<'_>> {
    let mut search = Search::default();
    match later_type(ty).map(|later| later.inside) {
        None => search.look_at(ty),
        Some(Inside::Nothing) => search.look_behind(ty),
        Some(Inside::Option | Inside::Result) => search.look_beside(ty),
    }
    search.found
}

/// As [`unreached`], where the macro wraps nothing.
pub(crate) fn unreached_anywhere(ty: &Type) -> Vec<Unreached<'_>> {
    let mut search = Search::default();
    search.look_at(ty);
    search.found
}

#[derive(Default)]
struct Search<'a> {
    found: Vec<Unreached<'a>>,
}

impl<'a> Search<'a> {
    /// Adds the type, if it is a future or a stream; otherwise those that are in it.
    fn look_at(&mut self, ty: &'a Type) {
        let whole = later_type(ty).filter(|later| later.is_itself());
        if let Some(later) = whole {
            return self.add(ty, later.polled.into());
        }
        match bare(ty) {
            Type::ImplTrait(found) => self.look_at_bounds(ty, &found.bounds),
            Type::TraitObject(found) => self.look_at_bounds(ty, &found.bounds),
            Type::Array(ty) => self.look_at(&ty.elem),
            Type::Slice(ty) => self.look_at(&ty.elem),
            Type::Tuple(ty) => ty.elems.iter().for_each(|ty| self.look_at(ty)),
            // `<T as Trait<..>>::Type` only names what is inside of it.
            Type::Path(ty) if ty.qself.is_none() => {
                if let Some(last) = ty.path.segments.last().filter(|last| owns(last)) {
                    self.look_at_arguments(last);
                }
            }
            // What is borrowed is polled by its owner, and a function pointer makes new ones.
            _ => {}
        }
    }

    /// Looks at what comes out of the future or stream `ty`.
    fn look_behind(&mut self, ty: &'a Type) {
        match bare(ty) {
            Type::ImplTrait(ty) => self.look_at_items(&ty.bounds),
            Type::TraitObject(ty) => self.look_at_items(&ty.bounds),
            Type::Path(ty) => {
                let Some(last) = ty.path.segments.last() else {
                    return;
                };
                match types(last).next() {
                    Some(held) if last.ident == "Box" || last.ident == "Pin" => {
                        self.look_behind(held);
                    }
                    _ => self.look_at_arguments(last),
                }
            }
            _ => {}
        }
    }

    /// Looks into a `Result` or `Option` whose first argument is a future or stream.
    fn look_beside(&mut self, ty: &'a Type) {
        let Type::Path(ty) = bare(ty) else {
            return;
        };
        let arguments = ty.path.segments.last().map(types);
        let mut arguments = arguments.into_iter().flatten();
        if let Some(first) = arguments.next() {
            self.look_behind(first);
        }
        arguments.for_each(|ty| self.look_at(ty));
    }

    fn look_at_arguments(&mut self, segment: &'a PathSegment) {
        // The arguments and the output of a function are made when it is called.
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
            return;
        };
        for argument in &arguments.args {
            match argument {
                GenericArgument::Type(ty) => self.look_at(ty),
                GenericArgument::AssocType(assoc) => self.look_at(&assoc.ty),
                _ => {}
            }
        }
    }

    /// Adds `tokens` if one of the bounds makes it a future or stream; otherwise what is in them.
    fn look_at_bounds(&mut self, tokens: &'a dyn ToTokens, bounds: &'a Bounds) {
        match bounds.iter().find_map(polled) {
            Some(found) => self.add(tokens, found.into()),
            None => self.look_at_items(bounds),
        }
    }

    /// Looks at the associated types that the bounds name: `Item` of an iterator, and its like.
    ///
    /// The parameters of a trait are what its methods are given.
    fn look_at_items(&mut self, bounds: &'a Bounds) {
        for last in bounds.iter().filter_map(last_segment) {
            // A service is a function: it makes futures when it is called.
            if last.ident.to_string().ends_with("Service") {
                continue;
            }
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                continue;
            };
            for argument in &arguments.args {
                match argument {
                    // The macro wraps the future that it is turned into.
                    GenericArgument::AssocType(assoc) if assoc.ident == "IntoFuture" => {}
                    GenericArgument::AssocType(assoc) => self.look_at(&assoc.ty),
                    GenericArgument::Constraint(constraint) => {
                        self.look_at_bounds(&constraint.bounds, &constraint.bounds);
                    }
                    _ => {}
                }
            }
        }
    }

    fn add(&mut self, tokens: &'a dyn ToTokens, sort: Sort) {
        self.found.push(Unreached { tokens, sort });
    }
}

type Bounds = Punctuated<TypeParamBound, Token![+]>;

fn last_segment(bound: &TypeParamBound) -> Option<&PathSegment> {
    match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    }
}

/// Whether a value of the type holds values of its arguments, which its owner can poll.
fn owns(last: &PathSegment) -> bool {
    let name = last.ident.to_string();
    let only_names = ["PhantomData", "Weak", "Ref", "RefMut"].contains(&name.as_str());
    // What is sent is polled by the one who receives it.
    let sends = name.ends_with("Sender");
    // What `.with_current_scope()` gives.
    let has_scope = name == "Scoped";
    !(only_names || name.ends_with("Guard") || sends || has_scope)
}
