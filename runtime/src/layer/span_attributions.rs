//! The attribution of spans and events, for the other layers of a subscriber.

use std::sync::{Arc, OnceLock, Weak};

use tracing::dispatcher::WeakDispatch;
use tracing::{dispatcher, Dispatch, Event, Id};

use crate::frame::RecordObserver;
use crate::layer::core::LayerCore;
use crate::layer::fields::explicit_of;
use crate::layer::lookup;
use crate::layer::trace_context::TraceContext;
use crate::model::{Attribution, Value};
use crate::pipeline::Pipeline;
use crate::record::Kind;
use crate::resolve;
use crate::stack;

/// Reads the attribution of spans and events, for another layer of the same subscriber.
///
/// Use the type in a `tracing_subscriber` layer that exports spans or events to another tool. The
/// [policies](crate::Layer::with_policy) of the layer of `whose` are applied to what the methods
/// return. [Hooks](crate::Layer::with_before_record) are not: they change finished records only.
///
/// ```
/// use tracing::{span::Id, Dispatch, Subscriber};
/// use tracing_subscriber::{layer::Context, prelude::*, Layer};
///
/// #[derive(Default)]
/// struct PrintClosedSpans(whose::SpanAttributions);
///
/// impl<S: Subscriber> Layer<S> for PrintClosedSpans {
///     fn on_register_dispatch(&self, dispatch: &Dispatch) {
///         self.0.register(dispatch);
///     }
///
///     fn on_close(&self, id: Id, _: Context<'_, S>) {
///         let user = self.0.attribution_of(&id).and_then(|it| it.user_id().map(String::from));
///         println!("span {id:?} of user {user:?}");
///         # assert_eq!(user.as_deref(), Some("alice"));
///     }
/// }
///
/// let subscriber = tracing_subscriber::registry()
///     .with(whose::layer())
///     .with(PrintClosedSpans::default());
/// tracing::subscriber::with_default(subscriber, || {
///     whose::user("alice").in_scope(|| drop(tracing::info_span!("pay")));
/// });
/// ```
///
/// # Order of the layers
/// At the close of a span both orders work. At the creation of a span, the layer of `whose` must be
/// added before the other layer: it does not know the span yet otherwise.
#[derive(Clone, Debug, Default)]
pub struct SpanAttributions {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    dispatch: OnceLock<WeakDispatch>,
    core: OnceLock<Weak<LayerCore>>,
    trace_context: OnceLock<Arc<dyn TraceContext>>,
}

impl SpanAttributions {
    /// Connects the handle with the layer of `whose` in the subscriber. Call the method in
    /// `Layer::on_register_dispatch`. The first call counts.
    pub fn register(&self, dispatch: &Dispatch) {
        // Before the first span, so that the layer keeps the attribution of each closed span.
        LayerCore::keep_closed_spans();
        if self.shared.dispatch.set(dispatch.downgrade()).is_ok() {
            self.pass_on_trace_context();
        }
    }

