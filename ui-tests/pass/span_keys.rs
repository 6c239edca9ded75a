//! Every key that configures the span of `trace`.
use tracing::field::Empty;

const NAME: &str = "named by a constant";

#[whose::trace(
    name = "plan",
    kind = agent,
    level = "debug",
    target = "app::agents",
    fields(model = "gpt", n = n, ?list, %text, a.b = 1, "x y" = %text, late = Empty, nested = list.len()),
    input(n, ?list, %text, first = list[0], text.len),
    output,
    parent = None,
)]
fn everything(n: u8, list: Vec<u8>, text: Text) -> usize {
    tracing::Span::current().record("late", 3);
    drop(text);
    usize::from(n) + list.len()
}

struct Text {
    len: usize,
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", "x".repeat(self.len))
    }
}

#[whose::trace(name = NAME, level = tracing::Level::WARN, kind = "llm", input)]
fn constants(a: &str, (b, _): (u8, u8)) -> usize {
    a.len() + usize::from(b)
}

#[whose::trace(level = error, kind = embedding, input, skip(secret))]
async fn skipped(query: String, secret: Secret) -> usize {
    tokio::task::yield_now().await;
    query.len() + secret.0.len()
}

struct Secret(String);

#[whose::trace(parent = &parent, kind = task)]
async fn with_parent(parent: tracing::Span, n: u8) -> u8 {
    tokio::task::yield_now().await;
    drop(parent);
    n
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(everything(1, vec![1, 2], Text { len: 2 }), 3);
    assert_eq!(constants("ab", (1, 2)), 3);
    assert_eq!(skipped("ab".into(), Secret("c".into())).await, 3);
    assert_eq!(with_parent(tracing::Span::none(), 3).await, 3);
}
