struct Agent;

#[whose::trace(name = "agent", kind = agent)]
impl Agent {
    fn a(&self) {}
    fn b(&self) {}
}

fn main() {}
