//! What every shape of function expands to, as a reader would format it.

use super::support::{expand, expand_guard};
use crate::keys::Macro::{Monitor, Trace, WithSession, WithUser};

/// The expansion in rustfmt's style.
fn formatted(expansion: &str) -> String {
    let file = syn::parse_file(expansion).expect("an item");
    prettyplease::unparse(&file)
}

macro_rules! shapes {
    ($($name:ident: $mac:ident($args:expr) $item:expr;)*) => {$(
        #[test]
        fn $name() {
            let (args, item) = ($args, $item);
            let written = format!("{}({args})] {item}", $mac.name().trim_end_matches(']'));
            insta::with_settings!({ description => written, omit_expression => true }, {
                insta::assert_snapshot!(formatted(&expand($mac, args, item)));
            });
        }
    )*};
}

shapes! {
    sync_fn: WithUser("") "fn f(user: &str) -> u8 { a(); 1 }";
    sync_traced: Trace("user_id, kind = tool") "pub fn f(user_id: u64) -> u8 { 1 }";
    sync_fields: Trace("user_id, fields(a.b = 1, %x), input(n), parent = p, follows_from = [&c]")
        "fn f(user_id: &str, x: u8, n: u8, p: &Span, c: Id) { g() }";
    sync_output_err: Trace("output, err") "fn f<'a>(&'a mut self) -> Result<&'a u8, E> { g(self)?; h() }";
    async_fn: WithSession("session_id") "async fn f(session_id: String) -> String { session_id }";
    async_unit: WithUser("\"u\"") "async fn f() { g().await; }";
    async_never: WithUser("\"u\"") "async fn f() -> ! { loop {} }";
    async_traced: Trace("user_id") "async fn f(user_id: &str) -> String { work(user_id).await }";
    async_every_key: Trace(
        "user = req.user, email = req.email, attrs(plan = %req.plan), session = req.session, tags(a = 1, \"b.c\" = x),
         identify, supplement, isolated, name = \"n\", target = \"t\", level = \"debug\", agent = \"planner\", input, output, err(Debug)"
    ) "pub(crate) async fn f(self, J(req): J<R>, x: &str) -> Result<(), E> { g(req).await }";
    async_impl_trait: WithUser("\"u\"") "async fn f(n: u8) -> Result<(impl Display, Vec<impl Debug>), E> { g(n) }";
    anonymous: WithUser("anonymous") "unsafe extern \"C\" fn f(at: *const u8) { g(at) }";
    returned_future: WithUser("") "fn f(user: &str) -> impl Future<Output = u8> + Send + '_ { async move { 1 } }";
    returned_box: Trace("user, output") "fn f(user: &str) -> BoxFuture<'_, u8> { Box::pin(g(user)) }";
    returned_stream: WithUser("self.user") "fn f(&self) -> Pin<Box<dyn Stream<Item = u8> + Send + '_>> { g() }";
    awaited_stream: Trace("user_id, err") "async fn f(user_id: u8) -> Result<impl Stream<Item = u8>, E> { g().await }";
    hidden_future: WithUser("") "fn f(user: &str) -> Alias<'_> { log(); Box::pin(async move { user.len() }) }";
    async_trait: Trace("user = self.user, input(n)")
        "fn f<'life0, 'async_trait>(&'life0 self, __arg1: J<R>, n: u8)
            -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = u8> + ::core::marker::Send + 'async_trait>>
        where 'life0: 'async_trait, Self: 'async_trait {
            Box::pin(async move {
                if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<u8> {
                    #[allow(unreachable_code)]
                    return __ret;
                }
                let __self = self;
                let J(req) = __arg1;
                let n = n;
                let __ret: u8 = { __self.work(req, n).await };
                #[allow(unreachable_code)]
                __ret
            })
        }";
    async_trait_stream: WithUser("self.user")
        "fn f<'async_trait>(&'async_trait self) -> Pin<Box<dyn Future<Output = Result<BoxStream<'static, u8>, E>> + Send + 'async_trait>> {
            Box::pin(async move {
                let __self = self;
                let __ret: Result<BoxStream<'static, u8>, E> = { __self.work().await };
                __ret
            })
        }";
    impl_block: Trace("kind = tool, user = self.user, session_id")
        "impl Tools for Agent {
            type Out = u8;
            fn new() -> Self { Self }
            async fn search(&self, session_id: &str) -> u8 { 1 }
            #[trace(skip)] fn left_out(&self) {}
        }";
    monitor_sync: Monitor("\"job\", every = \"1d\", max = MAX") "fn f() -> u8 { g(); 1 }";
    monitor_result: Monitor("self.name") "fn f(&self) -> io::Result<u8> { g()?; Ok(1) }";
    monitor_async: Monitor("NAME, every = \"1h\"") "async fn f(n: u8) -> Result<u8, E> { g(n).await }";
    monitor_box: Monitor("\"job\"") "fn f(n: u8) -> BoxFuture<'static, u8> { if n == 0 { return Box::pin(g()); } Box::pin(async move { 1 }) }";
    mistakes: Trace("usr = 1, kind = agnt") "async fn f(user: &str) { g(user).await }";
}

#[test]
fn guard() {
    let expansion = format!(
        "fn block() {{ {} }}",
        expand_guard("user = \"alice\", tags(plan = \"pro\")")
    );
    insta::assert_snapshot!(formatted(&expansion));
}
