#[whose::trace(fields(n = 1, n = 2))]
fn fields() {}

#[whose::trace(agent = "a", fields(gen_ai.agent.name = "b"))]
fn agent() {}

#[whose::trace(output, fields(output = 1), tags(a = 1, "a" = 2))]
fn output() -> u8 {
    1
}

fn main() {}
