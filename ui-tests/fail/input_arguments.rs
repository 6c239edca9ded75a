#[whose::trace(input(qury, limit.max, self.name))]
fn search(query: &str) {}

#[whose::trace(input(query, query))]
fn twice(query: &str) {}

#[whose::trace(input = query)]
fn assigned(query: &str) {}

fn main() {}
