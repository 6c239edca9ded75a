//! The requests of a support application.

use tracing::{Dispatch, info, info_span, warn};
use tracing_subscriber::prelude::*;
use whose::{Scope, Service, User};
use whose_store::Store;

const SERVICES: [&str; 4] = ["gateway", "support", "billing", "search"];
const ROUTES: [&str; 8] = [
    "/chat", "/search", "/orders", "/cart", "/login", "/profile", "/help", "/pay",
];
const MODELS: [(&str, &str); 4] = [
    ("openai", "gpt-4o-mini"),
    ("openai", "gpt-4o"),
    ("anthropic", "claude-sonnet-4-6"),
    ("ours", "our-own-7b"),
];
const WORDS: [&str; 32] = [
    "invoice", "refund", "paris", "blue", "bicycle", "order", "late", "parcel", "coupon", "card",
    "declined", "address", "winter", "jacket", "size", "exchange", "gift", "wrap", "monday",
    "courier", "damaged", "box", "battery", "charger", "warranty", "account", "password", "reset",
    "email", "delivery", "window", "morning",
];

/// Makes requests, one after another.
pub(crate) struct Traffic {
    services: Vec<Dispatch>,
    /// How many sessions each user has had.
    sessions: Vec<u32>,
    random: Random,
}

/// A generator of repeatable numbers: SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A number below `end`; small numbers are far more frequent. The smallest of 100,000 has 5.6 of
    /// 100.
    fn skewed_below(&mut self, end: u64) -> u64 {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (share.powi(4) * end as f64) as u64
    }
}

impl Traffic {
    pub(crate) fn new(store: &Store, users: u64, seed: u64) -> Self {
        let dispatch = |name: &&str| {
            let layer = whose::layer().with_service(Service::new(*name));
            let layer = layer.with_sink(store.clone());
            Dispatch::new(tracing_subscriber::registry().with(layer))
        };
        Self {
            services: SERVICES.iter().map(dispatch).collect(),
            sessions: vec![0; usize::try_from(users).unwrap_or(usize::MAX)],
            random: Random::new(seed),
        }
    }

    /// Makes one request: about five records.
    pub(crate) fn request(&mut self) {
        let user = self.random.skewed_below(self.sessions.len() as u64);
        let number = self.random.next();
        let service = &self.services[number as usize % SERVICES.len()];
        let sessions = &mut self.sessions[user as usize];
        if number >> 8 & 1 == 0 {
            *sessions += 1;
        }
        let session = format!("s-{user}-{sessions}");
        tracing::dispatcher::with_default(service, || {
            if number >> 9 & 0xf == 0 {
                late_login(user, &session, number);
            } else {
                let scope = Scope::isolated().user(account(user)).session(session);
                scope.in_scope(|| serve(number));
            }
        });
    }
}

fn account(user: u64) -> User {
    User::new(format!("user-{user}")).with_email(format!("user-{user}@example.com"))
}

/// A request whose user is known only after its first records.
fn late_login(user: u64, session: &str, number: u64) {
    Scope::isolated().in_scope(|| {
        info!(page = number & 0xff, "shows the page of the login");
        whose::set_user(account(user));
        whose::set_session(session);
        serve(number);
    });
}

fn serve(number: u64) {
    let word = |shift: u32| WORDS[(number >> shift) as usize % WORDS.len()];
    let route = ROUTES[(number >> 13) as usize % ROUTES.len()];
    let request = info_span!(
        "request",
        http.route = route,
        http.response.status_code = 200
    );
    request.in_scope(|| {
        let (a, b, c) = (word(16), word(21), word(26));
        info!(
            "asks about the {a} {b} of order {}: {c}",
            number >> 32 & 0xffff
        );
        let agent = ["planner", "researcher", "writer"][(number >> 48) as usize % 3];
        let span = info_span!(
            "invoke_agent",
            gen_ai.operation.name = "invoke_agent",
            gen_ai.agent.name = agent
        );
        span.in_scope(|| {
            let tool = ["look_up_order", "send_refund", "search_help"][(number >> 50) as usize % 3];
            drop(info_span!(
                "execute_tool",
                gen_ai.operation.name = "execute_tool",
                gen_ai.tool.name = tool
            ));
            let (provider, model) = MODELS[(number >> 52) as usize % MODELS.len()];
            whose::usage(model)
                .provider(provider)
                .input_tokens(500 + (number >> 40 & 0xfff))
                .output_tokens(50 + (number >> 44 & 0xff))
                .record();
        });
        if number >> 54 & 0x1f == 0 {
            warn!("the {b} is {c}");
            whose::capture_message(format!("the payment was declined: {a}"));
        }
    });
}