    /// Connects the handle through the current subscriber, where `layer` is a part of it. Has no effect
    /// once the handle is connected.
    ///
    /// An `Option` and a `Vec` of layers do not forward `on_register_dispatch`. Call the method in the
    /// callbacks of the layer, before the handle is used; to read the attribution of a span at its close,
    /// call the method while the span is open.
    ///
    /// ```
    /// use tracing::{span::Id, Subscriber};
    /// use tracing_subscriber::{layer::Context, prelude::*, Layer};
    ///
    /// #[derive(Default)]
    /// struct PrintUsers(whose::SpanAttributions);
    ///
    /// impl<S: Subscriber> Layer<S> for PrintUsers {
    ///     // `tracing` hides the current subscriber from `on_new_span`.
    ///     fn on_enter(&self, _: &Id, _: Context<'_, S>) {
    ///         self.0.connect(self);
    ///     }
    ///
    ///     fn on_close(&self, id: Id, _: Context<'_, S>) {
    ///         let is_known = self.0.with_attribution(&id, |it| println!("{:?}", it.user_id()));
    ///         assert!(is_known.is_some());
    ///     }
    /// }
    ///
    /// let subscriber = tracing_subscriber::registry()
    ///     .with(whose::layer())
    ///     .with(Some(PrintUsers::default()));
    /// tracing::subscriber::with_default(subscriber, || {
    ///     let outer = tracing::info_span!("outer");
    ///     outer.in_scope(|| ());
    /// });
    /// ```
    #[inline]
    pub fn connect<L: 'static>(&self, layer: &L) {
        if self.shared.dispatch.get().is_none() {
            self.connect_to_default(layer);
        }
    }

    #[cold]
    fn connect_to_default<L: 'static>(&self, layer: &L) {
        dispatcher::get_default(|dispatch| {
            let found = dispatch.downcast_ref::<L>();
            if found.is_some_and(|found| std::ptr::eq(found, layer)) {
                self.register(dispatch);
            }
        });
    }

    /// The subscriber of the handle, while it lives.
    #[must_use]
    pub fn dispatch(&self) -> Option<Dispatch> {
        self.shared.dispatch.get()?.upgrade()
    }

    /// The attribution of an open span, or of the span that closes now.
    ///
    /// The user is the one that the span would have if it closed now: a user that was set after the
    /// creation of the span counts (late identification).
    ///
    /// Returns `None` where the layer of `whose` does not know the span: the subscriber has no such
    /// layer, a filter hides the span from it, or it comes later in the subscriber and has not seen
    /// the new span yet.
    #[must_use]
    pub fn attribution_of(&self, id: &Id) -> Option<Attribution> {
        self.with_attribution(id, Attribution::clone)
    }

    /// Calls `read` with the attribution that [`attribution_of`](Self::attribution_of) returns.
    ///
    /// Use the method in `Layer::on_close` of a layer that keeps no attribution: where the layer of
    /// `whose` was added first and has no policy, the method copies nothing.
    ///
    /// ```
    /// use tracing::{span::Id, Dispatch, Subscriber};
    /// use tracing_subscriber::{layer::Context, prelude::*, Layer};
    ///
    /// struct PrintUsers(whose::SpanAttributions);
    ///
    /// impl<S: Subscriber> Layer<S> for PrintUsers {
    ///     fn on_register_dispatch(&self, dispatch: &Dispatch) {
    ///         self.0.register(dispatch);
    ///     }
    ///
    ///     fn on_close(&self, id: Id, _: Context<'_, S>) {
    ///         let is_known = self.0.with_attribution(&id, |it| println!("{:?}", it.user_id()));
    ///         assert!(is_known.is_some());
    ///     }
    /// }
    ///
    /// let subscriber = tracing_subscriber::registry()
    ///     .with(whose::layer())
    ///     .with(PrintUsers(whose::SpanAttributions::default()));
    /// tracing::subscriber::with_default(subscriber, || drop(tracing::info_span!("pay")));
    /// ```
    pub fn with_attribution<R>(&self, id: &Id, read: impl FnOnce(&Attribution) -> R) -> Option<R> {
        self.core()?.with_attribution(id, read)
    }

    /// The attribution of an event, which is that of its record. Call the method in `Layer::on_event`.
    ///
    /// The identity fields and the explicit parent of the event count. Without a layer of `whose` in
    /// the subscriber, the policies of all layers of the process apply.
    #[must_use]
    pub fn attribution_of_event(&self, event: &Event<'_>) -> Attribution {
        let core = self.core();
        let explicit = explicit_of(event);
        let stack = core.as_ref().and_then(|core| core.stack_of(event.parent()));
        let mut attribution = Attribution::default();
        match (&explicit, &stack) {
            (None, None) => resolve::resolve_current_to(&mut attribution),
            _ => {
                attribution = stack::with_frames_of(stack.as_ref(), |frames| {
                    resolve::resolve(explicit.as_deref(), frames)
                });
            }
        }
        apply_policies(core.as_deref(), &mut attribution);
        attribution
    }

    /// The attribution of the calling code, for a tool that makes records of its own outside `tracing`.
    ///
    /// Unlike [`current`](crate::current), the method applies the policies. Without a layer of `whose`
    /// in the subscriber, the policies of all layers of the process apply.
    #[must_use]
    pub fn current_attribution(&self) -> Attribution {
        let mut attribution = resolve::with_current(Attribution::clone);
        apply_policies(self.core().as_deref(), &mut attribution);
        attribution
    }

    /// The kind of an open span, or of the span that closes now. The kind of
    /// `#[whose::trace(kind = ..)]` is no field, so other layers do not see it otherwise.
    #[must_use]
    pub fn kind_of(&self, id: &Id) -> Option<Kind> {
        self.core()?.kind_of(id)
    }

    /// The fields of the model calls that [`usage`](crate::usage()) reported directly inside an open span,
    /// or inside the span that closes now; empty without such a call.
    ///
    /// Use the fields for a tool that reads tokens from spans only. The record of a call is an event of
    /// its own. The tokens of several calls inside one span add up; the first call names the model.
    #[must_use]
    pub fn usage_of(&self, id: &Id) -> Vec<(&'static str, Value)> {
        self.core().map_or_else(Vec::new, |core| core.usage_of(id))
    }

    /// Sets where the layer of `whose` takes the trace ids and span ids of its records from. The first
    /// source of a subscriber counts: see [`TraceContext`].
    pub fn set_trace_context(&self, source: impl TraceContext) {
        let _ = self.shared.trace_context.set(Arc::new(source));
        self.pass_on_trace_context();
    }

    /// A layer that is not found yet takes the source when it is found.
    fn pass_on_trace_context(&self) {
        if self.shared.trace_context.get().is_some() {
            let _ = self.core();
        }
    }

    /// Whether something receives the records of the layer: a sink, or a recorder of a test. Without a
    /// receiver, nobody asks the source of [`set_trace_context`](Self::set_trace_context).
    #[inline]
    #[must_use]
    pub fn has_receivers(&self) -> bool {
        RecordObserver::is_any() || (Pipeline::has_had_sinks() && self.has_sinks())
    }

    fn has_sinks(&self) -> bool {
        self.core().is_some_and(|core| !core.pipeline().is_idle())
    }

    /// The layer of `whose` in the subscriber. A layer inside a `reload::Layer` or a `Vec` of layers is
    /// known only after the subscriber is complete, so the first use looks for it.
    #[inline(always)]
    fn core(&self) -> Option<Arc<LayerCore>> {
        let shared = &*self.shared;
        let core = match shared.core.get() {
            Some(core) => LayerCore::into_leader(core.upgrade()?),
            None => self.find_core()?,
        };
        if let Some(source) = shared.trace_context.get() {
            core.set_trace_context(source);
        }
        Some(core)
    }

    #[cold]
    fn find_core(&self) -> Option<Arc<LayerCore>> {
        let core = lookup::known_core_of(&self.dispatch()?)?;
        let _ = self.shared.core.set(Arc::downgrade(&core));
        Some(core)
    }
}

/// Applies the policies of a layer, or of all layers where the layer is not known.
fn apply_policies(core: Option<&LayerCore>, attribution: &mut Attribution) {
    match core {
        Some(core) => core.pipeline().processors().apply_policies(attribution),
        None => Pipeline::all()
            .iter()
            .for_each(|pipeline| pipeline.processors().apply_policies(attribution)),
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("is_connected", &self.core.get().is_some())
            .finish()
    }
}
