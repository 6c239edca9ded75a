struct Planner;

#[whose::trace(agent)]
fn alone() {}

#[whose::trace(agent = planner)]
fn no_text(planner: Planner) {}

#[whose::trace(agent = %planner)]
async fn no_display(planner: Planner) {}

#[whose::with_user("u", agent = "planner")]
fn no_span() {}

fn main() {}
