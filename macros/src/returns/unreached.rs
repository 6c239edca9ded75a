//! Futures and streams in a return type that the macro does not wrap in the scope.

use std::fmt;

use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, PathSegment, Token, Type, TypeParamBound};

use super::deferred::{deferred_type, poll_kind, PollKind, Wrapper};
use super::types::{types, ungroup};

/// A future or stream that is polled after the function has returned, without the scope.
pub(crate) struct Unreached<'a> {
    /// The tokens of the type.
    pub(crate) tokens: &'a dyn ToTokens,
    pub(crate) async_type: AsyncType,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AsyncType {
    Future,
    Stream,
}

impl From<PollKind<'_>> for AsyncType {
    fn from(kind: PollKind<'_>) -> Self {
        match kind {
            PollKind::Future(_) | PollKind::IntoFuture => Self::Future,
            PollKind::Stream => Self::Stream,
        }
    }
}

impl fmt::Display for AsyncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Future => "future",
            Self::Stream => "stream",
        })
    }
}

/// Returns the futures and streams of a return type except the one that [`deferred_type`] finds,
/// which the macro wraps.
pub(crate) fn unreached(ty: &Type) -> Vec<Unreached<'_>> {
    let mut search = Search::default();
    match deferred_type(ty).map(|deferred| deferred.wrapper) {
        None => search.look_at(ty),
        Some(Wrapper::None) => search.look_inside(ty),
        Some(Wrapper::Option | Wrapper::Result) => search.look_beside(ty),
    }
    search.found
}

/// Returns all futures and streams of a return type, for a shape where the macro wraps none.
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
    /// Adds the type if it is a future or stream; otherwise adds those inside the type.
    fn look_at(&mut self, ty: &'a Type) {
        let whole = deferred_type(ty).filter(|deferred| deferred.is_itself());
        if let Some(deferred) = whole {
            return self.add(ty, deferred.kind.into());
        }
        match ungroup(ty) {
            Type::ImplTrait(found) => self.look_at_bounds(ty, &found.bounds),
            Type::TraitObject(found) => self.look_at_bounds(ty, &found.bounds),
            Type::Array(ty) => self.look_at(&ty.elem),
            Type::Slice(ty) => self.look_at(&ty.elem),
            Type::Tuple(ty) => ty.elems.iter().for_each(|ty| self.look_at(ty)),
            // `<T as Trait<..>>::Type` names its arguments and does not own values of them.
            Type::Path(ty) if ty.qself.is_none() => {
                if let Some(last) = ty.path.segments.last().filter(|last| owns(last)) {
                    self.look_at_arguments(last);
                }
            }
            // The owner polls a borrowed future, and a function pointer makes new futures.
            _ => {}
        }
    }

    /// Adds the futures and streams in the output or the items of `ty`.
    fn look_inside(&mut self, ty: &'a Type) {
        match ungroup(ty) {
            Type::ImplTrait(ty) => self.look_at_items(&ty.bounds),
            Type::TraitObject(ty) => self.look_at_items(&ty.bounds),
            Type::Path(ty) => {
                let Some(last) = ty.path.segments.last() else {
                    return;
                };
                match types(last).next() {
                    Some(inner) if last.ident == "Box" || last.ident == "Pin" => {
                        self.look_inside(inner);
                    }
                    _ => self.look_at_arguments(last),
                }
            }
            _ => {}
        }
    }

    /// Adds those of a `Result` or `Option` whose first argument is a future or stream, except that
    /// argument.
    fn look_beside(&mut self, ty: &'a Type) {
        let Type::Path(ty) = ungroup(ty) else {
            return;
        };
        let arguments = ty.path.segments.last().map(types);
        let mut arguments = arguments.into_iter().flatten();
        if let Some(first) = arguments.next() {
            self.look_inside(first);
        }
        arguments.for_each(|ty| self.look_at(ty));
    }

    fn look_at_arguments(&mut self, segment: &'a PathSegment) {
        // A function makes its arguments and its output when it is called.
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

    /// Adds `tokens` if a bound names a future or stream; otherwise adds those inside the bounds.
    fn look_at_bounds(&mut self, tokens: &'a dyn ToTokens, bounds: &'a Bounds) {
        match bounds.iter().find_map(poll_kind) {
            Some(found) => self.add(tokens, found.into()),
            None => self.look_at_items(bounds),
        }
    }

    /// Adds those in the associated types of the bounds, such as `Item` of an iterator.
    ///
    /// The type parameters of a trait are arguments of its methods.
    fn look_at_items(&mut self, bounds: &'a Bounds) {
        for last in bounds.iter().filter_map(last_segment) {
            // A service makes its futures when it is called, as a function does.
            if last.ident.to_string().ends_with("Service") {
                continue;
            }
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                continue;
            };
            for argument in &arguments.args {
                match argument {
                    // The macro wraps the result of the conversion.
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

    fn add(&mut self, tokens: &'a dyn ToTokens, async_type: AsyncType) {
        self.found.push(Unreached { tokens, async_type });
    }
}

type Bounds = Punctuated<TypeParamBound, Token![+]>;

fn last_segment(bound: &TypeParamBound) -> Option<&PathSegment> {
    match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    }
}

/// Returns whether a value of the type owns values of its type arguments.
fn owns(last: &PathSegment) -> bool {
    let name = last.ident.to_string();
    let only_names = ["PhantomData", "Weak", "Ref", "RefMut"].contains(&name.as_str());
    // The receiver polls what was sent.
    let sends = name.ends_with("Sender");
    // The result of `.with_current_scope()`.
    let has_scope = name == "Scoped";
    !(only_names || name.ends_with("Guard") || sends || has_scope)
}
