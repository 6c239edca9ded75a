//! The expansion of a monitored function: its body is one run of the job.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::body::{
    async_block, body_future, closure, drop_order, in_place, output_type, return_edge,
};
use super::deferred::{may_wrap_boxed, unboxed, with_edge};
use super::writer::{local, Writer};
use crate::boxed;
use crate::entry_point::BlocksOn;
use crate::item::Function;
use crate::model::JobDuration;
use crate::returns::{is_closure, nameable, Boxing, Deferred, PollKind};
use crate::shape::{Rewritten, Shape};

impl Writer<'_> {
    /// Returns the body as one run of the job.
    pub(super) fn as_run(&self, function: &Function, shape: &Shape<'_>) -> TokenStream {
        match shape {
            Shape::Sync => self.run_of_block(function),
            Shape::Deferred(deferred) => self.run_of_returned(function, deferred),
            Shape::Async(_) => {
                let (start, run) = self.run_of_future(&body_future(function));
                quote!(#start #run.await)
            }
            Shape::AsyncTrait(rewritten) => self.run_of_rewritten(rewritten),
            Shape::BlocksOn(blocks_on) => {
                let BlocksOn {
                    before,
                    asyncness,
                    block,
                    after,
                } = &**blocks_on;
                let edge = return_edge(output_type(&function.sig.output), block);
                let future = async_block(asyncness, quote!(#edge #block), block);
                let (start, run) = self.run_of_future(&future);
                quote!(#start #before #run #after)
            }
        }
    }

    /// Returns the started run as an expression.
    fn start(&self) -> TokenStream {
        let whose = &self.model.whose;
        let Some(job) = &self.model.job else {
            return TokenStream::new();
        };
        let name = self.ref_expr(&job.name);
        let setter = |name: &str, duration: &Option<JobDuration>| {
            let name = local(name);
            let duration = match duration.as_ref()? {
                JobDuration::Seconds(seconds) => {
                    quote!(::core::time::Duration::from_secs(#seconds))
                }
                JobDuration::Expr(expr) => self.tokens(expr),
            };
            Some(quote!(.#name(#duration)))
        };
        let (every, max) = (setter("every", &job.every), setter("max", &job.max));
        quote!(#whose::monitor(#name) #every #max.start())
    }

    fn may_fail(&self) -> bool {
        self.model.job.as_ref().is_some_and(|job| job.may_fail)
    }

    /// Returns why the run has failed, from a reference to the output.
    fn failure(&self, output: &Ident) -> TokenStream {
        let whose = &self.model.whose;
        // Autoref specialisation selects a method by the type of the output and needs the trait in
        // scope.
        quote!({
            use #whose::__private::RunFailure as _;
            (&&&&#whose::__private::RunProbe(#output)).failure()
        })
    }

    /// Returns a synchronous body as a run.
    fn run_of_block(&self, function: &Function) -> TokenStream {
        let (whose, start) = (&self.model.whose, self.start());
        let (body, output) = (&function.body, output_type(&function.sig.output));
        if !self.may_fail() {
            let guard = local("__whose_guard");
            let body = match output.is_some_and(is_closure) {
                true => quote!(#body),
                false => quote!(match () { () => #body }),
            };
            return quote!(let #guard = #whose::__private::run_guard(#start); #body);
        }
        let (run, value) = (local("__whose_run"), local("__whose_output"));
        let made = made(function, &value, None);
        let failure = self.failure(&value);
        quote! {
            let #run = #start;
            #made
            #whose::__private::end_run(#run, { let #value = &#value; #failure });
            #value
        }
    }

    /// Returns the statement that starts the run, and the future that ends it.
    fn run_of_future(&self, future: &TokenStream) -> (TokenStream, TokenStream) {
        let (run, start) = (local("__whose_run"), self.start());
        (quote!(let #run = #start;), self.run(future))
    }

    /// Returns a future that ends `__whose_run`.
    fn run(&self, future: &TokenStream) -> TokenStream {
        let (whose, run) = (&self.model.whose, local("__whose_run"));
        let failure_of = match self.may_fail() {
            false => quote!(#whose::__private::no_failure),
            true => {
                let value = local("__whose_output");
                let failure = self.failure(&value);
                quote!(|#value| #failure)
            }
        };
        quote!(#whose::__private::monitored(#run, #future, #failure_of))
    }

    /// Returns the body of a method that `#[async_trait]` rewrote as a run.
    fn run_of_rewritten(&self, rewritten: &Rewritten<'_>) -> TokenStream {
        let Rewritten {
            before,
            asyncness,
            block,
            arguments,
            rest,
            output,
            ..
        } = rewritten;
        let edge = output.map(|output| return_edge(Some(output), block));
        let future = async_block(asyncness, quote!(#edge #rest), block);
        let (start, run) = self.run_of_future(&future);
        let future = async_block(asyncness, quote!(#arguments #start #run.await), block);
        quote!(#before (#future))
    }

    /// Returns a body that returns a future as a run, which ends when the future is ready.
    fn run_of_returned(&self, function: &Function, deferred: &Deferred<'_>) -> TokenStream {
        let (run, value, start) = (local("__whose_run"), local("__whose_output"), self.start());
        let mut unboxed_body = None;
        if may_wrap_boxed(deferred, true) && in_place(function).is_none() {
            unboxed_body = unboxed(function);
            if unboxed_body.is_none() {
                if let Some(made) = self.run_at_exits(function, &value) {
                    return quote!(let #run = #start; #made #value);
                }
            }
        }
        let made = made(function, &value, unboxed_body);
        let polled = match deferred.kind {
            PollKind::IntoFuture => quote!(::core::future::IntoFuture::into_future(#value)),
            PollKind::Future(_) | PollKind::Stream => quote!(#value),
        };
        let (whole, whose) = (self.run(&polled), &self.model.whose);
        let whole = match deferred.boxing {
            Boxing::Unboxed => whole,
            Boxing::Boxed => quote!(#whose::__private::Box::new(#whole)),
            Boxing::Pinned => quote!(#whose::__private::Box::pin(#whole)),
        };
        quote!(let #run = #start; #made #whole)
    }

    /// Returns the statement that makes the future, with the run in the argument of `Box::pin(..)` at
    /// every exit of the body.
    fn run_at_exits(&self, function: &Function, value: &Ident) -> Option<TokenStream> {
        let returned = output_type(&function.sig.output)?;
        let wrap = |inside| self.run(&with_edge(inside, Some(returned)));
        let body = boxed::at_exits(function.body.stream(), &wrap)?;
        let (order, declared) = (drop_order(function), nameable(returned));
        let words = quote_spanned!(function.body.span()=> move ||);
        let body = quote!(#words -> #declared { #order #body });
        Some(made(function, value, Some(body)))
    }
}

/// Returns the statement that runs the body, or the closure `instead`, and keeps its value.
fn made(function: &Function, value: &Ident, instead: Option<TokenStream>) -> TokenStream {
    if let (Some((ty, body)), None) = (in_place(function), &instead) {
        return quote!(let #value: #ty = #body;);
    }
    // A `FnOnce`, so that the body may return what it borrows.
    let body = instead.unwrap_or_else(|| closure(function));
    quote! {
        let #value = ::core::option::Option::unwrap_or_else(::core::option::Option::None, #body);
    }
}
